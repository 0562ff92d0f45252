"""The replies to earlier requests for calls, which a fault can send again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .wire import Reply, Request

_MOST = 200
# What differs between two requests for the same.
_SIGNATURES = frozenset({"hash"})


class EarlierReplies:
    """Keeps the first reply to each request for calls, and the last reply to each account."""

    def __init__(self) -> None:
        """Start without any."""
        self._first: OrderedDict[tuple[object, ...], Reply] = OrderedDict()
        self._last: dict[tuple[str, int], Reply] = {}

    def told(self, wire: str, account: int, request: Request, reply: Reply, stale: str | None) -> Reply:
        """Return what is sent: the reply itself, or an earlier one of the `same` request or of `any`."""
        asked = (wire, account, request.method, request.path, _params(request), request.body)
        earlier = self._first.get(asked) if stale == "same" else self._last.get((wire, account)) if stale else None
        sent = replace(reply if earlier is None else earlier)
        if earlier is None:
            self._last[wire, account] = replace(reply)
            if asked not in self._first:
                self._first[asked] = replace(reply)
                while len(self._first) > _MOST:
                    self._first.popitem(last=False)
        return sent


def _params(request: Request) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(item for item in request.params.items() if item[0] not in _SIGNATURES))
