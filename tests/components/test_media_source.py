"""The media browser: what each level of the tree shows, to whom, and what can't be opened."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from homeassistant.components.media_player import BrowseError
from homeassistant.components.media_source import Unresolvable, async_browse_media, async_resolve_media
from homeassistant.helpers.http import current_request
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.trunkline.media import tree
from trunkline.errors import ArchiveError, ConnectionFailedError
from trunkline.model import Call, Direction, Fax, Party, Status, Voicemail
from trunkline.sandbox.simotel.pbx.files import blank_page
from trunkline.sandbox.world import audio

from .flows import set_up, unload
from .media import ROOT, downloads, recorded, recording_id, resolved, set_up_media, titles
from .test_media_parts import HOSTILE

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
async def media(hass, loaded):
    """Return the first office's entry, with the media source set up."""
    await set_up_media(hass)
    return loaded


@pytest.fixture
def top(media):
    return f"{ROOT}/{media.entry_id}"


@pytest.fixture
async def simotel(hass, sandbox):
    """Return the entry of a telephone system with recordings, voicemails and faxes."""
    await set_up_media(hass)
    yield await set_up(hass, sandbox, "simotel")
    await unload(hass)


def local_days(entry):
    """Return how many recorded calls there are on each day, by the clock of the account."""
    zone = entry.runtime_data.account.zone
    return Counter(call.started_at.astimezone(zone).date() for call in recorded(entry))


def a_call(**more):
    fields = {
        "account": "telefonchy:sv71001",
        "call_id": "9000001",
        "direction": Direction.INCOMING,
        "status": Status.ANSWERED,
        "started_at": datetime(2026, 3, 9, 6, 35, tzinfo=UTC),
        "talk": 151,
        "recording": "f1.mp3",
        "source": Party(number="9120000999", name="Workshop"),
        "destination": Party(number="1510"),
    }
    return Call(**(fields | more))


# Accounts, months, days, calls


async def test_the_top_lists_the_accounts_that_have_something_to_play(hass, sandbox, media):
    await set_up(hass, sandbox, "mor")
    top = await titles(hass)
    assert list(top) == ["Office 1"]
    assert top["Office 1"].media_content_id == f"{ROOT}/{media.entry_id}"
    assert list(await titles(hass, f"{ROOT}/{media.entry_id}")) == ["Calls"]


async def test_the_source_is_named_among_the_others(hass, media):
    root = await async_browse_media(hass, "")
    assert "Trunkline" in [child.title for child in root.children]


async def test_calls_are_listed_by_day_with_their_number_newest_first(hass, media, top):
    folder = await async_browse_media(hass, f"{top}/calls")
    days = local_days(media)
    expected = [f"{day} ({count})" for day, count in sorted(days.items(), reverse=True)][: tree.NEWEST_DAYS]
    months = sorted({f"{day:%Y-%m}" for day in days}, reverse=True)
    assert [child.title for child in folder.children] == [*expected, *months]
    assert all(child.can_expand and not child.can_play for child in folder.children)


async def test_a_month_lists_all_its_days(hass, media, top):
    days = local_days(media)
    for month in ("2026-03", "2026-02"):
        expected = [f"{day} ({count})" for day, count in sorted(days.items(), reverse=True) if f"{day:%Y-%m}" == month]
        assert expected
        assert list(await titles(hass, f"{top}/calls/{month}")) == expected
    assert await titles(hass, f"{top}/calls/2019-01") == {}


async def test_a_day_lists_its_calls_and_each_can_be_played(hass, sandbox, hass_client, media, top):
    day, count = local_days(media).most_common(1)[0]
    folder = await async_browse_media(hass, f"{top}/calls/{day}")
    assert folder.title == str(day)
    assert len(folder.children) == count
    client = await hass_client()
    zone = media.runtime_data.account.zone
    calls = [call for call in recorded(media) if call.started_at.astimezone(zone).date() == day]
    for child, call in zip(folder.children, calls, strict=True):
        assert child.media_content_id == recording_id(media, call)
        assert child.title.startswith(f"{call.started_at.astimezone(zone):%H:%M} · {call.direction.value.title()}")
        assert (child.can_play, child.can_expand, child.media_content_type) == (True, False, "audio/mpeg")
    assert downloads(sandbox) == 0
    response = await client.get(await resolved(hass, folder.children[0].media_content_id))
    assert (await response.read() == audio.silence(calls[0].talk)) is True


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({}, "10:05 · Incoming · Workshop · 2:31"),
        (
            {"direction": Direction.OUTGOING, "destination": Party(number="02155500001"), "talk": 3725},
            "10:05 · Outgoing · 02155500001 · 1:02:05",
        ),
        (
            {"direction": Direction.INTERNAL, "source": Party(number="101"), "destination": Party(number="102")},
            "10:05 · Internal · 101 – 102 · 2:31",
        ),
        ({"source": Party(), "talk": None}, "10:05 · Incoming · Withheld number"),
        ({"source": Party(name="\u202ea\x1b[1m\nb")}, "10:05 · Incoming · a [1m b · 2:31"),
        # A name in the other direction stays between its neighbours.
        ({"source": Party(name="کارگاه")}, "10:05 · Incoming · \u2068کارگاه\u2069 · 2:31"),
        ({"direction": None}, "10:05 · Workshop – 1510 · 2:31"),
    ],
)
async def test_the_title_of_a_call(hass, media, top, changes, title):
    """10:05 in Tehran is 06:35 in UTC."""
    media.runtime_data.archive.store([a_call(**changes)])
    found = await titles(hass, f"{top}/calls/2026-03-09")
    assert title in found
    assert found[title].media_content_id == f"{top}/call/9000001"


async def test_names_come_from_where_all_names_come_from(hass, media, top):
    media.runtime_data.archive.store([a_call()])
    with patch.object(type(media.runtime_data.names), "of", return_value="Named elsewhere"):
        assert "10:05 · Incoming · Named elsewhere · 2:31" in await titles(hass, f"{top}/calls/2026-03-09")


async def test_calls_without_a_recording_are_not_listed(hass, media, top):
    before = await titles(hass, f"{top}/calls/2026-03-09")
    media.runtime_data.archive.store([a_call(recording=None)])
    assert set(await titles(hass, f"{top}/calls/2026-03-09")) == set(before)


async def test_persian_titles_are_persian(hass, media, top):
    media.runtime_data.archive.store([a_call()])
    hass.config.language = "fa"
    assert list(await titles(hass, top)) == ["تماس‌ها"]
    calls = await titles(hass, f"{top}/calls")
    count = local_days(media)[datetime(2026, 3, 9, tzinfo=UTC).date()]
    digits = str(count).translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    assert calls[f"دوشنبه ۱۸ اسفند ۱۴۰۴ ({digits})"].media_content_id == f"{top}/calls/2026-03-09"
    assert calls["اسفند ۱۴۰۴"].media_content_id == f"{top}/calls/1404-12"
    assert "دوشنبه ۱۸ اسفند ۱۴۰۴ (" in str(list(await titles(hass, f"{top}/calls/1404-12")))
    assert "۱۰:۰۵ · ورودی · \u2068Workshop\u2069 · ۲:۳۱" in await titles(hass, f"{top}/calls/2026-03-09")


async def test_a_day_with_very_many_calls_is_divided_into_hours(hass, media, top):
    midnight = datetime(2025, 7, 1, 20, 30, tzinfo=UTC)
    calls = [
        a_call(call_id=str(8000000 + number), started_at=midnight + timedelta(minutes=5 * number))
        for number in range(tree.MOST_CALLS + 1)
    ]
    media.runtime_data.archive.store(calls)
    hours = await titles(hass, f"{top}/calls/2025-07-02")
    # 201 calls, twelve an hour: sixteen full hours from midnight on, and nine calls from 16:00 to 16:40.
    assert list(hours)[:2] == ["16:00–16:59 (9)", "15:00–15:59 (12)"]
    assert len(hours) == 17
    inside = await async_browse_media(hass, hours["16:00–16:59 (9)"].media_content_id)
    assert len(inside.children) == 9
    assert inside.children[0].title.startswith("16:40 ")
    assert inside.title == "2025-07-02, 16:00–16:59"


async def test_years_of_calls_are_a_list_of_months(hass, media, top):
    media.runtime_data.archive.store(
        [a_call(call_id=str(year), started_at=datetime(year, 5, 1, tzinfo=UTC)) for year in (2019, 2024)]
        + [
            a_call(call_id="before", started_at=datetime(1950, 5, 1, tzinfo=UTC)),
            a_call(call_id="never", started_at=None),
        ]
    )
    found = [title for title in await titles(hass, f"{top}/calls") if len(title) == len("2026-03")]
    assert found == ["2026-03", "2026-02", "2024-05", "2019-05"]


async def test_only_so_many_files_are_listed(hass, media, top, monkeypatch):
    day, count = local_days(media).most_common(1)[0]
    monkeypatch.setattr(tree, "MOST_FILES", 1)
    folder = await async_browse_media(hass, f"{top}/calls/{day}")
    assert (len(folder.children), folder.not_shown) == (1, count - 1)


async def test_an_account_without_calls_has_no_days(hass, media, top):
    with patch.object(type(media.runtime_data.archive), "calls", return_value=[]):
        assert await titles(hass, f"{top}/calls") == {}


async def test_answered_calls_are_listed_if_the_provider_does_not_say_which_were_recorded(hass, sandbox, hass_client):
    await set_up_media(hass)
    entry = await set_up(hass, sandbox, "voip24h")
    runtime = entry.runtime_data
    answered = [call for call in runtime.archive.calls(accounts=runtime.account_key) if call.status is Status.ANSWERED]
    day = answered[0].started_at.astimezone(runtime.account.zone).date()
    folder = await async_browse_media(hass, f"{ROOT}/{entry.entry_id}/calls/{day}")
    assert folder.children[0].media_content_id == recording_id(entry, answered[0])
    days = await titles(hass, f"{ROOT}/{entry.entry_id}/calls")
    assert f"{day} ({len(folder.children)})" in days
    await unload(hass)


SILENCE = {"audio/mpeg": audio.silence, "audio/wav": audio.wave_silence}


@pytest.mark.parametrize("wire", ["telefonchy", "voipano", "voip24h-v3", "simotel"])
async def test_recordings_of_each_provider_are_what_the_account_downloads(hass, sandbox, hass_client, wire):
    await set_up_media(hass)
    entry = await set_up(hass, sandbox, wire)
    call = recorded(entry)[0]
    path = await resolved(hass, recording_id(entry, call))
    client = await hass_client()
    response = await client.get(path)
    assert response.status == 200
    # Not every list states the talk time, which is the length of the recording.
    downloaded = await entry.runtime_data.account.recording(call)
    wanted = downloaded.content if call.talk is None else SILENCE[response.content_type](call.talk)
    assert (await response.read() == wanted) is True
    await unload(hass)


# Voicemail and faxes


async def test_voicemails_are_listed_by_mailbox_and_played(hass, hass_client, simotel):
    top = f"{ROOT}/{simotel.entry_id}"
    assert list(await titles(hass, top)) == ["Calls", "Voicemail", "Faxes"]
    listed = [item for item in await simotel.runtime_data.account.voicemails() if item.problem is None]
    assert listed
    boxes = await titles(hass, f"{top}/voicemail")
    title, box = next((title, box) for title, box in boxes.items() if title.startswith("Mailbox 400"))
    assert title.endswith(f"({len(listed)})")
    messages = await async_browse_media(hass, box.media_content_id)
    assert [child.media_content_id for child in messages.children] == [
        f"{top}/message/{item.voicemail_id}" for item in listed
    ]
    newest = listed[0]
    at = newest.received_at.astimezone(simotel.runtime_data.account.zone)
    # The caller's name is known from the calls. It is isolated, because it is written from right to left.
    archive = simotel.runtime_data.archive
    name = archive.contacts.names()[simotel.runtime_data.account.full_number(newest.caller)]
    assert messages.children[0].title == f"{at:%Y-%m-%d %H:%M} · \u2068{name}\u2069 · 0:{newest.duration:02d}"
    media = await async_resolve_media(hass, messages.children[0].media_content_id, None)
    assert media.mime_type == "audio/wav"
    client = await hass_client()
    response = await client.get(media.url)
    assert (await response.read() == audio.wave_silence(newest.duration)) is True
    assert response.headers["Content-Disposition"] == f'inline; filename="voicemail-{at:%Y-%m-%d-%H-%M-%S}.wav"'


async def test_voicemails_are_listed_and_played_where_the_mailboxes_may_not_be_read(hass, sandbox, simotel):
    names = await titles(hass, f"{ROOT}/{simotel.entry_id}/voicemail")
    permitted = [
        "/voicemails/inbox/search",
        "/voicemails/inbox/download",
        "/reports/cdr/search",
        "/reports/cdr/ordered/id",
    ]
    sandbox.wires["simotel"].change("permitted", permitted)
    folders = await titles(hass, f"{ROOT}/{simotel.entry_id}/voicemail")
    # Those with messages, without the names that only the list of mailboxes has.
    assert {folder.identifier for folder in folders.values()} <= {folder.identifier for folder in names.values()}
    messages = await titles(hass, next(f"media-source://trunkline/{box.identifier}" for box in folders.values()))
    assert messages


async def test_a_voicemail_is_found_without_browsing(hass, simotel):
    listed = [item for item in await simotel.runtime_data.account.voicemails() if item.problem is None]
    path = await resolved(hass, f"{ROOT}/{simotel.entry_id}/message/{listed[0].voicemail_id}")
    assert path.startswith("/api/trunkline/media/")


async def test_a_voicemail_of_no_mailbox_is_listed(hass, simotel):
    voicemail = Voicemail("5e1", received_at=datetime(2026, 3, 9, 6, 35, tzinfo=UTC), caller=None)
    with patch.object(type(simotel.runtime_data.account), "voicemails", return_value=(voicemail,)):
        boxes = await titles(hass, f"{ROOT}/{simotel.entry_id}/voicemail")
        assert "Voicemail (1)" in boxes
        assert list(await titles(hass, boxes["Voicemail (1)"].media_content_id)) == [
            "2026-03-09 10:05 · Withheld number"
        ]


async def test_a_fax_is_listed_and_shown(hass, hass_client, simotel):
    faxes = await simotel.runtime_data.account.faxes()
    top = f"{ROOT}/{simotel.entry_id}"
    folder = await async_browse_media(hass, f"{top}/faxes")
    assert faxes
    assert [child.media_content_id for child in folder.children] == [f"{top}/fax/{fax.fax_id}" for fax in faxes]
    media = await async_resolve_media(hass, folder.children[0].media_content_id, None)
    assert media.mime_type == "image/tiff"
    client = await hass_client()
    response = await client.get(media.url)
    assert response.content_type == "image/tiff"
    assert (await response.read() == blank_page()) is True


@pytest.mark.parametrize(
    ("outgoing", "title"),
    [
        (True, "2026-03-09 10:05 · Sent · 02155500002"),
        (False, "2026-03-09 10:05 · Received · 02155500001"),
        (None, "2026-03-09 10:05 · 02155500001"),
    ],
)
async def test_the_title_of_a_fax(hass, simotel, outgoing, title):
    fax = Fax(
        "7",
        outgoing=outgoing,
        source="02155500001",
        destination="02155500002",
        at=datetime(2026, 3, 9, 6, 35, tzinfo=UTC),
    )
    without_time = Fax("8", source="x")
    with patch.object(type(simotel.runtime_data.account), "faxes", return_value=(fax, without_time, Fax(None))):
        assert list(await titles(hass, f"{ROOT}/{simotel.entry_id}/faxes")) == [title, "x"]


@pytest.mark.parametrize("part", ["voicemail", "voicemail/400", "message/7", "faxes", "fax/7"])
async def test_what_an_account_does_not_have_is_not_there(hass, media, top, part):
    if part.startswith(("message", "fax/")):
        with pytest.raises(Unresolvable, match="does not have this file"):
            await async_resolve_media(hass, f"{top}/{part}", None)
    else:
        with pytest.raises(BrowseError, match="does not have this file"):
            await async_browse_media(hass, f"{top}/{part}")


@pytest.mark.parametrize("part", ["call/none", "message/0", "fax/0"])
async def test_what_does_not_exist_can_not_be_played(hass, simotel, part):
    with pytest.raises(Unresolvable) as caught:
        await async_resolve_media(hass, f"{ROOT}/{simotel.entry_id}/{part}", None)
    assert caught.value.translation_key == "media_not_found"


# What can't be opened


@pytest.mark.parametrize("identifier", [text for text in HOSTILE if text.strip("/").isprintable() and text.strip("/")])
async def test_a_hostile_identifier_is_refused(hass, media, identifier):
    identifier = identifier.lstrip("/").replace("01M8BW492DZ1CYK9A00ZAVY30C", media.entry_id)
    with pytest.raises(BrowseError) as browsing:
        await async_browse_media(hass, f"{ROOT}/{identifier}")
    with pytest.raises(Unresolvable) as resolving:
        await async_resolve_media(hass, f"{ROOT}/{identifier}", None)
    for caught in (browsing, resolving):
        assert caught.value.translation_key in {"media_identifier", "account_not_found"}
        assert caught.value.translation_domain == "trunkline"


async def test_a_file_can_not_be_browsed_and_a_folder_not_played(hass, media, top):
    for part in ("call/71558", "message/1", "fax/1"):
        with pytest.raises(BrowseError, match="does not exist in Trunkline's media"):
            await async_browse_media(hass, f"{top}/{part}")
    for part in ("", "/calls", "/calls/2026-03", "/voicemail", "/faxes"):
        with pytest.raises(Unresolvable, match="does not exist in Trunkline's media"):
            await async_resolve_media(hass, f"{top}{part}", None)


async def test_an_account_that_is_not_loaded_is_not_there(hass, media, top):
    await hass.config_entries.async_unload(media.entry_id)
    assert await titles(hass) == {}
    with pytest.raises(BrowseError, match="Office 1 is not running"):
        await async_browse_media(hass, top)
    with pytest.raises(Unresolvable, match="Office 1 is not running"):
        await async_resolve_media(hass, f"{top}/call/71558", None)


async def test_an_entry_of_another_integration_is_no_account(hass, media):
    other = MockConfigEntry(domain="other", entry_id="otherentry")
    other.add_to_hass(hass)
    with pytest.raises(BrowseError, match="does not exist"):
        await async_browse_media(hass, f"{ROOT}/otherentry")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ArchiveError("x"), "The call archive is not available for Office 1"),
        (ConnectionFailedError("x at https://provider.example"), "Failed to download the file from the provider"),
    ],
)
async def test_an_error_is_a_message_without_an_address(hass, media, top, error, message):
    with (
        patch.object(type(media.runtime_data.archive), "calls", side_effect=error),
        pytest.raises(BrowseError, match=message) as caught,
    ):
        await async_browse_media(hass, f"{top}/calls")
    assert "provider.example" not in str(caught.value)
    with (
        patch.object(type(media.runtime_data.account), "recording", side_effect=error),
        pytest.raises(Unresolvable, match=message) as caught,
    ):
        await async_resolve_media(hass, recording_id(media, recorded(media)[0]), None)
    assert "provider.example" not in str(caught.value)


# Who may


async def ask(client, kind, media_content_id):
    await client.send_json_auto_id({"type": f"media_source/{kind}_media", "media_content_id": media_content_id})
    return await client.receive_json()


async def test_every_user_browses_and_plays_unless_the_option_says_otherwise(
    hass, hass_ws_client, hass_client_no_auth, hass_read_only_access_token, media, top
):
    client = await hass_ws_client(hass, hass_read_only_access_token)
    reply = await ask(client, "browse", ROOT)
    assert [child["title"] for child in reply["result"]["children"]] == ["Office 1"]
    reply = await ask(client, "resolve", recording_id(media, recorded(media)[0]))
    assert reply["result"]["mime_type"] == "audio/mpeg"
    anonymous = await hass_client_no_auth()
    assert (await anonymous.get(reply["result"]["url"])).status == 200
    # The option holds for addresses that were given out before.
    hass.config_entries.async_update_entry(media, options={"admins_only": True})
    assert (await anonymous.get(reply["result"]["url"])).status == 403


async def test_only_administrators_browse_and_play_if_the_option_says_so(
    hass, hass_ws_client, hass_client_no_auth, hass_read_only_access_token, media, top
):
    hass.config_entries.async_update_entry(media, options={"admins_only": True})
    recording = recording_id(media, recorded(media)[0])
    user = await hass_ws_client(hass, hass_read_only_access_token)
    assert (await ask(user, "browse", ROOT))["result"]["children"] == []
    for kind, identifier in (("browse", top), ("browse", f"{top}/calls"), ("resolve", recording)):
        reply = await ask(user, kind, identifier)
        assert not reply["success"]
        assert reply["error"]["message"].startswith("Only administrators may see the calls of Office 1")
    admin = await hass_ws_client(hass)
    assert (await ask(admin, "browse", top))["success"]
    reply = await ask(admin, "resolve", recording)
    anonymous = await hass_client_no_auth()
    assert (await anonymous.get(reply["result"]["url"])).status == 200


async def play_with_a_request(hass, media, request):
    """Resolve a recording as it happens while Home Assistant handles a request."""
    token = current_request.set(request)
    try:
        return await resolved(hass, recording_id(media, recorded(media)[0]))
    finally:
        current_request.reset(token)


class Request(dict):
    """A request with a path, and with the user under the key that the authentication uses."""

    path = "/api/services/media_player/play_media"


async def test_the_user_of_a_request_counts_as_well(hass, media, hass_admin_user, hass_read_only_user):
    hass.config_entries.async_update_entry(media, options={"admins_only": True})
    assert await play_with_a_request(hass, media, Request(hass_user=hass_admin_user))
    with pytest.raises(Unresolvable, match="Only administrators"):
        await play_with_a_request(hass, media, Request(hass_user=hass_read_only_user))


async def test_the_companion_app_acts_for_its_user(hass, media, hass_admin_user, hass_read_only_user):
    """It sends actions to a webhook, in requests without a user."""
    hass.config_entries.async_update_entry(media, options={"admins_only": True})
    for webhook_id, user_id in (("hook1", hass_read_only_user.id), ("hook2", hass_admin_user.id), ("hook3", "gone")):
        MockConfigEntry(domain="mobile_app", data={"webhook_id": webhook_id, "user_id": user_id}).add_to_hass(hass)
    request = Request()
    request.path = "/api/webhook/hook1"
    with pytest.raises(Unresolvable, match="Only administrators"):
        await play_with_a_request(hass, media, request)
    for path in ("/api/webhook/hook2", "/api/webhook/of-an-automation", "/api/trunkline/push/x"):
        request.path = path
        assert await play_with_a_request(hass, media, request)


async def test_the_source_works_without_the_recorder_or_a_dashboard(hass):
    assert await async_setup_component(hass, "media_source", {})
    assert await async_setup_component(hass, "trunkline", {})
    await hass.async_block_till_done()
    assert await titles(hass) == {}
