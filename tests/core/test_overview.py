"""What each provider can do: the registry says it, the methods do it, and the README and the docs show it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from trunkline.model import Capability
from trunkline.providers import PROVIDERS, Account
from trunkline.providers.overview import FIRST, dialects, heading, rows, short_table, whole_table

ROOT = Path(__file__).parents[2]
INFOS = dialects(PROVIDERS)

_SPEC = importlib.util.spec_from_file_location("_capabilities", ROOT / "scripts" / "_capabilities.py")
script = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(script)


@pytest.mark.parametrize("info", INFOS, ids=heading)
@pytest.mark.parametrize("capability", [item for item in Capability if item is not Capability.CALLS])
def test_a_capability_is_a_method_of_its_own(info, capability):
    own = getattr(info.load(), capability) is not getattr(Account, capability)
    assert own == (capability in info.capabilities)


@pytest.mark.parametrize("info", INFOS, ids=heading)
def test_every_account_lists_calls(info):
    assert Capability.CALLS in info.capabilities


def test_all_five_providers_are_there_in_their_dialects():
    assert [(info.provider_id, info.dialect) for info in INFOS] == [
        ("telefonchy", ""),
        ("voipano", ""),
        ("voip24h", "partner"),
        ("voip24h", "v3"),
        ("simotel", ""),
        ("mor", "pages"),
        ("mor", "api"),
    ]


@pytest.mark.parametrize("path", script.tables(), ids=lambda path: path.name)
def test_the_pages_show_the_registry(path):
    text = path.read_text(encoding="utf-8")
    assert script.with_table(text, script.tables()[path]) == text, "run scripts/capabilities"


def test_a_page_without_its_markers_is_not_overwritten():
    with pytest.raises(ValueError, match="markers"):
        script.with_table("no table here", "|")


def test_the_tables_say_yes_where_the_registry_does():
    lines = {line.split("|")[1].strip(): line for line in whole_table(PROVIDERS).splitlines()}
    assert lines["`send_otp`"] == "| `send_otp` |  | yes |  |  |  |  |  |"
    assert lines["`statistics`"] == "| `statistics` |  |  |  |  |  | yes |  |"
    assert len(lines) == 2 + len(Capability)
    assert len(short_table(PROVIDERS).splitlines()) == 2 + len(FIRST)


def test_rows_name_every_capability():
    assert [row["capability"] for row in rows(PROVIDERS)] == [item.value for item in Capability]
    assert all(set(row) == {"capability", *map(heading, INFOS)} for row in rows(PROVIDERS))


@pytest.mark.parametrize("info", INFOS, ids=heading)
def test_every_provider_is_explained(info):
    assert (ROOT / "docs" / "providers" / f"{info.provider_id}.md").exists()
    assert info.help.endswith(".")
    assert info.base_url.startswith("https://") or (not info.base_url and info.example_url)
    for credential in info.credentials:
        assert credential.label
        assert credential.help.endswith(".")
