"""The tables of the archive as the code reads and writes them; `migrations` brings a database there."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text

metadata = MetaData()

schema_version = Table("schema_version", metadata, Column("version", Integer, nullable=False))

accounts = Table(
    "accounts",
    metadata,
    Column("account", Text, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("currency", Text, nullable=False),
)

# Prices are integers of `price_scale` decimal digits; times are microseconds since the epoch (UTC), and
# `started_local` is the same for the wall clock of the account's zone. `raw` comes last: SQLite reads a row from its
# beginning, so that queries without `raw` skip it.
calls = Table(
    "calls",
    metadata,
    Column("account", Text, primary_key=True),
    Column("call_id", Text, primary_key=True),
    Column("stream", Text, nullable=False),
    Column("direction", Text),
    Column("status", Text, nullable=False),
    Column("trunk", Text),
    Column("extension", Text),
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("started_local", BigInteger),
    Column("wait", BigInteger),
    Column("talk", BigInteger),
    Column("price", BigInteger),
    Column("price_wait", BigInteger),
    Column("price_talk", BigInteger),
    Column("price_record", BigInteger),
    Column("price_saved", BigInteger),
    Column("price_scale", Integer, nullable=False),
    Column("currency", Text),
    Column("source", Text),
    Column("source_e164", Text),
    Column("source_name", Text),
    Column("source_contact", Text),
    Column("destination", Text),
    Column("destination_e164", Text),
    Column("destination_name", Text),
    Column("destination_contact", Text),
    Column("recording", Text),
    Column("note", Text),
    Column("derived", Text),
    Column("raw", Text),
)

# `calls` is how many calls of the stream the archive holds, kept in each transaction that adds some: counting a
# million rows at each poll would cost more than the poll. `segments` is JSON, pairs of [low, high).
streams = Table(
    "streams",
    metadata,
    Column("account", Text, primary_key=True),
    Column("stream", Text, primary_key=True),
    Column("calls", BigInteger, nullable=False),
    Column("segments", Text, nullable=False),
    Column("total", BigInteger),
    Column("archived", BigInteger),
    Column("horizon", BigInteger),
    Column("reread_at", BigInteger),
    Column("cursor", Text),
    Column("backfill", Text),
    Column("once", Text),
    Column("doubt", Text),
)

# Rows of call lists that can't be read: `record` is the row as JSON, `version` the Trunkline that failed to read it.
unreadable_rows = Table(
    "unreadable_rows",
    metadata,
    Column("account", Text, primary_key=True),
    Column("stream", Text, primary_key=True),
    Column("row_key", Text, primary_key=True),
    Column("call_id", Text),
    Column("field", Text),
    Column("reason", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

credit_readings = Table(
    "credit_readings",
    metadata,
    Column("account", Text, primary_key=True),
    Column("trunk", Text, primary_key=True),
    Column("at", BigInteger, primary_key=True),
    Column("credit", BigInteger, nullable=False),
    Column("credit_scale", Integer, nullable=False),
    Column("currency", Text, nullable=False),
    Column("expires_at", BigInteger),
)

corrections = Table(
    "corrections",
    metadata,
    Column("account", Text, nullable=False),
    Column("call_id", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("old", BigInteger, nullable=False),
    Column("old_scale", Integer, nullable=False),
    Column("old_currency", Text, nullable=False),
    Column("new", BigInteger, nullable=False),
    Column("new_scale", Integer, nullable=False),
    Column("new_currency", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

CALL_COLUMNS = tuple(column.name for column in calls.columns)

# Calls that were pushed, with the columns of `calls` except `raw`. None of them is in `calls`: a call moves there when
# the list has it.
pushed_calls = Table(
    "pushed_calls",
    metadata,
    *(
        Column(column.name, column.type, primary_key=column.primary_key, nullable=column.nullable)
        for column in calls.columns
        if column.name != "raw"
    ),
    Column("pushed_at", BigInteger, nullable=False),
    Column("withdrawn_at", BigInteger),
)

# A number may have several names: one of each source and origin (the account whose phonebook or calls have it, ""
# for what the user imported). The number isn't among the first columns: those are what a message says of a damaged row.
contacts = Table(
    "contacts",
    metadata,
    Column("source", Text, primary_key=True),
    Column("origin", Text, primary_key=True),
    Column("number", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("learned_at", BigInteger),
)

# Which source's name is shown, the lowest rank first; without rows, the default order.
contact_precedence = Table(
    "contact_precedence",
    metadata,
    Column("source", Text, primary_key=True),
    Column("place", Integer, nullable=False),
)

# The secret with which phone numbers are turned into pseudonyms: at most one row.
masking_key = Table(
    "masking_key",
    metadata,
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("secret", Text, nullable=False),
)

# A mark of each month (UTC, as in 2025-03) of an account's calls that a mirror has: random, made when the mirror reads
# the month, and deleted with the first change of a call in it.
month_marks = Table(
    "month_marks",
    metadata,
    Column("account", Text, primary_key=True),
    Column("month", Text, primary_key=True),
    Column("mark", Text, nullable=False),
)
