"""What can go wrong on demand: which requests it strikes, and how it changes a reply."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# Every kind with its options and their defaults.
KINDS: dict[str, dict[str, Any]] = {
    # Before the reply.
    "delay": {"seconds": 1.0},
    "status": {"code": 500, "headers": {}},
    "rate_limit": {"retry_after": None},
    "expired_token": {},
    "address": {},
    "cut": {"processed": True},
    # The reply on its way.
    "cut_body": {"share": 0.5},
    "drip": {"bytes": 16, "pause": 0.05},
    "huge": {"megabytes": 300},
    # What it says it is, and what it is.
    "content_type": {"value": "text/html; charset=UTF-8"},
    "bad_json": {"form": "truncated"},
    "field": {"at": "data", "action": "null", "value": None},
    "unknown_status": {"text": "TRANSFERRED"},
    "duplicate": {"where": "within"},
    # The world moves on between two pages.
    "shift": {"insert": 1, "remove": 0},
    "correct": {"rows": 1, "by": 100, "newest": 50},
    "late": {"age": 3600},
}
_CHOICES = {
    ("bad_json", "form"): ("truncated", "array", "html", "empty"),
    ("field", "action"): ("null", "missing", "extra", "set"),
    ("duplicate", "where"): ("within", "between"),
}
# These strike requests for calls only, whatever the path given.
CALL_LIST_KINDS = frozenset({"unknown_status", "duplicate", "shift", "correct", "late"})
_HTML = b"<!DOCTYPE html><html><head><title>Service</title></head><body><h1>It works!</h1></body></html>"
_LEAST_STATUS, _MOST_STATUS = 200, 599


@dataclass(slots=True, eq=False)
class Fault:
    """One thing that goes wrong: for requests of `provider` below `path`, of one `account` or all.

    It lets `skip` matching requests pass, then strikes `count` of them (None: until it is cleared).
    `hits` counts how often it struck, and `sent` how many bytes a `huge` reply really sent.
    """

    kind: str
    provider: str | None = None
    path: str = ""
    exact: bool = False
    account: int | None = None
    count: int | None = None
    skip: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    hits: int = 0
    sent: int = 0
    memory: list[Any] = field(default_factory=list, repr=False)

    def matches(self, provider: str, path: str, account: int | None, *, lists_calls: bool) -> bool:
        """Tell whether a request is one that this fault is for."""
        return (
            self.provider in {None, provider}
            and (path == self.path if self.exact else path.startswith(self.path))
            and self.account in {None, account}
            and (lists_calls or self.kind not in CALL_LIST_KINDS)
        )


class Faults:
    """The faults that are on."""

    def __init__(self) -> None:
        """Begin without any."""
        self._on: list[Fault] = []

    def __iter__(self) -> Iterator[Fault]:
        """Go through the faults that are on, in the order in which they were turned on."""
        return iter(self._on)

    def __len__(self) -> int:
        """Count the faults that are on."""
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
        """Turn a fault on; ValueError says what is wrong with the wish."""
        if kind not in KINDS:
            msg = f"there is no fault {kind!r}; there are {', '.join(KINDS)}"
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
        gone = [one for one in self._on if kind in {None, one.kind} and provider in {None, one.provider}]
        self._on = [one for one in self._on if one not in gone]
        return len(gone)

    def strike(self, provider: str, path: str, account: int | None, *, lists_calls: bool) -> Struck:
        """Return the faults that this request meets and count them down; of a kind the first, of "field" all."""
        struck = Struck()
        for fault in list(self._on):
            if fault.kind != "field" and struck.of(fault.kind) is not None:
                continue
            if not fault.matches(provider, path, account, lists_calls=lists_calls):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.hits += 1
            struck.append(fault)
            if fault.count is not None and fault.hits >= fault.count:
                self._on.remove(fault)
        return struck


class Struck(list[Fault]):
    """The faults that one request meets."""

    def of(self, kind: str) -> Fault | None:
        """Return the one of a kind, if it is among them."""
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
            msg = f"{name} must be a whole number, at least {least}"
            raise ValueError(msg)
    if not isinstance(exact, bool):
        msg = "exact must be true or false"
        raise ValueError(msg)  # noqa: TRY004 -- one kind of error for every wrong wish


def _check_option(kind: str, name: str, value: Any, defaults: dict[str, Any]) -> None:
    if name not in defaults:
        msg = f"{kind} has no option {name!r}; it has {', '.join(defaults) or 'none'}"
        raise ValueError(msg)
    choices = _CHOICES.get((kind, name))
    if choices and value not in choices:
        msg = f"{name} of {kind} can be {', '.join(choices)}"
        raise ValueError(msg)
    default = defaults[name]
    if isinstance(default, bool) or isinstance(value, bool):
        fits = default is None or (isinstance(default, bool) and isinstance(value, bool))
    elif isinstance(default, int | float):
        fits = isinstance(value, int | float) and value >= 0
    else:
        fits = default is None or isinstance(value, type(default))
    if not fits:
        msg = f"{name} of {kind} should be like {default!r}"
        raise ValueError(msg)
    if name == "code" and not _LEAST_STATUS <= value <= _MOST_STATUS:
        msg = f"code of {kind} must be an HTTP status from {_LEAST_STATUS} to {_MOST_STATUS}"
        raise ValueError(msg)


def bad_json(body: bytes, form: str) -> bytes:
    """Return what comes instead of the JSON that was meant."""
    if form == "truncated":
        return body[: max(1, len(body) * 2 // 3)]
    if form == "array":
        return b"[" + body + b"]"
    return b"" if form == "empty" else _HTML


def duplicate(records: list[Any], fault: Fault, page: int) -> list[Any]:
    """Repeat a record: the page's first one in the page, or the last page's last one at its beginning."""
    if fault.options["where"] == "within":
        return [*records[:1], *records]
    before = list(fault.memory) if page > 1 else []
    fault.memory[:] = records[-1:]
    return [*before, *records]
