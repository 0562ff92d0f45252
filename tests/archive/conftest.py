"""An archive on both databases, and accounts in it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from tests.archive.records import ACCOUNT, OTHER
from trunkline.archive import Archive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def archive(url: str) -> Iterator[Archive]:
    """An empty archive that knows two accounts."""
    with Archive.open(url) as opened:
        opened.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        opened.register(OTHER, provider="telefonchy", title="Branch", zone="Asia/Tehran", currency="IRR")
        yield opened


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'archive.db'}"


@pytest.fixture(autouse=True)
def _quiet() -> None:
    # Home Assistant's test plugin has each statement logged, which takes longer than the statements.
    logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)
