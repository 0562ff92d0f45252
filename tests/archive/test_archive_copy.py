"""A copy holds exactly what the original holds, in either database, and never overwrites anything."""

from __future__ import annotations

import tracemalloc
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, select

from tests.archive.postgres import empty
from tests.archive.records import ACCOUNT, OTHER, START, bare, call, irr
from trunkline.archive import Archive, check_archive, copy_archive, schema
from trunkline.errors import ArchiveError, DamagedArchiveError
from trunkline.model import Money, Trunk

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ["sqlite", "postgresql"]
WORDS = {
    "status": "busy",
    "direction": "incoming",
    "currency": "IRR",
    "source": "imported",
    "secret": "0f" * 32,
    "month": "2025-03",
}


@pytest.fixture
def address(request: pytest.FixtureRequest, tmp_path: Path):
    """Return a function that gives the address of an empty archive of a kind; of a server there is only one."""

    def make(kind: str, name: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path / name}"
        url: str = request.getfixturevalue("postgres")
        if name == "from.db":
            empty(url)
            return url
        other = url.replace("/postgres?", "/copies?")
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql("DROP DATABASE IF EXISTS copies")
            connection.exec_driver_sql("CREATE DATABASE copies")
        engine.dispose()
        return other

    return make


def fill(url: str) -> None:
    """Store a row in every table, with values at the ends of their ranges."""
    huge = Money(irr("9223372036854775807").amount, "IRR")
    tiny = Money(irr("0.000000000000000001").amount, "IRR")
    nothing = dict.fromkeys(("price", "price_wait", "price_talk", "price_record", "price_saved"))
    with Archive.open(url) as archive:
        for account in (ACCOUNT, OTHER):
            archive.register(account, provider="telefonchy", title="دفتر é 📞", zone="Asia/Tehran", currency="IRR")
        archive.store(
            [
                *(call(str(number)) for number in range(2500)),
                bare("bare"),
                call("huge", **nothing | {"price": huge}),
                call("tiny", **nothing | {"price": tiny}),
                call("text", note="\n\t'\"\\ %s ? é 📞", raw={"a": [1.5, None, True, "é"]}),
                bare("other", account=OTHER),
            ],
            coverage=archive.coverage(ACCOUNT, "1001").cover(START, START + timedelta(days=1)),
        )
        archive.store([call("1", price=irr("58.25"))])
        archive.record_credit(ACCOUNT, [Trunk("2155500001", credit=irr("0.5"))], START)
    engine = create_engine(url)
    with engine.begin() as connection:
        for table in schema.metadata.sorted_tables:
            if connection.execute(select(table).limit(1)).first() is None:
                row = {column.name: 1 if column.type.python_type is int else "{}" for column in table.columns}
                row |= {name: word for name, word in WORDS.items() if name in row}
                connection.execute(table.insert().values(row))
    engine.dispose()


def content(url: str) -> dict[str, list[Any]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in schema.metadata.sorted_tables
        }
    engine.dispose()
    return found


@pytest.mark.parametrize("target", KINDS)
@pytest.mark.parametrize("source", KINDS)
def test_copy_is_equal_in_every_table_and_value(address, source: str, target: str) -> None:
    old, new = address(source, "from.db"), address(target, "to.db")
    fill(old)
    before = content(old)
    assert all(before.values())
    copied = copy_archive(old, new)
    assert content(new) == content(old) == before
    assert copied.rows == {name: len(rows) for name, rows in before.items() if name != "schema_version"}
    assert {finding.check: finding.detail for finding in check_archive(new) if not finding.ok} == {
        finding.check: finding.detail for finding in check_archive(old) if not finding.ok
    }


def test_copy_there_and_back_is_the_original(address) -> None:
    first, server, second = address("sqlite", "from.db"), address("postgresql", "from.db"), address("sqlite", "to.db")
    fill(first)
    copy_archive(first, server)
    copy_archive(server, second)
    assert content(second) == content(first)


@pytest.mark.parametrize("kind", KINDS)
def test_archive_that_holds_anything_is_not_overwritten(address, kind: str) -> None:
    old, new = address("sqlite", "from.db"), address(kind, "to.db")
    fill(old)
    with Archive.open(new) as archive:
        archive.register("a:1", provider="a", title="A", zone="UTC", currency="EUR")
    before = content(new)
    with pytest.raises(ArchiveError, match="isn't empty"):
        copy_archive(old, new)
    assert content(new) == before
    with pytest.raises(ArchiveError, match="isn't empty"):
        copy_archive(old, old)


@pytest.mark.parametrize("kind", KINDS)
def test_copy_that_fails_leaves_nothing_behind(address, kind: str) -> None:
    old, new = address("sqlite", "from.db"), address(kind, "to.db")
    fill(old)
    engine = create_engine(old)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE calls SET wait = 'long' WHERE call_id = '2400'")
    engine.dispose()
    with pytest.raises(DamagedArchiveError, match="from.db is damaged: the call '2400'"):
        copy_archive(old, new)
    assert [name for name, rows in content(new).items() if rows] == ["schema_version"]


def test_text_that_postgresql_cannot_hold_is_said_so(address) -> None:
    old, new = address("sqlite", "from.db"), address("postgresql", "to.db")
    with Archive.open(old) as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        archive.store([call("1", note="before\0after")])
    with pytest.raises(ArchiveError, match="can't hold a value, such as text with a NUL") as refused:
        copy_archive(old, new)
    assert "before" not in str(refused.value)
    assert content(new)["calls"] == []


def test_source_that_is_not_there_is_not_created(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="there is no archive to copy"):
        copy_archive(f"sqlite:///{tmp_path / 'from.db'}", f"sqlite:///{tmp_path / 'to.db'}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("target", KINDS)
@pytest.mark.parametrize("source", KINDS)
def test_memory_does_not_grow_with_the_archive(address, source: str, target: str) -> None:
    old, new = address(source, "from.db"), address(target, "to.db")
    with Archive.open(old) as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        for start in range(0, 10_000, 1000):
            archive.store([call(str(number), raw={"text": "x" * 3000}) for number in range(start, start + 1000)])
    tracemalloc.start()
    try:
        copy_archive(old, new)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # The raw records alone are 30 MB; a batch of a thousand is 3 MB, a few times over.
    assert peak < 20_000_000
