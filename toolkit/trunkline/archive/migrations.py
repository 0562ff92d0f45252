"""The steps that make a database of an older version one of the current version, each run once, in order.

A step is never changed once it was released: what the code needs next is a new step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import ArchiveError

from . import schema
from .damage import UnreadableRowError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

# BIGINT has integer affinity in SQLite and 64 bits in PostgreSQL. What the two spell differently stands in braces: keys
# compare by bytes, and calls without a start come before the others, in both.
_WORDS = {
    "sqlite": {"key": "TEXT NOT NULL", "nulls_first": "", "is_name": "GLOB '*[^0-9+*#() ./-]*'"},
    "postgresql": {
        "key": 'TEXT COLLATE "C" NOT NULL',
        "nulls_first": "NULLS FIRST",
        "is_name": "~ '[^0-9+*#() ./-]'",
    },
}
_VERSION_1 = (
    "CREATE TABLE schema_version (version INTEGER NOT NULL)",
    "INSERT INTO schema_version (version) VALUES (0)",
    """CREATE TABLE accounts (
        account {key} PRIMARY KEY, provider TEXT NOT NULL, title TEXT NOT NULL, zone TEXT NOT NULL,
        currency TEXT NOT NULL)""",
    """CREATE TABLE calls (
        account {key}, call_id {key}, stream {key}, direction TEXT, status TEXT NOT NULL,
        trunk TEXT, extension TEXT, started_at BIGINT, ended_at BIGINT, started_local BIGINT, wait BIGINT, talk BIGINT,
        price BIGINT, price_wait BIGINT, price_talk BIGINT, price_record BIGINT, price_saved BIGINT,
        price_scale INTEGER NOT NULL, currency TEXT, source TEXT, source_e164 TEXT, source_name TEXT,
        source_contact TEXT, destination TEXT, destination_e164 TEXT, destination_name TEXT, destination_contact TEXT,
        recording TEXT, note TEXT, derived TEXT, raw TEXT, PRIMARY KEY (account, call_id))""",
    """CREATE TABLE streams (
        account {key}, stream {key}, calls BIGINT NOT NULL, segments TEXT NOT NULL, total BIGINT,
        archived BIGINT, horizon BIGINT, reread_at BIGINT, PRIMARY KEY (account, stream))""",
    """CREATE TABLE credit_readings (
        account {key}, trunk {key}, at BIGINT NOT NULL, credit BIGINT NOT NULL,
        credit_scale INTEGER NOT NULL, currency TEXT NOT NULL, expires_at BIGINT, PRIMARY KEY (account, trunk, at))""",
    # One index for every question: newest first, a period, and (with the stream at its end) counts without the table.
    "CREATE INDEX calls_by_start ON calls (account, started_at {nulls_first}, call_id, stream)",
)

_VERSION_2 = (
    """CREATE TABLE corrections (
        account {key}, call_id {key}, field TEXT NOT NULL, old BIGINT NOT NULL,
        old_scale INTEGER NOT NULL, old_currency TEXT NOT NULL, new BIGINT NOT NULL, new_scale INTEGER NOT NULL,
        new_currency TEXT NOT NULL, at BIGINT NOT NULL)""",
    "CREATE INDEX corrections_by_call ON corrections (account, call_id)",
)

# Where a list that is read in the order of its making was left, at its end and on the way up to what was read before.
_VERSION_3 = (
    "ALTER TABLE streams ADD COLUMN cursor TEXT",
    "ALTER TABLE streams ADD COLUMN backfill TEXT",
)

# What of a list was read by one run only, and what contradicts it; rows that can't be read, until they can.
_VERSION_4 = (
    "ALTER TABLE streams ADD COLUMN once TEXT",
    "ALTER TABLE streams ADD COLUMN doubt TEXT",
    """CREATE TABLE unreadable_rows (
        account {key}, stream {key}, row_key {key}, call_id TEXT, field TEXT, reason TEXT NOT NULL,
        record TEXT NOT NULL, version TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (account, stream, row_key))""",
)

# Calls that the provider pushed, until its list has them; and those that it never had, for a while.
_VERSION_5 = (
    """CREATE TABLE pushed_calls (
        account {key}, call_id {key}, stream {key}, direction TEXT, status TEXT NOT NULL,
        trunk TEXT, extension TEXT, started_at BIGINT, ended_at BIGINT, started_local BIGINT, wait BIGINT, talk BIGINT,
        price BIGINT, price_wait BIGINT, price_talk BIGINT, price_record BIGINT, price_saved BIGINT,
        price_scale INTEGER NOT NULL, currency TEXT, source TEXT, source_e164 TEXT, source_name TEXT,
        source_contact TEXT, destination TEXT, destination_e164 TEXT, destination_name TEXT, destination_contact TEXT,
        recording TEXT, note TEXT, derived TEXT, pushed_at BIGINT NOT NULL, withdrawn_at BIGINT,
        PRIMARY KEY (account, call_id))""",
)

# Names of numbers. What the calls carry is learned when they are stored, and here from those that are stored already:
# for each account and number the name in its latest call.
_VERSION_6 = (
    """CREATE TABLE contacts (
        source {key}, origin {key}, number {key}, name TEXT NOT NULL, learned_at BIGINT,
        PRIMARY KEY (source, origin, number))""",
    "CREATE INDEX contacts_by_number ON contacts (number)",
    "CREATE TABLE contact_precedence (source {key} PRIMARY KEY, place INTEGER NOT NULL)",
    """INSERT INTO contacts (source, origin, number, name, learned_at)
        SELECT 'calls', account, number, name, seen FROM (
            SELECT account, number, name, seen, ROW_NUMBER() OVER (
                PARTITION BY account, number ORDER BY COALESCE(seen, 0) DESC, name) AS place
            FROM (
                SELECT account, number, name, MAX(started_at) AS seen FROM (
                    SELECT account, source_e164 AS number, source_name AS name, started_at FROM calls
                    WHERE substr(source_e164, 1, 1) = '+' AND source_name IS NOT NULL
                    UNION ALL
                    SELECT account, destination_e164, destination_name, started_at FROM calls
                    WHERE substr(destination_e164, 1, 1) = '+' AND destination_name IS NOT NULL
                ) AS parties WHERE name {is_name} GROUP BY account, number, name
            ) AS named
        ) AS ranked WHERE place = 1""",
)

# The secret of masked numbers. It is made when numbers are first masked.
_VERSION_7 = ("CREATE TABLE masking_key (place INTEGER NOT NULL PRIMARY KEY, secret TEXT NOT NULL)",)

# Which state of a month a mirror has.
_VERSION_8 = (
    """CREATE TABLE month_marks (
        account {key}, month {key}, mark TEXT NOT NULL, PRIMARY KEY (account, month))""",
)


def _statements(*statements: str) -> Callable[[Connection], None]:
    def step(connection: Connection) -> None:
        words = _WORDS[connection.dialect.name]
        for statement in statements:
            connection.exec_driver_sql(statement.format_map(words))

    return step


STEPS: tuple[Callable[[Connection], None], ...] = (
    _statements(*_VERSION_1),
    _statements(*_VERSION_2),
    _statements(*_VERSION_3),
    _statements(*_VERSION_4),
    _statements(*_VERSION_5),
    _statements(*_VERSION_6),
    _statements(*_VERSION_7),
    _statements(*_VERSION_8),
)
"""`STEPS[n]` makes version n + 1 out of version n."""

VERSION = len(STEPS)


def migrate(connection: Connection, tables: frozenset[str], *, where: str, to: int = VERSION) -> None:
    """Bring the database, which has these `tables`, to version `to` within the open transaction.

    Raises `ArchiveError` for one that is newer than this code, or that belongs to something else.
    """
    version = 0
    if "schema_version" in tables:
        version = read_version(connection)
    else:
        require_own(connection.dialect.name, tables, where=where)
    if version > to:
        msg = (
            f"{where} was written by a newer Trunkline (schema {version}, this one knows up to {to}): "
            "update Trunkline, or choose another archive"
        )
        raise ArchiveError(msg)
    if version == VERSION and (missing := schema.metadata.tables.keys() - tables):
        msg = f"the table {min(missing)} is missing"
        raise UnreadableRowError(msg)
    for step in STEPS[version:to]:
        step(connection)
    if version < to:
        connection.exec_driver_sql(f"UPDATE schema_version SET version = {to:d}")  # noqa: S608


def is_current(connection: Connection, tables: frozenset[str]) -> bool:
    """Return whether the database, which has these `tables`, is an archive of the current version."""
    return "schema_version" in tables and read_version(connection) == VERSION


def require_own(dialect: str, tables: frozenset[str], *, where: str) -> None:
    """Raise `ArchiveError` for a database that belongs to something else.

    An archive may be in a PostgreSQL database that has other tables, too, but in no SQLite file that does.
    """
    others = tables if dialect == "sqlite" else tables & schema.metadata.tables.keys()
    if others and "schema_version" not in tables:
        msg = f"{where} is a database of something else: choose another place for the archive"
        raise ArchiveError(msg)


def read_version(connection: Connection) -> int:
    """Return the version of an archive's schema; `UnreadableRowError` if the table doesn't hold exactly one."""
    rows = connection.exec_driver_sql("SELECT version FROM schema_version").fetchall()
    if len(rows) != 1 or type(rows[0][0]) is not int or rows[0][0] < 0:
        msg = f"it should have one schema version, and has {len(rows) if len(rows) != 1 else 'none that is a number'}"
        raise UnreadableRowError(msg)
    return int(rows[0][0])
