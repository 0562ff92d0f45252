"""A Simotel account: its methods and the requests that they send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Unpack, override

from yarl import URL

from trunkline.errors import DataError, RequestError
from trunkline.model import Call, CallPage, CursorPage, Identity
from trunkline.providers.base import Account
from trunkline.providers.common import fields
from trunkline.providers.common.ids import object_id_at, object_id_time
from trunkline.providers.common.paging import ends_list
from trunkline.providers.common.rows import read_in_turns, read_rows
from trunkline.providers.days import is_within
from trunkline.transport import Upload

from . import agents, dialplan, files, placing_calls, push_events
from .call_rows import CallReader
from .client import PING, SimotelClient, checked_path, is_read
from .dates import RowDates
from .dialler_rows import DiallerRows, read_contact
from .list_kinds import Criteria, list_with_cursor_at
from .list_reader import ListReader, read_plain_rows
from .login import login_headers
from .message_rows import MessageRows
from .number_lists import NumberLists
from .pbx import Pbx
from .queue_rows import QueueRows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping

    from trunkline.model import (
        Agent,
        AgentActivity,
        AgentResult,
        Campaign,
        Contact,
        DialGroup,
        DialReport,
        Extension,
        Fax,
        File,
        LineEvent,
        ListedNumber,
        Mailbox,
        PlacedCall,
        Queue,
        QueueCall,
        Recording,
        Route,
        RouteRequest,
        SearchPage,
        SurveyAnswer,
        Trunk,
        Voicemail,
    )
    from trunkline.providers.base import AccountSettings, ProviderInfo

    from .list_reader import CursorRows

_CALLS = "reports/cdr"
_DAY = timedelta(days=1)


class SimotelAccount(Account):
    """A server whose credentials are a user name with its password, an API key, or both.

    The methods that search a list take its `Criteria`, and raise `RequestError` for a condition that the list doesn't
    have. Rows at the ends of a period may be outside it by some minutes.
    """

    ordered: ClassVar[bool] = True
    most_requests: ClassVar[int] = 4
    push_has_key: ClassVar[bool] = False
    # No event is sent for a placed call whose first telephone isn't answered, although the list has a row for it.
    pushes_every_call: ClassVar[bool] = False

    def __init__(self, info: ProviderInfo, settings: AccountSettings, credentials: Mapping[str, str]) -> None:
        """Check the credentials; nothing is sent yet. Their context and trunk are the defaults for placing calls."""
        headers = {"Accept": "application/json", **login_headers(credentials)}
        super().__init__(info, settings, credentials, headers=headers)
        self._context = credentials["context"]
        self._trunk = credentials["trunk"]
        self._client = SimotelClient(self._transport)
        self._lists = ListReader(self._client, zone=self.zone)
        dates = RowDates(self.zone)
        self._queue_rows = QueueRows(dates)
        self._dialler_rows = DiallerRows(dates)
        self._message_rows = MessageRows(dates)
        self._pbx = Pbx(self._client)
        self._number_lists = NumberLists(self._client, dates)

    @override
    async def _read_identity(self) -> Identity:
        """Return the server's address; a small search checks the credentials."""
        now = datetime.now(UTC)
        await self.search(_CALLS, since=now - _DAY, until=now, count=1)
        return self._identity_by_address()

    def _identity_by_address(self) -> Identity:
        name = server_name(self.base_url)
        return Identity(account_id=name, title=f"{self.info.name} {name}")

    def _archive_key(self) -> str:
        """Return the key of the account without a request, since it depends only on the address."""
        identity = self._identity or self._identity_by_address()
        return f"{self.info.provider_id}:{identity.account_id}"

    def _call_reader(self) -> CallReader:
        return CallReader(account=self._archive_key(), zone=self.zone)

    # Calls.

    @override
    async def pages(
        self, stream: str, *, since: datetime | None = None, until: datetime | None = None, skip: int = 0
    ) -> AsyncIterator[CallPage]:
        """Yield the calls by page, newest first by `starttime` (`reports/cdr/search`)."""
        pages = self._lists.pages(
            _CALLS, self._call_reader().call, sorting={"starttime": -1}, since=since, until=until, skip=skip
        )
        async for page in pages:
            calls = tuple(call for call in page.rows if is_within(call.started_at, since, until))
            yield CallPage(calls, total=page.total, offset=page.start, last=ends_list(page))

    @override
    async def cursor_pages(self, stream: str, *, after: str = "") -> AsyncIterator[CursorPage]:
        """Yield the calls in the order in which they were recorded (`reports/cdr/ordered/id`).

        A call is recorded when it ends. The last page is empty, because nothing else shows that there are no more.
        """
        read = partial(read_rows, read=self._call_reader().call, row_id="_id")
        async for page in self._lists.by_cursor(_CALLS, lambda row: row, after):
            calls, unreadable = await read_in_turns(page.rows, read)
            if calls and object_id_time(calls[-1].call_id) is not None and object_id_time(page.cursor) is None:
                raise fields.wrong("last_id", "an id like those of the rows")
            yield CursorPage(calls, cursor=page.cursor, last=page.last, unreadable=unreadable)

    @override
    async def read_row(self, stream: str, record: Any) -> Call:
        return self._call_reader().call(record)

    @override
    async def count(self, stream: str) -> int | None:
        """Return the total of a search over all time (`reports/cdr/search`)."""
        return (await self.search(_CALLS, count=1)).total

    @override
    def cursor_at(self, moment: datetime) -> str:
        return object_id_at(moment)

    @override
    def cursor_time(self, cursor: str) -> datetime | None:
        return object_id_time(cursor)

    @override
    async def click_to_call(
        self,
        *,
        source: str,
        destination: str,
        stream: str | None = None,
        context: str | None = None,
        caller_id: str | None = None,
        trunk: str | None = None,
        ring_seconds: int | None = None,
        limit: int | None = None,
    ) -> PlacedCall:
        """Ring `source`, then connect it with `destination` (`call/originate/act`). Sent once, never again.

        `context` and `trunk` default to those of the account; the trunk is needed where `source` is no extension.
        `caller_id` is the number that the destination sees, `source` by default; `masking` hides it. `limit` is
        `call_limit`, whose unit isn't documented. The request id isn't the id of a call. Raises `RequestError` for
        numbers that can't be dialled, a missing trunk or a time or limit below 1, `OutcomeUnknownError` if the reply is
        missing or incomplete.
        """
        if stream:
            msg = "a Simotel account has one call list and no services to choose from"
            raise RequestError(msg)
        return await placing_calls.originate(
            self._client,
            source=source,
            destination=destination,
            context=context or self._context,
            caller_id=caller_id,
            trunk=trunk,
            default_trunk=self._trunk,
            ring_seconds=ring_seconds,
            limit=limit,
        )

    # Pushed events.

    @override
    def parse_push(self, payload: Mapping[str, Any] | bytes) -> Call:
        """Return the call of a pushed `Cdr`; `DataError` for any other event."""
        event = self.parse_event(payload)
        if not isinstance(event, Call):
            raise fields.wrong("event_name", "that of a call that ended (Cdr)")
        return event

    @override
    def parse_event(self, payload: Mapping[str, Any] | bytes, *, kind: str | None = None) -> Call | LineEvent:
        """Return a pushed event: `Cdr` as a call whose id is the leg's (`cuid` or `unique_id`), others as line events.

        The record may be JSON, a form, or the parameters of a query. `kind` is the event's name, in any spelling, where
        it is part of the address (version Rest). Raises `DataError` for an event that can't be read.
        """
        return push_events.read_event(
            payload, kind=kind, event_types=self.info.event_types, account=self._archive_key(), zone=self.zone
        )

    # Call routing.

    @override
    def parse_route_request(self, payload: Mapping[str, Any] | bytes) -> RouteRequest:
        """Return what a component of the dialplan asks; `DataError` for a request that can't be read."""
        return dialplan.read_request(payload)

    @override
    def route_reply(self, route: Route | None) -> bytes:
        """Return the reply to a component, with None the refusal; raises `DataError` or `RequestError`."""
        return dialplan.write_reply(route)

    # The telephone system.

    @override
    async def extensions(self) -> tuple[Extension, ...]:
        """Return the extensions of the users, disabled ones included."""
        return await self._pbx.extensions()

    @override
    async def trunks(self) -> tuple[Trunk, ...]:
        """Return the trunks. A server of one's own has no credit."""
        return await self._pbx.trunks()

    @override
    async def queues(self) -> tuple[Queue, ...]:
        """Return the queues of callers."""
        return await self._pbx.queues()

    @override
    async def mailboxes(self, *, context: str | None = None) -> tuple[Mailbox, ...]:
        """Return the mailboxes. They belong to no context, so a context has none."""
        mailboxes = await self._pbx.mailboxes()
        return mailboxes if context is None else ()

    @override
    async def agents(self, *, queue: str | None = None) -> tuple[Agent, ...]:
        """Return the agents of one queue or of all, from the rows of the users.

        The server doesn't state whether an agent is paused (`paused` is None). An agent that was added to a running
        queue may be missing until the server stores it with the user.
        """
        return tuple(agent for agent in await self._pbx.agents() if queue is None or agent.queue == queue)

    # Agents. Every change is sent once.

    @override
    async def add_agent(self, *, queue: str, extension: str, penalty: int | None = None) -> AgentResult:
        """Add an extension to the agents of a queue; agents with a higher `penalty` are rung later."""
        return await agents.change_agent(self._client, "add", agents.new_membership(queue, extension, penalty))

    @override
    async def pause_agent(self, *, queue: str, extension: str) -> AgentResult:
        """Pause an agent of a queue."""
        return await agents.change_agent(self._client, "pause", agents.membership(queue, extension))

    @override
    async def resume_agent(self, *, queue: str, extension: str) -> AgentResult:
        """Resume a paused agent of a queue."""
        return await agents.change_agent(self._client, "resume", agents.membership(queue, extension))

    @override
    async def remove_agent(self, *, queue: str, extension: str) -> AgentResult:
        """Remove an agent from a queue."""
        return await agents.change_agent(self._client, "remove", agents.membership(queue, extension))

    async def add_agents(
        self, members: Iterable[tuple[str, str]], *, penalty: int | None = None
    ) -> tuple[AgentResult, ...]:
        """Add several agents, given as pairs of queue and extension; return a result for each."""
        bodies = [agents.new_membership(queue, extension, penalty) for queue, extension in members]
        return await agents.change_agents(self._client, "add", bodies)

    async def pause_agents(self, members: Iterable[tuple[str, str]]) -> tuple[AgentResult, ...]:
        """Pause several agents, given as pairs of queue and extension; return a result for each."""
        return await agents.change_agents(self._client, "pause", agents.memberships(members))

    async def resume_agents(self, members: Iterable[tuple[str, str]]) -> tuple[AgentResult, ...]:
        """Resume several agents, given as pairs of queue and extension; return a result for each."""
        return await agents.change_agents(self._client, "resume", agents.memberships(members))

    async def remove_agents(self, members: Iterable[tuple[str, str]]) -> tuple[AgentResult, ...]:
        """Remove several agents, given as pairs of queue and extension; return a result for each."""
        return await agents.change_agents(self._client, "remove", agents.memberships(members))

    # Lists of numbers. Every change is sent once.

    @override
    async def blocked(self) -> tuple[ListedNumber, ...]:
        """Return the blacklist: the numbers whose calls are rejected."""
        return await self._number_lists.blocked()

    @override
    async def block(self, number: str, *, note: str = "") -> None:
        """Add a number to the blacklist; `RequestError` for anything that isn't a number."""
        await self._number_lists.block(number, note=note)

    @override
    async def unblock(self, number: str) -> None:
        """Remove a number from the blacklist; `NotFoundError` if it isn't there."""
        await self._number_lists.unblock(number)

    @override
    async def allowed(self) -> tuple[ListedNumber, ...]:
        """Return the whitelist."""
        return await self._number_lists.allowed()

    @override
    async def allow(self, number: str, *, labels: tuple[str, ...] = (), note: str = "") -> None:
        """Add a number to the whitelist; `RequestError` for anything that isn't a number."""
        await self._number_lists.allow(number, labels=labels, note=note)

    @override
    async def disallow(self, number: str) -> None:
        """Remove a number from the whitelist; `NotFoundError` if it isn't there."""
        await self._number_lists.disallow(number)

    @override
    async def contacts(self) -> tuple[Contact, ...]:
        """Return the phonebook of the dialler, the only one that the server makes available."""
        return await self._lists.all_rows("autodialer/contacts", read_contact, sorting={})

    @override
    async def add_contact(self, *, name: str, number: str) -> None:
        """Add an entry to the phonebook of the dialler."""
        await self._number_lists.add_contact(name=name, number=number)

    @override
    async def remove_contact(self, contact_id: str) -> None:
        """Remove an entry from the phonebook of the dialler."""
        await self._number_lists.remove_contact(contact_id)

    # One page of a list.

    @override
    async def search(self, what: str, **criteria: Unpack[Criteria]) -> SearchPage[Mapping[str, Any]]:  # type: ignore[override]
        """Return one page of any of the twelve lists as the server sent it; `what` is the path of the list."""
        return await self._lists.page(what, _raw_row, criteria)

    async def search_calls(self, **criteria: Unpack[Criteria]) -> SearchPage[Call]:
        """Return one page of the calls (`reports/cdr`)."""
        return await self._lists.page(_CALLS, self._call_reader().call, criteria)

    async def quick_calls(self, **criteria: Unpack[Criteria]) -> SearchPage[Call]:
        """Return one page of the quick report (`reports/quick`), whose rows are those of the calls."""
        return await self._lists.page("reports/quick", self._call_reader().call, criteria)

    async def quick_info(self, cuid: str) -> tuple[QueueCall, ...]:
        """Return the attempts to reach an agent for one call of a queue (`reports/quick/info`)."""
        reply = await self._client.read("reports/quick/info", {"cuid": cuid})
        return tuple(self._queue_rows.queue_attempt(row) for row in read_plain_rows(reply))

    async def queue_calls(self, **criteria: Unpack[Criteria]) -> SearchPage[QueueCall]:
        """Return one page of the calls of queues (`reports/queue`)."""
        return await self._lists.page("reports/queue", self._queue_rows.queue_call, criteria)

    async def queue_attempts(self, **criteria: Unpack[Criteria]) -> SearchPage[QueueCall]:
        """Return one page of the attempts to reach single agents (`reports/queue_details`)."""
        return await self._lists.page("reports/queue_details", self._queue_rows.queue_attempt, criteria)

    async def agent_activity(self, **criteria: Unpack[Criteria]) -> SearchPage[AgentActivity]:
        """Return one page of the times of agents in queues (`reports/agent`)."""
        return await self._lists.page("reports/agent", self._queue_rows.agent_activity, criteria)

    async def survey_answers(self, **criteria: Unpack[Criteria]) -> SearchPage[SurveyAnswer]:
        """Return one page of the callers' answers to surveys (`reports/poll`)."""
        return await self._lists.page("reports/poll", self._queue_rows.survey_answer, criteria)

    async def campaigns(self, **criteria: Unpack[Criteria]) -> SearchPage[Campaign]:
        """Return one page of the campaigns of the dialler (`autodialer/campaigns`)."""
        return await self._lists.page("autodialer/campaigns", self._dialler_rows.campaign, criteria)

    async def search_contacts(self, **criteria: Unpack[Criteria]) -> SearchPage[Contact]:
        """Return one page of the phonebook of the dialler (`autodialer/contacts`)."""
        return await self._lists.page("autodialer/contacts", read_contact, criteria)

    async def dial_groups(self, **criteria: Unpack[Criteria]) -> SearchPage[DialGroup]:
        """Return one page of the dialler's groups of numbers (`autodialer/groups`)."""
        return await self._lists.page("autodialer/groups", self._dialler_rows.group, criteria)

    async def dial_reports(self, **criteria: Unpack[Criteria]) -> SearchPage[DialReport]:
        """Return one page of the results of the dialler (`autodialer/reports`)."""
        return await self._lists.page("autodialer/reports", self._dialler_rows.report, criteria)

    async def search_faxes(self, **criteria: Unpack[Criteria]) -> SearchPage[Fax]:
        """Return one page of the faxes (`pbx/faxes`)."""
        return await self._lists.page("pbx/faxes", self._message_rows.fax, criteria)

    async def search_voicemails(self, **criteria: Unpack[Criteria]) -> SearchPage[Voicemail]:
        """Return one page of the voicemails (`voicemails/inbox`)."""
        return await self._lists.page("voicemails/inbox", self._message_rows.voicemail, criteria)

    async def cursor_rows(self, what: str, *, after: str = "") -> AsyncIterator[CursorRows[QueueCall | DialReport]]:
        """Yield `reports/queue`, `reports/queue_details` or `autodialer/reports` in the order of creation.

        `after` is the cursor of an earlier page, or empty for the start of the list. Raises `RequestError` for a list
        without a cursor, and for the calls, which are read by `cursor_pages`.
        """
        readers: dict[str, Callable[[object], QueueCall | DialReport]] = {
            "reports/queue": self._queue_rows.queue_call,
            "reports/queue_details": self._queue_rows.queue_attempt,
            "autodialer/reports": self._dialler_rows.report,
        }
        path = list_with_cursor_at(what).path
        if path not in readers:
            msg = f"{path} is read by cursor_pages, which returns its rows as calls"
            raise RequestError(msg)
        async for page in self._lists.by_cursor(path, readers[path], after):
            yield page

    # Voicemails, faxes and other files.

    @override
    async def voicemails(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[Voicemail, ...]:
        """Return the voicemails of all mailboxes with `since <= received_at < until`, newest first."""
        voicemails = await self._lists.all_rows(
            "voicemails/inbox", self._message_rows.voicemail, sorting={"date": -1}, since=since, until=until
        )
        return tuple(voicemail for voicemail in voicemails if is_within(voicemail.received_at, since, until))

    @override
    async def faxes(self, *, since: datetime | None = None, until: datetime | None = None) -> tuple[Fax, ...]:
        """Return the faxes of a period, newest first."""
        faxes = await self._lists.all_rows(
            "pbx/faxes", self._message_rows.fax, sorting={"date": -1}, since=since, until=until
        )
        return tuple(fax for fax in faxes if is_within(fax.at, since, until))

    @override
    async def recording(self, call: Call) -> Recording:
        """Return the recording of a call; `NotFoundError` if it has none, or the file doesn't exist any more."""
        return await files.recording(self._client, call)

    @override
    async def voicemail_audio(self, voicemail: Voicemail) -> Recording:
        """Return the audio of a voicemail; `NotFoundError` for one that could not be saved."""
        return await files.voicemail_audio(self._client, voicemail)

    @override
    async def fax_document(self, fax: Fax) -> File:
        """Return the document of a fax."""
        return await files.fax_document(self._client, fax)

    async def download(self, path: str, **params: Any) -> File:
        """Return the file of a path that ends with `/download`."""
        plain = checked_path(path)
        if not plain.endswith("/download"):
            msg = "files are downloaded from the paths that end with /download"
            raise RequestError(msg)
        filename = next((str(params[name]) for name in ("file", "_id") if params.get(name)), "file")
        return await self._client.download(plain, params, filename=filename)

    async def upload(
        self, path: str, content: bytes, *, filename: str, media_type: str = "application/octet-stream"
    ) -> str:
        """Send a file, once, to a path that ends with `/upload`; return the name that the server gives it.

        The paths are those of `pbx/announcements`, `pbx/faxes`, `autodialer/announcements` and `autodialer/groups`.
        """
        plain = checked_path(path)
        if not plain.endswith("/upload"):
            msg = "files are uploaded to the paths that end with /upload"
            raise RequestError(msg)
        return await self._client.upload(plain, Upload("file", filename, content, media_type))

    # Any other request.

    @override
    async def ping(self) -> str:
        """Test the connection and return the server's reply. It sends a `Ping` event if that is enabled."""
        return fields.text((await self._client.read(PING)).get("message"), "message") or ""

    @override
    async def request(self, method: str, path: str, **params: Any) -> Any:
        """Return the decoded envelope of any other path, or the file of a path that ends with `/download`.

        Version 4 takes POST for everything; the parameters become the JSON body. Searches, infos, cursors and downloads
        are repeated if necessary; everything else is sent once (`OutcomeUnknownError`).
        """
        plain = checked_path(path)
        if plain == placing_calls.ORIGINATE:
            msg = "use click_to_call to place a call"
            raise RequestError(msg)
        if plain.endswith("/upload"):
            msg = "use upload to send a file"
            raise RequestError(msg)
        if plain.endswith("/download"):
            return await self.download(plain, **params)
        if is_read(plain):
            return await self._client.read(plain, params, method=method.upper())
        return await self._client.change(plain, params, method=method.upper())


def server_name(base_url: str) -> str:
    """Return the id of a server: its host, its port unless it is the default, and its path without `/api/v4`."""
    url = URL(base_url)
    host = url.host or ""
    port = "" if url.is_default_port() or url.port is None else f":{url.port}"
    path = url.path.strip("/").removesuffix("api/v4").strip("/")
    return f"{host}{port}" + (f"/{path}" if path else "")


def _raw_row(row: object) -> Mapping[str, Any]:
    if not isinstance(row, dict):
        msg = "a row of the list is not an object"
        raise DataError(msg, field="data.data")
    return row
