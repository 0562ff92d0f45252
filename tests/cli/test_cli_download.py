"""`trunkline download`: files of each provider, complete, private and never over another one."""

from __future__ import annotations

import json
import stat
import wave

import pytest

from trunkline import Archive
from trunkline.cli import files
from trunkline.cli.files import Target, safe_name
from trunkline.errors import ConfigError, RequestError
from trunkline.model import Recording

RECORDED = ("telefonchy", "voipano", "voip24h-v3", "simotel")


def saved(printed):
    return json.loads(printed)


@pytest.fixture
def synced(everything, run):
    assert run("sync", "--quiet", *RECORDED, "voip24h")[0] == 0


@pytest.fixture
def archived(synced, home):
    """Return a function that returns the archived calls of a provider, newest first."""

    def calls(provider):
        with Archive.open(f"sqlite:///{home / 'archive.db'}") as archive:
            (key,) = {archived.account for archived in archive.accounts() if archived.title == provider}
            return archive.calls(accounts=[key])

    return calls


@pytest.mark.parametrize("wire", RECORDED)
def test_a_recording_is_saved_under_the_providers_name_for_its_owner_only(archived, run, tmp_path, wire):
    call = next(call for call in archived(wire) if call.recording)
    arguments = ("--call-id", call.call_id, "--output", f"{tmp_path}/recordings/", "--format", "json")
    status, printed, complaints = run("download", "recording", wire, *arguments)
    assert (status, complaints) == (0, "")
    (row,) = saved(printed)
    (file,) = (tmp_path / "recordings").iterdir()
    assert (row["account"], row["file"], row["bytes"]) == (wire, str(file), file.stat().st_size)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    if file.suffix == ".wav" and call.talk:
        # The simulated recordings last as long as the talk.
        with wave.open(str(file)) as audio:
            assert audio.getnframes() == audio.getframerate() * call.talk


def test_a_recording_of_a_provider_that_doesnt_say_which_calls_have_one_is_saved_by_its_id(archived, run, tmp_path):
    # Both interfaces belong to one office, so the same calls were recorded.
    recorded = {call.started_at for call in archived("voip24h-v3") if call.recording}
    call = next(call for call in archived("voip24h") if call.started_at in recorded)
    target = tmp_path / "call.wav"
    status, _, complaints = run("download", "recording", "voip24h", "--call-id", call.call_id, "-o", str(target))
    assert (status, complaints) == (0, "")
    assert target.stat().st_size > 1000


def test_all_recordings_of_a_period_are_saved(archived, run, tmp_path):
    calls = [call for call in archived("telefonchy") if call.recording]
    assert len(calls) > 3
    status, printed, _ = run("download", "recording", "telefonchy", "--since", "30d", "-o", f"{tmp_path}/all/")
    assert status == 0
    assert len(list((tmp_path / "all").iterdir())) == len(calls)
    status, printed, _ = run("download", "recording", "telefonchy", "--until", "2000-01-01", "-o", f"{tmp_path}/")
    assert (status, printed) == (0, "nothing to download in this period\n")


def test_a_call_that_is_not_archived_is_searched_in_the_providers_list(everything, run, tmp_path):
    calls = saved(run("get", "calls", "simotel", "--rows", "50", "--format", "json")[1])
    call = next(call for call in calls if call["recording"])
    target = str(tmp_path / "call.mp3")
    status, _, complaints = run("download", "recording", "simotel", "--call-id", call["call_id"], "-o", target)
    assert status == 2
    assert "run `trunkline sync`, or give --since and --until" in complaints
    arguments = ("--call-id", call["call_id"], "--since", "40d", "-o", target)
    assert run("download", "recording", "simotel", *arguments)[0] == 0
    status, _, complaints = run("download", "recording", "simotel", "--call-id", "none", "--since", "1d")
    assert status == 2
    assert "the archive and the provider's list of this period have no call none" in complaints


def test_voicemails_and_faxes_are_saved_by_id_and_by_period(everything, run, tmp_path):
    voicemails = saved(run("get", "voicemails", "--format", "json")[1])
    listed = [each["voicemail_id"] for each in voicemails if not each["problem"]]
    target = tmp_path / "message.wav"
    assert run("download", "voicemail", "simotel", "--voicemail-id", listed[0], "-o", str(target))[0] == 0
    assert target.read_bytes()[:4] == b"RIFF"
    faxes = saved(run("get", "faxes", "simotel", "--format", "json")[1])
    assert run("download", "fax", "simotel", "--since", "60d", "-o", f"{tmp_path}/faxes/")[0] == 0
    assert {file.name for file in (tmp_path / "faxes").iterdir()} == {fax["filename"] for fax in faxes}
    status, _, complaints = run("download", "fax", "simotel", "--fax-id", "none", "-o", str(tmp_path / "x"))
    assert (status, "the provider's list has no none" in complaints) == (2, True)
    # A fax whose file is known needs no list.
    known = ("--fax-id", faxes[0]["fax_id"], "--filename", "known.tif", "-o", f"{tmp_path}/")
    assert run("download", "fax", "simotel", *known)[0] == 0
    assert (tmp_path / "known.tif").exists()


def test_a_voicemail_of_a_provider_without_a_list_needs_its_mailbox(everything, run, tmp_path):
    target = str(tmp_path / "x.wav")
    status, _, complaints = run("download", "voicemail", "voipano", "--voicemail-id", "1", "-o", target)
    assert status == 2
    assert "requires the mailbox and the context" in complaints
    box = ("--mailbox", "1001", "--context", "nothing")
    status, _, complaints = run("download", "voicemail", "voipano", "--voicemail-id", "1", *box, "-o", target)
    assert status == 1
    assert len(complaints.splitlines()) == 1
    assert not (tmp_path / "x.wav").exists()


def test_exports_and_documents_are_saved(everything, run, tmp_path):
    target = tmp_path / "calls.csv"
    assert run("download", "export-calls", "mor", "--form", "csv", "--since", "30d", "-o", str(target))[0] == 0
    assert len(target.read_text().splitlines()) > 10
    assert run("download", "export-rates", "mor", "--form", "pdf", "-o", f"{tmp_path}/")[0] == 0
    (document,) = tmp_path.glob("*.pdf")
    assert document.read_bytes()[:5] == b"%PDF-"
    voicemails = saved(run("get", "voicemails", "--format", "json")[1])
    name = next(each["filename"] for each in voicemails if not each["problem"])
    arguments = ("--path", "reports/audio/download", "--param", f"file={name}", "-o", f"{tmp_path}/voicemail.wav")
    assert run("download", "file", "simotel", *arguments)[0] == 0
    status, _, complaints = run("request", "simotel", "POST", "reports/audio/download", f"file={name}")
    assert (status, "use `trunkline download file`" in complaints) == (2, True)


def test_a_file_that_exists_is_kept_without_a_request_unless_forced(everything, run, tmp_path):
    target = tmp_path / "rates.csv"
    target.write_text("mine")
    arguments = ("download", "export-rates", "mor", "--form", "csv", "-o", str(target))
    status, printed, complaints = run(*arguments)
    assert (status, printed) == (2, "")
    assert "exists already: choose another name, or replace it with --force" in complaints
    assert target.read_text() == "mine"
    assert run(*arguments, "--force")[0] == 0
    assert target.read_text() != "mine"
    assert {file.name for file in tmp_path.glob(".*")} == set()


def test_one_file_among_several_that_exists_does_not_stop_the_others(everything, run, tmp_path):
    faxes = saved(run("get", "faxes", "simotel", "--format", "json")[1])
    (tmp_path / "faxes").mkdir()
    (tmp_path / "faxes" / faxes[0]["filename"]).write_text("mine")
    status, _, complaints = run("download", "fax", "simotel", "--since", "60d", "-o", f"{tmp_path}/faxes")
    assert status == 1
    assert len(complaints.splitlines()) == 1
    assert (tmp_path / "faxes" / faxes[0]["filename"]).read_text() == "mine"
    assert len(list((tmp_path / "faxes").iterdir())) == len(faxes)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("recording", "simotel"), "give --call-id, or --since or --until for all of a period"),
        (("recording", "simotel", "--since", "3d", "-o", "one.mp3"), "several files need a folder"),
        (("recording", "mor", "--call-id", "1"), "has no recording service; it exists at"),
        (("export-rates", "mor", "--form", "csv", "-o", "/nowhere/at/all.csv"), "can't write /nowhere/at/all.csv"),
        (("export-rates", "mor", "--form", "docx", "-o", "/nowhere/x"), "docx"),
        (("file", "simotel", "--path", "pbx/users/search", "-o", "/nowhere/x"), "end with /download"),
    ],
)
def test_what_cannot_be_downloaded_is_one_line(everything, run, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    status, printed, complaints = run("download", *arguments)
    assert status in {1, 2}
    assert printed == ""
    assert len(complaints.splitlines()) == 1
    if message != "docx":
        assert message in complaints
    assert [file for file in tmp_path.iterdir() if file.name not in {"accounts.toml", "archive.db"}] == []


# Files


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("71966.mp3", "71966.mp3"),
        ("../../.ssh/authorized_keys", "authorized_keys"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/etc/passwd", "passwd"),
        (".bashrc", "bashrc"),
        ("..", "file"),
        ("", "file"),
        ("a\x00b\x1b[2J\n.wav", "ab[2J.wav"),
        ("call\u202egpj.exe", "callgpj.exe"),
        ('a<b>c:d"e|f?g*.wav', "a_b_c_d_e_f_g_.wav"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("-rf", "_-rf"),
        ("تماس.wav", "تماس.wav"),
        ("name. ", "name"),
    ],
)
def test_a_providers_file_name_is_made_safe(name, safe):
    assert safe_name(name) == safe


def test_a_long_name_keeps_its_suffix_and_fits_a_file_system():
    name = safe_name("ص" * 500 + ".wav")
    assert name.endswith(".wav")
    assert len(name.encode()) <= 255
    assert len(safe_name("x" * 500).encode()) <= 255


def test_a_failed_write_leaves_no_half_file(tmp_path, monkeypatch):
    def fail(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", fail)
    with pytest.raises(ConfigError, match="No space left on device"):
        Target(f"{tmp_path}/x.wav", force=False).save(Recording(b"audio", "audio/wav", "x.wav"))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_appears_meanwhile_is_kept(tmp_path, monkeypatch):
    target = Target(f"{tmp_path}/x.wav", force=False)
    target.check(several=False)
    written = files.os.fsync

    def interfere(descriptor):
        (tmp_path / "x.wav").write_text("mine")
        written(descriptor)

    monkeypatch.setattr(files.os, "fsync", interfere)
    with pytest.raises(RequestError, match="exists already"):
        target.save(Recording(b"audio", "audio/wav", "x.wav"))
    assert (tmp_path / "x.wav").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_system_without_hard_links_is_written_too(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(files.Path, "hardlink_to", refuse)
    path = Target(f"{tmp_path}/", force=False).save(Recording(b"audio", "audio/wav", "x.wav"))
    assert path.read_bytes() == b"audio"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
