"""Migrations that are killed at every statement, from every version of the schema: the next opening finishes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, inspect

from tests.archive.killing import deaths
from tests.archive.postgres import empty
from tests.archive.records import ACCOUNT, irr
from trunkline.archive import Archive, check_archive, migrations
from trunkline.archive.damage import EPOCH
from trunkline.model import Status

if TYPE_CHECKING:
    from pathlib import Path

# What each version could hold beside the versions before it: a table and a row of it.
ROWS: dict[int, list[tuple[str, dict[str, Any]]]] = {
    1: [
        (
            "accounts",
            {"account": ACCOUNT, "provider": "telefonchy", "title": "Office", "zone": "Asia/Tehran", "currency": "IRR"},
        ),
        (
            "calls",
            {
                "account": ACCOUNT, "call_id": "1", "stream": "1001", "status": "busy", "price": 1725,
                "price_scale": 2, "currency": "IRR", "raw": '{"price":17.25}',
            },
        ),
        ("streams", {"account": ACCOUNT, "stream": "1001", "calls": 1, "segments": "[[0,1000000]]", "total": 1}),
        (
            "credit_readings",
            {"account": ACCOUNT, "trunk": "2155500001", "at": 1, "credit": 5, "credit_scale": 0, "currency": "IRR"},
        ),
    ],
    2: [
        (
            "corrections",
            {
                "account": ACCOUNT, "call_id": "1", "field": "price", "old": 2, "old_scale": 0, "old_currency": "IRR",
                "new": 3, "new_scale": 0, "new_currency": "IRR", "at": 4,
            },
        )
    ],
    3: [("streams", {"account": ACCOUNT, "stream": "other", "calls": 0, "segments": "[]", "cursor": "17"})],
    4: [
        (
            "unreadable_rows",
            {
                "account": ACCOUNT, "stream": "1001", "row_key": "k", "reason": "no start", "record": "{}",
                "version": "0.1.0", "at": 5,
            },
        )
    ],
    8: [("month_marks", {"account": ACCOUNT, "month": "2025-03", "mark": "0123456789abcdef"})],
}  # fmt: skip


def build(url: str, version: int) -> str:
    """Make an archive of an older version that holds what that version could."""
    engine = create_engine(url)
    with engine.begin() as connection:
        migrations.migrate(connection, frozenset(), where="it", to=version)
        for number in range(1, version + 1):
            for table, row in ROWS.get(number, []):
                columns = ", ".join(row)
                values = ", ".join(
                    "'" + str(value) + "'" if isinstance(value, str) else str(value) for value in row.values()
                )
                connection.exec_driver_sql(f"INSERT INTO {table} ({columns}) VALUES ({values})")
    engine.dispose()
    return url


def content(url: str) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every table but the version's, without what is empty."""
    engine = create_engine(url)
    with engine.connect() as connection:
        tables = set(inspect(connection).get_table_names()) - {"schema_version"}
        found = {
            table: [
                {name: value for name, value in row.items() if value is not None}
                for row in connection.exec_driver_sql(f"SELECT * FROM {table}").mappings()
            ]
            for table in sorted(tables)
        }
    engine.dispose()
    return {table: rows for table, rows in found.items() if rows}


@pytest.mark.slow
@pytest.mark.parametrize("version", range(migrations.VERSION + 1))
def test_killed_migration_is_finished_by_the_next_opening(url: str, tmp_path: Path, version: int) -> None:
    addresses: list[str] = []

    def prepare() -> str:
        if url.startswith("sqlite"):
            addresses.append(f"sqlite:///{tmp_path / f'{len(addresses)}.db'}")
        else:
            empty(url)
            addresses.append(url)
        return build(addresses[-1], version) if version else addresses[-1]

    reference = prepare()
    before = content(reference) if version else {}
    assert len(before) >= min(version, 1) * 4

    def check(_step: int) -> None:
        with Archive.open(addresses[-1]) as archive:
            if version:
                assert archive.get(ACCOUNT, "1").price == irr("17.25")
                assert archive.get(ACCOUNT, "1").status is Status.BUSY
                assert archive.coverage(ACCOUNT, "1001").segments[0].low == EPOCH
            archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        assert [finding for finding in check_archive(addresses[-1]) if not finding.ok] == []
        expected = before or {"accounts": [dict(ROWS[1][0][1])]}
        assert content(addresses[-1]) == expected

    statements = deaths(prepare, "open", check)
    # A migration has at least a statement for the version, and one that commits.
    assert statements >= 2 * (version < migrations.VERSION)
