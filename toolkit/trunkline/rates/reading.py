"""Rate cards from files: CSV, TOML, and the rates that a MOR account lists.

A CSV file has a header and a row for each rate. The columns are `prefix` and `rate` (the price of a minute), and as
they are needed `name`, `first`, `step`, `connection_fee`, `minimum`, `since` and `until`; a few usual other names of
them are known. Currency and rounding are not in such a file: they are arguments.

`since` and `until` are days or times, Jalali or Gregorian. A day begins at midnight of the zone that is given, and a
time without an offset is by its clock. A rate no longer holds at `until`: the last day of a rate is the day before.

A TOML file says all of it:

    name = "Office"
    currency = "EUR"
    places = 2              # of a rounded charge; without it, those of the currency
    rounding = "half_up"    # or half_even, up, down
    rounds = "call"         # or sum: only the sum of the invoice is rounded
    directions = ["outgoing"]  # and incoming, internal, if such calls are charged
    first = 60              # increments where a rate says nothing else
    step = 60

    [[rate]]
    prefix = "98912"
    name = "Iran, mobile"
    rate = 0.0431           # a minute
    since = 2026-01-01T00:00:00+03:30
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from trunkline.calendars import JALALI_YEARS, parse_local
from trunkline.errors import DataError
from trunkline.model import Direction

from .card import CardRate, RateCard

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trunkline.model import Rate

    from .card import Rounds
    from .charging import Rounding

# The names of the columns, ours first. Letters only: "Rate / min" is compared as "ratemin".
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "prefix": ("prefix", "code", "dialcode", "areacode", "destinationprefix"),
    "rate": ("rate", "permin", "perminute", "ratemin", "priceperminute", "price", "ratepermin", "rateperminute"),
    "name": ("name", "destination", "description", "destinationname"),
    "first": ("first", "firstincrement", "minimumtime", "mintime", "initialincrement"),
    "step": ("step", "increment", "nextincrement", "subsequentincrement"),
    "connection_fee": ("connectionfee", "connectfee", "setupfee", "setup"),
    "minimum": ("minimum", "minimumcharge"),
    "since": ("since", "validfrom", "effectivedate", "effectivefrom", "startdate"),
    "until": ("until", "validto", "validuntil", "enddate"),
}
_UTC: Final = ZoneInfo("UTC")
_WITH_OFFSET: Final = re.compile(
    r"(?P<wall>.+\d)\s*(?:Z|(?P<sign>[+-])(?P<hours>[01]\d|2[0-3]):?(?P<minutes>[0-5]\d))", re.ASCII
)
_MOST_BYTES: Final = 64 * 1024 * 1024


def read_card(
    path: Path | str,
    *,
    currency: str | None = None,
    places: int | None = None,
    rounding: Rounding = "half_up",
    rounds: Rounds = "call",
    zone: ZoneInfo = _UTC,
) -> RateCard:
    """Return the card in a CSV or TOML file; what a TOML file says goes before the arguments.

    `places` are the decimals of a rounded charge, by default those of the currency (`RateCard`).
    Days and times from and until which a rate holds are by the clock of `zone`, unless they have an offset.

    Raises `DataError` with the line for what can't be read, and if no currency is known; `OSError`.
    """
    path = Path(path)
    if path.stat().st_size > _MOST_BYTES:
        msg = f"{path.name} is too large for a rate card"
        raise DataError(msg, field="card")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        msg = f"{path.name} is not UTF-8 text"
        raise DataError(msg, field="card") from None
    terms: dict[str, Any] = {"name": path.stem, "rounding": rounding, "rounds": rounds, "places": places}
    terms["currency"] = currency
    terms["directions"] = (Direction.OUTGOING,)
    is_toml = path.suffix.lower() == ".toml"
    rates = _toml(text, path.name, terms, zone) if is_toml else tuple(_csv_rates(text, path.name, zone))
    if not terms["currency"]:
        msg = f"{path.name} doesn't say its currency: choose calls in one currency, or name it in a TOML card"
        raise DataError(msg, field="currency")
    return RateCard(rates=rates, **terms)


def card_of_rates(rates: Iterable[Rate], name: str, *, first: int = 1, step: int = 1) -> RateCard:
    """Return a card of what a provider lists, as MOR does; rates without a prefix or a price are left out.

    The increments are not listed: they are on the contract. Raises `DataError` if there are two currencies or none.
    """
    priced = [rate for rate in rates if rate.prefix and rate.price is not None]
    currencies = {rate.price.currency for rate in priced if rate.price is not None}
    if len(currencies) != 1:
        msg = "the rates are in several currencies" if currencies else "there is no rate with a prefix and a price"
        raise DataError(msg, field="currency")
    return RateCard(
        name=name,
        currency=currencies.pop(),
        rates=tuple(
            CardRate(prefix=rate.prefix, per_minute=rate.price.amount, name=rate.name, first=first, step=step)
            for rate in priced
            if rate.prefix is not None and rate.price is not None
        ),
    )


def _toml(text: str, file: str, terms: dict[str, Any], zone: ZoneInfo) -> tuple[CardRate, ...]:
    """Return the rates, and put the terms of the card into `terms`."""
    try:
        found = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        msg = f"{file} is not TOML: {error}"
        raise DataError(msg, field="card") from None
    rows = found.pop("rate", [])
    usual = {name: found.pop(name) for name in ("first", "step") if name in found}
    if unknown := found.keys() - terms.keys():
        msg = f"{file} has {min(unknown)}, which a card doesn't have"
        raise DataError(msg, field=min(unknown))
    if "directions" in found:
        found["directions"] = _directions(found["directions"], file)
    terms.update(found)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        msg = f"{file} needs its rates in [[rate]] sections"
        raise DataError(msg, field="rate")
    return tuple(_rate(usual | row, f"{file}, rate {number}", zone) for number, row in enumerate(rows, 1))


def _directions(found: object, file: str) -> tuple[Direction, ...]:
    names = found if isinstance(found, list) else []
    if not names or not set(map(str, names)) <= set(Direction):
        msg = f"{file} needs directions as a list of {', '.join(Direction)}"
        raise DataError(msg, field="directions")
    return tuple(Direction(name) for name in names)


def _csv_rates(text: str, file: str, zone: ZoneInfo) -> Iterable[CardRate]:
    try:
        dialect: type[csv.Dialect] | str = csv.Sniffer().sniff(text[:4096], delimiters=",;\t")
    except csv.Error:
        dialect = "excel"
    rows = csv.reader(io.StringIO(text), dialect)
    header = next(rows, [])
    places = {_column(title): place for place, title in enumerate(header)}
    for needed in ("prefix", "rate"):
        if needed not in places:
            msg = f"{file} has no column {needed}; its first line is the header"
            raise DataError(msg, field=needed)
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        values = {name: row[place].strip() for name, place in places.items() if name and place < len(row)}
        yield _rate({name: value for name, value in values.items() if value}, f"{file}, line {rows.line_num}", zone)


def _column(title: str) -> str | None:
    letters = "".join(letter for letter in title.casefold() if letter.isalpha())
    return next((name for name, titles in _COLUMNS.items() if letters in titles), None)


def _rate(values: Mapping[str, Any], where: str, zone: ZoneInfo) -> CardRate:
    if unknown := values.keys() - _COLUMNS.keys():
        msg = f"{where}: a rate has no {min(unknown)}"
        raise DataError(msg, field=min(unknown))
    try:
        return CardRate(
            prefix=_prefix(str(values.get("prefix", ""))),
            per_minute=_decimal(values["rate"]),
            name=str(values.get("name", "")),
            first=_seconds(values.get("first", 1)),
            step=_seconds(values.get("step", 1)),
            connection_fee=_decimal(values.get("connection_fee", 0)),
            minimum=_decimal(values.get("minimum", 0)),
            since=_time(values, "since", zone),
            until=_time(values, "until", zone),
        )
    except KeyError:
        msg = f"{where}: the rate is missing"
        raise DataError(msg, field="rate") from None
    except (ValueError, InvalidOperation):
        msg = f"{where}: a value can't be read; prices have a decimal point, increments are whole seconds"
        raise DataError(msg, field="rate") from None
    except DataError as error:
        msg = f"{where}: {error}"
        raise DataError(msg, field=error.field) from None


def _prefix(text: str) -> str:
    prefix = text.removeprefix("+")
    if prefix.startswith("0"):
        msg = "a prefix begins with the country code, not with 0"
        raise DataError(msg, field="prefix")
    return prefix


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool | float):
        raise ValueError  # noqa: TRY004  (any value that can't be read)
    amount = Decimal(value)
    if not amount.is_finite():
        raise ValueError
    return amount


def _seconds(value: Any) -> int:
    amount = _decimal(value)
    if amount != int(amount):
        raise ValueError
    return int(amount)


def _time(values: Mapping[str, Any], name: str, zone: ZoneInfo) -> datetime | None:
    """Return an aware time of either calendar, of one without an offset by the clock of the zone."""
    value = values.get(name)
    if value is None:
        return None
    if isinstance(value, date):
        value = value.isoformat()
    if not isinstance(value, str):
        raise ValueError  # noqa: TRY004  (any value that can't be read)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is not None and moment.tzinfo is not None and moment.year not in JALALI_YEARS:
        return moment
    # The day of a Jalali month may be one that the Gregorian month of that number doesn't have.
    with_offset = _WITH_OFFSET.fullmatch(value)
    if with_offset is None:
        return parse_local(value, zone, field=name)
    ahead = timedelta(hours=int(with_offset["hours"] or 0), minutes=int(with_offset["minutes"] or 0))
    return parse_local(with_offset["wall"], timezone(-ahead if with_offset["sign"] == "-" else ahead), field=name)
