"""The faults of a list of calls that is well formed and wrong: what is missing, repeated, invented or out of order."""

from __future__ import annotations

import re
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from .fault import Fault
    from .list_form import ListReply

    type Change = Callable[[ListReply, Fault, str], None]

_NONSENSE = "n/a"
_OBJECT_ID = re.compile(r"[0-9a-f]{24}", re.ASCII)
_SECONDS = 8
_APART = 10_000_000


def change_list(reply: ListReply, fault: Fault, cursor: str) -> None:
    """Apply a fault to a list of calls; `cursor` is the one that was asked for."""
    CHANGES[fault.kind](reply, fault, cursor)


def _empty_list(reply: ListReply, fault: Fault, cursor: str) -> None:
    total = fault.options["total"]
    reply.put_rows([])
    if total == "kept":
        return
    reply.put(reply.form.cursor, cursor)
    if total == "missing":
        _no_total(reply, fault, cursor)
    else:
        _count(reply, 0)


def _no_list(reply: ListReply, fault: Fault, _: str) -> None:
    reply.drop_rows(null=fault.options["form"] == "null")


def _short_list(reply: ListReply, fault: Fault, _: str) -> None:
    rows = reply.rows()
    cut = min(int(fault.options["rows"]), len(rows))
    start = {"start": 0, "middle": (len(rows) - cut) // 2, "end": len(rows) - cut}[fault.options["where"]]
    size = _size(reply)
    reply.put_rows(rows[:start] + rows[start + cut :])
    total = _number(reply, reply.form.total)
    if fault.options["total"] == "adjusted" and total is not None:
        _count(reply, max(0, total - cut), size)


def _wrong_total(reply: ListReply, fault: Fault, _: str) -> None:
    total, by = _number(reply, reply.form.total), int(fault.options["by"])
    if total is not None:
        _count(reply, total + by if fault.options["form"] == "high" else max(0, total - by))


def _no_total(reply: ListReply, _: Fault, __: str) -> None:
    for path in reply.form.counts:
        reply.drop(path)


def _many_pages(reply: ListReply, fault: Fault, _: str) -> None:
    pages, size = int(fault.options["pages"]), _size(reply)
    reply.put(reply.form.total, pages * size)
    for path in reply.form.pages:
        reply.put(path, pages)


def _same_page(reply: ListReply, fault: Fault, _: str) -> None:
    """Send the rows of the first page again and again, and let the counts say that more follow."""
    if not fault.kept:
        fault.kept.append((reply.rows(), reply.text(reply.form.cursor)))
    rows, cursor = fault.kept[0]
    reply.put_rows(list(rows))
    if cursor:
        reply.put(reply.form.cursor, cursor if fault.options["cursor"] == "kept" else _another(cursor, fault.hits - 1))
    _let_more_follow(reply, len(rows))


def _endless_list(reply: ListReply, fault: Fault, _: str) -> None:
    """Send rows that don't exist, ever new ones, and let the counts say that more follow."""
    rows = reply.rows()
    if rows:
        fault.kept[:] = [(rows, reply.text(reply.form.cursor))]
    if not fault.kept:
        return
    rows, cursor = fault.kept[0]
    for name in reply.form.ids:
        rows = [reply.with_field(row, name, _another(reply.field(row, name), fault.hits)) for row in rows]
    reply.put_rows(rows)
    if cursor:
        reply.put(reply.form.cursor, _another(cursor, fault.hits))
    _let_more_follow(reply, len(rows))


def _wrong_cursor(reply: ListReply, fault: Fault, cursor: str) -> None:
    now = reply.text(reply.form.cursor)
    if now:
        ahead = _another(now, int(fault.options["seconds"]))
        reply.put(reply.form.cursor, {"nonsense": _NONSENSE, "back": cursor, "ahead": ahead}[fault.options["form"]])


def _unreadable_row(reply: ListReply, fault: Fault, _: str) -> None:
    def spoil(row: Any) -> Any:
        wanted = fault.options["field"]
        if wanted == "row":
            return reply.unreadable(row)
        value: Any = _NONSENSE if fault.options["form"] == "nonsense" else [_NONSENSE]
        return _with_fields(reply, row, wanted, lambda _: value)

    _change_rows(reply, fault, spoil)


def _wrong_value(reply: ListReply, fault: Fault, _: str) -> None:
    def falsify(row: Any) -> Any:
        wanted = fault.options["field"]
        return _with_fields(reply, row, wanted, lambda value: _wrong(value, wanted, reply.form.words))

    _change_rows(reply, fault, falsify)


def _unknown_direction(reply: ListReply, fault: Fault, _: str) -> None:
    text = fault.options["text"]
    reply.put_rows([_with_fields(reply, row, "direction", lambda _: text) for row in reply.rows()])


def _reorder(reply: ListReply, fault: Fault, _: str) -> None:
    rows = reply.rows()
    if fault.options["form"] == "reversed":
        rows.reverse()
    else:
        Random(fault.hits).shuffle(rows)  # noqa: S311 -- the order of a test
    reply.put_rows(rows)


CHANGES: dict[str, Change] = {
    "empty_list": _empty_list,
    "no_list": _no_list,
    "short_list": _short_list,
    "wrong_total": _wrong_total,
    "no_total": _no_total,
    "many_pages": _many_pages,
    "same_page": _same_page,
    "endless_list": _endless_list,
    "wrong_cursor": _wrong_cursor,
    "unreadable_row": _unreadable_row,
    "wrong_value": _wrong_value,
    "unknown_direction": _unknown_direction,
    "reorder": _reorder,
}


def _number(reply: ListReply, path: str) -> int | None:
    text = reply.text(path)
    return int(text) if text is not None and text.isdigit() else None


def _size(reply: ListReply) -> int:
    """Return how many rows a full page of the list has, as far as this page shows it."""
    form, rows = reply.form, len(reply.rows())
    if stated := _number(reply, form.size):
        return stated
    page, total = _number(reply, form.page), _number(reply, form.total)
    pages = _number(reply, form.pages[0]) if form.pages else None
    if page is not None and pages is not None and total is not None and 1 < pages <= page:
        return max(1, (total - rows) // (pages - 1))
    return max(1, rows)


def _count(reply: ListReply, total: int, size: int | None = None) -> None:
    """Write another total, and the number of pages that follows from it."""
    pages = max(1, -(-total // (size or _size(reply))))
    reply.put(reply.form.total, total)
    for path in reply.form.pages:
        reply.put(path, pages)


def _let_more_follow(reply: ListReply, rows: int) -> None:
    page = _number(reply, reply.form.page)
    if page is not None:
        reply.put(reply.form.total, (page + 1) * rows)
        for path in reply.form.pages:
            reply.put(path, page + 1)


def _change_rows(reply: ListReply, fault: Fault, change: Callable[[Any], Any]) -> None:
    """Change the first row, the middle one, the last or every row."""
    rows = reply.rows()
    chosen = {
        "first": rows[:1] and [0],
        "middle": rows[:1] and [len(rows) // 2],
        "last": rows[:1] and [len(rows) - 1],
        "every": range(len(rows)),
    }[fault.options["at"]]
    for at in chosen:
        rows[at] = change(rows[at])
    reply.put_rows(rows)


def _with_fields(reply: ListReply, row: Any, meaning: str, change: Callable[[Any], Any]) -> Any:
    names = reply.form.ids if meaning == "id" else reply.form.fields.get(meaning, ())
    for name in names:
        value = reply.field(row, name)
        if value is not None:
            row = reply.with_field(row, name, change(value))
    return row


def _wrong(value: Any, meaning: str, words: tuple[str, ...]) -> Any:
    """Return another value that could be true: the next known word, or a number with a 1 in front."""
    if meaning == "status":
        return words[(words.index(value) + 1) % len(words)] if value in words else value
    if isinstance(value, int):
        return int(f"1{value}")
    if ":" in str(value):
        return f"01{str(value)[2:]}"
    return f"1{value}"


def _another(value: Any, times: int) -> str | Any:
    """Return an id like a given one that no call has; a new one for each number of times."""
    text = str(value)
    if _OBJECT_ID.fullmatch(text):
        return f"{(int(text[:_SECONDS], 16) + times) & 0xFFFFFFFF:08x}{text[_SECONDS:]}"
    head, dot, tail = text.rpartition(".")
    if tail.isdigit():
        made = f"{head}{dot}{int(tail) + times * _APART}"
        return int(made) if isinstance(value, int) else made
    return f"{text}{times}"
