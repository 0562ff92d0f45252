"""The cases of a soak: which faults meet which request of which interface, and how they are written in a command."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from trunkline.sandbox import KINDS
from trunkline.sandbox.faults import MENDED

from ._soak_interfaces import INTERFACES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from trunkline.sandbox.faults import ListForm

FIRST, LATER = "first", "later"
SYNC, CANCEL, KILL, POLL = "sync", "cancel", "kill", "poll"
STOP = "stop"
_HIT = re.compile(r"([a-z_]+)(?:\(([^)]*)\))?@(\d+)(\+?)")
_WRITTEN = re.compile(r"(\S+) (\S+) (\S+) (\d+)((?: \S+)*)")


@dataclass(frozen=True, slots=True)
class Hit:
    """A fault for the request `at` of a run (from 1), or with `lasting` for all from there on."""

    kind: str
    at: int
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)
    lasting: bool = False

    def __str__(self) -> str:
        """Write it as a command has it: `short_list(rows=3)@2`."""
        options = ",".join(f"{name}={_text(value)}" for name, value in self.options.items())
        return f"{self.kind}{f'({options})' if options else ''}@{self.at}{'+' if self.lasting else ''}"

    @property
    def label(self) -> str:
        """The kind with its options' values, as in the tables."""
        return " ".join([self.kind, *(_text(value) for value in self.options.values())])

    @classmethod
    def read(cls, text: str) -> Hit:
        """Read what `str` writes; ValueError for anything else."""
        match = _HIT.fullmatch(text)
        if match is None or match[1] not in {*KINDS, STOP}:
            msg = f"{text!r} is not a fault: write kind@request or kind(option=value)@request"
            raise ValueError(msg)
        options = dict(part.partition("=")[::2] for part in (match[2] or "").split(",") if part)
        return cls(match[1], int(match[3]), {name: _value(text) for name, text in options.items()}, bool(match[4]))


@dataclass(frozen=True, slots=True)
class Case:
    """One run: an interface, how it is read, whether the archive has calls already, the world's seed, the faults."""

    interface: str
    via: str
    scenario: str
    seed: int
    hits: tuple[Hit, ...]

    def __str__(self) -> str:
        """Write it as a command has it."""
        return " ".join([self.interface, self.via, self.scenario, str(self.seed), *map(str, self.hits)])

    @classmethod
    def read(cls, text: str) -> Case:
        """Read what `str` writes; ValueError for anything else."""
        match = _WRITTEN.fullmatch(text)
        if match is None or match[1] not in INTERFACES or match[2] not in {SYNC, CANCEL, KILL, POLL}:
            msg = f"{text!r} is not a case, such as: telefonchy sync first 7 empty_list(total=kept)@2"
            raise ValueError(msg)
        return cls(match[1], match[2], match[3], int(match[4]), tuple(map(Hit.read, match[5].split())))


@dataclass(frozen=True, slots=True)
class Requests:
    """What a clean run asks for: the paths of all its requests, and the numbers of those for calls."""

    paths: tuple[str, ...]
    lists: tuple[int, ...]


# Faults of a list of calls, with the values of their options that differ in what they do.
_LIST: tuple[tuple[str, dict[str, Any]], ...] = (
    *(("empty_list", {"total": total}) for total in ("kept", "zero", "missing")),
    *(("no_list", {"form": form}) for form in ("null", "missing")),
    *(
        ("short_list", {"rows": rows, "where": where, "total": total})
        for rows, where in ((3, "start"), (3, "middle"), (3, "end"), (1, "middle"), (25, "end"))
        for total in ("kept", "adjusted")
    ),
    *(("wrong_total", {"form": form, "by": by}) for form in ("high", "low") for by in (1, 40)),
    ("no_total", {}),
    ("many_pages", {}),
    *(("wrong_cursor", {"form": form}) for form in ("nonsense", "back", "ahead")),
    *(
        ("unreadable_row", {"field": name, "form": form})
        for name in ("id", "date", "price", "duration", "status")
        for form in ("nonsense", "type")
    ),
    ("unreadable_row", {"field": "row"}),
    *(("wrong_value", {"field": name}) for name in ("price", "duration", "status")),
    ("wrong_value", {"field": "status", "at": "every"}),
    ("unknown_direction", {}),
    ("unknown_status", {}),
    *(("reorder", {"form": form}) for form in ("reversed", "shuffled")),
    *(("mended_xml", {"form": form}) for form in MENDED),
    ("other_page", {}),
    *(("stale", {"of": of}) for of in ("any", "same")),
    *(("duplicate", {"where": where}) for where in ("within", "between")),
    ("shift", {"insert": 2}),
    ("shift", {"insert": 0, "remove": 2}),
    ("correct", {"newest": 5}),
    ("late", {}),
)
# The same for as long as the run lasts: these only do harm if they go on. (A list with a cursor that grows with each
# request has no end, and no reader can find one.)
_LASTING: tuple[tuple[str, dict[str, Any]], ...] = (
    ("many_pages", {}),
    ("same_page", {"cursor": "kept"}),
    ("same_page", {"cursor": "moved"}),
    ("endless_list", {}),
    ("no_total", {}),
    ("empty_list", {"total": "kept"}),
    ("empty_list", {"total": "zero"}),
    ("shift", {"insert": 2}),
)
# Faults of any request.
_ANY: tuple[tuple[str, dict[str, Any], bool], ...] = (
    ("status", {"code": 500}, False),
    ("status", {"code": 500}, True),
    ("status", {"code": 404}, False),
    ("rate_limit", {}, False),
    ("rate_limit", {"retry_after": 0}, False),
    ("rate_limit", {}, True),
    ("expired_token", {}, False),
    ("expired_token", {}, True),
    ("address", {}, False),
    ("cut", {}, False),
    ("cut", {"processed": False}, True),
    ("cut_body", {}, False),
    ("cut_body", {}, True),
    ("content_type", {}, False),
    *(("bad_json", {"form": form}, False) for form in ("truncated", "array", "html", "empty")),
    ("huge", {"megabytes": 1}, False),
    ("drip", {"bytes": 3000, "pause": 0}, False),
)


def applies(kind: str, options: Mapping[str, Any], form: ListForm | None, *, xml: bool) -> bool:
    """Return whether a fault changes anything in an interface's lists."""
    if form is None:
        return True
    if kind in {"wrong_total", "no_total", "many_pages"}:
        return bool(form.total)
    if kind == "wrong_cursor":
        return bool(form.cursor)
    if kind == "mended_xml":
        return xml
    if kind in {"unreadable_row", "wrong_value"}:
        name = options["field"]
        return name == "row" or bool(form.ids if name == "id" else form.fields.get(name))
    if kind == "unknown_direction":
        return "direction" in form.fields
    if kind == "unknown_status":
        return "status" in form.fields
    if kind == "short_list" and options["total"] == "adjusted":
        return bool(form.total)
    return not (kind == "same_page" and options["cursor"] == "moved") or bool(form.cursor)


def singles(clean: Case, requests: Requests, form: ListForm | None, *, xml: bool) -> Iterator[Case]:
    """Yield a case for each single fault at each request of a clean run."""

    def case(kind: str, options: Mapping[str, Any], at: int, *, lasting: bool = False) -> Case:
        return replace(clean, hits=(Hit(kind, at, options, lasting),))

    for kind, options in _LIST:
        if applies(kind, options, form, xml=xml):
            yield from (case(kind, options, at) for at in requests.lists)
    for kind, options in _LASTING:
        if applies(kind, options, form, xml=xml) and not (kind == "shift" and form is not None and form.cursor):
            yield from (case(kind, options, at, lasting=True) for at in requests.lists)
    for kind, options, lasting in _ANY:
        for at in range(1, len(requests.paths) + 1):
            yield case(kind, options, at, lasting=lasting)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
