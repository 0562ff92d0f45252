"""The registry: providers, their dialects, their credentials, and what is said of settings that can't work."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.providers.test_base import BARE
from trunkline import open_account
from trunkline.errors import ConfigError
from trunkline.providers import PROVIDERS, CredentialField
from trunkline.providers.base import Opening, credentials_of

NAME = CredentialField("name", "Name", "Who.", secret=False)
KEY = CredentialField("key", "Key", "What.", required=False)
CONTEXT = CredentialField("context", "Context", "Where.", required=False, default="main")
INFO = replace(BARE, credentials=(NAME, KEY, CONTEXT))


def test_credentials_are_stripped_and_those_that_may_be_left_out_have_their_defaults():
    assert credentials_of(INFO, {"name": " me "}) == {"name": "me", "key": "", "context": "main"}
    assert credentials_of(INFO, {"name": "me", "key": "k", "context": " "})["context"] == "main"


@pytest.mark.parametrize(
    ("given", "words"), [({"key": "k"}, "needs name"), ({"name": "x", "kye": "k"}, "knows no kye")]
)
def test_what_is_missing_or_unheard_of_is_named(given, words):
    with pytest.raises(ConfigError, match=f"{words}; its credentials are: name, key, context"):
        credentials_of(INFO, given)


def test_a_dialect_is_chosen_by_its_id():
    mor = PROVIDERS["mor"]
    assert [one.dialect for one in mor.dialects] == ["pages", "api"]
    assert mor.in_dialect(None) is mor
    assert mor.in_dialect("pages") is mor
    assert mor.in_dialect("api").base_url == ""
    with pytest.raises(ConfigError, match="Kolmisoft MOR has no dialect 'soap'; known: pages, api"):
        mor.in_dialect("soap")
    with pytest.raises(ConfigError, match="Telefonchy has no dialect 'v2'; known: none"):
        open_account("telefonchy", dialect="v2", token="x" * 20)


def test_a_server_of_ones_own_must_be_named():
    with pytest.raises(ConfigError, match="Simotel has no address of its own"):
        open_account("simotel", api_key="x" * 20)


async def test_a_list_without_cursors_has_none():
    account = BARE.room()(BARE, Opening(base_url=BARE.base_url, zone=ZoneInfo("UTC"), currency="EUR"), {})
    with pytest.raises(NotImplementedError):
        account.cursor_pages("")
    with pytest.raises(NotImplementedError):
        account.cursor_at(datetime.now(UTC))
    with pytest.raises(NotImplementedError):
        account.cursor_time("")
    assert account.billing is None


def test_the_registry_loads_no_wire_format():
    code = "import sys, trunkline.providers; print([m for m in sys.modules if m.startswith('trunkline.providers.') and m.count('.') > 2])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
