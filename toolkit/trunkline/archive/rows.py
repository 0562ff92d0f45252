"""Converts calls to rows of the archive and back, exactly."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson

from trunkline.errors import DataError
from trunkline.memo import Memo
from trunkline.model import Call, Contact, Direction, Money, Party, Status

from .damage import CURRENCIES, EARLIEST, EPOCH, LATEST, UNREADABLE, UnreadableRowError, fault, fits, unreadable
from .schema import calls

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from zoneinfo import ZoneInfo

type Row = tuple[Any, ...]
"""The values of `schema.CALL_COLUMNS`, in their order."""

PRICE_FIELDS = ("price", "price_wait", "price_talk", "price_record", "price_saved")
MOST_DIGITS = 18
"""The most decimal digits that a price can have: more would leave 64 bits no digit before the point."""

_QUARTER = 15 * 60 * 1_000_000
_HIGHEST = 2**63 - 1
_HIGHEST_MONEY = Decimal(_HIGHEST)
_LOWEST_MONEY = Decimal(-_HIGHEST)
_DIRECTIONS: dict[str | None, Direction | None] = {None: None, **{item.value: item for item in Direction}}
_STATUSES = {status.value: status for status in Status}
_NOTHING_DERIVED: frozenset[str] = frozenset()
_NOBODY = Party()
_CONTACT_FIELDS = ("contact_id", "name", "company", "email", "address", "location", "note", "numbers")


def to_micros(moment: datetime, field: str) -> int:
    """Return the microseconds since the epoch of an aware time; `DataError` for one without a zone."""
    try:
        return _micros(moment - EPOCH)
    except TypeError:
        msg = f"the time in the field {field} has no zone, so it can't be archived"
        raise DataError(msg, field=field) from None


def from_micros(moment: int) -> datetime:
    """Return the UTC time of microseconds since the epoch."""
    return EPOCH + timedelta(microseconds=moment)


def maybe_micros(moment: datetime | None, field: str) -> int | None:
    """Return the microseconds since the epoch, or `None` for `None`."""
    return None if moment is None else to_micros(moment, field)


def maybe_time(moment: int | None) -> datetime | None:
    """Return the UTC time, or `None` for `None`."""
    return None if moment is None else from_micros(moment)


def local_micros(utc: int, zone: ZoneInfo) -> int:
    """Return the wall clock of a call's start in `zone`, as microseconds since the epoch of the wall clock.

    `utc` are microseconds since the epoch. Raises `DataError` for a time so far away that the wall clock can't show it.
    """
    try:
        offset = _OFFSETS[zone, utc // _QUARTER]
        return utc + (_offset(zone, utc) if offset is None else offset)
    except OverflowError:
        raise _unfit("started_at") from None


def _offset(zone: ZoneInfo, utc: int) -> int:
    offset = from_micros(utc).astimezone(zone).utcoffset()
    return 0 if offset is None else _micros(offset)


def _quarter_offset(place: tuple[ZoneInfo, int]) -> int | None:
    """Return the offset of a zone in a quarter of an hour, None if it changes within it."""
    zone, quarter = place
    offset = _offset(zone, quarter * _QUARTER)
    return offset if offset == _offset(zone, (quarter + 1) * _QUARTER) else None


def to_integer(amount: Decimal, field: str) -> tuple[int, int]:
    """Return an amount as (integer, decimal digits), exactly; `DataError` if 64 bits can't hold it."""
    try:
        return _INTEGERS[amount]
    except (TypeError, ValueError):
        # A signalling NaN has no hash; what 64 bits can't hold is a ValueError.
        raise _unfit(field) from None


def _integer(amount: Decimal) -> tuple[int, int]:
    if amount.is_finite() and _LOWEST_MONEY <= amount <= _HIGHEST_MONEY:
        value = int(amount)
        if value == amount:
            return value, 0
    sign, digits, exponent = amount.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError  # noqa: TRY004  (infinity and NaN are no wrong type)
    number = list(digits)
    while exponent < 0 and number and number[-1] == 0:
        number.pop()
        exponent += 1
    if exponent < -MOST_DIGITS or len(number) + max(exponent, 0) > MOST_DIGITS + 1:
        if any(number):
            raise ValueError
        return 0, 0
    value = int("".join(map(str, number)) or "0") * 10 ** max(exponent, 0)
    if value > _HIGHEST:
        raise ValueError
    return -value if sign else value, max(-exponent, 0) if value else 0


# Times fall into few quarters of an hour, and prices repeat: without these two, archiving takes a fifth longer.
_OFFSETS = Memo(_quarter_offset)
_INTEGERS = Memo(_integer)


def to_money(value: int, scale: int, currency: str) -> Money:
    """Return the money of an integer with `scale` decimal digits, exactly, whatever the decimal context is.

    Raises `ValueError` if no amount that was stored can have so many.
    """
    return _MONEY[value, scale, currency]


def _money(key: tuple[int, int, str]) -> Money:
    value, scale, currency = key
    return Money(Decimal(value) if scale == 0 else Decimal(f"{value}E-{_digits(scale)}"), currency)


# Prices repeat: reading calls takes more than half as long again without it.
_MONEY = Memo(_money)


def _digits(scale: int) -> int:
    if not 0 <= scale <= MOST_DIGITS:
        raise ValueError
    return scale


def to_row(call: Call, zone: ZoneInfo) -> Row:
    """Return the row of a call of an account in `zone`; `DataError` names a field that the archive can't hold."""
    started = maybe_micros(call.started_at, "started_at")
    prices, scale, currency = _prices(call)
    source, destination = call.source, call.destination
    direction, derived, raw = call.direction, call.derived, call.raw
    return (
        call.account,
        call.call_id,
        call.stream,
        None if direction is None else direction.value,
        call.status.value,
        call.trunk,
        call.extension,
        started,
        maybe_micros(call.ended_at, "ended_at"),
        None if started is None else local_micros(started, zone),
        None if call.wait is None else _fitting(call.wait, "wait"),
        None if call.talk is None else _fitting(call.talk, "talk"),
        *prices,
        scale,
        currency,
        source.number,
        source.e164,
        source.name,
        None if source.contact is None else _contact_json(source.contact),
        destination.number,
        destination.e164,
        destination.name,
        None if destination.contact is None else _contact_json(destination.contact),
        call.recording,
        call.note,
        ",".join(sorted(derived)) if derived else None,
        None if raw is None else _raw_json(raw),
    )


def to_call(row: Sequence[Any]) -> Call:
    """Return the call of a row, which may lack the last column, `raw`; `UnreadableRowError` for a damaged one."""
    if not _FITTING[tuple(map(type, row))]:
        raise _unreadable(row)
    try:
        return _call(row)
    except UNREADABLE:
        raise _unreadable(row) from None


def _call(row: Sequence[Any]) -> Call:
    (
        account, call_id, stream, direction, status, trunk, extension, started_at, ended_at, started_local, wait, talk,
        price, price_wait, price_talk, price_record, price_saved, scale, currency,
        source, source_e164, source_name, source_contact,
        destination, destination_e164, destination_name, destination_contact,
        recording, note, derived, *raw,
    ) = row  # fmt: skip
    if started_local is not None and not EARLIEST <= started_local <= LATEST:
        raise ValueError
    if not (_no_price(row) if currency is None else CURRENCIES[currency]):
        raise ValueError
    return Call(
        account=account,
        call_id=call_id,
        direction=_DIRECTIONS[direction],
        status=_STATUSES[status],
        started_at=None if started_at is None else from_micros(started_at),
        ended_at=None if ended_at is None else from_micros(ended_at),
        trunk=trunk,
        extension=extension,
        source=_party(source, source_e164, source_name, source_contact),
        destination=_party(destination, destination_e164, destination_name, destination_contact),
        wait=wait,
        talk=talk,
        price=None if price is None else to_money(price, scale, currency),
        price_wait=None if price_wait is None else to_money(price_wait, scale, currency),
        price_talk=None if price_talk is None else to_money(price_talk, scale, currency),
        price_record=None if price_record is None else to_money(price_record, scale, currency),
        price_saved=None if price_saved is None else to_money(price_saved, scale, currency),
        recording=recording,
        note=note,
        stream=stream,
        derived=frozenset(derived.split(",")) if derived else _NOTHING_DERIVED,
        raw=_raw(raw[0]) if raw and raw[0] is not None else None,
    )


def _no_price(row: Sequence[Any]) -> bool:
    return all(row[place] is None for place in _PRICES)


def _raw(text: str) -> Mapping[str, Any]:
    raw = orjson.loads(text)
    if type(raw) is not dict:
        raise TypeError
    return raw


def _unreadable(row: Sequence[Any]) -> UnreadableRowError:
    """Return the error that names a call and the field of it that is damaged."""
    wrong = fault(calls, row)
    if not wrong:
        for name, read in _FIELDS.items():
            value = row[_PLACES[name]] if len(row) > _PLACES[name] else None
            try:
                if value is not None:
                    read(value)
            except UNREADABLE:
                wrong = name
                break
    return unreadable(calls, row[:2], wrong)


def _prices(call: Call) -> tuple[list[int | None], int, str | None]:
    """Return the five prices as integers of one scale, that scale, and their currency."""
    amounts: list[tuple[int, int] | None] = []
    currency: str | None = None
    for field in PRICE_FIELDS:
        money: Money | None = getattr(call, field)
        if money is None:
            amounts.append(None)
            continue
        if currency is not None and money.currency != currency:
            msg = "the prices of one call are in two currencies, so it can't be archived"
            raise DataError(msg, field="currency")
        currency = money.currency
        amounts.append(to_integer(money.amount, field))
    if currency is not None and not CURRENCIES[currency]:
        msg = "the currency of a price is no code such as IRR, so the call can't be archived"
        raise DataError(msg, field="currency")
    scale = max([amount[1] for amount in amounts if amount is not None], default=0)
    if scale == 0:
        return [None if amount is None else amount[0] for amount in amounts], 0, currency
    values = [
        None if amount is None else _fitting(amount[0] * 10 ** (scale - amount[1]), field)
        for field, amount in zip(PRICE_FIELDS, amounts, strict=True)
    ]
    return values, scale, currency


def _fitting(value: int, field: str) -> int:
    if type(value) is not int or not -_HIGHEST <= value <= _HIGHEST:
        raise _unfit(field)
    return value


def _unfit(field: str) -> DataError:
    return DataError(f"the field {field} has a number that the archive can't store exactly", field=field)


def _micros(delta: timedelta) -> int:
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def _contact_json(contact: Contact) -> str:
    known = {name: value for name in _CONTACT_FIELDS if (value := getattr(contact, name)) is not None and value != ()}
    texts = (*(value for value in known.values() if value is not contact.numbers), *contact.numbers)
    try:
        text = orjson.dumps(known).decode()
    except TypeError:
        text = ""
    if not text or not all(type(value) is str for value in texts):
        msg = "a contact has a value that is no text, so the call can't be archived"
        raise DataError(msg, field="contact")
    return text


def _contact(text: str) -> Contact:
    fields = orjson.loads(text)
    numbers = fields.pop("numbers", [])
    if type(numbers) is not list or not all(type(value) is str for value in (*fields.values(), *numbers)):
        raise TypeError
    return Contact(**fields, numbers=tuple(numbers))


def _raw_json(raw: Mapping[str, Any]) -> str:
    try:
        text = orjson.dumps(raw, default=_plain).decode()
    except orjson.JSONEncodeError:
        text = ""
    if not text.startswith("{"):
        msg = "the field raw has a value that JSON can't represent, so the call can't be archived"
        raise DataError(msg, field="raw")
    return text


def _plain(value: object) -> object:
    """Return the JSON equivalent of a value that only some formats have: decimals (as text) and mappings."""
    if isinstance(value, Decimal):
        return str(value)
    if hasattr(value, "items"):
        return dict(value.items())
    raise TypeError


def _party(number: str | None, e164: str | None, name: str | None, contact: str | None) -> Party:
    if number is None and e164 is None and name is None and contact is None:
        return _NOBODY
    known = None
    if contact is not None:
        known = _contact(contact)
    return Party(number=number, e164=e164, name=name, contact=known)


_FITTING: Memo[tuple[type, ...], bool] = Memo(lambda types: fits(calls, types))
_PLACES = {column.name: place for place, column in enumerate(calls.columns)}
_PRICES = tuple(_PLACES[name] for name in PRICE_FIELDS)
# What is tried, in this order, to say which field of a call is damaged.
_FIELDS: dict[str, Callable[[Any], object]] = {
    "direction": _DIRECTIONS.__getitem__,
    "status": _STATUSES.__getitem__,
    "price_scale": _digits,
    "source_contact": _contact,
    "destination_contact": _contact,
    "raw": _raw,
}
