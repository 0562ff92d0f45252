"""An archive in a file of its own for each test of the sync."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trunkline.archive import Archive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(f"sqlite:///{tmp_path / 'archive.db'}") as opened:
        yield opened
