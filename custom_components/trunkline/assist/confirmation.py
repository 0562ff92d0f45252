"""Calls that wait for a yes: one for each conversation, for a minute, from the user who asked for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingCall:
    """A call that somebody asked for: with which account, which phone rings first, whom it calls."""

    entry_id: str
    phone: str = field(repr=False)
    number: str = field(repr=False)
    name: str = field(repr=False)
    user_id: str | None


class Confirmations:
    """The calls that wait for a yes. `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Let no call wait."""
        self._clock = clock
        self._waiting: dict[str, tuple[float, WaitingCall]] = {}

    @property
    def empty(self) -> bool:
        """Whether no call waits."""
        self._forget_old()
        return not self._waiting

    def ask(self, conversation_id: str, call: WaitingCall) -> None:
        """Let a call wait instead of any before it in the conversation."""
        self._waiting[conversation_id] = (self._clock() + SECONDS, call)

    def take(self, conversation_id: str | None, user_id: str | None) -> WaitingCall | None:
        """Return the call that waits for this user in this conversation; it no longer waits then."""
        self._forget_old()
        _, call = self._waiting.get(conversation_id or "", (0.0, None))
        if call is None or call.user_id != user_id:
            return None
        del self._waiting[conversation_id or ""]
        return call

    def clear(self) -> None:
        """Let no call wait any longer."""
        self._waiting.clear()

    def _forget_old(self) -> None:
        now = self._clock()
        for conversation_id in [key for key, (until, _) in self._waiting.items() if until <= now]:
            del self._waiting[conversation_id]
