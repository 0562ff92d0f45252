"""The titles of the media browser, in the language of Home Assistant."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from homeassistant.helpers.translation import async_get_translations

from trunkline import inert
from trunkline.model import Direction

from ..account.months import PERSIAN, digits, moment_text
from ..const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from homeassistant.core import HomeAssistant

    from trunkline.model import Call, Fax, Party, Voicemail

    from ..account.names import Names

_CATEGORY: Final = "common"
_PREFIX: Final = f"component.{DOMAIN}.{_CATEGORY}.media_"
_SEPARATOR: Final = " · "
# First strong isolate and pop directional isolate (Unicode Standard Annex 9): a number or a name in the other direction
# stays together.
_ISOLATE, _POP = "\u2068", "\u2069"


def _has_rtl(text: str) -> bool:
    """Return whether a part of the text is written from right to left."""
    return any(unicodedata.bidirectional(character) in {"R", "AL"} for character in text)


@dataclass(frozen=True, slots=True)
class Texts:
    """The words of one language."""

    language: str
    words: Mapping[str, str]

    @classmethod
    async def async_load(cls, hass: HomeAssistant) -> Self:
        """Return the words of the language of Home Assistant."""
        language = hass.config.language
        loaded = await async_get_translations(hass, language, _CATEGORY, {DOMAIN})
        words = {key.removeprefix(_PREFIX): text for key, text in loaded.items() if key.startswith(_PREFIX)}
        return cls(language, words)

    def __getitem__(self, key: str) -> str:
        """Return the word with this key, without its prefix `media_`."""
        return self.words[key]

    def counted(self, title: str, count: int) -> str:
        """Return the title of a folder with the number of its files."""
        return f"{title} ({digits(str(count), self.language)})"

    def mailbox(self, mailbox: str | None, name: str | None) -> str:
        """Return the title of a mailbox."""
        if mailbox is None:
            return self["voicemail"]
        title = self["mailbox"].format(mailbox=self._outside(mailbox))
        return f"{title}{_SEPARATOR}{self._outside(name)}" if name else title

    def call(self, call: Call, names: Names, zone: ZoneInfo) -> str:
        """Return the title of a call: its time in the zone, direction, name and talk time."""
        source, destination = self._party(call.source, names), self._party(call.destination, names)
        match call.direction:
            case Direction.INCOMING:
                who = source
            case Direction.OUTGOING:
                who = destination
            case _:
                who = f"{source} – {destination}"  # noqa: RUF001  (a dash between two names)
        direction = None if call.direction is None else self[call.direction.value]
        return self._joined(self._time(call.started_at, zone), direction, who, self._duration(call.talk))

    def voicemail(self, voicemail: Voicemail, who: str | None, zone: ZoneInfo) -> str:
        """Return the title of a voicemail: its day and time, its caller and its length."""
        caller = self._outside(who) or self["withheld"]
        return self._joined(self._day_and_time(voicemail.received_at, zone), caller, self._duration(voicemail.duration))

    def fax(self, fax: Fax, who: str | None, zone: ZoneInfo) -> str:
        """Return the title of a fax: its day and time, its direction and the other end."""
        direction = None if fax.outgoing is None else self["fax_sent" if fax.outgoing else "fax_received"]
        return self._joined(self._day_and_time(fax.at, zone), direction, self._outside(who) or self["withheld"])

    def _party(self, party: Party, names: Names) -> str:
        return self._outside(names.of(party) or party.number) or self["withheld"]

    def _outside(self, text: str | None) -> str:
        """Return text of a stranger as words of a title; empty if there is none."""
        words = inert.one_line(text or "")
        return f"{_ISOLATE}{words}{_POP}" if words and (self.language == PERSIAN or _has_rtl(words)) else words

    def _day_and_time(self, at: datetime | None, zone: ZoneInfo) -> str | None:
        return None if at is None else moment_text(at, zone, self.language)

    def _time(self, at: datetime | None, zone: ZoneInfo) -> str | None:
        return None if at is None else digits(f"{at.astimezone(zone):%H:%M}", self.language)

    def _duration(self, seconds: int | None) -> str | None:
        if seconds is None:
            return None
        minutes, rest = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        text = f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
        return digits(text, self.language)

    @staticmethod
    def _joined(*parts: str | None) -> str:
        return _SEPARATOR.join(filter(None, parts))
