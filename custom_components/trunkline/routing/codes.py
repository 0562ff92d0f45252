"""Voice codes: what a caller keys to be recognized, and the limit of wrong attempts.

A code is compared here and goes no further: events, traces and logs have the name of the code at most.
"""

from __future__ import annotations

import hmac
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..const import CONF_CODE, DOMAIN, LOGGER, SUBENTRY_VOICE_CODE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

MAX_WRONG: Final = 5
PERIOD: Final = 3600.0
# Fewer keys are the answer to a menu, or an extension.
MIN_LENGTH: Final = 4
MAX_LENGTH: Final = 12

_VERSION: Final = 1
_WRONG_AT: Final = "wrong_at"


class CodeStatus(StrEnum):
    """What came of the keys that a caller has pressed."""

    NONE = "none"
    """There is nothing to compare: too few keys for a code, or the account has no codes."""
    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"
    """There were too many wrong attempts, so the code was not compared."""


@dataclass(frozen=True, slots=True)
class CodeResult:
    """The status of a code, and its name if it is right."""

    status: CodeStatus
    name: str | None = None


class VoiceCodes:
    """The voice codes of one account. No more than `MAX_WRONG` wrong attempts are allowed in an hour, of all callers.

    They are counted together because a caller can pretend to have any number. `clock` returns the wall-clock time in
    seconds since the epoch. The attempts are kept in a file, so that neither a reload nor a restart forgets them.
    """

    def __init__(
        self, title: str, codes: Mapping[str, str], store: Store[dict[str, Any]], clock: Callable[[], float]
    ) -> None:
        """Know `codes` by name. `title` names the account in the log."""
        self._title = title
        self._codes = codes
        self._store = store
        self._clock = clock
        self._wrong_at: deque[float] = deque(maxlen=MAX_WRONG)

    async def async_load(self) -> None:
        """Remember the wrong attempts before a reload or restart, as far as they can be read."""
        try:
            kept = await self._store.async_load()
            moments = [] if kept is None else [float(moment) for moment in kept[_WRONG_AT]]
        except Exception as error:  # noqa: BLE001  (whatever is wrong with the file must not keep the account from working)
            LOGGER.warning(
                "%s: the wrong voice codes of the last hour could not be read (%s)", self._title, type(error).__name__
            )
            return
        # If the clock was set back meanwhile, an attempt seems to be still to come: it counts as one of this moment.
        self._wrong_at.extend(sorted(min(moment, self._clock()) for moment in moments))

    @property
    def locked(self) -> bool:
        """Whether codes are refused because of wrong attempts."""
        an_hour_ago = self._clock() - PERIOD
        while self._wrong_at and self._wrong_at[0] <= an_hour_ago:
            self._wrong_at.popleft()
        return len(self._wrong_at) >= MAX_WRONG

    async def async_check(self, digits: str) -> CodeResult:
        """Compare what a caller has keyed with the codes, and count a wrong attempt before anybody learns of it."""
        if not self._codes or len(digits) < MIN_LENGTH:
            return CodeResult(CodeStatus.NONE)
        if self.locked:
            return CodeResult(CodeStatus.LOCKED)
        # All are compared, so that the time says nothing.
        matching = [name for name, code in self._codes.items() if hmac.compare_digest(code.encode(), digits.encode())]
        if matching:
            return CodeResult(CodeStatus.RIGHT, matching[0])
        self._wrong_at.append(self._clock())
        if self.locked:
            LOGGER.warning(
                "%s: callers keyed %d wrong voice codes within an hour; codes are refused until an hour has passed",
                self._title,
                MAX_WRONG,
            )
        await self._store.async_save({_WRONG_AT: list(self._wrong_at)})
        return CodeResult(CodeStatus.WRONG)


async def async_voice_codes(hass: HomeAssistant, entry: ConfigEntry) -> VoiceCodes:
    """Return the voice codes of an account."""
    codes = {
        subentry.title: subentry.data[CONF_CODE]
        for subentry in entry.subentries.values()
        if subentry.subentry_type == SUBENTRY_VOICE_CODE
    }
    created = VoiceCodes(
        entry.title, codes, wrong_codes_store(hass, entry.entry_id), lambda: dt_util.utcnow().timestamp()
    )
    await created.async_load()
    return created


def wrong_codes_store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    """Return the file of an account's wrong voice codes: when they were keyed, and nothing else."""
    return Store(hass, _VERSION, f"{DOMAIN}.wrong_codes.{entry_id}", private=True)
