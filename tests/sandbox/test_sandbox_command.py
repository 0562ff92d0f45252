"""The sandbox as a command."""

from __future__ import annotations

import asyncio
import json
import signal
import sys

import aiohttp
import pytest

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
        rest, errors = await asyncio.wait_for(process.communicate(), 20)
    assert (process.returncode, rest, errors) == (0, b"", b"")


@pytest.mark.parametrize(
    "arguments", [["--host", "0.0.0.0"], ["--calls", "-1"], ["--days", "0"], ["--live", "-1"], ["--port", "70000"]]
)
async def test_settings_that_cannot_be_are_one_line_and_status_2(arguments):
    process = await run(*arguments)
    out, errors = await asyncio.wait_for(process.communicate(), 20)
    assert (process.returncode, out) == (2, b"")
    assert errors.startswith(b"trunkline sandbox: ")
    assert errors.count(b"\n") == 1


async def test_taken_port_is_one_line_and_status_2(start):
    client = await start(calls=0)
    port = client.sandbox.url.rsplit(":", 1)[1]
    process = await run("--port", port)
    out, errors = await asyncio.wait_for(process.communicate(), 20)
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
