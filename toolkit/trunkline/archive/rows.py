"""A call as a row of the archive and back, exactly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import orjson

from trunkline.errors import DataError
from trunkline.model import Call, Contact, Direction, Money, Party, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

type Row = tuple[Any, ...]
"""The values of `schema.CALL_COLUMNS`, in their order."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PRICE_FIELDS = ("price", "price_wait", "price_talk", "price_record", "price_saved")
MOST_DIGITS = 18
"""A price of more decimal digits would leave 64 bits no room before the point."""

_HIGHEST = 2**63 - 1
_HIGHEST_MONEY = Decimal(_HIGHEST)
_LOWEST_MONEY = Decimal(-_HIGHEST)
_QUARTER = 15 * 60 * 1_000_000
_DIRECTIONS: dict[str | None, Direction] = {one.value: one for one in Direction}
_STATUSES = {one.value: one for one in Status}
_NOTHING: frozenset[str] = frozenset()
_NOBODY = Party()
# To make an integer of a Decimal takes longer than to find it, and prices repeat.
_WHOLE: dict[Decimal, int] = {}
_REMEMBERED = 65_536
_prices_of = attrgetter(*PRICE_FIELDS)
_CONTACT_FIELDS = ("contact_id", "name", "company", "email", "address", "location", "note", "numbers")


class LocalClock:
    """The wall clock of a zone. Zones change seldom, so the offset of each quarter of an hour is looked up once."""

    def __init__(self, zone: ZoneInfo) -> None:
        """Take the zone."""
        self._zone = zone
        self._offsets: dict[int, int] = {}

    def local(self, moment: int) -> int:
        """Return the wall clock's microseconds for those of UTC."""
        quarter = moment // _QUARTER
        offset = self._offsets.get(quarter)
        if offset is None:
            offset = self._offset(quarter * _QUARTER)
            if offset != self._offset((quarter + 1) * _QUARTER):
                return moment + self._offset(moment)
            if len(self._offsets) > _REMEMBERED:
                self._offsets.clear()
            self._offsets[quarter] = offset
        return moment + offset

    def _offset(self, moment: int) -> int:
        try:
            offset = from_micros(moment).astimezone(self._zone).utcoffset()
        except OverflowError:
            raise _unfit("started_at") from None
        return 0 if offset is None else _micros_of(offset)


def to_micros(moment: datetime, field: str) -> int:
    """Return the microseconds since the epoch of an aware time; `DataError` for one without a zone."""
    try:
        delta = moment - EPOCH
        return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds
    except TypeError:
        msg = f"the field {field} has a time without a zone, so it can't be archived"
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


def to_integer(amount: Decimal, field: str) -> tuple[int, int]:
    """Return an amount as (integer, decimal digits), exactly; `DataError` for what 64 bits can't hold."""
    sign, digits, exponent = amount.as_tuple()
    if not isinstance(exponent, int):
        raise _unfit(field)
    number = list(digits)
    while exponent < 0 and number and number[-1] == 0:
        number.pop()
        exponent += 1
    if exponent < -MOST_DIGITS or len(number) + max(exponent, 0) > MOST_DIGITS + 1:
        if any(number):
            raise _unfit(field)
        return 0, 0
    value = int("".join(map(str, number)) or "0") * 10 ** max(exponent, 0)
    return _fitting(-value if sign else value, field), max(-exponent, 0) if value else 0


def to_money(value: int, scale: int, currency: str) -> Money:
    """Return the money of an integer with `scale` decimal digits. The decimal context has no say in it."""
    return Money(Decimal(value) if scale == 0 else Decimal(f"{value}E-{scale}"), currency)


def to_row(call: Call, clock: LocalClock) -> Row:
    """Return the row of a call; `DataError` names a field that the archive can't hold."""
    started = started_local = ended = None
    moment = call.started_at
    if moment is not None:
        started = to_micros(moment, "started_at")
        started_local = clock.local(started)
    moment = call.ended_at
    if moment is not None:
        ended = to_micros(moment, "ended_at")
    wait, talk = call.wait, call.talk
    if wait is not None and not -_HIGHEST <= wait <= _HIGHEST:
        raise _unfit("wait")
    if talk is not None and not -_HIGHEST <= talk <= _HIGHEST:
        raise _unfit("talk")
    prices, scale, currency = _prices(call)
    source, destination = call.source, call.destination
    direction, derived, raw = call.direction, call.derived, call.raw
    return (
        call.account,
        call.call_id,
        call.stream,
        None if direction is None else direction._value_,
        call.status._value_,
        call.trunk,
        call.extension,
        started,
        ended,
        started_local,
        wait,
        talk,
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
    """Return the call of a row; one without its `raw` (the last column) gives a call without it."""
    (
        account, call_id, stream, direction, status, trunk, extension, started_at, ended_at, _, wait, talk,
        price, price_wait, price_talk, price_record, price_saved, scale, currency,
        source, source_e164, source_name, source_contact,
        destination, destination_e164, destination_name, destination_contact,
        recording, note, derived, *raw,
    ) = row  # fmt: skip
    return Call(
        account=account,
        call_id=call_id,
        direction=_DIRECTIONS.get(direction),
        status=_STATUSES.get(status, Status.UNKNOWN),
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
        derived=frozenset(derived.split(",")) if derived else _NOTHING,
        raw=orjson.loads(raw[0]) if raw and raw[0] is not None else None,
    )


def _prices(call: Call) -> tuple[Sequence[int | None], int, str | None]:
    """Return the five prices as integers of one scale, that scale, and their currency."""
    price, wait, talk, record, saved = _prices_of(call)
    try:
        currency = price.currency
        if wait.currency == talk.currency == record.currency == saved.currency == currency:
            known = _WHOLE[price.amount], _WHOLE[wait.amount], _WHOLE[talk.amount], _WHOLE[record.amount]
            return (*known, _WHOLE[saved.amount]), 0, currency
    except (AttributeError, KeyError, TypeError):
        # A part that isn't there, an amount not met before, or a signalling NaN, which has no hash.
        pass
    return _prices_by_one(call)


def _prices_by_one(call: Call) -> tuple[Sequence[int | None], int, str | None]:
    values: list[int | None] = []
    currency: str | None = None
    for money in _prices_of(call):
        if money is None:
            values.append(None)
            continue
        if money.currency is not currency and money.currency != currency:
            if currency is not None:
                msg = "the prices of one call are in two currencies, so it can't be archived"
                raise DataError(msg, field="currency")
            currency = money.currency
        amount = money.amount
        whole = None if amount.is_snan() else _WHOLE.get(amount)
        if whole is None:
            whole = _whole(amount)
            if whole is None:
                return _scaled(call), _scale(call), currency
        values.append(whole)
    return values, 0, currency


def _whole(amount: Decimal) -> int | None:
    """Return a whole amount that fits as an integer, `None` for any other."""
    if not (amount.is_finite() and _LOWEST_MONEY <= amount <= _HIGHEST_MONEY):
        return None
    whole = int(amount)
    if whole != amount:
        return None
    if len(_WHOLE) > _REMEMBERED:
        _WHOLE.clear()
    _WHOLE[amount] = whole
    return whole


def _scale(call: Call) -> int:
    found = [
        to_integer(money.amount, name)[1] for name, money in zip(PRICE_FIELDS, _prices_of(call), strict=True) if money
    ]
    return max(found)


def _scaled(call: Call) -> list[int | None]:
    scale = _scale(call)
    values: list[int | None] = []
    for name in PRICE_FIELDS:
        money: Money | None = getattr(call, name)
        if money is None:
            values.append(None)
        else:
            value, digits = to_integer(money.amount, name)
            values.append(_fitting(value * 10 ** (scale - digits), name))
    return values


def _fitting(value: int, field: str) -> int:
    if not -_HIGHEST <= value <= _HIGHEST:
        raise _unfit(field)
    return value


def _unfit(field: str) -> DataError:
    return DataError(f"the field {field} holds a number that no archive can keep exactly", field=field)


def _micros_of(delta: timedelta) -> int:
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def _contact_json(contact: Contact) -> str:
    known = {name: value for name in _CONTACT_FIELDS if (value := getattr(contact, name)) is not None and value != ()}
    return orjson.dumps(known).decode()


def _raw_json(raw: Mapping[str, Any]) -> str:
    try:
        return orjson.dumps(raw, default=_plain).decode()
    except orjson.JSONEncodeError:
        msg = "the field raw holds what JSON can't, so the call can't be archived"
        raise DataError(msg, field="raw") from None


def _plain(value: object) -> object:
    """Return what JSON can hold of a value that a provider's own format has and JSON has not."""
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
        fields = orjson.loads(contact)
        known = Contact(**{**fields, "numbers": tuple(fields.get("numbers", ()))})
    return Party(number=number, e164=e164, name=name, contact=known)
