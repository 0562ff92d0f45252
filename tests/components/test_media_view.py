"""The addresses of recordings: bytes as the provider sent them, whole or in part, for those who may hear them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from unittest.mock import patch

import pytest
from homeassistant.auth.const import GROUP_ID_READ_ONLY
from homeassistant.components.http.auth import async_sign_path
from homeassistant.config_entries import ConfigEntryState

from custom_components.trunkline.media.addresses import address_of
from custom_components.trunkline.media.identifiers import RecordingId
from trunkline.errors import (
    ArchiveError,
    AuthenticationError,
    ConnectionFailedError,
    DataError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    TooLargeError,
    UnsupportedError,
)
from trunkline.model import Recording
from trunkline.sandbox.world import audio

from .conftest import make_entry
from .media import downloads, recorded, recording_id, resolved, set_up_media, signed

# The clock stops before tokens are made: none of them is from the future.
pytestmark = pytest.mark.usefixtures("now")

ADMINS_ONLY = {"admins_only": True}


@pytest.fixture
async def media(hass, loaded):
    """Return the first office's entry, with the media source set up."""
    await set_up_media(hass)
    return loaded


@pytest.fixture
def call(media):
    """Return the newest recorded call that is long enough to have parts."""
    return next(call for call in recorded(media) if call.talk > 5)


@pytest.fixture
def path(hass, media, call):
    """Return the path of its recording, which has not been downloaded yet."""
    return address_of(hass, media.entry_id, RecordingId(call.call_id))


@pytest.fixture
async def user_client(media, hass_client, hass_read_only_access_token):
    """Return a client of a user who is no administrator."""
    return await hass_client(hass_read_only_access_token)


def expected(call):
    return audio.silence(call.talk)


def same(content, wanted):
    """Return whether two files are the same; pytest would describe for minutes how they differ."""
    return content == wanted


# The whole file


async def test_a_recording_is_what_the_provider_sent(hass_client, media, call, path):
    client = await hass_client()
    response = await client.get(path)
    assert response.status == 200
    assert same(await response.read(), expected(call))
    assert response.headers["Content-Type"] == "audio/mpeg"
    assert response.headers["Content-Length"] == str(len(expected(call)))
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "private, no-store"
    local = call.started_at.astimezone(media.runtime_data.account.zone)
    assert response.headers["Content-Disposition"] == f'inline; filename="call-{local:%Y-%m-%d-%H-%M-%S}.mp3"'
    assert "Content-Encoding" not in response.headers


async def test_a_path_shows_neither_ids_nor_numbers(media, call, path):
    assert path.startswith(f"/api/trunkline/media/{media.entry_id}/")
    for text in (call.call_id, call.recording, call.source.number, call.destination.number):
        assert text not in path


async def test_a_signed_path_plays_without_a_token_in_the_request(hass, hass_client_no_auth, media, call):
    client = await hass_client_no_auth()
    response = await client.get(await signed(hass, recording_id(media, call)))
    assert response.status == 200
    assert same(await response.read(), expected(call))


async def test_a_head_request_describes_the_file_and_sends_none_of_it(hass_client, call, path):
    client = await hass_client()
    response = await client.head(path)
    assert response.status == 200
    assert response.headers["Content-Length"] == str(len(expected(call)))
    assert response.headers["Content-Type"] == "audio/mpeg"
    assert await response.read() == b""
    # RFC 9110, section 14.2: a range means nothing where the method is not GET.
    for header in ("bytes=10-19", "bytes=999999999-"):
        response = await client.head(path, headers={"Range": header})
        assert response.status == 200
        assert response.headers["Content-Length"] == str(len(expected(call)))


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
async def test_nothing_else_can_be_done(hass_client, path, method):
    client = await hass_client()
    assert (await getattr(client, method)(path)).status == 405


# Parts


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-", slice(0, None)),
        ("bytes=0-0", slice(0, 1)),
        ("bytes=100-199", slice(100, 200)),
        ("bytes=100-", slice(100, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=5-999999999999", slice(5, None)),
        ("bytes=-999999999999", slice(0, None)),
        ("BYTES = 3 - 4", slice(3, 5)),
    ],
)
async def test_a_part_is_sent_with_its_position(hass_client, call, path, header, part):
    client = await hass_client()
    whole = expected(call)
    response = await client.get(path, headers={"Range": header})
    assert response.status == 206
    assert same(await response.read(), whole[part])
    start, stop, _ = part.indices(len(whole))
    assert response.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(whole)}"
    assert response.headers["Content-Length"] == str(stop - start)
    assert response.headers["Content-Type"] == "audio/mpeg"


@pytest.mark.parametrize(
    "header",
    ["bytes=0-1,5-6", "bytes=9-3", "bytes=-", "bytes=a-b", "items=0-1", "0-1", "", "bytes=" + "1" * 5000 + "-"],
)
async def test_a_range_without_a_meaning_is_ignored(hass_client, call, path, header):
    client = await hass_client()
    response = await client.get(path, headers={"Range": header})
    assert response.status == 200
    assert same(await response.read(), expected(call))


async def test_a_range_beyond_the_end_can_not_be_satisfied(hass_client, call, path):
    client = await hass_client()
    size = len(expected(call))
    for header in (f"bytes={size}-", f"bytes={size + 5}-{size + 9}", "bytes=-0"):
        response = await client.get(path, headers={"Range": header})
        assert response.status == 416
        assert response.headers["Content-Range"] == f"bytes */{size}"
        assert await response.read() == b""
    response = await client.get(path, headers={"Range": f"bytes={size - 1}-"})
    assert same(await response.read(), expected(call)[-1:])


async def test_a_part_of_another_version_is_not_sent(hass_client, call, path):
    client = await hass_client()
    tag = (await client.head(path)).headers["ETag"]
    response = await client.get(path, headers={"Range": "bytes=1-2", "If-Range": tag})
    assert response.status == 206
    for other in ('"another"', "Tue, 10 Mar 2026 09:30:00 GMT"):
        response = await client.get(path, headers={"Range": "bytes=1-2", "If-Range": other})
        assert response.status == 200
        assert same(await response.read(), expected(call))


# One download for all parts


async def test_parts_of_a_file_are_one_download(hass, sandbox, hass_client, media, call, path):
    assert downloads(sandbox) == 0
    assert await resolved(hass, recording_id(media, call)) == path
    client = await hass_client()
    for header in ("bytes=0-9", "bytes=50-", "bytes=-3"):
        assert (await client.get(path, headers={"Range": header})).status == 206
    await resolved(hass, recording_id(media, call))
    assert downloads(sandbox) == 1


async def test_requests_at_the_same_time_share_a_download(sandbox, hass_client, call, path):
    client = await hass_client()
    responses = await asyncio.gather(*(client.get(path) for _ in range(5)))
    assert all([same(await response.read(), expected(call)) for response in responses])
    assert downloads(sandbox) == 1


# Who may


async def test_nobody_plays_without_logging_in(hass, hass_client_no_auth, sandbox, path):
    client = await hass_client_no_auth()
    assert (await client.get(path)).status == 401
    assert (await client.head(path)).status == 401
    assert (await client.get(f"{path}?authSig=forged")).status == 401


async def test_a_signature_is_for_one_file_only(hass, hass_client_no_auth, media, call, path):
    client = await hass_client_no_auth()
    other = next(item for item in recorded(media) if item.call_id != call.call_id)
    signature = (await signed(hass, recording_id(media, call))).partition("?")[2]
    other_path = await resolved(hass, recording_id(media, other))
    assert (await client.get(f"{path}?{signature}")).status == 200
    assert (await client.get(f"{other_path}?{signature}")).status == 401


async def test_every_user_plays_unless_the_option_says_otherwise(user_client, call, path):
    response = await user_client.get(path)
    assert response.status == 200
    assert same(await response.read(), expected(call))


async def test_only_administrators_play_if_the_option_says_so(
    hass, hass_client, user_client, hass_client_no_auth, hass_read_only_access_token, media, call, path
):
    hass.config_entries.async_update_entry(media, options=ADMINS_ONLY)
    client = await hass_client()
    assert (await client.get(path)).status == 200
    for method in (user_client.get, user_client.head):
        response = await method(path)
        assert response.status == 403
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert await (await user_client.get(path)).text() == (
        "Only administrators may see the calls of Office 1. An administrator can change this in the options of the account"
    )
    # Signed by the same user, over the connection of the frontend.
    token = hass.auth.async_validate_access_token(hass_read_only_access_token)
    mine = async_sign_path(hass, path, timedelta(minutes=5), refresh_token_id=token.id)
    anonymous = await hass_client_no_auth()
    assert (await anonymous.get(mine)).status == 403
    # Signed for an automation, which may play everything.
    response = await anonymous.get(await signed(hass, recording_id(media, call)))
    assert same(await response.read(), expected(call))


async def test_a_user_who_was_deactivated_plays_nothing(
    hass, hass_client_no_auth, hass_read_only_access_token, hass_read_only_user, path
):
    token = hass.auth.async_validate_access_token(hass_read_only_access_token)
    mine = async_sign_path(hass, path, timedelta(hours=1), refresh_token_id=token.id)
    anonymous = await hass_client_no_auth()
    assert (await anonymous.get(mine)).status == 200
    hass_read_only_user.is_active = False
    hass_read_only_user.invalidate_cache()
    assert (await anonymous.get(mine)).status in {401, 403}


async def test_a_path_that_nobody_resolved_is_unknown(
    hass, hass_client_no_auth, hass_client, sandbox, media, call, path
):
    """Home Assistant signs whatever is played, so a signature alone is not enough."""
    client, anonymous = await hass_client(), await hass_client_no_auth()
    entry_id, item, code = path.removeprefix("/api/trunkline/media/").split("/")
    before = downloads(sandbox)
    for forged in (
        f"/api/trunkline/media/{entry_id}/{item}/{'0' * len(code)}",
        f"/api/trunkline/media/{entry_id}/{item[:-1]}/{code}",
        f"/api/trunkline/media/{entry_id}x/{item}/{code}",
        f"/api/trunkline/media/{entry_id}/{item}/{code[:-1]}%C3%A9",
        f"/api/trunkline/media/{entry_id}/secrets/{code}",
        f"/api/trunkline/media/{entry_id}/%FF/{code}",
    ):
        response = await client.get(forged)
        assert response.status == 404, forged
        assert await response.text() == "This address is not valid, or no longer valid. Play the item again"
        if "%" not in forged:
            mine = async_sign_path(hass, forged, timedelta(hours=1))
            assert (await anonymous.get(mine)).status == 404
    assert downloads(sandbox) == before


async def test_an_account_that_is_not_loaded_plays_nothing(hass, hass_client, media, path):
    client = await hass_client()
    await hass.config_entries.async_unload(media.entry_id)
    assert (await client.get(path)).status == 404
    await hass.config_entries.async_setup(media.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert media.state is ConfigEntryState.LOADED
    assert (await client.get(path)).status == 200


async def test_an_account_that_is_unloaded_meanwhile_ends_the_request(hass, sandbox, hass_client, media, path):
    client = await hass_client()
    sandbox.faults.add("drip", path="/calls/record", bytes=1, pause=0.5)
    request = asyncio.ensure_future(client.get(path))
    while downloads(sandbox) < 1:
        await asyncio.sleep(0)  # the clock stands still
    await hass.config_entries.async_unload(media.entry_id)
    response = await request
    assert response.status == 504


async def test_each_account_serves_its_own_files(hass, sandbox, hass_client, media, setup, call, path):
    other = await setup(make_entry(sandbox, 1))
    client = await hass_client()
    entry_id = path.split("/")[4]
    assert (await client.get(path.replace(entry_id, other.entry_id))).status == 404


# Faults of the provider

FAULTS = [
    (NotFoundError("x at https://provider.example"), 404, "The provider of Office 1 does not have this file"),
    (UnsupportedError("x"), 404, "The provider of Office 1 does not have this file"),
    (
        AuthenticationError("x"),
        502,
        "The provider did not accept the credentials of Office 1, or does not allow it to download this file",
    ),
    (
        PermissionDeniedError("x"),
        502,
        "The provider did not accept the credentials of Office 1, or does not allow it to download this file",
    ),
    (
        RateLimitedError("x", retry_after=7),
        503,
        "The provider received too many requests from Office 1. Try again later",
    ),
    (
        ConnectionFailedError("x https://provider.example/?token=s3cret"),
        504,
        "Failed to download the file from the provider of Office 1. Check the connection and try again",
    ),
    (
        TooLargeError("x"),
        502,
        "The file is too large to be played. It is still available from the provider of Office 1",
    ),
    (DataError("x"), 502, "The provider of Office 1 did not send a file that can be played. Try again later"),
    (ArchiveError("x"), 503, "The call archive is not available for Office 1. Check the free disk space"),
]


@pytest.mark.parametrize(("error", "status", "line"), FAULTS, ids=lambda value: type(value).__name__)
async def test_an_error_is_a_status_and_one_line(hass_client, media, path, error, status, line):
    client = await hass_client()
    with patch.object(type(media.runtime_data.account), "recording", side_effect=error):
        response = await client.get(path)
        assert response.status == status
        assert await response.text() == line
        assert response.headers["Content-Type"].startswith("text/plain")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers.get("Retry-After") == ("7" if status == 503 and "requests" in line else None)
    # The error is not kept.
    assert (await client.get(path)).status == 200


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (("status", {"code": 404}), 404),
        (("expired_token", {}), 502),
        (("rate_limit", {}), 503),
        (("status", {"code": 500}), 502),
        (("cut", {}), 504),
        (("cut_body", {}), 504),
        (("huge", {}), 502),
        (("content_type", {}), 502),
    ],
)
async def test_a_fault_of_the_provider_is_a_status_without_its_address(
    hass, sandbox, hass_client, media, path, fault, status
):
    kind, options = fault
    sandbox.faults.add(kind, path="/calls/record", **options)
    client = await hass_client()
    response = await client.get(path)
    text = await response.text()
    assert response.status == status, text
    assert "\n" not in text
    account = sandbox.accounts["telefonchy"][0]
    for secret in (account.base_url, account.base_url.split("/")[2], *account.credentials.values()):
        assert secret not in text
        assert secret not in str(response.headers)
    sandbox.faults.clear()
    for flow in hass.config_entries.flow.async_progress():
        hass.config_entries.flow.async_abort(flow["flow_id"])


async def test_a_page_is_never_sent_whatever_it_is_called(hass_client, media, path):
    page = b"  <!DOCTYPE html><script>alert(1)</script>"
    client = await hass_client()
    for declared in ("audio/mpeg", "text/html", "image/svg+xml", ""):
        with patch.object(
            type(media.runtime_data.account), "recording", return_value=Recording(page, declared, "a.html")
        ):
            response = await client.get(path)
            assert response.status == 502
            assert "script" not in await response.text()


async def test_the_type_is_that_of_the_content(hass_client, media, path):
    wave = audio.wave_silence(1)
    client = await hass_client()
    with patch.object(
        type(media.runtime_data.account), "recording", return_value=Recording(wave, "application/octet-stream", "x")
    ):
        response = await client.get(path)
    assert response.headers["Content-Type"] == "audio/wav"
    assert response.headers["Content-Disposition"].endswith('.wav"')
    assert await response.read() == wave


def test_a_read_only_user_is_no_administrator(hass_read_only_user):
    assert [group.id for group in hass_read_only_user.groups] == [GROUP_ID_READ_ONLY]
    assert not hass_read_only_user.is_admin
