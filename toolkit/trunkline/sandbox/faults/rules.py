"""Faults that a test or a demo turns on: their kinds and options, and which requests get them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .fault import Fault
from .lists import CHANGES
from .slips import MENDED

if TYPE_CHECKING:
    from collections.abc import Iterator

# Every kind with its options and their defaults.
KINDS: dict[str, dict[str, Any]] = {
    # Instead of the reply, or before it.
    "delay": {"seconds": 1.0},
    "status": {"code": 500, "headers": {}},
    "rate_limit": {"retry_after": None},
    "expired_token": {},
    "address": {},
    "cut": {"processed": True},
    # How the reply is sent.
    "cut_body": {"share": 0.5},
    "drip": {"bytes": 16, "pause": 0.05},
    "huge": {"megabytes": 300},
    "wrong_clock": {"form": "ahead", "seconds": 600},
    # What the reply says.
    "content_type": {"value": "text/html; charset=UTF-8"},
    "bad_json": {"form": "truncated"},
    "field": {"at": "data", "action": "null", "value": None},
    "unknown_status": {"text": "TRANSFERRED"},
    "duplicate": {"where": "within"},
    # What a list of calls says, in a well-formed reply.
    "empty_list": {"total": "kept"},
    "no_list": {"form": "null"},
    "short_list": {"rows": 3, "where": "end", "total": "kept"},
    "wrong_total": {"form": "high", "by": 40},
    "no_total": {},
    "many_pages": {"pages": 10_000_000},
    "same_page": {"cursor": "kept"},
    "endless_list": {},
    "wrong_cursor": {"form": "nonsense", "seconds": 86400},
    "unreadable_row": {"at": "middle", "field": "date", "form": "nonsense"},
    "wrong_value": {"at": "middle", "field": "status"},
    "unknown_direction": {"text": "DIVERTED"},
    "reorder": {"form": "reversed"},
    "mended_xml": {"form": "bare_ampersand"},
    # Which request a list of calls answers.
    "other_page": {"by": 1},
    "stale": {"of": "any"},
    # Changes to the calls between two pages.
    "shift": {"insert": 1, "remove": 0},
    "correct": {"rows": 1, "by": 100, "newest": 50},
    "late": {"age": 3600},
}
CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
    ("bad_json", "form"): ("truncated", "array", "html", "empty"),
    ("wrong_clock", "form"): ("ahead", "behind"),
    ("field", "action"): ("null", "missing", "extra", "set"),
    ("duplicate", "where"): ("within", "between"),
    ("empty_list", "total"): ("kept", "zero", "missing"),
    ("no_list", "form"): ("null", "missing"),
    ("short_list", "where"): ("start", "middle", "end"),
    ("short_list", "total"): ("kept", "adjusted"),
    ("wrong_total", "form"): ("high", "low"),
    ("same_page", "cursor"): ("kept", "moved"),
    ("wrong_cursor", "form"): ("nonsense", "back", "ahead"),
    ("unreadable_row", "at"): ("first", "middle", "last", "every"),
    ("unreadable_row", "field"): ("id", "date", "price", "duration", "status", "row"),
    ("unreadable_row", "form"): ("nonsense", "type"),
    ("wrong_value", "at"): ("first", "middle", "last", "every"),
    ("wrong_value", "field"): ("price", "duration", "status"),
    ("reorder", "form"): ("reversed", "shuffled"),
    ("mended_xml", "form"): MENDED,
    ("stale", "of"): ("any", "same"),
}
# These apply only to requests for a list of calls, whatever path is given.
CALL_LIST_KINDS = frozenset(
    {*CHANGES, "unknown_status", "duplicate", "mended_xml", "other_page", "stale", "shift", "correct", "late"}
)
_WHOLE = frozenset(
    {
        ("wrong_cursor", "seconds"),
        ("short_list", "rows"),
        ("wrong_total", "by"),
        ("many_pages", "pages"),
        ("other_page", "by"),
    }
)
_HEADERS = frozenset({("status", "headers"), ("rate_limit", "retry_after"), ("content_type", "value")})
_LEAST_STATUS, _MOST_STATUS = 200, 599
_MOST = 1_000_000_000


class Faults:
    """The active faults."""

    def __init__(self) -> None:
        """Start without faults."""
        self._on: list[Fault] = []

    def __iter__(self) -> Iterator[Fault]:
        """Iterate over the active faults, in the order in which they were turned on."""
        return iter(self._on)

    def __len__(self) -> int:
        """Return the number of active faults."""
        return len(self._on)

    def add(
        self,
        kind: str,
        /,
        *,
        provider: str | None = None,
        path: str = "",
        exact: bool = False,
        account: int | None = None,
        count: int | None = None,
        skip: int = 0,
        **options: Any,
    ) -> Fault:
        """Turn a fault on; ValueError if a value is not valid."""
        if kind not in KINDS:
            msg = f"unknown fault {kind!r}; choose one of {', '.join(KINDS)}"
            raise ValueError(msg)
        _check_scope(provider, path, account, count, skip, exact=exact)
        defaults = KINDS[kind]
        for name, value in options.items():
            _check_option(kind, name, value, defaults)
        fault = Fault(kind, provider, path, exact, account, count, skip, {**defaults, **options})
        self._on.append(fault)
        return fault

    def clear(self, kind: str | None = None, provider: str | None = None) -> int:
        """Turn off all faults, or those of a kind or provider; return how many."""
        cleared = [fault for fault in self._on if kind in {None, fault.kind} and provider in {None, fault.provider}]
        self._on = [fault for fault in self._on if fault not in cleared]
        return len(cleared)

    def take(self, provider: str, path: str, account: int | None, *, lists_calls: bool) -> RequestFaults:
        """Return the faults for a request and count them: the first of each kind, and every `field` fault."""
        taken = RequestFaults()
        for fault in list(self._on):
            if fault.kind != "field" and taken.get(fault.kind) is not None:
                continue
            if fault.kind in CALL_LIST_KINDS and not lists_calls:
                continue
            if not fault.matches(provider, path, account):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.hits += 1
            taken.append(fault)
            if fault.count is not None and fault.hits >= fault.count:
                self._on.remove(fault)
        return taken


class RequestFaults(list[Fault]):
    """The faults that one request gets."""

    def get(self, kind: str) -> Fault | None:
        """Return the first fault of a kind, or None."""
        return next((fault for fault in self if fault.kind == kind), None)


def _check_scope(
    provider: object, path: object, account: object, count: object, skip: object, *, exact: object
) -> None:
    for name, value in (("provider", provider), ("path", path)):
        if value is not None and not isinstance(value, str):
            msg = f"{name} must be text"
            raise ValueError(msg)
    for name, value, least in (("account", account, 0), ("count", count, 1), ("skip", skip, 0)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < least):
            msg = f"{name} must be an integer of at least {least}"
            raise ValueError(msg)
    if not isinstance(exact, bool):
        msg = "exact must be true or false"
        raise ValueError(msg)  # noqa: TRY004 -- every invalid value raises the same type


def _check_option(kind: str, name: str, value: Any, defaults: dict[str, Any]) -> None:
    if name not in defaults:
        msg = f"{kind} has no option {name!r}; its options: {', '.join(defaults) or 'none'}"
        raise ValueError(msg)
    choices = CHOICES.get((kind, name))
    if choices and value not in choices:
        msg = f"{name} of {kind} must be one of {', '.join(choices)}"
        raise ValueError(msg)
    default = defaults[name]
    if isinstance(default, bool) or isinstance(value, bool):
        fits = default is None or (isinstance(default, bool) and isinstance(value, bool))
    elif isinstance(default, int | float):
        fits = isinstance(value, int | type(default)) and 0 <= value <= _MOST
        if (kind, name) in _WHOLE and not (fits and value):
            msg = f"{name} of {kind} must be an integer of at least 1"
            raise ValueError(msg)
    else:
        fits = default is None or isinstance(value, type(default))
    if not fits:
        msg = f"{name} of {kind} must be a value like {default!r}"
        raise ValueError(msg)
    if (kind, name) in _HEADERS and not _fits_header(value):
        msg = f"{name} of {kind} must be text of one line"
        raise ValueError(msg)
    if name == "code" and not _LEAST_STATUS <= value <= _MOST_STATUS:
        msg = f"code of {kind} must be an HTTP status from {_LEAST_STATUS} to {_MOST_STATUS}"
        raise ValueError(msg)


def _fits_header(value: object) -> bool:
    """Return whether HTTP can send a header, or an object with the names and values of several."""
    if isinstance(value, dict):
        return all(name and _fits_header(name) and _fits_header(item) for name, item in value.items())
    return not set("\r\n\0") & set(str(value))
