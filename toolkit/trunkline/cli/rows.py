"""Turns what an account's method returns into rows: models by their fields, pages by their rows, figures by name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from trunkline import model
from trunkline.model import Call, Details, MissedCall, Money, Party

from .output import Format

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

CALL_COLUMNS = (
    "started_at", "account", "direction", "status", "source", "source_name", "destination", "destination_name",
    "trunk", "extension", "wait_s", "talk_s", "price", "call_id",
)  # fmt: skip

# What a table leaves out, because it would become too wide to read.
_DETAILS = (
    "ended_at", "price_wait", "price_talk", "price_record", "price_saved", "recording", "note", "stream",
)  # fmt: skip

_NAME = re.compile(r"\b[A-Z]\w*")
_ROWS_OF_PAGES = ("rows", "calls")
# What the provider sent is printed by `trunkline get search` and `trunkline request`.
_HIDDEN = frozenset({"raw"})


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with their columns, and what a page states beside its rows."""

    rows: list[dict[str, Any]]
    columns: tuple[str, ...]
    beside: Mapping[str, Any]


def table_of(result: object, returns: str = "", *, name: str = "value") -> Table:
    """Return a result as a table.

    `returns` is the type that the method declares, which names the columns of an empty list; `name` is the column of a
    single value.
    """
    beside: Mapping[str, Any] = {}
    if is_dataclass(result) and not isinstance(result, type):
        found = page_rows(result)
        if found is not None:
            beside = _beside(record(result))
            result = found
    rows = [_row(item, name) for item in items_of(result)]
    columns = tuple(dict.fromkeys(column for row in rows for column in row)) or _columns_of(returns)
    return Table(rows, columns, beside)


def page_rows(result: object) -> tuple[Any, ...] | None:
    """Return the rows of a page of a list, which states a total or a cursor beside them; None for anything else."""
    if not (hasattr(result, "total") or hasattr(result, "cursor")):
        return None
    return next((rows for name in _ROWS_OF_PAGES if isinstance(rows := getattr(result, name, None), tuple)), None)


def items_of(result: object) -> Sequence[Any]:
    """Return the items of a result: those of a list, the names and values of figures, or the result itself."""
    match result:
        case None:
            return ()
        case Details():
            return [{"name": key, "value": value} for key, value in result.values.items()]
        case Mapping():
            return [{"name": key, "value": value} for key, value in flat(result)]
        case list() | tuple():
            return result
        case _:
            return (result,)


def flat(values: Mapping[Any, Any], before: str = "") -> list[tuple[str, Any]]:
    """Return nested figures with their names joined by dots."""
    found: list[tuple[str, Any]] = []
    for key, value in values.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping):
            found += flat(value, f"{name}.")
        else:
            found.append((name, value))
    return found


def record(item: DataclassInstance) -> dict[str, Any]:
    """Return a model as a row: the fields by name, without the provider's own record."""
    if isinstance(item, Call):
        return {**call_row(item), **{name: getattr(item, name) for name in _DETAILS}}
    if isinstance(item, MissedCall):
        return {**record(item.call), "processed": item.processed}
    return {field.name: getattr(item, field.name) for field in fields(item) if field.name not in _HIDDEN}


def call_row(call: Call) -> dict[str, Any]:
    """Return a call as a row; its account is the account's key."""
    return {
        "started_at": call.started_at,
        "account": call.account,
        "direction": call.direction,
        "status": call.status,
        "source": _number(call.source),
        "source_name": call.source.name,
        "destination": _number(call.destination),
        "destination_name": call.destination.name,
        "trunk": call.trunk,
        "extension": call.extension,
        "wait_s": call.wait,
        "talk_s": call.talk,
        "price": call.price,
        "call_id": call.call_id,
    }


def printable(value: Any, form: Format) -> Any:
    """Return a value of a row for a format: JSON keeps lists and objects, a table or CSV has them as one text."""
    if value is None or isinstance(value, str | bool | int | float | Decimal | datetime | date | Money):
        return value
    return plain(value) if form is Format.JSON else _text(value)


def plain(value: Any) -> Any:
    """Return a value as JSON has it: times in UTC as ISO 8601, amounts as exact text with their currency."""
    match value:
        case None | bool() | int() | float():
            return value
        case Enum():
            return str(value.value)
        case str():
            return value
        case Money():
            return str(value)
        case Decimal():
            return f"{value:f}"
        case datetime() | date():
            return value.isoformat()
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {key: plain(item) for key, item in record(value).items()}
        case _:
            return str(value)


def without_empty(table: Table) -> tuple[str, ...]:
    """Return the columns in which some row has a value, without the details of calls, for a person to read."""
    of_calls = "call_id" in table.columns and "source_name" in table.columns
    hidden = _DETAILS if of_calls else ()
    used = tuple(
        column
        for column in table.columns
        if column not in hidden and any(_is_given(row.get(column)) for row in table.rows)
    )
    return used or table.columns


def _beside(page: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a page states beside its rows, and how many rows it has that could not be read."""
    counted = {key: len(value) if isinstance(value, tuple) else value for key, value in page.items()}
    return {
        key: value
        for key, value in counted.items()
        if key not in _ROWS_OF_PAGES and value is not None and not (isinstance(page[key], tuple) and not value)
    }


def _is_given(value: Any) -> bool:
    return value is not None and value not in ("", ())


def _row(item: object, name: str) -> dict[str, Any]:
    if isinstance(item, Mapping):
        return {str(key): value for key, value in item.items()}
    if is_dataclass(item) and not isinstance(item, type | Money):
        return record(item)
    return {name: item}


def _text(value: Any) -> str:
    match value:
        case Mapping():
            return ", ".join(f"{key}={_text(item)}" for key, item in value.items())
        case list() | tuple() | set() | frozenset():
            return ", ".join(_text(item) for item in value)
        case Money() | Enum() | str():
            return str(value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return " ".join(_text(item) for item in record(value).values() if _is_given(item))
        case _:
            return str(plain(value))


def _columns_of(returns: str) -> tuple[str, ...]:
    """Return the columns of the model that a type names, such as `tuple[Contact, ...]`."""
    for name in reversed(_NAME.findall(returns)):
        known = getattr(model, name, None) if name in model.__all__ else None
        if known in (Call, MissedCall):
            return (*CALL_COLUMNS, *_DETAILS, *(("processed",) if known is MissedCall else ()))
        if isinstance(known, type) and is_dataclass(known) and known is not Money:
            return tuple(field.name for field in fields(known) if field.name not in _HIDDEN)
    return ()


def _number(party: Party) -> str | None:
    return party.e164 or party.number
