"""Simotel's envelope: the form of replies and errors, and the body of a request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from trunkline.sandbox.wire import Reply, to_json
from trunkline.sandbox.world import TEHRAN

OK, BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 200, 400, 401, 403, 404
METHOD_NOT_ALLOWED, UNSUPPORTED_MEDIA_TYPE, NOT_IMPLEMENTED = 405, 415, 501
# The document's texts, with its spelling.
UNPARSABLE = "Unable to parse content"
MISSING_CREDENTIALS, WRONG_CREDENTIALS = "BasicAuth or ApiKey is missing", "BasicAuth or ApiKey is invalid"
WRONG_ADDRESS = "IP is not permitted"
WRONG_METHOD, WRONG_TYPE = "Method not allowed", "Unsupported Media Type"
UNKNOWN_SERVICE = "Requested service dose not exist"
DONE, FAILED = "Requested operation is done successfully", "Requested operation failed"
NUMBER_EXISTS, TRUNK_EXISTS, QUEUE_EXISTS = (
    "This number already exists",
    "This trunk already exists",
    "this queue already exists",
)
# [INFER] Neither the default nor a limit of `count` is stated; the samples all ask for 20.
_COUNT = 20
_MOST_DIGITS = 9
_LOCAL_TIME = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII)
_HTML = "text/html; charset=iso-8859-1"
_APACHE = (
    '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>404 Not Found</title>\n</head><body>\n'
    "<h1>Not Found</h1>\n<p>The requested URL was not found on this server.</p>\n</body></html>\n"
)


class RefusedError(Exception):
    """A request that gets one of the document's messages; a business error has HTTP status 200."""

    def __init__(self, message: str = FAILED, status: int = OK) -> None:
        """Take the message as the document spells it."""
        super().__init__(message)
        self.message = message
        self.status = status


class MissingError(RefusedError):
    """A required field that isn't there."""

    def __init__(self, name: str) -> None:
        """Take the field's name."""
        super().__init__(f"Field '{name}':value is missing")


def done(data: Any, message: str | None = "") -> Reply:
    """Return the reply of a service that succeeded."""
    return Reply(OK, to_json({"success": 1, "message": message, "data": data}))


def refused(message: str, status: int = OK) -> Reply:
    """Return the reply of a service that failed. [INFER] `data` is not documented: empty text, as after a removal."""
    return Reply(status, to_json({"success": 0, "message": message, "data": ""}))


def not_found() -> Reply:
    """Return Apache's reply for an address or a file that doesn't exist."""
    return Reply(NOT_FOUND, _APACHE.encode(), _HTML)


@dataclass(frozen=True, slots=True)
class Paging:
    """The window of a search: 0-based `start`, `count`, and one or more fields with 1 (ascending) or -1."""

    start: int
    count: int
    sorting: Mapping[str, int]

    def page(self, rows: list[Any], write: Any = None) -> list[Any]:
        """Cut the window out of rows; `write` makes the row of what the list holds."""
        cut = rows[self.start : self.start + self.count]
        return cut if write is None else [write(item) for item in cut]

    def described(self, total: int) -> dict[str, Any]:
        """Echo the window as the replies do, with the sorting that took effect."""
        return {"start": self.start, "count": self.count, "sorting": dict(self.sorting), "total": total}


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a request: a JSON object, or the uploaded files."""

    fields: Mapping[str, Any]
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict, repr=False)

    def require(self, *names: str) -> None:
        """Refuse a request that lacks one of the fields, or leaves it empty."""
        for name in names:
            if self.fields.get(name) in (None, "", []):
                raise MissingError(name)

    def text(self, name: str) -> str:
        """Return a field as text, a number in its digits; what isn't there is empty."""
        return as_text(self.fields.get(name))

    def alike(self) -> bool:
        """Return whether conditions match parts of values; the samples use text, a boolean and 1 for it."""
        self.require("alike")
        return as_text(self.fields["alike"]).lower() in {"true", "1", "yes"}

    def conditions(self) -> dict[str, str]:
        """Return the conditions that aren't empty."""
        given = self.fields.get("conditions")
        if given is None or given == []:
            return {}
        if not isinstance(given, Mapping):
            raise RefusedError
        return {str(name): as_text(value) for name, value in given.items() if as_text(value)}

    def period(self, *, required: bool) -> tuple[int | None, int | None]:
        """Read `date_range`: Gregorian wall-clock time in Tehran, both ends included.

        [INFER] An end given without seconds is that very second, not the end of the minute.
        """
        given = self.fields.get("date_range")
        given = given if isinstance(given, Mapping) else {}
        first, last = as_text(given.get("from")), as_text(given.get("to"))
        if required:
            for name, value in (("from", first), ("to", last)):
                if not value:
                    raise MissingError(f"date_range->{name}")
        return (from_local(first) if first else None), (from_local(last) if last else None)

    def paging(self, default: str, direction: int = -1) -> Paging:
        """Read `pagination`; `default` is the field that rows are sorted by if the request has none."""
        given = self.fields.get("pagination")
        given = given if isinstance(given, Mapping) else {}
        sorting = given.get("sorting")
        chosen: dict[str, int] = {}
        if isinstance(sorting, Mapping):
            for name, way in sorting.items():
                if as_text(way) not in {"1", "-1"}:
                    raise RefusedError
                chosen[str(name)] = int(as_text(way))
        return Paging(_integer(given, "start", 0), _integer(given, "count", _COUNT), chosen or {default: direction})


def as_text(value: object) -> str:
    """Return a value as the service compares it: text as it is, truth and numbers in text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def matches(value: str, wanted: str, *, alike: bool) -> bool:
    """Return whether a value matches a condition. [INFER] How `alike` matches is not documented: any part does."""
    return wanted in value if alike else wanted == value


def from_local(text: str) -> int:
    """Turn Gregorian wall-clock text of Tehran into seconds since the epoch; RefusedError for anything else."""
    match = _LOCAL_TIME.fullmatch(text.strip())
    if match is None:
        raise RefusedError
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        return int(datetime(year, month, day, hour, minute, second, tzinfo=TEHRAN).timestamp())
    except (ValueError, OverflowError):
        raise RefusedError from None


def _integer(given: Mapping[str, Any], name: str, default: int) -> int:
    text = as_text(given.get(name))
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > _MOST_DIGITS:
        raise RefusedError
    return int(text)
