"""A MOR account over the server's API, `/billing/api`: which action answers which method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, override

from yarl import URL

from trunkline.calendars import WallClock
from trunkline.errors import ConfigError, ForeignRecordError, RequestError
from trunkline.model import Identity, Trunk
from trunkline.providers.base import DailyAccount
from trunkline.providers.common import fields
from trunkline.providers.mor import numbers
from trunkline.providers.mor.call_rows import API, CallReader
from trunkline.providers.mor.devices import extensions_of
from trunkline.providers.mor.plain_data import as_data, figures

from . import allowed_actions, callback, calls, phonebook, recordings
from .billing import Billing
from .devices import Devices
from .requests import SignedRequests
from .user import User

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
        Invoice,
        Money,
        Payment,
        PlacedCall,
        Rate,
        RecordingEntry,
        Subscription,
    )
    from trunkline.providers.base import AccountSettings, ProviderInfo
    from trunkline.providers.days import Days

# What tells the ids of accounts over the API from those over the web pages, whose calls have other ids.
_ACCOUNT_PREFIX = "api-"


class MorApiAccount(DailyAccount):
    """An account whose credentials are a user name and the API secret key of the server or of the user's reseller.

    MOR has one balance for all lines of a user: the account has one trunk, whose id is the user's id.
    """

    # A pushed record may lack the call's id, so it only signals that the list has a new call.
    push_has_key: ClassVar[bool] = False
    # Call End belongs to a device and is sent for the calls that the device makes.
    pushes_every_call: ClassVar[bool] = False

    def __init__(self, info: ProviderInfo, settings: AccountSettings, credentials: Mapping[str, str]) -> None:
        """Check the credentials; nothing is sent yet."""
        if not all(text.isprintable() for text in credentials.values()):
            msg = f"the credentials of {info.name} contain invalid characters: copy them again"
            raise ConfigError(msg)
        super().__init__(info, settings, credentials)
        self._username, password = credentials["username"], credentials["password"]
        self._clock = WallClock(self.zone)
        self._requests = SignedRequests(
            self._transport,
            label=info.name,
            username=self._username,
            key=credentials["api_key"],
            password=password,
        )
        self._user = User(
            self._requests,
            label=info.name,
            username=self._username,
            has_password=bool(password),
            currency=self.currency,
        )
        self._devices = Devices(self._requests, clock=self._clock)
        self._billing = Billing(self._requests, currency=self.currency, clock=self._clock)

    # The user.

    @override
    def full_number(self, number: str) -> str | None:
        return numbers.full_number(number)

    @override
    async def _read_identity(self) -> Identity:
        user_id = await self._user.read_id()
        host = URL(self.base_url).host or ""
        return Identity(account_id=f"{_ACCOUNT_PREFIX}{user_id}@{host}", title=f"{self.info.name} {self._username}")

    async def user_id(self) -> str:
        """Return the user's id at the server."""
        return _user_id(await self.identity())

    async def login(self) -> str | None:
        """Log in with user name and password (`user_login`) and return the user's id.

        None where the server doesn't state it: before MOR 11, and where it redirects to its web pages. After a failed
        login the server accepts none for some seconds (`RateLimitedError`).
        """
        return await self._user.login()

    async def logout(self) -> None:
        """Log out (`logout`)."""
        await self._requests.read("logout")

    async def balance(self, currency: str | None = None) -> Money:
        """Return the balance (`user_balance_get`), in another currency if one is given (ISO 4217).

        Raises `RequestError` for anything that can't be a currency, and `PermissionDeniedError` where the server's
        setting "Allow devices to check balance over HTTP" is off.
        """
        return await self._user.balance(currency)

    async def simple_balance(self, unique_hash: str) -> Money:
        """Return the balance of the user with a unique hash (`simple_balance`). The request isn't signed."""
        return await self._user.balance_of_hash(unique_hash)

    @override
    async def trunks(self) -> tuple[Trunk, ...]:
        """Return the only trunk with the user's balance, from the main page where the server only shows it there."""
        credit = await self._user.available_balance()
        return (Trunk(trunk_id=await self.user_id(), credit=credit),)

    @override
    async def details(self) -> Details:
        """Return the personal details (`user_details_get`)."""
        return await self._user.details(await self.user_id())

    @override
    async def update_details(self, values: Mapping[str, str]) -> None:
        """Change personal details (`user_details_update`), by the names of `details` or the action's (`u17`, `a0`).

        Sent once. Raises `RequestError` for a field that the user can't change.
        """
        await self._user.update_details(await self.user_id(), values)

    # Devices.

    @override
    async def devices(self) -> tuple[Device, ...]:
        """Return the telephones and fax machines (`user_devices`)."""
        return await self._devices.devices()

    async def device_list(self) -> tuple[Device, ...]:
        """Return only the ids and types of the devices (`devices_get`)."""
        return await self._devices.device_list(await self.user_id())

    async def device_details(self, device_id: str) -> Mapping[str, Any]:
        """Return the settings of a device as the server writes them, without passwords (`device_details_get`)."""
        return await self._devices.device_details(device_id)

    @override
    async def extensions(self) -> tuple[Extension, ...]:
        """Return the extensions of the devices."""
        return extensions_of(await self._devices.devices())

    @override
    async def caller_ids(self) -> tuple[CallerId, ...]:
        """Return the caller IDs of the devices (`device_clis_get`)."""
        return await self._devices.caller_ids(await self.user_id())

    @override
    async def add_caller_id(self, *, device_id: str, number: str, description: str = "") -> None:
        """Add a caller ID to a device (`cli_add`). Sent once."""
        await self._devices.add_caller_id(device_id=device_id, number=number, description=description)

    async def remove_caller_id(self, number: str) -> None:
        """Remove a caller ID from its device (`cli_delete`). Sent once."""
        await self._devices.remove_caller_id(number)

    # Billing.

    @override
    async def rates(self) -> tuple[Rate, ...]:
        """Return the price of a minute by destination (`user_rates`)."""
        return await self._billing.rates()

    @override
    async def destinations(self, rate_id: str) -> tuple[Destination, ...]:
        """Return the prefixes of a group of destinations by the group's id (`dg_list_user_destinations`)."""
        return await self._billing.destinations(rate_id)

    @override
    async def payments(self, *, since: datetime | None = None, until: datetime | None = None) -> tuple[Payment, ...]:
        """Return the payments (`personal_payments`)."""
        return await self._billing.payments(since, until)

    async def payment_list(self, *, since: datetime, until: datetime) -> tuple[Payment, ...]:
        """Return the payments of a period from the list for administrators and resellers (`payments_get`)."""
        return await self._billing.payment_list(await self.user_id(), since, until)

    @override
    async def invoices(self, *, since: datetime | None = None, until: datetime | None = None) -> tuple[Invoice, ...]:
        """Return the invoices (`user_invoices`), those of a period by their date of issue."""
        return await self._billing.invoices(since, until)

    async def invoice_list(self, *, since: datetime, until: datetime) -> tuple[Invoice, ...]:
        """Return the invoices of a period from the list for administrators and resellers (`invoices_get`)."""
        return await self._billing.invoice_list(since, until)

    @override
    async def subscriptions(self) -> tuple[Subscription, ...]:
        """Return the subscriptions (`user_subscriptions`)."""
        return await self._billing.subscriptions()

    # Calls.

    @override
    async def days(self, stream: str, days: Days) -> CallPage:
        """Return the calls of whole days of the server's zone (`user_calls_get`)."""
        reader = await self._reader()
        return await calls.calls_of_days(self._requests, reader, days, user_id=await self.user_id(), zone=self.zone)

    @override
    async def read_row(self, stream: str, record: Any) -> Call:
        return (await self._reader()).call(fields.mapping(record, "call"))

    @override
    async def new_calls(self) -> tuple[Call, ...]:
        """Return the server's list of new calls, newest first (`new_calls_list`). Their ids are derived."""
        return await calls.new_calls(self._requests, await self._reader())

    @override
    async def recordings(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[RecordingEntry, ...]:
        """Return the list of recordings of a period, newest first (`recordings_get`)."""
        return await recordings.recordings(
            self._requests, await self.user_id(), since=since, until=until, clock=self._clock
        )

    @override
    async def click_to_call(self, *, source: str, destination: str, stream: str | None = None) -> PlacedCall:
        """Ring an extension's telephone, then call the destination (`callback_init`). Sent once, never again."""
        return await self.callback(source=source, destination=destination)

    @override
    async def callback(self, *, source: str, destination: str | None = None, device: str | None = None) -> PlacedCall:
        """Call `source` back through a device, then connect it (`callback_init`). Sent once, never again.

        `device` is the device's id; without one, the device whose extension is `source` is used, or the only telephone.
        Without a destination, the person who answers is asked to dial it. Raises `RequestError` for numbers that can't
        be dialled, and `OutcomeUnknownError` if the reply is missing or incomplete.
        """
        return await callback.place_callback(
            self._requests,
            self._devices,
            label=self.info.name,
            source=source,
            destination=destination,
            device=device,
        )

    @override
    def parse_push(self, payload: Mapping[str, Any] | bytes) -> Call:
        """Return the call of a Call End webhook: the fields of its address (its body is empty), or its query string.

        Raises `ForeignRecordError` for another user's call or before the account's identity was read, and `DataError`
        for a record that can't be read.
        """
        row = calls.read_query(payload) if isinstance(payload, bytes) else dict(payload)
        user_id = fields.text(row.get("user_id"), "user_id")
        if self._identity is None or (user_id and user_id.strip() != _user_id(self._identity)):
            msg = "the field user_id is not the user of this account"
            raise ForeignRecordError(msg, field="user_id")
        return self._reader_of(self._identity, self._devices.known_numbers).call(row)

    async def _reader(self) -> CallReader:
        identity = await self.identity()
        return self._reader_of(identity, await self._devices.own_numbers())

    def _reader_of(self, identity: Identity, own_numbers: Mapping[str, str]) -> CallReader:
        return CallReader(
            API,
            account=f"{self.info.provider_id}:{identity.account_id}",
            zone=self.zone,
            currency=self.currency,
            trunk=_user_id(identity),
            own_numbers=own_numbers,
        )

    # The phonebook.

    @override
    async def contacts(self) -> tuple[Contact, ...]:
        """Return the phonebook (`phonebooks_get`)."""
        return await phonebook.contacts(self._requests, await self.user_id())

    @override
    async def add_contact(self, *, name: str, number: str) -> None:
        """Add an entry to the phonebook with the next free speed dial (`phonebook_record_create`). Sent once."""
        if not name.strip():
            msg = "a phonebook entry needs a name"
            raise RequestError(msg)
        await phonebook.add_contact(self._requests, await self.user_id(), name=name, number=number)

    async def edit_contact(self, contact_id: str, *, name: str | None = None, number: str | None = None) -> None:
        """Change an entry of the phonebook (`phonebook_edit`). Sent once."""
        await phonebook.edit_contact(self._requests, contact_id, name=name, number=number)

    @override
    async def remove_contact(self, contact_id: str) -> None:
        """Remove an entry from the phonebook (`phonebook_record_delete`). Sent once."""
        await phonebook.remove_contact(self._requests, contact_id)

    # The server.

    async def version(self) -> str:
        """Return the server's version (`system_version_get`)."""
        root = await self._requests.read("system_version_get")
        return fields.required_text(root.text_at("version"), "version")

    async def quick_stats(self) -> Mapping[str, Any]:
        """Return the server's figures of today and of the current calls (`quickstats_get`)."""
        root = await self._requests.read("quickstats_get")
        stats = root.first("quickstats")
        return fields.mapping(None if stats is None else figures(stats), "quickstats")

    @override
    async def request(self, method: str, path: str, **params: str | int) -> Any:
        """Return the reply of any other action as plain data; signed, by POST unless `method` is GET.

        An action that may change something is sent once. Raises `RequestError` for actions that cost money.
        """
        action = allowed_actions.checked_action(path)
        verb = "GET" if method.upper() == "GET" else "POST"
        sent = {name: str(value) for name, value in params.items()}
        if allowed_actions.is_read(action):
            return as_data(await self._requests.read(action, method=verb, **sent))
        return as_data(
            await self._requests.send_once(
                action, method=verb, effect="Something may have been changed. Check the result", **sent
            )
        )


def _user_id(identity: Identity) -> str:
    return identity.account_id.removeprefix(_ACCOUNT_PREFIX).partition("@")[0]
