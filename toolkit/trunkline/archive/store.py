"""The archive: one SQL database of calls, credit readings and what a sync has read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from . import costs, pushed, queries, readings, unreadable, writing
from .contacts import Contacts, learn
from .database import Database, open_database
from .location import archive_url
from .spans import Span
from .values import Stored

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from os import PathLike
    from types import TracebackType

    import pandas as pd
    import pyarrow as pa

    from trunkline.model import Call, Direction, Status, Trunk, UnreadableRow

    from .coverage import Coverage
    from .hours import HourSums
    from .mirror import Mirrored
    from .values import (
        ArchivedAccount,
        Correction,
        CreditReading,
        HourCost,
        PushedCall,
        PushOutcome,
        SetAsideRow,
        TopUp,
    )


class Archive:
    """The calls of all accounts, each exactly once. A context manager.

    All methods are synchronous and may be used from several threads; each call is one transaction. SQLite files may
    be open in several processes. Every method raises `ArchiveError` where the database refuses.
    """

    def __init__(self, database: Database) -> None:
        """Use `Archive.open`."""
        self._database = database
        self.contacts = Contacts(database)
        """The names of phone numbers."""

    @classmethod
    def open(cls, url: str | PathLike[str] = "sqlite:///trunkline.db") -> Self:
        """Open the archive of a SQLAlchemy URL (SQLite or PostgreSQL), made or brought up to date where needed.

        A path is that of a SQLite file.

        Raises `ArchiveError` for a file that is newer than this code, or is no archive, `ConfigError` for a path with a
        question mark.
        """
        return cls(open_database(url if isinstance(url, str) else archive_url(url)))

    def close(self) -> None:
        """Close the connections."""
        self._database.close()

    def __enter__(self) -> Self:
        """Return the archive."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the archive."""
        self.close()

    def __repr__(self) -> str:
        """Name the database, without a password."""
        return f"<Archive {self._database.where}>"

    def register(self, account: str, *, provider: str, title: str, zone: str, currency: str) -> None:
        """Make an account known, or change what is known of it; no call is stored of one that isn't.

        `zone` is the IANA name of the zone of its wall clock (`DataError` for an unknown one); another one than before
        gives the calls that are stored already another `started_local`.
        """
        with self._database.writing(account) as connection:
            writing.register(
                connection, self._database, account=account, provider=provider, title=title, zone=zone,
                currency=currency,
            )  # fmt: skip

    def accounts(self) -> tuple[ArchivedAccount, ...]:
        """Return the registered accounts in the order of their keys."""
        with self._database.reading() as connection:
            return queries.list_accounts(connection)

    def store(self, calls: Sequence[Call], *, coverage: Coverage | None = None, reopen: bool = False) -> Stored:
        """Store calls by their key, and `coverage` with them; with `reopen`, it replaces what was covered.

        A repeated record updates what changed, and never clears a known field; a price that changes is
        remembered in `corrections`, and names that the calls carry in `contacts`. A call that had been pushed is one of
        the list from now on (`Stored.confirmed`).
        `DataError` names a field that can't be kept exactly; then nothing is stored.
        """
        at = datetime.now(UTC)
        by_account: dict[str, list[Call]] = {}
        for call in calls:
            by_account.setdefault(call.account, []).append(call)
        touched = {*by_account, coverage.account} if coverage else set(by_account)
        new: tuple[Call, ...] = ()
        changed: tuple[Call, ...] = ()
        unchanged = 0
        confirmed: tuple[Call, ...] = ()
        with self._database.writing(*touched) as connection:
            for account, batch in by_account.items():
                done = writing.store(connection, self._database, account, batch, at)
                new, changed, unchanged = new + done.new, changed + done.changed, unchanged + done.unchanged
                confirmed += pushed.confirm(connection, self._database, account, done.new)
                learn(connection, self._database, account, chain(done.new, done.changed))
            if coverage is not None:
                writing.save_coverage(connection, self._database, coverage, reopen=reopen)
        return Stored(new, changed, unchanged, confirmed)

    def store_pushed(self, call: Call, *, limit: int) -> PushOutcome:
        """Keep a pushed call until the list has it, apart from the calls of the list; it is in no query or count.

        Nothing is kept if `limit` pushed calls of the account wait for the list already. `DataError` names a field that
        can't be kept exactly.
        """
        with self._database.writing(call.account) as connection:
            return pushed.store(connection, self._database, call, datetime.now(UTC), limit)

    def pushed(self, account: str) -> list[PushedCall]:
        """Return the pushed calls of an account that its list doesn't have, oldest push first, also withdrawn ones."""
        with self._database.reading() as connection:
            return pushed.list_pushed(connection, account)

    def withdraw_pushed(self, account: str, call_ids: Sequence[str], *, keep: int) -> int:
        """Withdraw pushed calls that the list should have but doesn't; return how many were not withdrawn before.

        Withdrawn calls are kept aside, the last `keep` of the account.
        """
        with self._database.writing(account) as connection:
            return pushed.withdraw(connection, account, call_ids, datetime.now(UTC), keep)

    def delete_withdrawn(self, account: str, before: datetime) -> int:
        """Delete the pushed calls of an account that were withdrawn before a time; return how many."""
        with self._database.writing(account) as connection:
            return pushed.delete_withdrawn(connection, account, before)

    def coverage(self, account: str, stream: str = "") -> Coverage:
        """Return what a sync has already read of a stream."""
        with self._database.reading() as connection:
            return queries.stream_state(connection, account, stream)[0]

    def coverages(self, account: str) -> list[Coverage]:
        """Return what syncs have already read of each stream of an account; none if it was never synced."""
        with self._database.reading() as connection:
            return queries.stream_states(connection, account)

    def stream_count(self, account: str, stream: str = "", *, down_to: datetime | None = None) -> int:
        """Return how many calls of a stream are archived, or of those that started at `down_to` or later."""
        with self._database.reading() as connection:
            if down_to is None:
                return queries.stream_state(connection, account, stream)[1]
            return queries.count_down_to(connection, account, stream, down_to)

    def known_ids(self, account: str, call_ids: Sequence[str]) -> frozenset[str]:
        """Return those of the ids whose calls are archived."""
        with self._database.reading() as connection:
            return queries.known_ids(connection, account, call_ids)

    def set_aside(self, account: str, stream: str, rows: Sequence[UnreadableRow], *, version: str) -> int:
        """Keep rows of a call list that can't be read; return how many weren't kept yet.

        `version` is that of the program that can't read them. `DataError` if there are more than a thousand of a
        stream: then the list has another format than expected, and for a row that JSON can't represent.
        """
        with self._database.writing(account) as connection:
            return unreadable.set_aside(
                connection, self._database, rows, account=account, stream=stream, version=version
            )

    def unreadable_rows(self, account: str, stream: str | None = None) -> list[SetAsideRow]:
        """Return the rows of an account, or of one of its streams, that can't be read, the oldest first."""
        with self._database.reading() as connection:
            return unreadable.rows(connection, account, stream)

    def count_unreadable(self, account: str) -> int:
        """Return how many rows of an account can't be read."""
        with self._database.reading() as connection:
            return unreadable.count(connection, account)

    def forget_unreadable(self, account: str, stream: str, row_keys: Sequence[str]) -> None:
        """Forget rows that could be read after all."""
        with self._database.writing(account) as connection:
            unreadable.forget(connection, account, stream, row_keys)

    def get(self, account: str, call_id: str) -> Call | None:
        """Return one call, or `None` where the archive doesn't have it."""
        with self._database.reading() as connection:
            return queries.get_call(connection, account, call_id)

    def calls(
        self,
        *,
        accounts: Sequence[str] | str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
        direction: Direction | None = None,
        status: Status | None = None,
        recorded: bool = False,
        raw: bool = True,
    ) -> list[Call]:
        """Return the calls with `since <= started_at < until`, newest first; of all accounts, unless some are named.

        Only those of a direction and a status, if these are given; with `recorded`, only those with a recording.
        Without `raw`, calls lack the record that the provider sent, which takes half of their memory.
        """
        only = queries.that_are(direction, status, recorded=recorded)
        with self._database.reading() as connection:
            return queries.list_calls(connection, _several(accounts), since, until, limit, only=only, raw=raw)

    def calls_under_way(self, account: str, at: datetime) -> list[Call]:
        """Return the calls that had started before `at` and ended at or after it, newest first.

        No call lasts longer than a day. Where the end isn't known, it is that of the waiting and the talk.
        """
        with self._database.reading() as connection:
            return queries.calls_under_way(connection, account, at)

    def last_call(self, account: str) -> Call | None:
        """Return the call that ended last (see `Call.finished_at`) of those whose start is known, None without one."""
        with self._database.reading() as connection:
            return queries.last_call(connection, account)

    def costs_by_hour(self, account: str, *, since: datetime, until: datetime) -> list[HourCost]:
        """Return what the calls with `since <= started_at < until` cost, by trunk, local hour and currency."""
        with self._database.reading() as connection:
            return costs.by_hour(connection, account, since, until)

    def sums_by_hour(
        self,
        account: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        width: timedelta = timedelta(hours=1),
    ) -> list[HourSums]:
        """Return numbers, talk time and costs of the calls with `since <= started_at < until`, by trunk and UTC hour.

        There is one for each trunk, hour and currency, in no order, so that they have to be added up: each call is in
        one of them, unless it has no start. Another `width` divides the time since the epoch into other slots than
        hours.
        """
        from . import hours  # noqa: PLC0415  (loaded where there are statistics to keep)

        with self._database.reading() as connection:
            return hours.sums(connection, account, since, until, width)

    def older(
        self,
        account: str,
        position: tuple[datetime | None, str] | None = None,
        *,
        since: datetime | None = None,
        limit: int,
    ) -> list[Call]:
        """Return a page of an account's calls with `since <= started_at`, newest first, those without a start last.

        `position` is the start and the id of the last call of the page before, None for the first page. Unlike an
        offset, it stays right while new calls are added.
        """
        with self._database.reading() as connection:
            return queries.list_older(connection, account, position, since, limit)

    def count(
        self,
        *,
        accounts: Sequence[str] | str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> int:
        """Return how many calls there are with `since <= started_at < until`."""
        with self._database.reading() as connection:
            return queries.count_calls(connection, _several(accounts), since, until)

    def recorded_days(
        self, account: str, *, since: datetime | None = None, until: datetime | None = None, answered: bool = False
    ) -> list[tuple[date, int]]:
        """Return the days in the account's zone with recorded calls, newest first, each with their number.

        Counts calls with `since <= started_at < until`. With `answered`, every answered call counts as recorded: for
        lists that don't say which calls are (`ProviderInfo.lists_recordings`).
        """
        with self._database.reading() as connection:
            return queries.recorded_days(connection, account, since, until, answered=answered)

    def corrections(self, account: str | None = None, *, since: datetime | None = None) -> list[Correction]:
        """Return the prices that were changed afterwards, in the order in which that was seen."""
        with self._database.reading() as connection:
            return queries.list_corrections(connection, account, since)

    def record_credit(self, account: str, trunks: Sequence[Trunk], at: datetime) -> None:
        """Write down the credit of each trunk that has one, if it changed or a day passed since the last reading."""
        with self._database.writing(account) as connection:
            readings.record(connection, self._database, account, trunks, at)

    def credits(self, account: str, trunk_id: str | None = None, since: datetime | None = None) -> list[CreditReading]:
        """Return an account's credit readings by trunk and time."""
        with self._database.reading() as connection:
            return readings.readings(connection, account, trunk_id, since)

    def credit_known_since(self, account: str, trunk_id: str) -> datetime | None:
        """Return the time (UTC) of a trunk's first credit reading, None without one."""
        with self._database.reading() as connection:
            return readings.known_since(connection, account, trunk_id)

    def top_ups(self, account: str, trunk_id: str | None = None, since: datetime | None = None) -> list[TopUp]:
        """Return the rises between two readings that calls don't explain, by trunk and time."""
        with self._database.reading() as connection:
            return readings.top_ups(connection, account, trunk_id, since)

    def lines(self) -> list[tuple[str, str]]:
        """Return the user's own lines, each with the key of its account: trunks and extensions, as calls name them.

        All calls are looked at.
        """
        with self._database.reading() as connection:
            return queries.lines(connection)

    def lines_with_credit(self) -> list[tuple[str, str]]:
        """Return the trunks that have credit readings, each with the key of its account; no call is looked at."""
        with self._database.reading() as connection:
            return queries.lines_with_credit(connection)

    def masking_key(self) -> bytes:
        """Return the secret key with which reports mask numbers, made when it is first asked for.

        A copy of the archive has it too, so that a number keeps its pseudonym. Whoever has it can find the numbers.
        """
        from . import masking  # noqa: PLC0415  (loaded where numbers are masked)

        return masking.key_of(self._database)

    def frame(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        accounts: Sequence[str] | str | None = None,
    ) -> pd.DataFrame:
        """Return the calls with `since <= started_at < until` as a DataFrame, a row each, ordered by start and id.

        Needs the extra `reports`. `started_at` and `ended_at` are UTC, `started_local` the wall clock of the account's
        zone, `wait_s` and `talk_s` seconds; prices are exact decimals in `currency`, which is the account's where a
        call has no price. `source` and `destination` are E.164 where that is known, also if only from another of
        these calls of the account, otherwise the number as it was sent. `source_name` and `destination_name` are the
        names in `contacts`, otherwise those that the call carries.
        """
        from .frame import frame  # noqa: PLC0415  (pandas loads when a frame is asked for, and only then)

        with self._database.reading_twice() as connections:
            return frame(connections, _several(accounts), since, until)

    def tables(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        accounts: Sequence[str] | str | None = None,
    ) -> Iterator[pa.Table]:
        """Yield the calls of `frame` in pieces, as pyarrow Tables with its columns and the same types in each.

        Calls without a start come first, then those of each month (UTC), ordered by start and id. There is at least one
        piece, which may be empty. All pieces are read in one transaction, which ends with the last one.
        """
        from .tables import tables  # noqa: PLC0415  (pyarrow loads when tables are asked for, and only then)

        with self._database.reading() as connection:
            yield from tables(connection, _several(accounts), since, until)

    def mirror(self, directory: str | Path) -> Mirrored:
        """Write a Parquet file for each closed month (UTC) of each account, or bring those that are there up to date.

        A month is closed when it has been past for a day and syncs have read it without gaps. Only months are written
        in which a call was added or changed since. Files are replaced whole: whoever has one open reads on in the old
        one, and several processes may do this at a time. The files are `<account>/2026-11.parquet`, with the columns of
        `frame`, numbers as far as the month's own calls tell, and names that the calls carry.

        Raises `ArchiveError` if a file can't be written.
        """
        from .mirror import mirror  # noqa: PLC0415  (pyarrow loads when a mirror is asked for, and only then)

        return mirror(self._database, Path(directory))

    def scan(
        self,
        *,
        engine: str = "polars",
        mirror: str | Path | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        accounts: Sequence[str] | str | None = None,
        columns: Sequence[str] | None = None,
    ) -> Any:
        """Return the calls of `frame` as a frame of an engine, from the files of a mirror where they are up to date.

        What the directory of `mirror` doesn't have as it is now in the archive is read from the archive. `engine` is
        `polars` (a LazyFrame), `duckdb` (a relation of the default connection), `pyspark` (a DataFrame of the active
        session, or of a new one), `pyarrow` (a Table) or `pandas`. Rows of pyarrow and pandas have the order of
        `frame`, those of lazy engines none. A lazy frame reads the files when it is computed.

        Raises `ConfigError` for another engine, or one that isn't installed, `DataError` for an unknown column.
        """
        from . import scan, scanning  # noqa: PLC0415  (engines load when a scan is asked for, and only then)

        chosen = scan.check(engine, columns)
        with self._database.reading() as connection:
            directory = None if mirror is None else Path(mirror)
            found = scanning.parts(connection, directory, _several(accounts), Span.of(since, until))
        return scan.scan(engine, found, chosen)


def _several(accounts: Sequence[str] | str | None) -> Sequence[str] | None:
    return (accounts,) if isinstance(accounts, str) else accounts
