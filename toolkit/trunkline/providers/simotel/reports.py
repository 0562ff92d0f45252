"""What a Simotel account tells of the past: its twelve lists, in pieces, by their cursors, and whole."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

from trunkline.errors import DataError, NotFoundError, RequestError
from trunkline.model import SearchPage
from trunkline.providers.base import Account
from trunkline.providers.common import fields

from . import lists, rows
from .interface import AUDIO, Interface
from .lists import Criteria, OrderedPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from datetime import datetime

    from trunkline.model import (
        AgentActivity,
        Call,
        Campaign,
        Contact,
        DialGroup,
        DialReport,
        Fax,
        QueueCall,
        Recording,
        SurveyAnswer,
        Voicemail,
    )

    from .calls import CallReader
    from .rows import RowReader

# How many rows are asked for where a whole list is wanted; the server may send fewer.
PER_PAGE = 100


class Reports(Account):
    """The lists. Their names are their paths: `reports/cdr`, `pbx/faxes`, … (`lists.LISTS`)."""

    _pbx: Interface
    _rows: RowReader

    async def search(self, what: str, **criteria: Unpack[Criteria]) -> SearchPage[Mapping[str, Any]]:  # type: ignore[override]
        """Return a piece of one of the twelve lists as the server sent it.

        Rows at the edges of the period may lie outside it by some minutes. Raises `RequestError` for a list or a
        condition that isn't there.
        """
        return await self._search(what, _object, criteria)

    async def cursor_rows(self, what: str, *, after: str = "") -> AsyncIterator[OrderedPage[QueueCall | DialReport]]:
        """Yield `reports/queue`, `reports/queue_details` or `autodialer/reports` in the order in which rows were made.

        `after` is the cursor of an earlier piece; the list goes on as long as there is more. Calls are read by
        `cursor_pages`.
        """
        readers: dict[str, Callable[[object], QueueCall | DialReport]] = {
            "reports/queue": self._rows.queue_call,
            "reports/queue_details": self._rows.queue_attempt,
            "autodialer/reports": self._rows.dial_report,
        }
        path = lists.list_named(what, ordered=True).path
        if path not in readers:
            msg = f"{path} is read by cursor_pages, which makes calls of its rows"
            raise RequestError(msg)
        async for page in self._ordered(path, readers[path], after):
            yield page

    async def _ordered[T](self, path: str, read: Callable[[object], T], after: str) -> AsyncIterator[OrderedPage[T]]:
        met = {after}
        while True:
            page = lists.ordered_page(await self._pbx.ask(f"{path}/ordered/id", {"_id": after}), read, after=after)
            if not page.last and page.cursor in met:
                # Ids of different lengths have no order that shows whether the list goes on or round.
                raise fields.wrong("last_id", "one that wasn't there before")
            yield page
            if page.last:
                return
            after = page.cursor
            met.add(after)

    # Pieces of the lists, as the model has them.

    async def search_calls(self, **criteria: Unpack[Criteria]) -> SearchPage[Call]:
        """Return a piece of the calls (`reports/cdr`)."""
        return await self._search("reports/cdr", self._calls().call, criteria)

    async def quick_calls(self, **criteria: Unpack[Criteria]) -> SearchPage[Call]:
        """Return a piece of the quick report (`reports/quick`), whose rows are those of the calls."""
        return await self._search("reports/quick", self._calls().call, criteria)

    async def quick_info(self, cuid: str) -> tuple[QueueCall, ...]:
        """Return which agents were rung for a call of a queue (`reports/quick/info`)."""
        body = await self._pbx.ask("reports/quick/info", {"cuid": cuid})
        return tuple(self._rows.queue_attempt(row) for row in lists.plain_rows(body))

    async def queue_calls(self, **criteria: Unpack[Criteria]) -> SearchPage[QueueCall]:
        """Return a piece of the calls of queues (`reports/queue`)."""
        return await self._search("reports/queue", self._rows.queue_call, criteria)

    async def queue_attempts(self, **criteria: Unpack[Criteria]) -> SearchPage[QueueCall]:
        """Return a piece of the ringings of single agents (`reports/queue_details`)."""
        return await self._search("reports/queue_details", self._rows.queue_attempt, criteria)

    async def agent_activity(self, **criteria: Unpack[Criteria]) -> SearchPage[AgentActivity]:
        """Return a piece of the times that agents were in queues (`reports/agent`)."""
        return await self._search("reports/agent", self._rows.agent_activity, criteria)

    async def survey_answers(self, **criteria: Unpack[Criteria]) -> SearchPage[SurveyAnswer]:
        """Return a piece of the points that callers gave (`reports/poll`)."""
        return await self._search("reports/poll", self._rows.survey_answer, criteria)

    async def campaigns(self, **criteria: Unpack[Criteria]) -> SearchPage[Campaign]:
        """Return a piece of the dialler's campaigns (`autodialer/campaigns`)."""
        return await self._search("autodialer/campaigns", self._rows.campaign, criteria)

    async def search_contacts(self, **criteria: Unpack[Criteria]) -> SearchPage[Contact]:
        """Return a piece of the dialler's phonebook (`autodialer/contacts`)."""
        return await self._search("autodialer/contacts", rows.read_contact, criteria)

    async def dial_groups(self, **criteria: Unpack[Criteria]) -> SearchPage[DialGroup]:
        """Return a piece of the dialler's groups of numbers (`autodialer/groups`)."""
        return await self._search("autodialer/groups", self._rows.dial_group, criteria)

    async def dial_reports(self, **criteria: Unpack[Criteria]) -> SearchPage[DialReport]:
        """Return a piece of what became of the dialler's numbers (`autodialer/reports`)."""
        return await self._search("autodialer/reports", self._rows.dial_report, criteria)

    async def search_faxes(self, **criteria: Unpack[Criteria]) -> SearchPage[Fax]:
        """Return a piece of the faxes (`pbx/faxes`)."""
        return await self._search("pbx/faxes", self._rows.fax, criteria)

    async def search_voicemails(self, **criteria: Unpack[Criteria]) -> SearchPage[Voicemail]:
        """Return a piece of the voicemail messages (`voicemails/inbox`)."""
        return await self._search("voicemails/inbox", self._rows.voicemail, criteria)

    # Whole lists.

    async def voicemails(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[Voicemail, ...]:
        """Return the messages of all mailboxes that came in `since <= received_at < until`, newest first."""
        found = await self._whole("voicemails/inbox", self._rows.voicemail, "date", since, until)
        return lists.within(found, lambda one: one.received_at, since, until)

    async def faxes(self, *, since: datetime | None = None, until: datetime | None = None) -> tuple[Fax, ...]:
        """Return the faxes of a period, newest first."""
        found = await self._whole("pbx/faxes", self._rows.fax, "date", since, until)
        return lists.within(found, lambda one: one.at, since, until)

    async def contacts(self) -> tuple[Contact, ...]:
        """Return the dialler's phonebook, the only one that the server lends."""
        return await self._whole("autodialer/contacts", rows.read_contact, "", None, None)

    # Files.

    async def recording(self, call: Call) -> Recording:
        """Return the audio of a call; `NotFoundError` where it has none, or the file is gone."""
        return await self._audio(call.recording, "this call has no recording at Simotel")

    async def voicemail_audio(self, voicemail: Voicemail) -> Recording:
        """Return the audio of a voicemail; `NotFoundError` for one that could not be saved."""
        return await self._audio(voicemail.filename, "Simotel has no audio of this voicemail: it could not be saved")

    async def fax_document(self, fax: Fax) -> Recording:
        """Return the file of a fax."""
        if not fax.fax_id:
            msg = "this fax has no id at Simotel"
            raise NotFoundError(msg)
        name = fax.filename or f"{fax.fax_id}.tiff"
        return await self._pbx.download("pbx/faxes/download", {"_id": fax.fax_id}, filename=name)

    async def _audio(self, file: str | None, otherwise: str) -> Recording:
        if not file:
            raise NotFoundError(otherwise)
        return await self._pbx.download(AUDIO, {"file": file}, filename=file)

    @abstractmethod
    def _calls(self) -> CallReader:
        """Return the reader of call rows."""

    async def _search[T](self, what: str, read: Callable[[object], T], criteria: Criteria) -> SearchPage[T]:
        kind = lists.list_named(what)
        body = lists.search_body(kind, zone=self.zone, **criteria)
        return lists.search_page(await self._pbx.ask(f"{kind.path}/search", body), read, start=criteria.get("start", 0))

    async def _whole[T](
        self,
        what: str,
        read: Callable[[object], T],
        sorted_by: str,
        since: datetime | None,
        until: datetime | None,
    ) -> tuple[T, ...]:
        """Return a whole list, newest first by a field if one is given. Each row comes once, also where rows move."""
        found: dict[T, None] = {}
        async for page in self._pieces(
            what, read, sorting={sorted_by: -1} if sorted_by else {}, since=since, until=until
        ):
            found.update(dict.fromkeys(page.rows))
        return tuple(found)

    async def _pieces[T](
        self,
        what: str,
        read: Callable[[object], T],
        *,
        sorting: Mapping[str, int],
        since: datetime | None,
        until: datetime | None,
        skip: int = 0,
    ) -> AsyncIterator[SearchPage[T]]:
        """Yield a list from its beginning, or at most `skip` rows further, without losing any that move meanwhile.

        New rows at its head make some come twice. Rows that vanish pull the others up: the list's total tells, and as
        many are read again.
        """
        start, before = skip, None
        while True:
            wanted = Criteria(since=since, until=until, start=start, count=PER_PAGE, sorting=sorting)
            page = await self._search(what, read, wanted)
            if before is None and start and not page.rows:
                start = max(0, min(start, page.total or 0) - PER_PAGE)
                continue
            vanished = _vanished(before, page)
            if vanished and before is not None:
                before = replace(before, total=page.total)
                start = max(0, start - vanished)
                continue
            yield SearchPage(page.rows, start=start, total=page.total)
            if not page.rows or (page.total is None and before is not None and before.rows == page.rows):
                # The same piece again, of a list that doesn't tell its length: it isn't read by places.
                return
            # A row that was sent twice took the place of none, so that only different ones are counted.
            start, before = start + len(set(page.rows)), page
            if page.total is not None and start >= page.total:
                return


def _vanished[T](before: SearchPage[T] | None, page: SearchPage[T]) -> int:
    """Return how many rows fewer the list has than when the piece before was read."""
    if before is None or before.total is None or page.total is None:
        return 0
    return max(0, before.total - page.total)


def _object(row: object) -> Mapping[str, Any]:
    if not isinstance(row, dict):
        msg = "a row of the list is not an object"
        raise DataError(msg, field="data.data")
    return row
