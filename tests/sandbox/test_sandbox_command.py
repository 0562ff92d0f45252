"""The sandbox as a command."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.patience import PATIENCE
from trunkline.sandbox.run import main


async def run(*arguments):
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "trunkline.sandbox",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
async def test_it_says_where_it_is_serves_and_stops_cleanly(stop):
    process = await run("--calls", "40", "--days", "3", "--seed", "5")
    try:
        line = json.loads(await process.stdout.readline())
        assert list(line)[:3] == ["url", "control", "telefonchy"]
        telefonchy = line["telefonchy"]
        assert telefonchy["base_url"] == f"{line['url']}/telefonchy/webservice/v1"
        assert telefonchy["credentials"] == telefonchy["accounts"][0]["credentials"]
        assert len(telefonchy["accounts"]) == 2
        counts = []
        async with aiohttp.ClientSession() as session:
            for account in telefonchy["accounts"]:
                async with session.get(
                    f"{account['base_url']}/calls",
                    params={"service_id": account["service_id"]},
                    headers={"webservice-token": account["credentials"]["token"]},
                ) as response:
                    counts.append((await response.json())["paginator"]["total_items"])
            async with session.post(line["control"], json={"do": "state"}) as response:
                assert (await response.json())["ok"] is True
        # 70 % and 30 % of forty.
        assert counts == [28, 12]
    finally:
        process.send_signal(stop)
        rest, errors = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert (process.returncode, rest, errors) == (0, b"", b"")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--host", "0.0.0.0"],
        ["--calls", "-1"],
        ["--days", "0"],
        ["--live", "-1"],
        ["--live", "nan"],
        ["--live", "inf"],
        ["--port", "70000"],
    ],
)
async def test_settings_that_cannot_be_are_one_line_and_status_2(arguments):
    process = await run(*arguments)
    out, errors = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert (process.returncode, out) == (2, b"")
    assert errors.startswith(b"trunkline sandbox: ")
    assert errors.count(b"\n") == 1


async def test_taken_port_is_one_line_and_status_2(start):
    client = await start(calls=0)
    port = client.sandbox.url.rsplit(":", 1)[1]
    process = await run("--port", port)
    out, errors = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert (process.returncode, out, errors.count(b"\n")) == (2, b"", 1)
    assert port.encode() in errors


def test_main_refuses_without_a_process(capsys):
    assert main(["--host", "192.0.2.1"]) == 2
    assert "loopback" in capsys.readouterr().err


async def test_ipv6_loopback_has_brackets_in_its_address():
    from trunkline.sandbox import Sandbox

    try:
        async with Sandbox(host="::1", calls=0) as sandbox:
            assert sandbox.url.startswith("http://[::1]:")
    except OSError:
        pytest.skip("this machine has no IPv6")


async def test_the_command_writes_accounts_of_its_own_and_says_what_to_type(tmp_path):
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "trunkline", "sandbox", "--calls", "40", "--days", "3",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment,
    )  # fmt: skip
    try:
        await process.stdout.readline()
        said = [(await process.stderr.readline()).decode() for _ in range(4)]
        settings = dict(each.split("=", 1) for each in shlex.split(said[2])[1:])
        accounts = Path(settings["TRUNKLINE_ACCOUNTS"])
        assert accounts.stat().st_mode & 0o777 == 0o600  # noqa: ASYNC240 - nothing else runs
        command = said[3].split("&&")[0].split()[1:]
        synced = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "trunkline", *command, "telefonchy", env=environment | settings,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, _ = await synced.communicate()
        assert synced.returncode == 0
        assert b"28" in output
    finally:
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.communicate(), PATIENCE)
    # The accounts are gone with the sandbox; the archive stays.
    assert [each.name for each in accounts.parent.iterdir()] == ["calls.db"]
    assert not (tmp_path / ".config").exists()
