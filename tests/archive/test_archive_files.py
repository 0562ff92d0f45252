"""Only the owner may read the archive's files, whatever the umask is and whoever made them."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from tests.archive.records import ACCOUNT, call
from trunkline.archive import Archive, repair_archive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=[0o022, 0o000, 0o077])
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


def fill(archive: Archive) -> None:
    archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
    archive.store([call("1")])


@pytest.mark.usefixtures("_umask")
def test_new_archive_and_its_companions_are_for_their_owner_only(tmp_path: Path, sqlite_url: str) -> None:
    with Archive.open(sqlite_url) as archive:
        fill(archive)
        assert modes(tmp_path) == dict.fromkeys(["archive.db", "archive.db-wal", "archive.db-shm"], 0o600)
    assert modes(tmp_path) == {"archive.db": 0o600}


@pytest.mark.usefixtures("_umask")
def test_archive_that_others_could_read_is_closed_to_them_with_its_companions(tmp_path: Path, sqlite_url: str) -> None:
    with Archive.open(sqlite_url) as archive:
        fill(archive)
        for file in tmp_path.iterdir():
            file.chmod(0o644)
        with Archive.open(sqlite_url) as again:
            fill(again)
            assert set(modes(tmp_path).values()) == {0o600}


@pytest.mark.usefixtures("_umask")
def test_repaired_and_kept_files_are_for_their_owner_only(tmp_path: Path, sqlite_url: str) -> None:
    with Archive.open(sqlite_url) as archive:
        fill(archive)
    (tmp_path / "archive.db").chmod(0o644)
    kept = repair_archive(sqlite_url).kept
    assert modes(tmp_path) == {"archive.db": 0o600, kept.name: 0o600}


def test_mode_that_cannot_be_changed_is_left(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Archive.open(sqlite_url) as archive:
        fill(archive)
    (tmp_path / "archive.db").chmod(0o644)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr("pathlib.Path.chmod", refuse)
    with Archive.open(sqlite_url) as archive:
        assert archive.count() == 1
    assert modes(tmp_path) == {"archive.db": 0o644}


def test_file_that_is_no_archive_keeps_its_mode(tmp_path: Path, sqlite_url: str) -> None:
    path = tmp_path / "archive.db"
    path.write_text("Dear archive, " * 500)
    path.chmod(0o644)
    with pytest.raises(Exception, match="not a database"):
        Archive.open(sqlite_url)
    assert modes(tmp_path) == {"archive.db": 0o644}


def test_address_with_options_is_restricted_too(tmp_path: Path) -> None:
    with Archive.open(f"sqlite:///file:{tmp_path / 'archive.db'}?mode=rwc&uri=true") as archive:
        fill(archive)
        assert set(modes(tmp_path).values()) == {0o600}
