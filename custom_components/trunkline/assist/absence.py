"""When a user was out: from the history of their person, as far as Home Assistant has one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from homeassistant.const import STATE_HOME, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.util import dt as dt_util

if TYPE_CHECKING:
    from collections.abc import Iterable

    from homeassistant.core import HomeAssistant, State

PERSON: Final = "person"
RECORDER: Final = "recorder"
# How far back an absence is looked for, and the hours that are told of where none is known.
LONGEST: Final = timedelta(days=7)
HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class Absence:
    """The last time that somebody was out; `back` is None while they still are."""

    left: datetime
    back: datetime | None


async def async_last_absence(hass: HomeAssistant, user_id: str | None) -> Absence | None:
    """Return when the user was out the last time within a week, None if that isn't known."""
    person = next(
        (
            state
            for state in hass.states.async_all(PERSON)
            if user_id is not None and state.attributes.get("user_id") == user_id
        ),
        None,
    )
    if person is None or RECORDER not in hass.config.components:
        return None
    # The recorder isn't loaded in every installation.
    from homeassistant.components.recorder import get_instance, history  # noqa: PLC0415

    now = dt_util.utcnow()
    read = partial(history.state_changes_during_period, hass, now - LONGEST, now, person.entity_id, no_attributes=True)
    states = await get_instance(hass).async_add_executor_job(read)
    return last_absence((*states.get(person.entity_id, ()), person))


def last_absence(states: Iterable[State]) -> Absence | None:
    """Return the last absence in a history of states, the oldest first; it begins at home, since else nobody left."""
    absence: Absence | None = None
    at_home: bool | None = None
    for state in states:
        if state.state in {STATE_UNAVAILABLE, STATE_UNKNOWN}:
            continue
        is_home = state.state == STATE_HOME
        if at_home and not is_home:
            absence = Absence(state.last_changed, None)
        elif at_home is False and is_home and absence is not None and absence.back is None:
            absence = Absence(absence.left, state.last_changed)
        at_home = is_home
    return absence
