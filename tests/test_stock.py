"""The parts of `scripts/stock` that need no Home Assistant: what it installs, what it types, and how it reads a log."""

from __future__ import annotations

import asyncio
import contextlib
import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from scripts import stock
from scripts._process import DemoError
from scripts._stock_forms import WRONG, mistaken, step_of, translation
from scripts._stock_installation import CONFIGURATION, Installation, interpreter, kept, python_of, unpack
from scripts._stock_log import ours
from scripts._stock_options import VERSIONS
from scripts._stock_pictures import LARGEST, SHOWN, small
from scripts._stock_walk import PLACING, WIRES
from tests.e2e.looks import PHONE
from trunkline.providers import PROVIDERS

ROOT = Path(__file__).parent.parent
NOTICE = (
    "2026-11-27 07:40:00.839+00:00 WARNING (SyncWorker_1) [homeassistant.loader] We found a custom integration trunkline "
    "which has not been tested by Home Assistant. This component might cause stability problems, be sure to disable it "
    "if you experience issues with Home Assistant\n"
)


@pytest.mark.parametrize(
    ("version", "python"),
    [("2025.4.4", "3.13"), ("2026.2.3", "3.13"), ("2026.3.0", "3.14"), ("2026.10.4", "3.14"), ("2026.11.0", "3.14")],
)
def test_each_home_assistant_gets_the_python_that_it_demands(version, python):
    assert python_of(version) == python
    assert interpreter(version) == python or interpreter(version).rsplit("/", 1)[1].startswith("python")


def test_nothing_of_the_checkout_is_on_the_path_of_a_stock_home_assistant():
    variables = {
        "PYTHONPATH": "/checkout",
        "VIRTUAL_ENV": "/checkout/.venvs",
        "PATH": "/x",
        "UV_CACHE_DIR": "/c",
        "LANG": "C",
    }
    assert kept(variables) == {"UV_CACHE_DIR": "/c", "LANG": "C"}


def test_the_configuration_names_no_part_of_the_integration():
    assert "trunkline" not in CONFIGURATION
    assert CONFIGURATION.format(http="http:\n").startswith("homeassistant:\n")


def test_the_archive_is_unpacked_as_hacs_does_over_whatever_was_there(tmp_path):
    target = tmp_path / "trunkline"
    target.mkdir()
    (target / "old.py").touch()
    unpack(tmp_path, target)
    with zipfile.ZipFile(tmp_path / "trunkline.zip") as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    assert {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()} == names
    assert {"manifest.json", "_lib/trunkline/__init__.py"} <= names


def test_the_notice_about_custom_integrations_is_no_problem():
    other = "2026-11-27 07:40:09.848 ERROR (MainThread) [homeassistant.components.camera] libturbojpeg\nTraceback\n"
    assert ours(NOTICE + other) == []


@pytest.mark.parametrize(
    "record",
    [
        "2026-11-27 07:40:01.438+00:00 WARNING (MainThread) [homeassistant.helpers.frame] Integration 'trunkline' calls f()",
        '2025-04-04 07:40:01.438 ERROR (MainThread) [homeassistant] Error doing job\n  File "/trunkline/sensor.py"\nKeyError: 1',
    ],
)
def test_what_names_the_integration_or_comes_from_it_is_a_problem_with_its_traceback(record):
    assert ours(f"{NOTICE}{record}\n{NOTICE}") == [record]
    assert ours(record.replace("trunkline", "another")) == []


def test_an_installation_that_fails_is_one_plain_problem(tmp_path, monkeypatch, capsys):
    @contextlib.asynccontextmanager
    async def fails(installation):
        message = f"Home Assistant {installation.version} could not be installed"
        raise DemoError(message)
        yield

    monkeypatch.setattr(stock, "run", fails)
    assert not asyncio.run(stock.walk(Installation("2026.11.0", tmp_path)))
    printed = capsys.readouterr()
    assert "PROBLEM: Home Assistant 2026.11.0 could not be installed\n" in printed.out + printed.err


@pytest.mark.parametrize("wire", WIRES)
def test_each_field_that_is_typed_has_its_label_and_each_secret_is_mistaken(wire):
    info = PROVIDERS[wire]
    step = step_of(translation("en"), wire, info.dialect)
    right = {field.name: "right" for field in info.credentials}
    assert {*right, "base_url"} == set(step.labels)
    assert bool(step.advanced) == bool(info.base_url)
    assert step.provider.startswith(info.name)
    assert bool(step.interface) == bool(info.dialect)
    secrets = {field.name for field in info.credentials if field.secret}
    wrong = {name for name, value in mistaken(right).items() if value == WRONG}
    assert secrets
    assert secrets <= wrong
    assert not wrong & {"account", "username"}


def test_a_picture_stays_small_and_keeps_its_size():
    noise = Image.effect_noise((PHONE[0], 700), 90).convert("RGB")
    written = io.BytesIO()
    noise.save(written, "PNG")
    assert len(written.getvalue()) > LARGEST
    made = small(written.getvalue())
    assert len(made) <= LARGEST
    assert Image.open(io.BytesIO(made)).size == noise.size


def test_every_picture_of_the_walk_is_small_and_shown():
    pages = "".join((ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("tested", "integration"))
    assert len({name for _, _, name in SHOWN}) == len(SHOWN)
    for version, _, name in SHOWN:
        assert version in VERSIONS
        assert f"images/{name}.png" in pages
        assert (ROOT / "docs" / "images" / f"{name}.png").stat().st_size <= LARGEST
    assert all(version in pages for version, _, _ in SHOWN)
    assert set(PLACING) < set(WIRES)
