"""In the toolkit: a registered provider is opened, synced and reported like a built-in one."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.example_telecom import INFO
from tests.example_telecom.server import ExampleTelecomServer
from trunkline import PROVIDERS, Archive, open_account, sync_account
from trunkline.errors import AuthenticationError, RequestError, UnsupportedError
from trunkline.model import Status
from trunkline.providers import register
from trunkline.reports import cost, status
from trunkline.sandbox import PlacedCalls, Sandbox

ROOT = Path(__file__).parents[2]


def opened(sandbox, **changed):
    described = sandbox.accounts["example_telecom"][0]
    return open_account("example_telecom", base_url=described.base_url, **{**described.credentials, **changed})


@pytest.fixture
async def sandbox(socket_enabled):
    """Serve two small offices, with a clock that goes on."""
    async with Sandbox(seed=7, calls=200, days=10, extra_wires=[ExampleTelecomServer]) as sandbox:
        yield sandbox


@pytest.fixture
def registered():
    register(INFO)
    assert PROVIDERS["example_telecom"] is INFO


async def test_a_sync_archives_every_call_and_the_reports_show_them(sandbox, registered, tmp_path):
    office = sandbox.world.offices[0]
    with Archive.open(f"sqlite:///{tmp_path / 'archive.db'}") as archive:
        async with opened(sandbox) as account:
            result = await sync_account(account, archive)
        assert (result.new, result.complete) == (len(office.calls), True)
        frame = archive.frame(accounts=["example_telecom:EX1"])
    assert len(frame) == len(office.calls)
    assert cost.totals(frame, by="account")["cost"].sum() == sum(row.price for row in office.calls)
    answered = sum(row.talk > 0 for row in office.calls)
    assert status.counts(frame, by="account")["answered"].sum() == answered


async def test_a_call_is_placed_and_then_listed(sandbox, registered):
    sandbox.world.placed = PlacedCalls(delay=0, wait=1, talk=2)
    async with opened(sandbox) as account:
        placed = await account.click_to_call(
            source=sandbox.world.offices[0].extensions[0].number, destination="09120000123"
        )
        assert placed.request_id
        sandbox.world.clock.move(60)
        sandbox.world.settle()
        newest = await anext(account.calls())
    assert newest.status is Status.ANSWERED
    assert (newest.wait, newest.talk) == (1, 2)


async def test_refusals_and_missing_capabilities_are_named(sandbox, registered):
    async with opened(sandbox, api_key="wrong") as account:
        with pytest.raises(AuthenticationError, match="Example Telecom refused"):
            await account.identity()
        with pytest.raises(UnsupportedError, match="Example Telecom has no rates"):
            await account.rates()
    async with opened(sandbox) as account:
        with pytest.raises(RequestError):
            await account.click_to_call(source="99", destination="09120000123")


async def test_the_command_knows_the_provider_of_an_installed_package(sandbox, tmp_path):
    """An installed package is its metadata beside its code: here the entry point names the folder of these tests."""
    metadata = tmp_path / "site" / "example_telecom-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: example-telecom\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[trunkline.providers]\nexample_telecom = tests.example_telecom:INFO\nbroken = tests.example_telecom:MISSING\n"
    )
    account = sandbox.accounts["example_telecom"][0]
    settings = {"provider": "example_telecom", "base_url": account.base_url, **account.credentials}
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    (tmp_path / "accounts.toml").write_text("\n".join(["[office]", *lines, ""]))
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tmp_path / "site"), str(ROOT)]),
        "TRUNKLINE_ACCOUNTS": str(tmp_path / "accounts.toml"),
    }
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "trunkline", "accounts", "--format", "json"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [account["provider"] for account in json.loads(done.stdout)] == ["example_telecom"]
    assert "'broken' (tests.example_telecom:MISSING) could not be loaded" in done.stderr
