"""How long the providers' readers take at worst: a megabyte of what was made to be slow, against a second."""

from __future__ import annotations

import contextlib
import importlib
import time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import orjson

from trunkline.errors import DataError
from trunkline.providers.mor.xml_reader import read_xml
from trunkline.transport import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT_MS = 1000
SIZE = 1 << 20


def _filled(piece: bytes, *, before: bytes = b"", after: bytes = b"") -> bytes:
    return before + piece * ((SIZE - len(before) - len(after)) // len(piece)) + after


# What is hard for somebody: deep nesting, things without an end, things that only begin like an entity, many blanks.
_XML = {
    "nested": _filled(b"<a>"),
    "nested, wrong at the end": _filled(b"<a>", before=b"<page>", after=b"</b>"),
    "brackets": _filled(b"<", before=b"<page>"),
    "ampersands": _filled(b"&", before=b"<page>", after=b"</page>"),
    "blank entities": _filled(b"& quot;", before=b"<page><x>", after=b"</x></page>"),
    "entities without end": _filled(b"& quot", before=b"<page>", after=b"</page>"),
    "blanks in a tag": _filled(b" ", before=b"<page><x", after=b"/></page"),
    "attributes": _filled(b' a="', before=b"<page"),
    "comments": _filled(b"<!--", before=b"<page>"),
    "sections": _filled(b"<![CDATA[", before=b"<page>"),
    "declarations": _filled(b'<?xml encoding="'),
    "wrong ends": _filled(b"</x>", before=b"<page>"),
    "leaves without end": _filled(b"<x>1", before=b"<page>", after=b"</page>"),
    "calls": _filled(b"<call><date>2008-03-10 05:45:31</date></call>", before=b"<page>", after=b"</page"),
    "entity bomb": b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><page>&b;</page>',
}
_JSON = {
    "nested lists": _filled(b"["),
    "nested objects": _filled(b'{"a":'),
    "a long number": _filled(b"9"),
    "a list of numbers": _filled(b"1,", before=b"[", after=b"1]"),
    "text": _filled(b"\\u0000", before=b'"', after=b'"'),
}
_FIELDS = ("9" * SIZE, "-" * SIZE, " " * SIZE, "1399-" * (SIZE // 5), "۱" * (SIZE // 2), "1." * (SIZE // 2))  # noqa: RUF001


def _xml(body: bytes) -> None:
    read_xml(body, label="MOR")


def _json(body: bytes) -> None:
    Reply(200, {}, body, "Acme").json()


def run(n: int) -> list[dict[str, Any]]:
    """Return the slowest of each reader's inputs, in milliseconds."""
    rows = [_row("a megabyte of XML", _xml, _XML), _row("a megabyte of JSON", _json, _JSON)]
    for wire, case in importlib.import_module("tests.contract.cases").CASES.items():
        records = {}
        for name in case.row():
            for number, value in enumerate(_FIELDS):
                records[f"{name} {number}"] = {**case.row(), name: value}

        def read(record: dict[str, Any], case: Any = case) -> None:
            case.read(record, ZoneInfo("UTC"))

        rows.append(_row(f"{wire}: a record with a megabyte in one field", read, records))
    _ = n
    return rows


def _row(name: str, read: Callable[[Any], None], bodies: dict[str, Any]) -> dict[str, Any]:
    slowest, which = 0.0, ""
    for label, body in bodies.items():
        started = time.perf_counter()
        with contextlib.suppress(DataError):
            read(body)
        took = (time.perf_counter() - started) * 1000
        if took > slowest:
            slowest, which = took, label
    shown = f"{name}: slowest is {which}"
    return {"name": shown, "ours": slowest, "unit": "ms", "limit": LIMIT_MS, "ok": slowest < LIMIT_MS}


if __name__ == "__main__":
    print(orjson.dumps(run(0), option=orjson.OPT_INDENT_2).decode())
