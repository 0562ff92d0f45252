"""Recordings: the audio has the stated type and length."""

from __future__ import annotations

import io

import pytest

from trunkline.sandbox.world.audio import silence


def frames(stream):
    """Walk an MPEG audio stream by its headers; yield (bit rate, sample rate, samples) of each frame.

    ISO/IEC 11172-3, table of 2.4.2.3: bit-rate index 1 of Layer III is 32 kbit/s; sampling index 2 is 32 kHz.
    """
    at = 0
    while at < len(stream):
        header = int.from_bytes(stream[at : at + 4], "big")
        assert header >> 21 == 0x7FF, "sync word"
        assert (header >> 19) & 3 == 3, "MPEG-1"
        assert (header >> 17) & 3 == 1, "Layer III"
        bit_rate = {1: 32_000}[(header >> 12) & 15]
        sample_rate = {2: 32_000}[(header >> 10) & 3]
        padding = (header >> 9) & 1
        assert (header >> 6) & 3 == 3, "one channel"
        size = 144 * bit_rate // sample_rate + padding
        assert len(stream) >= at + size, "whole frames"
        yield bit_rate, sample_rate, 1152
        at += size


@pytest.mark.parametrize("seconds", [0, 1, 5, 61])
def test_silence_is_a_valid_stream_of_that_length(seconds):
    length = sum(samples / rate for _, rate, samples in frames(silence(seconds)))
    assert seconds <= length < seconds + 0.1


def test_an_independent_reader_takes_it_for_an_mp3():
    mp3 = pytest.importorskip("mutagen.mp3")
    info = mp3.MP3(io.BytesIO(silence(30))).info
    assert (info.version, info.layer, info.sample_rate, info.bitrate, info.channels) == (1, 3, 32_000, 32_000, 1)
    assert info.length == pytest.approx(30, abs=0.1)


@pytest.mark.parametrize("path", ["/calls/record", "/my/calls/voice"])
async def test_recording_is_as_long_as_the_talk(start, path):
    client = await start()
    calls, _ = await client.calls(per_page=200)
    call = next(item for item in calls if item["file_id"])
    account = client.account()
    url = account.base_url if path == "/calls/record" else account.base_url.removesuffix("/webservice/v1")
    params = {"file_id": call["file_id"], "cuid": call["call_id"]}
    headers = {"webservice-token": account.credentials["token"]}
    async with client.session.get(url + path, params=params, headers=headers) as response:
        body = await response.read()
        assert (response.status, response.headers["Content-Type"]) == (200, "audio/mpeg")
    assert sum(1152 / 32_000 for _ in frames(body)) == pytest.approx(int(call["time_talk"]), abs=0.1)
    async with client.session.get(url + path, params=params) as response:
        assert response.status == 401


async def test_recording_of_another_call_or_account_is_not_found(start):
    client = await start()
    recorded = [call for call in (await client.calls(per_page=200))[0] if call["file_id"]]
    one, other = recorded[:2]
    for account, params in (
        (0, {"file_id": one["file_id"], "cuid": other["call_id"]}),
        (0, {"file_id": one["file_id"], "cuid": "1"}),
        (1, {"file_id": one["file_id"], "cuid": one["call_id"]}),
    ):
        status, envelope = await client.ask("/calls/record", account=account, **params)
        assert (status, envelope["status"]) == (404, "Not-Found")


@pytest.mark.parametrize("params", [{}, {"file_id": "1"}, {"cuid": "1"}, {"file_id": "x", "cuid": "1"}])
async def test_recording_without_its_ids_is_a_validation_error(start, params):
    client = await start(calls=0)
    assert (await client.ask("/calls/record", **params))[0] == 400
