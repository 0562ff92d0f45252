"""The parts of media that need no Home Assistant: ranges, identifiers, months, media types, and saved files."""

from __future__ import annotations

import errno
import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.trunkline.account.media_types import AUDIO, DOCUMENTS, MP3, TIFF, WAV, media_type, named_type
from custom_components.trunkline.account.months import Month, day_text
from custom_components.trunkline.media.identifiers import (
    CallDay,
    CallHour,
    CallMonth,
    Calls,
    Faxes,
    FaxId,
    InvalidIdentifierError,
    Mailboxes,
    MessageId,
    Messages,
    RecordingId,
    identifier_of,
    parse,
    recording_media_id,
)
from custom_components.trunkline.media.ranges import UnsatisfiableRangeError, requested_range
from custom_components.trunkline.media.saving import content_id, media_folder, save
from trunkline.errors import DataError
from trunkline.sandbox.simotel.pbx.files import blank_page
from trunkline.sandbox.world import audio

ENTRY = "01M8BW492DZ1CYK9A00ZAVY30C"


# Ranges; RFC 9110, 14.1.2 has the examples for a representation of 10,000 bytes.


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-499", 0, 499),
        ("bytes=500-999", 500, 999),
        ("bytes=-500", 9500, 9999),
        ("bytes=9500-", 9500, 9999),
        ("bytes=0-0", 0, 0),
        ("bytes=-1", 9999, 9999),
    ],
)
def test_the_ranges_of_the_standard(header, first, last):
    found = requested_range(header, 10_000)
    assert (found.start, found.stop - 1) == (first, last)


@pytest.mark.parametrize("header", [None, "bytes=0-0,-1", "bytes=5-4", "bytes=", "bytes=-", "pages=1-2", "bytes=٣-٤"])
def test_no_range(header):
    assert requested_range(header, 10_000) is None


@pytest.mark.parametrize(("header", "size"), [("bytes=10-", 10), ("bytes=0-", 0), ("bytes=-5", 0), ("bytes=-0", 10)])
def test_a_range_without_bytes(header, size):
    with pytest.raises(UnsatisfiableRangeError):
        requested_range(header, size)


@given(first=st.integers(0, 300), last=st.integers(0, 300), size=st.integers(1, 200))
def test_a_range_is_never_outside_of_the_file(first, last, size):
    try:
        found = requested_range(f"bytes={first}-{last}", size)
    except UnsatisfiableRangeError:
        assert first >= size
    else:
        assert (found is None) == (last < first)
        assert found is None or 0 <= found.start < found.stop <= size


# Identifiers


@pytest.mark.parametrize(
    ("identifier", "what"),
    [
        (ENTRY, None),
        (f"{ENTRY}/calls", Calls()),
        (f"{ENTRY}/calls/2026-03", CallMonth(Month(2026, 3))),
        (f"{ENTRY}/calls/1404-12", CallMonth(Month(1404, 12))),
        (f"{ENTRY}/calls/2026-03-10", CallDay(date(2026, 3, 10))),
        (f"{ENTRY}/calls/2026-03-10/07", CallHour(date(2026, 3, 10), 7)),
        (f"{ENTRY}/call/1532857052.131132", RecordingId("1532857052.131132")),
        (f"{ENTRY}/call/a%2Fb%20c", RecordingId("a/b c")),
        (f"{ENTRY}/voicemail", Mailboxes()),
        (f"{ENTRY}/voicemail/400", Messages("400")),
        (f"{ENTRY}/voicemail/-", Messages(None)),
        (f"{ENTRY}/voicemail/%2D", Messages("-")),
        (f"{ENTRY}/message/60c856c88b2427f7c61c55b6", MessageId("60c856c88b2427f7c61c55b6")),
        (f"{ENTRY}/faxes", Faxes()),
        (f"{ENTRY}/fax/7", FaxId("7")),
        (f"{ENTRY}/fax/%2E%2E", FaxId("..")),
    ],
)
def test_an_identifier_is_read_and_written(identifier, what):
    assert parse(identifier) == (ENTRY, what)
    assert identifier_of(ENTRY, what) == identifier


@given(st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=40))
def test_every_id_can_be_named(text):
    if text.isprintable():
        assert parse(identifier_of(ENTRY, RecordingId(text))) == (ENTRY, RecordingId(text))


def test_a_usual_id_stands_in_a_media_content_id_as_it_is():
    assert recording_media_id(ENTRY, "1532857052.131132") == f"media-source://trunkline/{ENTRY}/call/1532857052.131132"


HOSTILE = [
    "", "/", "..", "../..", f"{ENTRY}/", f"{ENTRY}//", f"{ENTRY}/..", f"{ENTRY}/calls/", f"{ENTRY}/calls/2026-13",
    f"{ENTRY}/calls/2026-00", f"{ENTRY}/calls/2026-02-30", f"{ENTRY}/calls/1404-13", f"{ENTRY}/calls/1404-12-01",
    f"{ENTRY}/calls/0001-01-01", f"{ENTRY}/calls/9999-12-31", f"{ENTRY}/calls/2026-03-10/24",
    f"{ENTRY}/calls/2026-03-10/7", f"{ENTRY}/calls/2026-03-10/07/1", f"{ENTRY}/calls/٢٠٢٦-٠٣", f"{ENTRY}/call",
    f"{ENTRY}/call/", f"{ENTRY}/call/a/b", f"{ENTRY}/call/a b", f"{ENTRY}/call/%", f"{ENTRY}/call/%zz",
    f"{ENTRY}/call/%00", f"{ENTRY}/call/%0A", f"{ENTRY}/call/%FF", f"{ENTRY}/call/a?b", f"{ENTRY}/call/a#b",
    f"{ENTRY}/call/<b>", f"{ENTRY}/call/{'9' * 600}", f"{ENTRY}/call/ک", f"{ENTRY}/video/1", f"{ENTRY}/faxes/1",
    f"{ENTRY}?x=1", f"{ENTRY}%2Fcalls", "a" * 65, "entry\n", f"{ENTRY}/calls\n",
]  # fmt: skip


@pytest.mark.parametrize("identifier", HOSTILE)
def test_anything_else_is_no_identifier(identifier):
    with pytest.raises(InvalidIdentifierError):
        parse(identifier)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    for identifier in (text, f"{ENTRY}/{text}"):
        try:
            entry_id, what = parse(identifier)
        except InvalidIdentifierError:
            continue
        assert parse(identifier_of(entry_id, what)) == (entry_id, what)


# Months. Nowruz of 1404 was on the 21st of March 2025, of 1405 on the 21st of March 2026; 1403 was a leap year.


@pytest.mark.parametrize(
    ("month", "first", "after", "text"),
    [
        (Month(2026, 3), date(2026, 3, 1), date(2026, 4, 1), "2026-03"),
        (Month(2026, 12), date(2026, 12, 1), date(2027, 1, 1), "2026-12"),
        (Month(2099, 12), date(2099, 12, 1), date(2100, 1, 1), "2099-12"),
        (Month(1404, 1), date(2025, 3, 21), date(2025, 4, 21), "فروردین ۱۴۰۴"),
        (Month(1404, 12), date(2026, 2, 20), date(2026, 3, 21), "اسفند ۱۴۰۴"),
        (Month(1403, 12), date(2025, 2, 19), date(2025, 3, 21), "اسفند ۱۴۰۳"),
    ],
)
def test_a_month_has_a_first_day_and_a_name(month, first, after, text):
    assert (month.first_day, month.next_first_day, month.text()) == (first, after, text)


def test_a_day_is_of_the_calendar_of_the_language():
    day = date(2026, 3, 10)
    assert (Month.of_day(day, "en"), Month.of_day(day, "fa")) == (Month(2026, 3), Month(1404, 12))
    assert day_text(day, "en") == day_text(day, "vi") == "2026-03-10"
    # A Tuesday, the 19th of Esfand 1404.
    assert day_text(day, "fa") == "سه‌شنبه ۱۹ اسفند ۱۴۰۴"


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1969, 12, 31), date(2100, 1, 1)])
def test_a_day_that_no_call_has_is_in_no_month(day):
    with pytest.raises(ValueError, match="no month"):
        Month.of_day(day, "en")


# Media types


@pytest.mark.parametrize(
    ("content", "declared", "name"),
    [
        (audio.silence(1), "application/octet-stream", "audio/mpeg"),
        (audio.silence(1), "audio/wav", "audio/mpeg"),
        (audio.wave_silence(1), "", "audio/wav"),
        (b"ID3\x04" + bytes(20), "audio/mp3", "audio/mpeg"),
        (b"OggS" + bytes(20), "audio/mpeg", "audio/ogg"),
        (b"\x00\x00\x00\x20ftypM4A " + bytes(20), "", "audio/mp4"),
        (b"fLaC" + bytes(20), "", "audio/flac"),
        (b"#!AMR\n" + bytes(20), "", "audio/amr"),
        (b".snd" + bytes(20), "", "audio/basic"),
        (b"\xff\xf1\x50\x80" + bytes(20), "", "audio/aac"),
        # A frame of GSM 06.10 has no signature but its first four bits.
        (b"\xd2" + bytes(32), "audio/x-gsm; charset=binary", "audio/gsm"),
    ],
)
def test_audio_is_recognised(content, declared, name):
    assert media_type(content, declared, AUDIO).name == name


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (blank_page(), "image/tiff"),
        (b"MM\x00*" + bytes(8), "image/tiff"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n" + bytes(8), "image/png"),
        (b"\xff\xd8\xff\xe0" + bytes(8), "image/jpeg"),
    ],
)
def test_documents_are_recognised(content, name):
    assert media_type(content, "text/html", DOCUMENTS).name == name
    with pytest.raises(DataError):
        media_type(content, "audio/mpeg", AUDIO)


@pytest.mark.parametrize(
    ("content", "declared"),
    [
        (b"", "audio/mpeg"),
        (b"<html>", "audio/mpeg"),
        (b'\r\n {"error": 1}', "audio/mpeg"),
        (b"GIF89a" + bytes(9), "image/gif"),
        (b"\x00\x01", "text/html"),
        (b"\x00\x01", "image/svg+xml"),
        (b"\x00\x01", "video/mp4"),
        (b"\x00\x01", ""),
    ],
)
def test_anything_else_is_no_file_to_play(content, declared):
    for allowed in (AUDIO, DOCUMENTS):
        with pytest.raises(DataError):
            media_type(content, declared, allowed)


def test_a_file_name_claims_a_type():
    assert named_type("20200921_1600675211.10033.1.MP3", AUDIO) is MP3
    assert named_type("400_1-vm.wav", AUDIO) is WAV
    assert named_type("sen_1_.tif", DOCUMENTS) is named_type("sen_1_.tiff", DOCUMENTS) is TIFF
    assert named_type("a.html", AUDIO) is named_type("tiff", AUDIO) is named_type(None, DOCUMENTS) is None


# Saved files


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_saved_once_and_nothing_is_overwritten(tmp_path):
    folder = tmp_path / "media/trunkline"
    first = save(b"one", "call.mp3", folder)
    assert first == folder / "call.mp3"
    assert first.read_bytes() == b"one"
    assert save(b"one", "call.mp3", folder) == first
    second = save(b"two", "call.mp3", folder)
    assert second == folder / "call-2.mp3"
    assert (first.read_bytes(), second.read_bytes()) == (b"one", b"two")
    assert save(b"two", "call.mp3", folder) == second
    # Of the same size as another.
    assert save(b"six", "call.mp3", folder) == folder / "call-3.mp3"
    assert names(folder) == ["call-2.mp3", "call-3.mp3", "call.mp3"]
    plain = tmp_path / "plain"
    plain.touch()
    assert first.stat().st_mode == plain.stat().st_mode


def test_a_link_is_never_followed(tmp_path):
    target = tmp_path / "secrets.yaml"
    (tmp_path / "call.mp3").symlink_to(target)
    assert save(b"one", "call.mp3", tmp_path) == tmp_path / "call-2.mp3"
    assert not target.exists()
    target.write_bytes(b"one")
    (tmp_path / "folder.mp3").mkdir()
    assert save(b"one", "folder.mp3", tmp_path) == tmp_path / "folder-2.mp3"


def test_nothing_is_left_of_a_file_that_can_not_be_written(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    for name in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, fail)
            with pytest.raises(OSError, match="No space left"):
                save(b"one", "call.mp3", tmp_path)
        assert names(tmp_path) == []


def test_a_name_that_is_taken_too_often_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("custom_components.trunkline.media.saving._MOST_NAMES", 2)
    save(b"1", "call.mp3", tmp_path)
    save(b"2", "call.mp3", tmp_path)
    with pytest.raises(FileExistsError):
        save(b"3", "call.mp3", tmp_path)
    assert names(tmp_path) == ["call-2.mp3", "call.mp3"]


def test_the_media_folder_is_local_or_else_the_first():
    assert media_folder({"nas": "/nas", "local": "/media"}) == ("local", "/media")
    assert media_folder({"nas": "/nas", "usb": "/usb"}) == ("nas", "/nas")
    assert media_folder({}) is None
    assert (
        content_id("local", Path("/media/trunkline/a.mp3").name) == "media-source://media_source/local/trunkline/a.mp3"
    )
