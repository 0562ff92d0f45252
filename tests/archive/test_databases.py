"""Tests on PostgreSQL may be skipped on a machine without its server, but not in continuous integration."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.archive.postgres import give_up

ROOT = Path(__file__).parents[2]


def test_missing_server_fails_in_continuous_integration_only() -> None:
    with pytest.raises(pytest.fail.Exception, match="no PostgreSQL server is installed: install it"):
        give_up({"CI": "true"})
    for environ in ({}, {"CI": ""}, {"CI": "false"}):
        with pytest.raises(pytest.skip.Exception):
            give_up(environ)


def test_continuous_integration_says_so_and_installs_the_server() -> None:
    script = (ROOT / ".ci/run").read_text()
    assert "export CI=true" in script
    assert "install postgresql" in script
