"""An account of MOR's pages, which are behind a login: which page answers which question.

Source: the provider's document, "API by pages" (docs/providers/mor.md).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self, override

from yarl import URL

from trunkline.calendars import WallClock
from trunkline.errors import (
    ConfigError,
    DataError,
    NotFoundError,
    PermissionDeniedError,
    RequestError,
)
from trunkline.model import Call, CallPage, Direction, Extension, Identity, MissedCall, PlacedCall, Recording, Trunk
from trunkline.numbers import dial_digits, is_dialable
from trunkline.providers import fields
from trunkline.providers.base import Account, credentials_of
from trunkline.providers.periods import daily_pages
from trunkline.transport import Transport

from . import bills, customer, pages_wire
from .api_pages import as_data, figures
from .pages_calls import CallList, CallReader, OwnNumbers
from .pages_session import MAIN, Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    import aiohttp

    from trunkline.model import (
        CallerId,
        Contact,
        Destination,
        Details,
        Device,
        Fax,
        Invoice,
        Payment,
        Rate,
        Subscription,
    )
    from trunkline.providers.base import ProviderInfo
    from trunkline.transport import Limits

    from .markup import Node
    from .pages_wire import LoginForm, MainPage

CALLS = "stats/call_list"
MISSED = "stats/missed_calls"
RATES = "tariffs/user_rates"
CALLBACK = "functions/activate_callback"
_RINGS = "and the phone rings"
_ALL = "all"
_THE_FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
_PATH = re.compile(r"/?(?:[A-Za-z0-9_\-]{1,100}/){0,9}[A-Za-z0-9_.\-]{1,100}", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9_\-]{1,60}", re.ASCII)
# Paths that change something, or cost money, have methods of their own.
_OWN_METHODS = ("activate_callback", "update_personal_details", "cli_add", "add_new", "destroy", "api/login")
_FORMS = {"pdf": "application/pdf", "csv": "text/csv"}


class MorPagesAccount(Account):
    """An account whose credentials are a user name and a password.

    MOR keeps one balance for all lines, so that there is one trunk, and the user's id is its id. The call list is asked
    for by periods; a row's key is made of what identifies it.
    """

    by_time: ClassVar[bool] = True

    _session: Session
    _clock: WallClock
    _main: MainPage | None = None
    _own: OwnNumbers | None = None

    @classmethod
    @override
    def open(
        cls,
        info: ProviderInfo,
        *,
        base_url: str,
        session: aiohttp.ClientSession | None,
        zone: ZoneInfo,
        currency: str,
        limits: Limits | None,
        **credentials: str,
    ) -> Self:
        given = credentials_of(info, credentials)
        if not all(text.isprintable() for text in given.values()):
            msg = f"the user name or password of {info.name} has characters that can't be typed: enter them again"
            raise ConfigError(msg)
        transport = Transport(base_url, label=info.name, session=session, limits=limits)
        account = cls(info, transport=transport, base_url=base_url, zone=zone, currency=currency)
        account._clock = WallClock(zone)
        account._session = Session(transport, label=info.name, **given)
        return account

    # Whose account it is, and what is left.

    @override
    async def _read_identity(self) -> Identity:
        main = await self.main_page()
        place = _place(self.base_url)
        return Identity(account_id=f"{main.user_id}@{place}", title=main.username or f"{self.info.name} {place}")

    async def login_form(self) -> LoginForm:
        """Return what the login page says (`/callc/login`); it needs no login."""
        return pages_wire.read_login_form(await self._session.login_form())

    async def main_page(self) -> MainPage:
        """Return the main page (`/callc/main`): missed calls, counts of calls, and money."""
        self._main = pages_wire.read_main(await self._session.page(MAIN), self.currency)
        return self._main

    async def trunks(self) -> tuple[Trunk, ...]:
        """Return the balance of the main page as that of the only trunk.

        Of a postpaid account it may be below zero. How far it may fall is on `main_page()`.
        """
        main = await self.main_page()
        return (Trunk(trunk_id=main.user_id, credit=main.balance),)

    async def details(self) -> Details:
        """Return the personal details (`/users/personal_details`) by the page's names, in its order."""
        return customer.read_details(await self._session.page("users/personal_details"))

    async def update_details(self, values: Mapping[str, str]) -> None:
        """Change personal details (`/users/update_personal_details`). Sent once.

        The page takes 17 fields at a time: those that aren't given are sent as they were read. `RequestError` for a
        field that isn't among them.
        """
        unknown = sorted(set(values) - set(pages_wire.EDITABLE))
        if unknown:
            msg = f"{self.info.name} can't change {unknown[0][:40]!r}; it can: {', '.join(pages_wire.EDITABLE)}"
            raise RequestError(msg)
        before = (await self.details()).values
        form = {name: values.get(name, before.get(name) or "") for name in pages_wire.EDITABLE}
        path = f"users/update_personal_details/{await self.user_id()}"
        await self._act(path, form, "and the details are changed")

    async def user_id(self) -> str:
        """Return the id that the server knows the user by."""
        return (self._main or await self.main_page()).user_id

    # Devices and numbers.

    async def devices(self) -> tuple[Device, ...]:
        """Return the devices (`/devices/user_devices`); the passwords on that page are never kept."""
        return customer.read_devices(await self._session.page("devices/user_devices"), self._clock)

    async def extensions(self) -> tuple[Extension, ...]:
        """Return the extensions of the devices, each once."""
        found: dict[str, Extension] = {}
        for device in await self.devices():
            if device.extension:
                found.setdefault(device.extension, Extension(device.extension, device.name))
        return tuple(found.values())

    async def caller_ids(self) -> tuple[CallerId, ...]:
        """Return the numbers that devices are known by (`/devices/user_device_clis`)."""
        return pages_wire.read_caller_ids(await self._session.page("devices/user_device_clis"), self._clock)

    async def cli_devices(self) -> dict[str, str]:
        """Return the devices that `add_caller_id` takes, by their ids (`/devices/user_device_clis`)."""
        return pages_wire.read_cli_devices(await self._session.page("devices/user_device_clis"))

    async def add_caller_id(self, *, device_id: str, number: str, description: str = "") -> None:
        """Let a device be known by a number (`/devices/cli_add`). Sent once."""
        form = {"device_id": device_id, "cli": _digits(number, "number"), "description": description}
        await self._act("devices/cli_add", form, "and the number is added")
        self._own = None

    # The bill.

    async def rates(self) -> tuple[Rate, ...]:
        """Return what a minute costs (`/tariffs/user_rates`), in the page's currency, without and with tax."""
        return bills.read_rates(await self._session.page(RATES), self.currency)

    async def destinations(self, rate_id: str) -> tuple[Destination, ...]:
        """Return the prefixes of a group of destinations (`/directions/dg_list_user_destinations`).

        `rate_id` is the group's id, which the page of rates doesn't show.
        """
        path = f"directions/dg_list_user_destinations/{_plain(rate_id, 'group of destinations')}"
        return bills.read_destinations(await self._session.page(path))

    async def export_rates(self, form: str) -> Recording:
        """Return the server's own file of the rates (`/tariffs/generate_personal_rates_pdf` or `…_csv`)."""
        kind = _export(form)
        user_id = await self.user_id()
        return await self._file(
            f"tariffs/generate_personal_rates_{form}/{user_id}", {}, f"rates-{user_id}.{form}", kind
        )

    async def set_currency(self, currency: str) -> None:
        """Let the rates be shown in another currency (`/tariffs/user_rates?currency=`). Sent once.

        `RequestError` where the page goes on in another one.
        """
        code = currency.strip().upper()
        if len(code) != 3 or not (code.isascii() and code.isalpha()):  # noqa: PLR2004
            msg = "a currency is a code of three letters such as EUR"
            raise RequestError(msg)
        effect = "and the currency is changed"
        root = await self._session.send(RATES, method="GET", form={"currency": code}, effect=effect)
        if root.one("rates") is None:
            raise self._session.unclear(str(fields.wrong("rates", "there")), effect)
        if root.at("currency") != code:
            msg = f"{self.info.name} doesn't show the rates in {code}"
            raise RequestError(msg)

    async def payments(self, *, since: datetime | None = None, until: datetime | None = None) -> tuple[Payment, ...]:
        """Return what was paid in (`/payments/personal_payments`), each in its own currency."""
        root = await self._session.page("payments/personal_payments")
        found = bills.read_payments(root, self.currency, self._clock)
        return tuple(one for one in found if bills.within(one.paid_at, since, until))

    async def invoices(self, *, since: datetime | None = None, until: datetime | None = None) -> tuple[Invoice, ...]:
        """Return the bills (`/accounting/user_invoices`), those of a period by their day of issue.

        The page names no currency: amounts are in that of the balance.
        """
        root = await self._session.page("accounting/user_invoices")
        found = bills.read_invoices(root, await self._own_currency(), self._clock)
        return tuple(one for one in found if bills.within(one.issued_at, since, until))

    async def subscriptions(self) -> tuple[Subscription, ...]:
        """Return what is paid for regularly (`/services/user_subscriptions`)."""
        root = await self._session.page("services/user_subscriptions")
        return bills.read_subscriptions(root, await self._own_currency(), self._clock)

    # Calls.

    @override
    async def streams(self) -> tuple[str, ...]:
        return ("",)

    @override
    async def pages(
        self, stream: str, *, since: datetime | None = None, until: datetime | None = None, skip: int = 0
    ) -> AsyncIterator[CallPage]:
        """Yield the calls by periods of whole days, newest first (`/stats/call_list`)."""
        async for page in daily_pages(self._days, zone=self.zone, since=since, until=until):
            yield page

    async def call_list(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        calltype: str = _ALL,
        device: str = _ALL,
    ) -> CallList:
        """Return the call list as one page shows it (`/stats/call_list`); without a period that of the server's choice.

        `calltype` is `outgoing`, `incoming` or `all`, `device` a device's id or `all`.
        """
        reader = await self._reader()
        if since is None and until is None and calltype == device == _ALL:
            return reader.page(await self._session.page(CALLS))
        form = {
            "userid": await self.user_id(),
            "search_on": "1",
            **self._period(since, until),
            "direction": calltype,
            "calltype": calltype,
            "device": device,
        }
        return reader.page(await self._session.page(CALLS, method="POST", form=form))

    async def new_calls(self) -> tuple[Call, ...]:
        """Return the calls that the server calls new, newest first (`/stats/new_calls_list`)."""
        reader = await self._reader()
        page = reader.page(await self._session.page("stats/new_calls_list"))
        return tuple(sorted(page.calls, key=_newest_first))

    async def missed_calls(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[MissedCall, ...]:
        """Return the list of missed calls, newest first (`/stats/missed_calls`).

        They have ids of their own, by which `mark_missed` knows them; those of the call list are made here.
        """
        reader = await self._reader()
        if since is None and until is None:
            root = await self._session.page(MISSED)
        else:
            form = {"userid": await self.user_id(), "search_on": "1", **self._period(since, until)}
            root = await self._session.page(MISSED, method="POST", form=form)
        found = (one for one in reader.missed(root) if bills.within(one.call.started_at, since, until))
        return tuple(sorted(found, key=lambda one: _newest_first(one.call)))

    async def mark_missed(self, call_id: str) -> None:
        """Mark a missed call as dealt with (`/stats/missed_calls`, `processed`). Sent once.

        `RequestError` where the page shows it as it was.
        """
        effect = "and the call is marked"
        form = {"processed": _plain(call_id, "missed call")}
        root = await self._session.send(MISSED, form=form, effect=effect)
        reader = await self._reader()
        try:
            shown = next((one for one in reader.missed(root) if one.call.call_id == call_id), None)
        except DataError as error:
            raise self._session.unclear(str(error), effect) from None
        if shown is not None and shown.processed is False:
            msg = f"{self.info.name} shows the missed call as it was"
            raise RequestError(msg)

    async def export_calls(
        self, form: str, *, since: datetime | None = None, until: datetime | None = None, calltype: str = _ALL
    ) -> Recording:
        """Return the server's own file of the calls of a period (`/stats/call_list_to_pdf` or `…_csv`)."""
        kind = _export(form)
        user_id = await self.user_id()
        period = self._period(since, until)
        params = {"call_type": calltype, "date_from": period["period_start"], "date_till": period["period_end"]}
        return await self._file(f"stats/call_list_to_{form}/{user_id}", params, f"calls-{user_id}.{form}", kind)

    async def statistics(self, *, since: datetime | None = None, until: datetime | None = None) -> Mapping[str, Any]:
        """Return the figures of the page of graphs (`/stats/user_stats`): counts, and minutes as the page has them.

        `detailed_by_date` is a list with an entry a day. With a period the document's address has `/billing` in front;
        where a server doesn't know it, the same page is asked.
        """
        if since is None and until is None:
            return _statistics(await self._session.page("stats/user_stats"))
        form = self._period(since, until)
        try:
            root = await self._session.page("billing/stats/user_stats", method="POST", form=form)
        except NotFoundError:
            root = await self._session.page("stats/user_stats", method="POST", form=form)
        return _statistics(root)

    # Phonebook and faxes.

    async def contacts(self) -> tuple[Contact, ...]:
        """Return the phonebook (`/phonebooks/list`)."""
        return pages_wire.read_contacts(await self._session.page(f"phonebooks/list/{await self.user_id()}"))

    async def add_contact(self, *, name: str, number: str) -> None:
        """Add an entry to the phonebook (`/phonebooks/add_new`). Sent once."""
        if not name.strip():
            msg = "an entry of the phonebook needs a name"
            raise RequestError(msg)
        user_id = await self.user_id()
        form = {"userid": user_id, "number": _digits(number, "number"), "name": name.strip()}
        await self._act(f"phonebooks/add_new/{user_id}", form, "and the entry is there")

    async def remove_contact(self, contact_id: str) -> None:
        """Remove an entry of the phonebook (`/phonebooks/destroy`). Sent once.

        `RequestError` for an id that was derived here because the server's list shows none.
        """
        if pages_wire.is_derived(contact_id):
            msg = f"the phonebook of this {self.info.name} server shows no ids: remove the entry on its own pages"
            raise RequestError(msg)
        entry = _plain(contact_id, "entry")
        await self._act(f"phonebooks/destroy/{entry}", {"entryid": entry}, "and the entry is gone")

    async def faxes(
        self, *, since: datetime | None = None, until: datetime | None = None, status: str = _ALL, device: str = _ALL
    ) -> tuple[Fax, ...]:
        """Return the faxes, newest first (`/stats/faxes_list`); `device` is a device's id or `all`."""
        user_id = await self.user_id()
        path = f"stats/faxes_list/{user_id}"
        if since is None and until is None and status == device == _ALL:
            root = await self._session.page(path)
        else:
            period = self._period(since, until)
            form = {"userid": user_id, "search_on": "1", **period, "fax_status": status, "device_id": device}
            root = await self._session.page(path, method="POST", form=form)
        found = pages_wire.read_faxes(root, self._clock)
        return tuple(one for one in found if bills.within(one.at, since, until))

    # Placing calls.

    async def click_to_call(self, *, source: str, destination: str, stream: str | None = None) -> PlacedCall:  # noqa: ARG002
        """Call an extension back, then connect it with the destination (`/functions/activate_callback`). Sent once."""
        return await self.callback(source=source, destination=destination)

    async def callback(self, *, source: str, destination: str | None = None, device: str | None = None) -> PlacedCall:
        """Call `source` back through a device, then connect it (`/functions/activate_callback`). Sent once.

        `device` is the device's id; if left out, that of the device whose extension `source` is, or of the only
        telephone. Without a destination whoever answers is asked to dial it. `RequestError` for numbers that can't be
        dialled, `OutcomeUnknownError` where no whole answer came.
        """
        form = {"src": _digits(source, "source")}
        if destination is not None:
            form["dst"] = _digits(destination, "destination")
        form["acc"] = device if device is not None else await self._device_of(form["src"])
        await self._act(CALLBACK, form, _RINGS)
        return PlacedCall(request_id=None)

    # Any other page.

    async def request(self, method: str, path: str, **params: str | int) -> Any:
        """Return any other page as plain data: texts, and elements by name, those of one name as a list.

        Pages asked for by GET are read, again if need be; everything else is sent once. `RequestError` for the paths
        that have methods of their own.
        """
        if not _PATH.fullmatch(path) or any(one in path.lower() for one in _OWN_METHODS):
            msg = "this is no page, or one that has a method of its own: see the account's methods"
            raise RequestError(msg)
        sent = {name: str(value) for name, value in params.items()}
        if method.upper() == "GET":
            return as_data(await self._session.page(path, params=sent))
        return as_data(await self._session.send(path, form=sent, effect="and something is changed"))

    # Inside.

    async def _act(self, path: str, form: dict[str, str], effect: str) -> None:
        root = await self._session.send(path, form=form, effect=effect)
        try:
            pages_wire.check_action(root, self.info.name)
        except DataError as error:
            raise self._session.unclear(str(error), effect) from None

    async def _file(self, path: str, params: dict[str, str], name: str, kind: str) -> Recording:
        reply = await self._session.file(path, params=params)
        if kind == _FORMS["pdf"] and not reply.body.startswith(b"%PDF"):
            raise reply.wrong("a PDF file")
        return Recording(content=reply.body, media_type=reply.media_type or kind, filename=name)

    async def _days(self, first: date, last: date) -> Sequence[Call]:
        """Return the calls of whole days; those whose numbers don't tell their direction are asked for by it."""
        since = datetime(first.year, first.month, first.day, tzinfo=self.zone)
        after = last + _DAY
        until = datetime(after.year, after.month, after.day, tzinfo=self.zone)
        calls = await self._whole(since, until, _ALL)
        reader = await self._reader()
        for calltype, direction in (("outgoing", Direction.OUTGOING), ("incoming", Direction.INCOMING)):
            if any(call.direction is None for call in calls):
                shown = await self._whole(since, until, calltype)
                calls = reader.decided(calls, direction, frozenset(call.call_id for call in shown))
        return calls

    async def _whole(self, since: datetime, until: datetime, calltype: str) -> tuple[Call, ...]:
        """Return all calls of a period of the server's clock, in parts where a page shows fewer than it counts.

        `DataError` for a page that shows another period, or nothing of what it counts. A page that doesn't say that it
        heeded `calltype` tells nothing of directions.
        """
        page = await self.call_list(since=since, until=until, calltype=calltype)
        if calltype not in {_ALL, page.direction}:
            return ()
        if (page.period_start is not None and page.period_start > since + _DAY) or (
            page.period_end is not None and page.period_end < until - _DAY - _SECOND
        ):
            raise fields.wrong("period", "the one that was asked for")
        if page.total is None or len(page.calls) >= page.total:
            return page.calls
        half = timedelta(seconds=int((until - since).total_seconds()) // 2)
        if not page.calls or not half:
            raise fields.wrong("total_calls", "the number of calls that the page shows")
        middle = since + half
        return (*await self._whole(middle, until, calltype), *await self._whole(since, middle, calltype))

    async def _reader(self) -> CallReader:
        if self._own is None:
            self._own = OwnNumbers.of(await _if_there(self.devices()), await _if_there(self.caller_ids()))
        return CallReader(
            account=await self.key(),
            zone=self.zone,
            currency=await self._own_currency(),
            trunk=await self.user_id(),
            own=self._own,
        )

    async def _own_currency(self) -> str:
        """Return the currency of the balance, which pages that name none are in."""
        main = self._main or await self.main_page()
        return main.balance.currency if main.balance is not None else self.currency

    def _period(self, since: datetime | None, until: datetime | None) -> dict[str, str]:
        """Write a period as the pages do: wall-clock texts of the server, both ends included."""
        begin = since if since is not None else _THE_FIRST_DAY
        end = (until if until is not None else datetime.now(UTC) + _DAY).astimezone(self.zone) - _SECOND
        return {"period_start": _written(begin.astimezone(self.zone)), "period_end": _written(end)}

    async def _device_of(self, source: str) -> str:
        devices = await self.devices()
        own = [one for one in devices if source in {one.extension, one.username}]
        phones = [one for one in devices if (one.kind or "").upper() != "FAX"]
        if own or len(phones) == 1:
            return (own or phones)[0].device_id
        msg = "several devices could place this call: name the device, or call from the extension of one"
        raise RequestError(msg)


async def _if_there[T](reading: Awaitable[tuple[T, ...]]) -> tuple[T, ...]:
    """Return what a page shows, nothing where the server has no such page or doesn't show it to this user."""
    try:
        return await reading
    except (NotFoundError, PermissionDeniedError):
        return ()


def _statistics(root: Node) -> dict[str, Any]:
    details = root.one("details")
    if details is None:
        raise fields.wrong("details", "there")
    found: dict[str, Any] = {"start_date": root.at("start_date"), "end_date": root.at("end_date")}
    for group in details.nodes():
        days = group.all("call_by_date")
        found[group.name] = [figures(one) for one in days] if days else figures(group)
    found["detailed_by_date"] = found.get("detailed_by_date") or []
    return found


def _place(base_url: str) -> str:
    return URL(base_url).host or ""


def _written(local: datetime) -> str:
    return local.strftime("%Y-%m-%d %H:%M:%S")


def _newest_first(call: Call) -> tuple[float, str]:
    return (-call.started_at.timestamp() if call.started_at else float("-inf"), call.call_id)


def _export(form: str) -> str:
    if form not in _FORMS:
        msg = "a file is a pdf or a csv"
        raise RequestError(msg)
    return _FORMS[form]


def _digits(number: str, what: str) -> str:
    """Return a number as MOR takes it: its digits, with the country code and without a plus."""
    if not is_dialable(number):
        msg = f"the {what} can't be dialled: give digits, with + in front for another country"
        raise RequestError(msg)
    return dial_digits(number).removeprefix("+")


def _plain(text: str, what: str) -> str:
    """Return an id that can stand in a path."""
    if not _ID.fullmatch(text):
        msg = f"the id of this {what} is none that MOR gives"
        raise NotFoundError(msg)
    return text
