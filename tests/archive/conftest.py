"""The archive on both databases: SQLite always, PostgreSQL where its server is installed."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from tests.archive.postgres import programs, server
from tests.archive.records import ACCOUNT, OTHER
from trunkline.archive import Archive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    folder = programs()
    if folder is None:
        pytest.skip("no PostgreSQL server is installed")
    pytest.importorskip("psycopg")
    with ExitStack() as stack:
        yield stack.enter_context(server(folder))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'archive.db'}"
    address = request.getfixturevalue("postgres")
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return address


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
