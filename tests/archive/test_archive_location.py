"""The command and the notebooks look for the archive in the same place."""

from __future__ import annotations

from pathlib import Path

import pytest

from trunkline.archive import Archive
from trunkline.archive.location import archive_url
from trunkline.errors import ConfigError


@pytest.mark.parametrize(
    ("given", "environ", "expected"),
    [
        ("", {"XDG_DATA_HOME": "/data"}, "sqlite:////data/trunkline/trunkline.db"),
        ("", {"XDG_DATA_HOME": "/data", "TRUNKLINE_ARCHIVE": "/calls.db"}, "sqlite:////calls.db"),
        ("", {"TRUNKLINE_ARCHIVE": "postgresql+psycopg://localhost/calls"}, "postgresql+psycopg://localhost/calls"),
        ("/mine.db", {"TRUNKLINE_ARCHIVE": "/calls.db"}, "sqlite:////mine.db"),
        ("sqlite:///mine.db", {}, "sqlite:///mine.db"),
    ],
)
def test_what_is_named_comes_before_the_environment_and_that_before_the_users_own(given, environ, expected):
    assert archive_url(given, environ) == expected


def test_the_users_own_is_below_the_home_folder(monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: Path("/home-of-nobody"))
    assert archive_url("", {}) == "sqlite:////home-of-nobody/.local/share/trunkline/trunkline.db"


def test_a_question_mark_in_the_name_of_a_file_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="question mark"):
        Archive.open(tmp_path / "calls?.db")
    assert list(tmp_path.iterdir()) == []
