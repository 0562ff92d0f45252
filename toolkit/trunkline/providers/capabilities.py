"""What an account may offer beyond its list of calls; every method raises `UnsupportedError` until overridden."""

# ruff: noqa: ARG002 -- the parameters are for those who offer the thing

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from trunkline.errors import UnsupportedError
from trunkline.model import Capability

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from trunkline.model import (
        Agent,
        AgentResult,
        Call,
        CallerId,
        Contact,
        Destination,
        Details,
        Device,
        Extension,
        Fax,
        File,
        Invoice,
        LineEvent,
        ListedNumber,
        Location,
        Mailbox,
        MissedCall,
        Payment,
        PlacedCall,
        Plan,
        Queue,
        Rate,
        Recording,
        RecordingEntry,
        Route,
        RouteRequest,
        SearchPage,
        Service,
        Subscription,
        Trunk,
        Voicemail,
    )


class _Described(Protocol):
    """The part of a provider's description that an error message needs."""

    @property
    def name(self) -> str: ...

    @property
    def dialect_name(self) -> str: ...


class OptionalCapabilities:
    """The optional capabilities. Reads may be repeated; what costs money or changes something is sent once.

    A method of an account that `supports` the capability does what is said here; every other raises
    `UnsupportedError`. Those that change something raise `OutcomeUnknownError` where no whole answer came.
    """

    info: _Described

    # Lines.

    async def services(self) -> tuple[Service, ...]:
        """Return the subscribed services with their trunks (and their credit now) and extensions."""
        self._raise_unsupported(Capability.SERVICES)

    async def trunks(self) -> tuple[Trunk, ...]:
        """Return the trunks with their credit now."""
        self._raise_unsupported(Capability.TRUNKS)

    async def extensions(self) -> tuple[Extension, ...]:
        """Return the internal numbers."""
        self._raise_unsupported(Capability.EXTENSIONS)

    async def plans(self) -> tuple[Plan, ...]:
        """Return the subscribed packages and the days that are left of them."""
        self._raise_unsupported(Capability.PLANS)

    async def devices(self) -> tuple[Device, ...]:
        """Return the registered telephones and fax machines."""
        self._raise_unsupported(Capability.DEVICES)

    async def caller_ids(self) -> tuple[CallerId, ...]:
        """Return the caller IDs that devices can use."""
        self._raise_unsupported(Capability.CALLER_IDS)

    async def add_caller_id(self, *, device_id: str, number: str, description: str = "") -> None:
        """Let a device show a number."""
        self._raise_unsupported(Capability.ADD_CALLER_ID)

    async def details(self) -> Details:
        """Return the owner's details as stored by the provider."""
        self._raise_unsupported(Capability.DETAILS)

    async def update_details(self, values: Mapping[str, str]) -> None:
        """Change the owner's details; raises `RequestError` for a field that can't be changed."""
        self._raise_unsupported(Capability.UPDATE_DETAILS)

    # Placing calls: each costs money, and is sent once.

    async def click_to_call(self, *, source: str, destination: str, stream: str | None = None) -> PlacedCall:
        """Ring `source`, then connect it with `destination`. Costs money: sent once, never again."""
        self._raise_unsupported(Capability.CLICK_TO_CALL)

    async def secure_call(
        self, *, source: str, destination: str, ring_seconds: int | None = None, limit: int | None = None
    ) -> PlacedCall:
        """Connect two numbers without showing either the other's. Costs money: sent once, never again.

        `ring_seconds` is how long a telephone may ring, `limit` how long the call may last, in the provider's unit.
        """
        self._raise_unsupported(Capability.SECURE_CALL)

    async def send_otp(self, *, number: str, purpose: str = "login", reference: str | None = None) -> PlacedCall:
        """Call a number and speak a one-time code. Costs money: sent once, never again."""
        self._raise_unsupported(Capability.SEND_OTP)

    async def callback(self, *, source: str, destination: str | None = None, device: str | None = None) -> PlacedCall:
        """Call `source` back through a device, then connect it; without a destination the caller is asked for one."""
        self._raise_unsupported(Capability.CALLBACK)

    # Recordings, voicemail and faxes.

    async def recording(self, call: Call) -> Recording:
        """Return the audio of a call; `NotFoundError` where it has none."""
        self._raise_unsupported(Capability.RECORDING)

    async def recordings(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[RecordingEntry, ...]:
        """Return the provider's list of recordings of a period."""
        self._raise_unsupported(Capability.RECORDINGS)

    async def mailboxes(self, *, context: str | None = None) -> tuple[Mailbox, ...]:
        """Return the voicemail boxes, all or those of one context."""
        self._raise_unsupported(Capability.MAILBOXES)

    async def voicemails(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[Voicemail, ...]:
        """Return the messages of all mailboxes that came in `since <= received_at < until`, newest first."""
        self._raise_unsupported(Capability.VOICEMAILS)

    async def voicemail_audio(self, voicemail: Voicemail) -> Recording:
        """Return the audio of a voicemail."""
        self._raise_unsupported(Capability.VOICEMAIL_AUDIO)

    async def faxes(self, *, since: datetime | None = None, until: datetime | None = None) -> tuple[Fax, ...]:
        """Return the faxes of a period, newest first."""
        self._raise_unsupported(Capability.FAXES)

    async def fax_document(self, fax: Fax) -> File:
        """Return the file of a fax."""
        self._raise_unsupported(Capability.FAX_DOCUMENT)

    # Phonebook and missed calls.

    async def contacts(self) -> tuple[Contact, ...]:
        """Return the provider's phonebook."""
        self._raise_unsupported(Capability.CONTACTS)

    async def add_contact(self, *, name: str, number: str) -> None:
        """Add an entry to the provider's phonebook."""
        self._raise_unsupported(Capability.ADD_CONTACT)

    async def remove_contact(self, contact_id: str) -> None:
        """Remove an entry from the provider's phonebook."""
        self._raise_unsupported(Capability.REMOVE_CONTACT)

    async def missed_calls(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[MissedCall, ...]:
        """Return the provider's own list of missed calls, newest first."""
        self._raise_unsupported(Capability.MISSED_CALLS)

    async def mark_missed(self, call_id: str) -> None:
        """Mark a missed call as dealt with."""
        self._raise_unsupported(Capability.MARK_MISSED)

    async def new_calls(self) -> tuple[Call, ...]:
        """Return the calls that the provider calls new."""
        self._raise_unsupported(Capability.NEW_CALLS)

    async def statistics(self, *, since: datetime | None = None, until: datetime | None = None) -> Mapping[str, Any]:
        """Return the provider's own figures of a period: nested by its names, numbers as whole numbers or decimals."""
        self._raise_unsupported(Capability.STATISTICS)

    async def export_calls(self, form: str, *, since: datetime | None = None, until: datetime | None = None) -> File:
        """Return the provider's own file of the calls of a period; `form` is `pdf` or `csv`."""
        self._raise_unsupported(Capability.EXPORT_CALLS)

    # Rates, invoices and payments.

    async def rates(self) -> tuple[Rate, ...]:
        """Return what a minute costs, by destination."""
        self._raise_unsupported(Capability.RATES)

    async def destinations(self, rate_id: str) -> tuple[Destination, ...]:
        """Return the prefixes of one destination of the rates."""
        self._raise_unsupported(Capability.DESTINATIONS)

    async def export_rates(self, form: str) -> File:
        """Return the provider's own file of the rates; `form` is `pdf` or `csv`."""
        self._raise_unsupported(Capability.EXPORT_RATES)

    async def set_currency(self, currency: str) -> None:
        """Let the provider show the rates in another currency (ISO 4217)."""
        self._raise_unsupported(Capability.SET_CURRENCY)

    async def invoices(self, *, since: datetime | None = None, until: datetime | None = None) -> tuple[Invoice, ...]:
        """Return the bills."""
        self._raise_unsupported(Capability.INVOICES)

    async def payments(self, *, since: datetime | None = None, until: datetime | None = None) -> tuple[Payment, ...]:
        """Return what was paid in."""
        self._raise_unsupported(Capability.PAYMENTS)

    async def subscriptions(self) -> tuple[Subscription, ...]:
        """Return the services that are paid for regularly."""
        self._raise_unsupported(Capability.SUBSCRIPTIONS)

    # Queues and lists of numbers.

    async def queues(self) -> tuple[Queue, ...]:
        """Return the queues of callers."""
        self._raise_unsupported(Capability.QUEUES)

    async def agents(self, *, queue: str | None = None) -> tuple[Agent, ...]:
        """Return who takes the calls of a queue, or of all."""
        self._raise_unsupported(Capability.AGENTS)

    async def add_agent(self, *, queue: str, extension: str, penalty: int | None = None) -> AgentResult:
        """Let an extension take a queue's calls."""
        self._raise_unsupported(Capability.ADD_AGENT)

    async def pause_agent(self, *, queue: str, extension: str) -> AgentResult:
        """Let an agent take no calls of a queue for now."""
        self._raise_unsupported(Capability.PAUSE_AGENT)

    async def resume_agent(self, *, queue: str, extension: str) -> AgentResult:
        """Let an agent take calls of a queue again."""
        self._raise_unsupported(Capability.RESUME_AGENT)

    async def remove_agent(self, *, queue: str, extension: str) -> AgentResult:
        """Take an agent out of a queue."""
        self._raise_unsupported(Capability.REMOVE_AGENT)

    async def blocked(self) -> tuple[ListedNumber, ...]:
        """Return the numbers whose calls are refused."""
        self._raise_unsupported(Capability.BLOCKED)

    async def block(self, number: str, *, note: str = "") -> None:
        """Refuse a number's calls from now on."""
        self._raise_unsupported(Capability.BLOCK)

    async def unblock(self, number: str) -> None:
        """Refuse a number's calls no longer; `NotFoundError` where it wasn't blocked."""
        self._raise_unsupported(Capability.UNBLOCK)

    async def allowed(self) -> tuple[ListedNumber, ...]:
        """Return the numbers that are let through."""
        self._raise_unsupported(Capability.ALLOWED)

    async def allow(self, number: str, *, labels: tuple[str, ...] = (), note: str = "") -> None:
        """Let a number through from now on."""
        self._raise_unsupported(Capability.ALLOW)

    async def disallow(self, number: str) -> None:
        """Take a number off the list of those that are let through."""
        self._raise_unsupported(Capability.DISALLOW)

    async def search(self, what: str, **criteria: Any) -> SearchPage[Mapping[str, Any]]:
        """Return a piece of one of the provider's lists as it sent it."""
        self._raise_unsupported(Capability.SEARCH)

    # The provider itself.

    async def ping(self) -> str:
        """Check the connection; return the provider's reply."""
        self._raise_unsupported(Capability.PING)

    async def server_time(self) -> datetime:
        """Return the provider's clock in UTC."""
        self._raise_unsupported(Capability.SERVER_TIME)

    async def locations(self) -> tuple[Location, ...]:
        """Return the provider's list of places."""
        self._raise_unsupported(Capability.LOCATIONS)

    def parse_push(self, payload: Mapping[str, Any] | bytes) -> Call:
        """Return the call of a pushed record; `DataError` for one that is malformed or not this account's."""
        self._raise_unsupported(Capability.PARSE_PUSH)

    def parse_event(self, payload: Mapping[str, Any] | bytes, *, kind: str | None = None) -> Call | LineEvent:
        """Return a pushed record of any kind; `kind` is its name where the address says it rather than the record."""
        self._raise_unsupported(Capability.PARSE_EVENT)

    def parse_route_request(self, payload: Mapping[str, Any] | bytes) -> RouteRequest:
        """Return what a telephone system asks about a call in progress; `DataError` for a request that is malformed."""
        self._raise_unsupported(Capability.PARSE_ROUTE_REQUEST)

    def route_reply(self, route: Route | None) -> bytes:
        """Return the JSON reply to such a request, with None the one that leaves the call to the telephone system.

        Raises `DataError` or `RequestError` for a route that the reply can't carry.
        """
        self._raise_unsupported(Capability.PARSE_ROUTE_REQUEST)

    async def register_push(self, url: str) -> None:
        """Ask the provider to push its call records to an address."""
        self._raise_unsupported(Capability.REGISTER_PUSH)

    async def unregister_push(self, url: str) -> None:
        """Ask the provider to push nothing more to an address."""
        self._raise_unsupported(Capability.UNREGISTER_PUSH)

    async def request(self, method: str, path: str, **params: Any) -> Any:
        """Return the decoded reply of any other endpoint that changes nothing."""
        self._raise_unsupported(Capability.REQUEST)

    def _raise_unsupported(self, capability: Capability) -> NoReturn:
        what = f" ({self.info.dialect_name})" if self.info.dialect_name else ""
        msg = f"{self.info.name}{what} has no {capability.replace('_', ' ')} service"
        raise UnsupportedError(msg)
