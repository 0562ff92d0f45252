"""A MOR account over the server's web pages, as a user with a login sees them: which page answers which method.

Source: the provider's document, "API by pages" (docs/providers/mor.md).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, override

from yarl import URL

from trunkline.calendars import WallClock
from trunkline.errors import ConfigError, RequestError
from trunkline.model import Identity, Trunk
from trunkline.providers.base import DailyAccount
from trunkline.providers.common import fields
from trunkline.providers.mor import numbers
from trunkline.providers.mor.devices import extensions_of
from trunkline.providers.mor.plain_data import as_data

from . import callback, details, faxes, phonebook, statistics
from .billing import Billing
from .calls import CallLists
from .client import ALL, WebClient
from .devices import Devices
from .main_page import read_login_form
from .session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from trunkline.model import (
        Call,
        CallerId,
        CallPage,
        Contact,
        Destination,
        Details,
        Device,
        Extension,
        Fax,
        File,
        Invoice,
        MissedCall,
        Payment,
        PlacedCall,
        Rate,
        Subscription,
    )
    from trunkline.providers.base import AccountSettings, ProviderInfo
    from trunkline.providers.days import Days

    from .calls import CallList
    from .main_page import LoginForm, MainPage

_PATH = re.compile(r"/?(?:[A-Za-z0-9_\-]{1,100}/){0,9}[A-Za-z0-9_.\-]{1,100}", re.ASCII)
# Parts of the paths that change something or cost money; each has a method of its own.
_OWN_METHODS = (
    "activate_callback",
    "update_personal_details",
    "cli_add",
    "add_new",
    "destroy",
    "api/login",
    "callc/login",
)


class MorWebAccount(DailyAccount):
    """An account whose credentials are a user name and a password.

    MOR has one balance for all lines of a user: the account has one trunk, whose id is the user's id. The call list is
    read by periods, and the ids of its calls are derived.
    """

    def __init__(self, info: ProviderInfo, settings: AccountSettings, credentials: Mapping[str, str]) -> None:
        """Check the credentials; nothing is sent yet."""
        if not all(text.isprintable() for text in credentials.values()):
            msg = f"the user name or password of {info.name} contains invalid characters: enter them again"
            raise ConfigError(msg)
        super().__init__(info, settings, credentials)
        self._session = Session(
            self._transport, label=info.name, username=credentials["username"], password=credentials["password"]
        )
        self._client = WebClient(
            self._session, name=info.name, zone=self.zone, clock=WallClock(self.zone), currency=self.currency
        )
        self._devices = Devices(self._client)
        self._billing = Billing(self._client)
        self._call_lists = CallLists(self._client, account=self.key, own_numbers=self._devices.own_numbers)

    # The user.

    @override
    def full_number(self, number: str) -> str | None:
        return numbers.full_number(number)

    @override
    async def _read_identity(self) -> Identity:
        main_page = await self._client.main_page()
        host = URL(self.base_url).host or ""
        return Identity(
            account_id=f"{main_page.user_id}@{host}", title=main_page.username or f"{self.info.name} {host}"
        )

    async def user_id(self) -> str:
        """Return the user's id at the server."""
        return await self._client.user_id()

    async def login_form(self) -> LoginForm:
        """Return the login page (`/callc/login`), which needs no login."""
        return read_login_form(await self._session.login_form())

    async def main_page(self) -> MainPage:
        """Return the main page (`/callc/main`): missed calls, counts of calls, and the balance."""
        return await self._client.main_page()

    @override
    async def trunks(self) -> tuple[Trunk, ...]:
        """Return the only trunk with the balance of the main page.

        The balance of a postpaid account may be below zero; `main_page()` has the credit limit.
        """
        main_page = await self._client.main_page()
        return (Trunk(trunk_id=main_page.user_id, credit=main_page.balance),)

    @override
    async def details(self) -> Details:
        """Return the personal details (`/users/personal_details`) by the page's names, in its order."""
        return await details.details(self._client)

    @override
    async def update_details(self, values: Mapping[str, str]) -> None:
        """Change personal details (`/users/update_personal_details`). Sent once.

        Raises `RequestError` for a field that isn't one of the 17 that the page can change.
        """
        await details.update_details(self._client, values)

    # Devices.

    @override
    async def devices(self) -> tuple[Device, ...]:
        """Return the devices (`/devices/user_devices`). The passwords on that page are never read."""
        return await self._devices.devices()

    @override
    async def extensions(self) -> tuple[Extension, ...]:
        """Return the extensions of the devices. An extension that several devices have comes once."""
        by_number: dict[str, Extension] = {}
        for extension in extensions_of(await self._devices.devices()):
            by_number.setdefault(extension.number, extension)
        return tuple(by_number.values())

    @override
    async def caller_ids(self) -> tuple[CallerId, ...]:
        """Return the caller IDs of the devices (`/devices/user_device_clis`)."""
        return await self._devices.caller_ids()

    async def cli_devices(self) -> dict[str, str]:
        """Return the devices that `add_caller_id` takes, by id (`/devices/user_device_clis`)."""
        return await self._devices.caller_id_devices()

    @override
    async def add_caller_id(self, *, device_id: str, number: str, description: str = "") -> None:
        """Add a caller ID to a device (`/devices/cli_add`). Sent once."""
        await self._devices.add_caller_id(device_id=device_id, number=number, description=description)

    # Phonebook and faxes.

    @override
    async def contacts(self) -> tuple[Contact, ...]:
        """Return the phonebook (`/phonebooks/list`)."""
        return await phonebook.contacts(self._client)

    @override
    async def add_contact(self, *, name: str, number: str) -> None:
        """Add an entry to the phonebook (`/phonebooks/add_new`). Sent once."""
        await phonebook.add_contact(self._client, name=name, number=number)

    @override
    async def remove_contact(self, contact_id: str) -> None:
        """Remove an entry from the phonebook (`/phonebooks/destroy`). Sent once.

        Raises `RequestError` for an id that was derived because the server's list shows none.
        """
        await phonebook.remove_contact(self._client, contact_id)

    @override
    async def faxes(
        self, *, since: datetime | None = None, until: datetime | None = None, status: str = ALL, device: str = ALL
    ) -> tuple[Fax, ...]:
        """Return the faxes, newest first (`/stats/faxes_list`); `device` is a device's id or `all`."""
        return await faxes.faxes(self._client, since=since, until=until, status=status, device=device)

    # Billing.

    @override
    async def rates(self) -> tuple[Rate, ...]:
        """Return the price of a minute by destination, without and with tax (`/tariffs/user_rates`)."""
        return await self._billing.rates()

    @override
    async def destinations(self, rate_id: str) -> tuple[Destination, ...]:
        """Return the prefixes of a group of destinations (`/directions/dg_list_user_destinations`).

        `rate_id` is the group's id, which the page of rates doesn't show.
        """
        return await self._billing.destinations(rate_id)

    @override
    async def export_rates(self, form: str) -> File:
        """Return the server's file of the rates (`/tariffs/generate_personal_rates_pdf` or `…_csv`)."""
        return await self._billing.export_rates(form)

    @override
    async def set_currency(self, currency: str) -> None:
        """Change the currency of the rates (`/tariffs/user_rates?currency=`). Sent once.

        Raises `RequestError` if the page keeps the currency that it has.
        """
        await self._billing.set_currency(currency)

    @override
    async def payments(self, *, since: datetime | None = None, until: datetime | None = None) -> tuple[Payment, ...]:
        """Return the payments (`/payments/personal_payments`), each in its own currency."""
        return await self._billing.payments(since, until)

    @override
    async def invoices(self, *, since: datetime | None = None, until: datetime | None = None) -> tuple[Invoice, ...]:
        """Return the invoices (`/accounting/user_invoices`), those of a period by their date of issue.

        The page names no currency: amounts are in that of the balance.
        """
        return await self._billing.invoices(since, until)

    @override
    async def subscriptions(self) -> tuple[Subscription, ...]:
        """Return the subscriptions (`/services/user_subscriptions`)."""
        return await self._billing.subscriptions()

    # Calls.

    @override
    async def days(self, stream: str, days: Days) -> CallPage:
        """Return the calls of whole days of the server's zone (`/stats/call_list`)."""
        return await self._call_lists.days(days)

    @override
    async def read_row(self, stream: str, record: Any) -> Call:
        return await self._call_lists.read_row(fields.mapping(record, "call"))

    async def call_list(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        calltype: str = ALL,
        device: str = ALL,
    ) -> CallList:
        """Return one page of the call list (`/stats/call_list`); without a period, the server chooses it.

        `calltype` is `outgoing`, `incoming` or `all`, `device` a device's id or `all`.
        """
        return await self._call_lists.call_list(since=since, until=until, calltype=calltype, device=device)

    @override
    async def new_calls(self) -> tuple[Call, ...]:
        """Return the server's list of new calls, newest first (`/stats/new_calls_list`)."""
        return await self._call_lists.new_calls()

    @override
    async def missed_calls(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[MissedCall, ...]:
        """Return the list of missed calls, newest first (`/stats/missed_calls`).

        Their ids are for `mark_missed`; they aren't the ids that the same calls have in the call list.
        """
        return await self._call_lists.missed_calls(since, until)

    @override
    async def mark_missed(self, call_id: str) -> None:
        """Mark a missed call as processed (`/stats/missed_calls`, `processed`). Sent once.

        Raises `RequestError` if the page still shows the call as it was, and `NotFoundError` for an id that isn't from
        the list of missed calls.
        """
        await self._call_lists.mark_missed(call_id)

    @override
    async def export_calls(
        self, form: str, *, since: datetime | None = None, until: datetime | None = None, calltype: str = ALL
    ) -> File:
        """Return the server's file of the calls of a period (`/stats/call_list_to_pdf` or `…_csv`)."""
        return await self._call_lists.export_calls(form, since=since, until=until, calltype=calltype)

    @override
    async def statistics(self, *, since: datetime | None = None, until: datetime | None = None) -> Mapping[str, Any]:
        """Return the figures of the page of graphs (`/stats/user_stats`): counts, and minutes as the page has them.

        `detailed_by_date` is a list with an item for each day.
        """
        return await statistics.statistics(self._client, since=since, until=until)

    # Placing calls.

    @override
    async def click_to_call(self, *, source: str, destination: str, stream: str | None = None) -> PlacedCall:
        """Call an extension back, then connect it with the destination (`/functions/activate_callback`). Sent once."""
        return await self.callback(source=source, destination=destination)

    @override
    async def callback(self, *, source: str, destination: str | None = None, device: str | None = None) -> PlacedCall:
        """Call `source` back through a device, then connect it (`/functions/activate_callback`). Sent once.

        `device` is the device's id; without one, the device whose extension is `source` is used, or the only telephone.
        Without a destination, the person who answers is asked to dial it. Raises `RequestError` for numbers that can't
        be dialled, and `OutcomeUnknownError` if the reply is missing or incomplete.
        """
        return await callback.place_callback(
            self._client, self._devices, source=source, destination=destination, device=device
        )

    # Any other page.

    @override
    async def request(self, method: str, path: str, **params: str | int) -> Any:
        """Return any other page as plain data: texts, and elements by name, with a list where a name repeats.

        GET requests are repeated if necessary, all others are sent once. Raises `RequestError` for the paths that have
        methods of their own.
        """
        if not _PATH.fullmatch(path) or any(part in path.lower() for part in _OWN_METHODS):
            msg = "this isn't the path of a page, or the account has a method of its own for it"
            raise RequestError(msg)
        sent = {name: str(value) for name, value in params.items()}
        if method.upper() == "GET":
            return as_data(await self._session.page(path, params=sent))
        return as_data(
            await self._session.send(path, form=sent, effect="Something may have been changed. Check the result")
        )
