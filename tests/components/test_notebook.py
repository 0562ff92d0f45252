"""The notebook about a running Home Assistant, run on one with the integration, a recorder and its WebSocket API."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

import trunkline
from scripts._notebooks import NOTEBOOKS, execute
from trunkline import home_assistant
from trunkline.errors import AuthenticationError, ConfigError, ConnectionFailedError, DataError, RequestError

NAME = "08-live-from-home-assistant.ipynb"


@pytest.fixture(autouse=True)
def _quiet(recorder_mock):
    # Home Assistant's test plugin has each statement logged, which takes longer than the statements.
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)


@pytest.fixture
async def address(hass, loaded, hass_client):
    """Return where Home Assistant's API is served, when the history is in the statistics."""
    assert await async_setup_component(hass, "websocket_api", {})
    client = await hass_client()
    await async_wait_recording_done(hass)
    return str(client.make_url("/")).rstrip("/")


async def test_the_notebook_finds_the_same_in_the_archive_and_in_the_statistics(
    hass, loaded, address, hass_access_token, monkeypatch
):
    monkeypatch.setenv("HASS_TOKEN", hass_access_token)
    _, found = await asyncio.to_thread(execute, NOTEBOOKS / NAME, {"archive": hass.config.config_dir, "url": address})
    own = loaded.runtime_data.archive.calls(accounts=loaded.unique_id)
    assert len(found["calls"]) == len(own)
    compared = home_assistant.compare(found["calls"], found["found"])
    rows = {row["series"]: row for row in compared.frame.to_dict("records")}
    assert set(rows) == {"calls", "answered", "missed", "talk", "cost"}
    assert rows["calls"]["archive"] == len(own)
    assert rows["cost"]["archive"] == sum(call.price.amount for call in own) > 0
    assert rows["talk"]["archive"] == sum(call.talk for call in own) > 0
    assert {row["difference"] for row in rows.values()} == {0}
    assert f"{len(own):,}" in str(compared)


async def test_a_call_that_the_statistics_lack_is_a_difference(hass, loaded, address, hass_access_token):
    found = await asyncio.to_thread(home_assistant.statistics, address, hass_access_token)
    archive = home_assistant.read_only(Path(hass.config.config_dir))
    calls = await asyncio.to_thread(trunkline.calls, "last 7 days", archive=archive)
    compared = home_assistant.compare(calls, found)
    assert 0 < compared.n < len(loaded.runtime_data.archive.calls())
    assert set(compared.frame["difference"]) == {0}
    fewer = home_assistant.compare(calls, found[found["change"] != found["change"].max()])
    assert any(fewer.frame["difference"] < 0)
    without = home_assistant.compare(calls, found[~found["statistic_id"].str.endswith("_missed")])
    [row] = without.frame[without.frame["series"] == "missed"].to_dict("records")
    assert row["statistics"] is None
    assert row["difference"] is None


async def test_statistics_of_a_period_by_the_day(hass, loaded, address, hass_access_token, now):
    rows = await home_assistant.read_statistics(
        address, hass_access_token, since=now.replace(hour=0), until=now, period="day"
    )
    assert rows
    assert {row.start <= now for row in rows} == {True}
    hours = await home_assistant.read_statistics(address, hass_access_token, since=now.replace(hour=0), until=now)
    assert {row.statistic_id for row in hours} >= {f"trunkline:{loaded.unique_id.replace(':', '_')}_calls"}


async def test_refusals_are_one_line_without_the_token(hass, loaded, address):
    with pytest.raises(AuthenticationError, match="refused the access token") as refused:
        await home_assistant.read_statistics(address, "not-a-token")
    assert "not-a-token" not in str(refused.value)
    with pytest.raises(ConfigError, match="needs an access token"):
        await home_assistant.read_statistics(address, " ")
    with pytest.raises(ConfigError, match="no statistics by 'year'"):
        await home_assistant.read_statistics(address, "x", period="year")
    for wrong in ("homeassistant.local", "ftp://host", "http://user:secret@host", "http://[", ""):
        with pytest.raises(ConfigError, match="address of Home Assistant is invalid") as caught:
            await home_assistant.read_statistics(wrong, "x")
        assert "secret" not in str(caught.value)
    with pytest.raises(ConnectionFailedError, match="can't be reached at 127.0.0.1:1 "):
        await home_assistant.read_statistics("http://127.0.0.1:1", "x")


@pytest.mark.parametrize(
    ("answers", "error", "said"),
    [
        ([[], {"type": "auth_ok"}], DataError, "make no sense"),
        ([{"type": "auth_required"}, {"type": "auth_ok"}, None], ConnectionFailedError, "can't be reached"),
        (
            [{"type": "auth_required"}, {"type": "auth_ok"}, {"id": 1, "error": {"code": "unknown_command"}}],
            RequestError,
            "has no recorder",
        ),
        (
            [{"type": "auth_required"}, {"type": "auth_ok"}, {"id": 7}, {"id": 1, "error": {"code": "unauthorized"}}],
            RequestError,
            r"refused to read statistics \(unauthorized\)",
        ),
        (
            [{"type": "auth_required"}, {"type": "auth_ok"}, {"id": 1, "success": True, "result": [{}]}],
            DataError,
            "make no sense",
        ),
    ],
)
async def test_a_server_that_is_no_home_assistant_is_one_line(socket_enabled, aiohttp_server, answers, error, said):
    server = await aiohttp_server(_server(answers))
    with pytest.raises(error, match=said):
        await home_assistant.read_statistics(str(server.make_url("/")), "x")


async def test_without_series_there_are_no_statistics(socket_enabled, aiohttp_server):
    other = [{"statistic_id": "sensor.power"}]
    answers = [{"type": "auth_required"}, {"type": "auth_ok"}, {"id": 1, "success": True, "result": other}]
    server = await aiohttp_server(_server(answers))
    url = str(server.make_url("/"))
    found = await asyncio.to_thread(home_assistant.statistics, url, "x")
    assert found.empty
    assert found.columns.tolist() == ["statistic_id", "name", "unit", "start", "change", "sum"]
    async with aiohttp.ClientSession() as session:
        assert await home_assistant.read_statistics(url, "x", session=session) == []


def _server(answers):
    async def answer(request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        for each in answers:
            if each is None:
                break
            await socket.send_json(each)
        else:
            await socket.receive()
            await socket.receive()
        await socket.close()
        return socket

    app = web.Application()
    app.router.add_get("/api/websocket", answer)
    return app
