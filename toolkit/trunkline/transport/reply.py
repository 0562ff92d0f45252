"""A complete reply: its headers, and its body as bytes and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from trunkline import inert
from trunkline.errors import LONGEST_PAUSE, DataError, TooLargeError

type Headers = Mapping[str, str]

# A page of a hundred calls is a tenth of a megabyte and has a few thousand values. JSON can only be decoded in one go,
# which holds the event loop, and its values need up to a hundred bytes each, its texts up to four times their size.
MOST_JSON = 4 * 1024 * 1024
MOST_VALUES = 100_000
# What is shorter can't have more values.
_SHORT = MOST_VALUES


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete reply. Body, headers and cookies aren't in the `repr`: they contain phone numbers and secrets."""

    status: int
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)
    label: str = ""
    cookies: Headers = field(default_factory=dict, repr=False)
    _decoded: list[Any] = field(default_factory=list, init=False, repr=False, compare=False)

    def header(self, name: str) -> str:
        """Return a header by its name in any case; empty if it is absent."""
        return next((text for key, text in self.headers.items() if key.lower() == name.lower()), "")

    @property
    def media_type(self) -> str:
        """The declared content type without its parameters, in lower case."""
        return self.header("content-type").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """Return the decoded body, the same object each time.

        Raises `DataError` if it isn't JSON, and `TooLargeError` for more than 4 MiB or 100,000 values.
        """
        if not self._decoded:
            self._check_json_size()
            try:
                self._decoded.append(orjson.loads(self.body))
            except orjson.JSONDecodeError:
                raise self.wrong("JSON") from None
        return self._decoded[0]

    def wrong(self, wanted: str) -> DataError:
        """Return the error for a body that isn't `wanted`, with its type and size but without its content."""
        kind = inert.plain(self.media_type, 40) or "no content type"
        msg = f"{self.label} sent a reply that isn't {wanted} (HTTP {self.status}, {kind}, {len(self.body)} bytes)"
        return DataError(msg, field="body")

    def _check_json_size(self) -> None:
        body = self.body
        if len(body) <= _SHORT:
            return
        # Each value but the first of a list or an object follows a comma. Those inside of texts are counted too.
        if len(body) > MOST_JSON or sum(map(body.count, (b",", b"[", b"{"))) > MOST_VALUES:
            msg = f"{self.label} sent a reply with more values than can be read at once ({len(body)} bytes)"
            raise TooLargeError(msg, field="body")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds to wait of a `Retry-After` header (seconds or a date; RFC 9110, 10.2.3), at most an hour.

    None if it is absent or neither. A date in the past is 0.
    """
    value = next((text for name, text in headers.items() if name.lower() == "retry-after"), "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), LONGEST_PAUSE)
    try:
        moment = parsedate_to_datetime(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        wait = (moment - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError, IndexError):
        # Dates that don't exist, or that no clock reaches, fail in as many ways.
        return None
    return min(max(0.0, wait), LONGEST_PAUSE)
