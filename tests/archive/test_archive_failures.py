"""Failures that the system causes: what they say, and that a repair works without what some systems lack."""

from __future__ import annotations

import os
import sqlite3
import sys
from typing import TYPE_CHECKING

import pytest

from trunkline.archive import Archive, repair_archive
from trunkline.archive.failures import failure
from trunkline.errors import ArchiveError, DamagedArchiveError

if TYPE_CHECKING:
    from pathlib import Path


class OperationalError(Exception):
    """Named as the drivers name what the network causes."""


@pytest.mark.parametrize(
    ("error", "original", "said"),
    [
        (OperationalError(), None, "can't be reached"),
        (RuntimeError(), None, "failed (RuntimeError)"),
        (OperationalError(), sqlite3.OperationalError("something new"), "failed: something new"),
    ],
)
def test_a_failure_says_what_happened(error: Exception, original: object, said: str) -> None:
    text, kind = failure(error, original)
    assert said in text
    assert not issubclass(kind, DamagedArchiveError)


def test_a_repair_works_without_links_and_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "archive.db"
    with Archive.open(f"sqlite:///{path}") as archive:
        archive.register("a", provider="telefonchy", title="Office", zone="UTC", currency="IRR")

    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setitem(sys.modules, "fcntl", None)
    repair_archive(f"sqlite:///{path}")
    with Archive.open(f"sqlite:///{path}") as archive:
        assert [account.title for account in archive.accounts()] == ["Office"]


def test_a_repair_that_the_disk_refuses_says_so(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError):
        repair_archive(f"sqlite:///{tmp_path}/missing/archive.db")
