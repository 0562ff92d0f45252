"""The tree of the media browser: accounts, days and calls; mailboxes and messages; faxes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from homeassistant.components.media_player import MediaClass
from homeassistant.components.media_source import BrowseMediaSource
from homeassistant.util import dt as dt_util

from trunkline.errors import TrunklineError
from trunkline.model import Capability, Party
from trunkline.numbers import e164

from ..account.collector import many_records
from ..account.files import has_faxes, has_recordings, has_voicemails, may_be_recorded
from ..account.media_types import AUDIO, DOCUMENTS, MP3, TIFF, named_type
from ..account.months import Month, day_text, digits
from ..const import DOMAIN, LOGGER
from .identifiers import (
    CallDay,
    CallHour,
    CallMonth,
    Calls,
    Faxes,
    FaxId,
    Mailboxes,
    MessageId,
    Messages,
    RecordingId,
    identifier_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from homeassistant.core import HomeAssistant

    from trunkline.archive import Archive
    from trunkline.model import Call

    from ..runtime import AccountRuntime, TrunklineConfigEntry
    from .identifiers import FileId, Folder
    from .texts import Texts

# A day with more recorded calls is divided into hours.
MOST_CALLS: Final = 200
# The most files that are listed of an hour, a mailbox or the faxes: the newest. The frontend says how many are not.
MOST_FILES: Final = 500
# The days that are listed before the months, and the most months.
NEWEST_DAYS: Final = 14
MOST_MONTHS: Final = 600
_DAY: Final = timedelta(days=1)


def has_media(entry: TrunklineConfigEntry) -> bool:
    """Return whether an account has anything to play."""
    account = entry.runtime_data.account
    return has_recordings(account) or has_voicemails(account) or has_faxes(account)


def root(title: str, accounts: Iterable[BrowseMediaSource]) -> BrowseMediaSource:
    """Return the top of the tree."""
    return _folder(None, title, accounts)


@dataclass(frozen=True, slots=True)
class AccountTree:
    """The tree of one account. Reading the archive and the provider raises `TrunklineError`."""

    hass: HomeAssistant
    entry: TrunklineConfigEntry
    texts: Texts

    @property
    def _runtime(self) -> AccountRuntime:
        return self.entry.runtime_data

    @property
    def _zone(self) -> ZoneInfo:
        return self._runtime.account.zone

    def closed(self) -> BrowseMediaSource:
        """Return the account as a folder of the top."""
        return self._folder(None, self.entry.title)

    async def async_browse(self, what: Folder | None) -> BrowseMediaSource:
        """Return a folder of the account with what is in it."""
        match what:
            case None:
                return self._account()
            case Calls():
                return await self._calls()
            case CallMonth(month):
                return self._folder(what, month.text(), await self._days(month.first_day, month.next_first_day))
            case CallDay(day):
                return await self._day(what, day)
            case CallHour(day, hour):
                return await self._hour(what, day, hour)
            case Mailboxes():
                return await self._mailboxes()
            case Messages(mailbox):
                return await self._messages(what, mailbox)
            case Faxes():
                return await self._faxes()

    def _account(self) -> BrowseMediaSource:
        account, texts = self._runtime.account, self.texts
        parts: list[tuple[bool, Folder, str]] = [
            (has_recordings(account), Calls(), texts["calls"]),
            (has_voicemails(account), Mailboxes(), texts["voicemail"]),
            (has_faxes(account), Faxes(), texts["faxes"]),
        ]
        return self._folder(None, self.entry.title, [self._folder(what, title) for has, what, title in parts if has])

    async def _calls(self) -> BrowseMediaSource:
        offload = self.hass.async_add_executor_job
        until = dt_util.utcnow() + _DAY
        months = await offload(
            _months_with_calls, self._runtime.archive, self._runtime.account_key, self._zone, self.texts.language, until
        )
        days: list[BrowseMediaSource] = []
        if months:
            newest = months[min(1, len(months) - 1)].first_day
            days = await self._days(newest, months[0].next_first_day)
        older = [self._folder(CallMonth(month), month.text()) for month in months]
        return self._folder(Calls(), self.texts["calls"], [*days[:NEWEST_DAYS], *older])

    async def _days(self, first: date, end: date) -> list[BrowseMediaSource]:
        """Return the days with recorded calls from `first` until before `end`, newest first."""
        runtime = self._runtime
        count = partial(
            runtime.archive.recorded_days,
            runtime.account_key,
            since=_start(first, self._zone),
            until=_start(end, self._zone),
            answered=not runtime.account.info.lists_recordings,
        )
        return [
            self._folder(CallDay(day), self.texts.counted(day_text(day, self.texts.language), calls))
            for day, calls in await self.hass.async_add_executor_job(count)
        ]

    async def _day(self, what: CallDay, day: date) -> BrowseMediaSource:
        calls = await self._recorded(_start(day, self._zone), _start(day + _DAY, self._zone))
        title = day_text(day, self.texts.language)
        if len(calls) <= MOST_CALLS:
            return self._folder(what, title, [self._call(call) for call in calls], files="audio")
        counts: dict[int, int] = {}
        for call in calls:
            if call.started_at is not None:
                hour = call.started_at.astimezone(self._zone).hour
                counts[hour] = counts.get(hour, 0) + 1
        hours = [
            self._folder(CallHour(day, hour), self.texts.counted(self._hour_text(hour), count))
            for hour, count in sorted(counts.items(), reverse=True)
        ]
        return self._folder(what, title, hours)

    async def _hour(self, what: CallHour, day: date, hour: int) -> BrowseMediaSource:
        # By the wall clock: an hour that occurs twice when clocks are turned back is one folder.
        calls = [
            call
            for call in await self._recorded(_start(day, self._zone), _start(day + _DAY, self._zone))
            if call.started_at is not None and call.started_at.astimezone(self._zone).hour == hour
        ]
        title = f"{day_text(day, self.texts.language)}, {self._hour_text(hour)}"
        return self._folder(what, title, [self._call(call) for call in calls], files="audio")

    async def _recorded(self, since: datetime, until: datetime) -> list[Call]:
        runtime = self._runtime
        read = partial(runtime.archive.calls, accounts=runtime.account_key, since=since, until=until)
        with many_records():
            calls = await self.hass.async_add_executor_job(read)
        return [call for call in calls if may_be_recorded(runtime.account, call)]

    def _hour_text(self, hour: int) -> str:
        return digits(f"{hour:02d}:00–{hour:02d}:59", self.texts.language)  # noqa: RUF001  (a dash between two times)

    async def _mailboxes(self) -> BrowseMediaSource:
        runtime = self._runtime
        names = await self._mailbox_names()
        counts: dict[str | None, int] = {}
        for voicemail in await runtime.files.async_voicemails():
            counts[voicemail.mailbox] = counts.get(voicemail.mailbox, 0) + 1
        folders = [
            self._folder(
                Messages(mailbox),
                self.texts.counted(self.texts.mailbox(mailbox, names.get(mailbox)), counts.get(mailbox, 0)),
            )
            for mailbox in sorted({*names, *counts}, key=lambda mailbox: mailbox or "")
        ]
        return self._folder(Mailboxes(), self.texts["voicemail"], folders)

    async def _mailbox_names(self) -> dict[str | None, str | None]:
        """Return the mailboxes and their names, as far as the provider tells them: messages can be heard without."""
        runtime = self._runtime
        if not runtime.account.supports(Capability.MAILBOXES):
            return {}
        try:
            boxes = await runtime.requests.async_send(runtime.account.mailboxes)
        except TrunklineError as error:
            LOGGER.debug("%s: the names of the mailboxes could not be read: %s", self.entry.title, error)
            return {}
        return {box.mailbox: box.name for box in boxes}

    async def _messages(self, what: Messages, mailbox: str | None) -> BrowseMediaSource:
        runtime = self._runtime
        voicemails = [found for found in await runtime.files.async_voicemails() if found.mailbox == mailbox]
        files = [
            self._file(
                MessageId(voicemail.voicemail_id),
                self.texts.voicemail(voicemail, self._name(voicemail.caller), self._zone),
                (named_type(voicemail.filename, AUDIO) or MP3).name,
            )
            for voicemail in voicemails
        ]
        return self._folder(what, self.texts.mailbox(mailbox, None), files, files="audio")

    async def _faxes(self) -> BrowseMediaSource:
        files = [
            self._file(
                FaxId(fax.fax_id or ""),
                self.texts.fax(fax, self._name(fax.destination if fax.outgoing else fax.source), self._zone),
                (named_type(fax.filename, DOCUMENTS) or TIFF).name,
                MediaClass.IMAGE,
            )
            for fax in await self._runtime.files.async_faxes()
        ]
        return self._folder(Faxes(), self.texts["faxes"], files, files="documents")

    def _call(self, call: Call) -> BrowseMediaSource:
        title = self.texts.call(call, self._runtime.names, self._zone)
        return self._file(RecordingId(call.call_id), title, (named_type(call.recording, AUDIO) or MP3).name)

    def _name(self, number: str | None) -> str | None:
        """Return the name that belongs to a number, or the number."""
        runtime = self._runtime
        region = runtime.account.info.country
        return runtime.names.of(Party(number=number, e164=e164(number, region))) or number

    def _folder(
        self,
        what: Folder | None,
        title: str,
        children: Sequence[BrowseMediaSource] | None = None,
        *,
        files: Literal["audio", "documents"] | None = None,
    ) -> BrowseMediaSource:
        return _folder(identifier_of(self.entry.entry_id, what), title, children, files=files)

    def _file(
        self, what: FileId, title: str, media_type: str, media_class: MediaClass = MediaClass.MUSIC
    ) -> BrowseMediaSource:
        """Return a file. Its type is a guess until it is downloaded: players filter by it."""
        return BrowseMediaSource(
            domain=DOMAIN,
            identifier=identifier_of(self.entry.entry_id, what),
            media_class=media_class,
            media_content_type=media_type,
            title=title,
            can_play=True,
            can_expand=False,
        )


def _folder(
    identifier: str | None,
    title: str,
    children: Iterable[BrowseMediaSource] | None = None,
    *,
    files: Literal["audio", "documents"] | None = None,
) -> BrowseMediaSource:
    """Return a folder; without children it is one that is listed in another."""
    inside = None if children is None else list(children)
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=identifier,
        media_class=MediaClass.DIRECTORY,
        media_content_type="",
        title=title,
        can_play=False,
        can_expand=True,
        children=None if inside is None else inside[:MOST_FILES] if files else inside,
        children_media_class=_CLASSES[files],
        not_shown=max(0, len(inside) - MOST_FILES) if inside and files else 0,
    )


_CLASSES: Final = {None: MediaClass.DIRECTORY, "audio": MediaClass.MUSIC, "documents": MediaClass.IMAGE}


def _start(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day begins, in UTC."""
    return dt_util.as_utc(datetime.combine(day, time(), zone))


def _months_with_calls(archive: Archive, account: str, zone: ZoneInfo, language: str, until: datetime) -> list[Month]:
    """Return the months with calls before `until`, newest first. Each is one look into an index."""
    months: list[Month] = []
    while len(months) < MOST_MONTHS:
        newest = archive.calls(accounts=account, until=until, limit=1)
        if not newest or newest[0].started_at is None:
            break
        try:
            month = Month.of_day(newest[0].started_at.astimezone(zone).date(), language)
        except ValueError:
            break
        months.append(month)
        until = _start(month.first_day, zone)
    return months
