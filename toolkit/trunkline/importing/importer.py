"""Reads call records into an archive, as an account of their own: `trunkline.import_calls` and `trunkline import`."""

from __future__ import annotations

import os
import re
import warnings
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trunkline.archive import Archive
from trunkline.archive.opening import open_archive
from trunkline.archive.rows import to_row
from trunkline.errors import ConfigError
from trunkline.numbers import is_region

from .asterisk import read_asterisk
from .columns import read_csv
from .frames import read_frame
from .freeswitch import read_freeswitch
from .rows import Place, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from trunkline.model import Call

FORMS: Final = ("asterisk", "freeswitch", "csv")
"""The forms of files."""

PROVIDER: Final = "file"
"""The provider of accounts whose calls were imported."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_BATCH = 1000
_UNKNOWN_CURRENCY = "XXX"


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: how many calls were new, changed and unchanged, and the rows that were left out."""

    account: str
    new: int
    changed: int
    unchanged: int
    rejected: tuple[Rejected, ...] = ()

    def __str__(self) -> str:
        """Return it in a line."""
        counts = f"{self.new:,} new, {self.changed:,} changed, {self.unchanged:,} unchanged"
        return f"{self.account}: {counts}, {len(self.rejected):,} left out"


def import_calls(
    source: Any,
    *,
    account: str,
    zone: str | ZoneInfo,
    currency: str | None = None,
    country: str | None = None,
    form: str | None = None,
    columns: Mapping[str, str] | None = None,
    incoming: Iterable[str] = (),
    archive: Archive | str | os.PathLike[str] = "",
) -> Imported:
    """Read call records of another system into the archive, as the account `account`, which is made if it is new.

    `source` is a DataFrame (pandas, polars, pyarrow, or a lazy frame of polars, DuckDB or Spark) or the path of a file.
    Of a file, `form` is `asterisk` (`Master.csv`), `freeswitch` or `csv`. `columns` says which column of a frame or of
    a CSV file holds what, by `importing.FIELDS`, such as `{"started": "calldate", "talk": "billsec"}`; a frame with the
    columns of `Archive.frame` needs none. How values are read is said at `importing.read_csv` and `read_frame`.

    `zone` is the IANA zone of wall-clock times, `currency` (ISO 4217) that of prices without one, `country` (ISO 3166)
    that of numbers without a country code. Without `currency`, an account that is there already keeps its own.
    `incoming` are the contexts of calls that come in, of Asterisk and FreeSWITCH. `archive` is an open archive, a file
    or a URL; by default that of the command. A file is made if it doesn't exist.

    A call with an id that is there already is updated, so importing the same again changes nothing. Rows without an id
    get one of their start, numbers, trunk and extension, the same from CSV as from a frame. A row that makes no sense,
    or that the archive can't keep, is left out alone: a warning tells of the first one, and `Imported.rejected` has all
    of them with the line of the file, counted from 1, or the row of the frame, counted from 0.

    Raises `ConfigError` for an argument, a column or a file that can't be used, `DataError` for a column of a type that
    can't hold its field; then nothing is stored.
    """
    place = _place(account, zone, currency, country, incoming)
    if isinstance(source, str | os.PathLike):
        done = import_file(Path(source), place, form=form, columns=columns, archive=archive)
        where = "line {}"
    else:
        if form is not None:
            msg = "a form is that of a file: leave it out for a DataFrame"
            raise ConfigError(msg)
        _refuse_contexts(place)
        done = _stored(read_frame(source, columns, place), place, archive)
        where = "row {}, counted from 0"
    if done.rejected:
        first, rows = done.rejected[0], "row is" if len(done.rejected) == 1 else "rows are"
        told = f"{len(done.rejected):,} {rows} left out; {where.format(first.line)}: {first.reason}"
        warnings.warn(told, stacklevel=2)
    return done


def import_file(
    path: Path,
    place: Place,
    *,
    form: str | None,
    columns: Mapping[str, str] | None,
    archive: Archive | str | os.PathLike[str] = "",
) -> Imported:
    """Read a file into the archive, as `import_calls` does; `place.zone` is that of the account."""
    if form not in FORMS:
        msg = f"say the form of the file: {', '.join(FORMS)}"
        raise ConfigError(msg)
    if bool(columns) != (form == "csv"):
        msg = "say which column of the CSV file holds what (columns)" if form == "csv" else "columns are for csv only"
        raise ConfigError(msg)
    if form == "csv":
        _refuse_contexts(place)
    try:
        # Names may be in any encoding: what isn't UTF-8 is marked rather than refused.
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
            if form == "csv":
                found = read_csv(lines, columns or {}, place)
            else:
                found = (read_asterisk if form == "asterisk" else read_freeswitch)(lines, place)
            return _stored(found, place, archive)
    except OSError as error:
        msg = f"can't read {path} ({error.strerror or type(error).__name__})"
        raise ConfigError(msg) from None


def _place(
    account: str, zone: str | ZoneInfo, currency: str | None, country: str | None, incoming: Iterable[str]
) -> Place:
    """Return the place of an account; `ConfigError` for an argument that makes no sense."""
    if not _NAME.fullmatch(account):
        msg = "the name of an account consists of up to 40 letters, digits, - and _"
        raise ConfigError(msg)
    if currency is not None and not _CURRENCY.fullmatch(currency.upper()):
        msg = f"{currency[:10]!r} is no currency: use three letters such as IRR or EUR"
        raise ConfigError(msg)
    if country is not None and not is_region(country.upper()):
        msg = f"{country[:20]!r} is no country: use two letters such as IR, VN or LT"
        raise ConfigError(msg)
    return place_of(
        account,
        _zone(str(zone)),
        None if currency is None else currency.upper(),
        None if country is None else country.upper(),
        [incoming] if isinstance(incoming, str) else incoming,
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        msg = f"there is no time zone {name[:40]!r}: use a name such as Asia/Tehran"
        raise ConfigError(msg) from None


def place_of(account: str, zone: ZoneInfo, currency: str | None, region: str | None, incoming: Iterable[str]) -> Place:
    """Return where calls belong: the account that is named so, in an archive, which a call has to fit into."""
    return Place(
        f"{PROVIDER}:{account}", zone, currency, region, incoming=frozenset(incoming), check=partial(to_row, zone=zone)
    )


def _refuse_contexts(place: Place) -> None:
    if place.incoming:
        msg = "contexts of incoming calls are those of Asterisk and FreeSWITCH: map the column direction instead"
        raise ConfigError(msg)


def _stored(found: Iterable[Call | Rejected], place: Place, archive: Archive | str | os.PathLike[str]) -> Imported:
    title = place.account.partition(":")[2]
    rejected: list[Rejected] = []
    new = changed = unchanged = 0
    with _opened(archive) as kept:
        kept.register(
            place.account,
            provider=PROVIDER,
            title=title,
            zone=place.zone.key,
            currency=place.currency or _currency_of(kept, place.account),
        )
        for batch in batched(_good(found, rejected), _BATCH, strict=False):
            stored = kept.store(batch)
            new, changed, unchanged = new + len(stored.new), changed + len(stored.changed), unchanged + stored.unchanged
    return Imported(title, new, changed, unchanged, tuple(rejected))


def _currency_of(archive: Archive, account: str) -> str:
    """Return the currency that an account has, if it is there already."""
    return next((each.currency for each in archive.accounts() if each.account == account), _UNKNOWN_CURRENCY)


def _good(found: Iterable[Call | Rejected], rejected: list[Rejected]) -> Iterator[Call]:
    for each in found:
        if isinstance(each, Rejected):
            rejected.append(each)
        else:
            yield each


def _opened(archive: Archive | str | os.PathLike[str]) -> AbstractContextManager[Archive]:
    """Return the archive for a `with`, which closes only what it opened."""
    return nullcontext(archive) if isinstance(archive, Archive) else open_archive(archive)
