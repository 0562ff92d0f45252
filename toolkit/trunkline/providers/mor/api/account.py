"""An account of MOR's production interface, `/billing/api`: which action answers which question."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, override
from urllib.parse import parse_qsl

from yarl import URL

from trunkline.calendars import WallClock
from trunkline.errors import (
    ConfigError,
    ForeignRecordError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RequestError,
)
from trunkline.model import Extension, Identity, PlacedCall, Trunk
from trunkline.providers.base import Account
from trunkline.providers.common import fields
from trunkline.providers.common.periods import daily_pages
from trunkline.providers.mor import billing as bills
from trunkline.providers.mor import customer, texts
from trunkline.providers.mor.data import as_data, call_records, figures

from . import actions as api_actions
from . import pages as api_pages
from .calls import CallRows
from .wire import (
    SignedRequests,
    check_status,
    raise_refusal,
    read_root,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import date

    from trunkline.model import (
        Call,
        CallerId,
        CallPage,
        Contact,
        Destination,
        Details,
        Device,
        Invoice,
        Money,
        Payment,
        Rate,
        RecordingEntry,
        Subscription,
    )
    from trunkline.providers.base import AccountSettings, ProviderInfo


_UNIQUE_HASH = re.compile(r"[A-Za-z0-9]{4,64}", re.ASCII)
_OWN_UPDATES = re.compile(r"u(?:0|8|17|19|23|26|27)|a[0-9]", re.ASCII)
_LONGEST_PUSH = 1 << 16
_THE_FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_REDIRECT = range(300, 400)


class MorApiAccount(Account):
    """An account whose credentials are a user name and the API secret key of the server or of the user's reseller.

    MOR keeps one balance for all lines, so that there is one trunk, and the user's id is its id.
    """

    by_time: ClassVar[bool] = True
    # A pushed record may lack the row's id; it is a signal to ask for the list.
    push_has_key: ClassVar[bool] = False
    # Call End belongs to a device, and tells of the calls that it makes.
    push_is_whole: ClassVar[bool] = False

    _username = ""
    _password = ""
    _ask: SignedRequests
    _clock: WallClock
    _own: Mapping[str, str] | None = None

    def __init__(self, info: ProviderInfo, settings: AccountSettings, credentials: Mapping[str, str]) -> None:
        """Keep the settings; nothing is sent before the first question."""
        if not all(text.isprintable() for text in credentials.values()):
            msg = f"the credentials of {info.name} have characters that can't be typed: copy them again"
            raise ConfigError(msg)
        super().__init__(info, settings, credentials)
        self._username, self._password = credentials["username"], credentials["password"]
        self._clock = WallClock(self.zone)
        self._ask = SignedRequests(
            self._transport,
            label=info.name,
            username=self._username,
            key=credentials["api_key"],
            password=self._password,
        )

    # Whose account it is, and what is left.

    @override
    async def _read_identity(self) -> Identity:
        user_id = await self._user_id_of_login() or await self._user_id_of_pages()
        host = URL(self.base_url).host or ""
        return Identity(account_id=f"api-{user_id}@{host}", title=f"{self.info.name} {self._username}")

    async def _user_id_of_login(self) -> str | None:
        if not self._password:
            return None
        try:
            return await self.login()
        except (PermissionDeniedError, RequestError):
            # The server has no such action, or doesn't offer it; a wrong password is another error.
            return None

    async def _user_id_of_pages(self) -> str:
        try:
            root = await self._ask.read("user_details_get", username=self._username)
        except (PermissionDeniedError, RequestError):
            root = await self._ask.read("main_page")
        user_id = customer.read_user_id(root)
        if user_id is None:
            raise fields.wrong("userid", "there")
        return user_id

    async def user_id(self) -> str:
        """Return the id that the server knows the user by."""
        return (await self.identity()).account_id.removeprefix("api-").partition("@")[0]

    async def login(self) -> str | None:
        """Log in by user name and password (`user_login`) and return the user's id.

        None where the server tells none: before MOR 11, and where it sends the login on to its pages. After a failure
        it lets nobody log in for some seconds (`RateLimitedError`).
        """
        if not self._password:
            msg = f"{self.info.name}: a login needs a password, and this account has none"
            raise RequestError(msg)
        reply = await self._ask.read_reply("user_login")
        if reply.status in _REDIRECT:
            return None
        root = read_root(reply)
        raise_refusal(root, self.info.name)
        if root.name != "action":
            raise reply.wrong("the answer to a login")
        return customer.read_user_id(root)

    async def logout(self) -> None:
        """Log out (`logout`)."""
        await self._ask.read("logout")

    async def balance(self, currency: str | None = None) -> Money:
        """Return what is left (`user_balance_get`), in another currency if one is named (ISO 4217).

        `RequestError` for what can't be a currency, `PermissionDeniedError` where the server's setting "Allow devices
        to check balance over HTTP" is off.
        """
        code = texts.currency_code(currency) if currency else self.currency
        params = {"currency": code} if currency else {"user_currency": "1"}
        reply = await self._ask.read_reply("user_balance_get", username=self._username, **params)
        return api_pages.read_balance(reply, code)

    async def simple_balance(self, unique_hash: str) -> Money:
        """Return the balance of whoever has a unique hash (`simple_balance`): a bare number, asked for unsigned."""
        if not _UNIQUE_HASH.fullmatch(unique_hash):
            msg = "a unique hash has letters and digits only"
            raise RequestError(msg)
        reply = await self._transport.read("GET", f"simple_balance/{unique_hash}")
        check_status(reply)
        return api_pages.read_balance(reply, self.currency)

    async def trunks(self) -> tuple[Trunk, ...]:
        """Return the user's balance as that of his only trunk; it is on the main page where asking for it is off."""
        try:
            credit: Money | None = await self.balance()
        except PermissionDeniedError:
            credit = customer.read_finances(await self._ask.read("main_page"), self.currency)
        return (Trunk(trunk_id=await self.user_id(), credit=credit),)

    async def details(self) -> Details:
        """Return the user's details (`user_details_get`)."""
        return customer.read_details(await self._ask.read("user_details_get", user_id=await self.user_id()))

    async def update_details(self, values: Mapping[str, str]) -> None:
        """Change details (`user_details_update`), by the names of `details` or by the action's own (`u17`, `a0`).

        `RequestError` for what a user can't change about himself. Sent once.
        """
        changes: dict[str, str] = {}
        for name, value in values.items():
            parameter = name if _OWN_UPDATES.fullmatch(name) else api_pages.UPDATES.get(name)
            if parameter is None:
                msg = f"{self.info.name} can't change {name[:40]!r}; it can: {', '.join(api_pages.UPDATES)}"
                raise RequestError(msg)
            changes[parameter] = value
        if not changes:
            msg = "there is nothing to change: name a field and what it should be"
            raise RequestError(msg)
        await self._ask.change(
            "user_details_update", effect="and the details are changed", user_id=await self.user_id(), **changes
        )

    # What he has.

    async def devices(self) -> tuple[Device, ...]:
        """Return the telephones and fax machines (`user_devices`)."""
        found = customer.read_devices(await self._ask.read("user_devices"), self._clock)
        self._own = customer.own_numbers(found)
        return found

    async def device_list(self) -> tuple[Device, ...]:
        """Return nothing but the ids and types of the devices (`devices_get`)."""
        return customer.read_devices(await self._ask.read("devices_get", user_id=await self.user_id()), self._clock)

    async def device_details(self, device_id: str) -> Mapping[str, Any]:
        """Return what the server knows of a device (`device_details_get`), as it writes it but for passwords."""
        data = as_data(await self._ask.read("device_details_get", device_id=device_id))
        device = fields.mapping(data, "page")
        return {name: value for name, value in device.items() if "password" not in name.lower()}

    async def extensions(self) -> tuple[Extension, ...]:
        """Return the extensions of the devices."""
        return tuple(Extension(one.extension, one.name) for one in await self.devices() if one.extension)

    async def caller_ids(self) -> tuple[CallerId, ...]:
        """Return the numbers that the devices are known by (`device_clis_get`)."""
        root = await self._ask.read_list("device_clis_get", users_id=await self.user_id())
        return () if root is None else api_pages.read_caller_ids(root, self._clock)

    async def add_caller_id(self, *, device_id: str, number: str, description: str = "") -> None:
        """Let a device be known by a number (`cli_add`). Sent once."""
        more = {"cli_description": description} if description else {}
        await self._ask.change(
            "cli_add",
            effect="and the number is added",
            device_id=device_id,
            cli_number=texts.dialled(number, "number"),
            **more,
        )

    async def remove_caller_id(self, number: str) -> None:
        """Let no device be known by a number any more (`cli_delete`). Sent once."""
        await self._ask.change(
            "cli_delete", effect="and the number is gone", cli_number=texts.dialled(number, "number")
        )

    # Bills.

    async def rates(self) -> tuple[Rate, ...]:
        """Return what a minute costs, by destination (`user_rates`)."""
        return bills.read_rates(await self._ask.read("user_rates"), self.currency)

    async def destinations(self, rate_id: str) -> tuple[Destination, ...]:
        """Return the prefixes of a group of destinations, given its id (`dg_list_user_destinations`)."""
        return bills.read_destinations(await self._ask.read("dg_list_user_destinations", id=rate_id))

    async def payments(self, *, since: datetime | None = None, until: datetime | None = None) -> tuple[Payment, ...]:
        """Return what was paid in (`personal_payments`)."""
        found = bills.read_payments(await self._ask.read("personal_payments"), self.currency, self._clock)
        return tuple(one for one in found if bills.within(one.paid_at, since, until))

    async def payment_list(self, *, since: datetime, until: datetime) -> tuple[Payment, ...]:
        """Return the payments of a period out of the list for administrators and resellers (`payments_get`)."""
        root = await self._ask.read(
            "payments_get", s_user_id=await self.user_id(), s_from=_unix(since), s_till=_unix(until)
        )
        found = bills.read_payments(root, self.currency, self._clock)
        return tuple(one for one in found if bills.within(one.paid_at, since, until))

    async def invoices(self, *, since: datetime | None = None, until: datetime | None = None) -> tuple[Invoice, ...]:
        """Return the bills (`user_invoices`), those of a period by their day of issue."""
        found = bills.read_invoices(await self._ask.read("user_invoices"), self.currency, self._clock)
        return tuple(one for one in found if bills.within(one.issued_at, since, until))

    async def invoice_list(self, *, since: datetime, until: datetime) -> tuple[Invoice, ...]:
        """Return the bills of a period out of the list for administrators and resellers (`invoices_get`)."""
        period = {"from": _unix(since), "till": _unix(until)}
        root = await self._ask.read_list("invoices_get", **period)
        return () if root is None else bills.read_invoice_list(root, self.currency, self._clock)

    async def subscriptions(self) -> tuple[Subscription, ...]:
        """Return what is paid for regularly (`user_subscriptions`)."""
        return bills.read_subscriptions(await self._ask.read("user_subscriptions"), self.currency, self._clock)

    # Calls.

    @override
    async def streams(self) -> tuple[str, ...]:
        return ("",)

    @override
    async def pages(
        self, stream: str, *, since: datetime | None = None, until: datetime | None = None, skip: int = 0
    ) -> AsyncIterator[CallPage]:
        rows = await self._rows()
        async for page in daily_pages(
            lambda first, last: self._days(rows, first, last), zone=self.zone, since=since, until=until
        ):
            yield page

    async def _days(self, rows: CallRows, first: date, last: date) -> Sequence[Call]:
        """Return the calls of whole days of the server's clock (`user_calls_get`, periods in Unix seconds)."""
        begin = datetime(first.year, first.month, first.day, tzinfo=self.zone)
        after = last + _DAY
        end = datetime(after.year, after.month, after.day, tzinfo=self.zone).astimezone(UTC)
        root = await self._ask.read(
            "user_calls_get",
            s_user=await self.user_id(),
            period_start=_unix(begin),
            period_end=_unix(end - timedelta(seconds=1)),
        )
        return rows.calls(call_records(root), currency=root.at("currency"))

    async def new_calls(self) -> tuple[Call, ...]:
        """Return the calls that the server calls new (`new_calls_list`), newest first; their keys are made."""
        root = await self._ask.read("new_calls_list")
        calls = (await self._rows()).calls(call_records(root), currency=root.at("currency"))
        return tuple(sorted(calls, key=lambda call: call.started_at or _THE_FIRST_DAY, reverse=True))

    async def recordings(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[RecordingEntry, ...]:
        """Return the list of recordings of a period, newest first (`recordings_get`)."""
        root = await self._ask.read_list(
            "recordings_get",
            date_from=_unix(since or _THE_FIRST_DAY),
            date_till=_unix(until or datetime.now(UTC) + _DAY),
            user=await self.user_id(),
        )
        found = () if root is None else api_pages.read_recordings(root, self._clock)
        return tuple(sorted((one for one in found if bills.within(one.at, since, until)), key=api_pages.newest_first))

    @override
    async def click_to_call(self, *, source: str, destination: str, stream: str | None = None) -> PlacedCall:
        """Ring an extension's telephone, then call the destination (`callback_init`). Sent once, never again."""
        return await self.callback(source=source, destination=destination)

    async def callback(self, *, source: str, destination: str | None = None, device: str | None = None) -> PlacedCall:
        """Call `source` back through a device, then connect it (`callback_init`). Sent once, never again.

        `device` is the device's id; if left out, the one whose extension `source` is, or the only one. Without a
        destination whoever answers is asked to dial it. `RequestError` for numbers that can't be dialled,
        `OutcomeUnknownError` where no whole answer came.
        """
        params = {"src": texts.dialled(source, "source")}
        if destination is not None:
            params["dst"] = texts.dialled(destination, "destination")
        if device is None:
            device = customer.calling_device(await self.devices(), params["src"])
        params["device"] = device
        effect = "and the phone rings"
        root = await self._ask.once("callback_init", effect=effect, **params)
        if root.name != "status" or (root.words or "").lower() != "ok":
            msg = f"{self.info.name}'s answer to the call makes no sense: the phone may ring. It was not repeated"
            raise OutcomeUnknownError(msg)
        return PlacedCall(request_id=None)

    def parse_push(self, payload: Mapping[str, Any] | bytes) -> Call:
        """Return the call of a Call End webhook: the fields of its address (its body is empty), or the query as text.

        Raises `ForeignRecordError` for another user's, or where the account's identity wasn't read yet, and `DataError`
        for one that makes no sense.
        """
        row = _query(payload) if isinstance(payload, bytes) else dict(payload)
        user_id = fields.text(row.get("user_id"), "user_id")
        own = self._identity.account_id.removeprefix("api-").partition("@")[0] if self._identity else None
        if own is None or (user_id and user_id.strip() != own):
            msg = "the field user_id is not the user of this account"
            raise ForeignRecordError(msg, field="user_id")
        return self._rows_of(own, self._own or {}).call(row)

    async def _rows(self) -> CallRows:
        user_id = await self.user_id()
        if self._own is None:
            try:
                await self.devices()
            except (PermissionDeniedError, RequestError):
                self._own = {}
        return self._rows_of(user_id, self._own or {})

    def _rows_of(self, user_id: str, own: Mapping[str, str]) -> CallRows:
        account_id = self._identity.account_id if self._identity else user_id
        return CallRows(
            account=f"{self.info.provider_id}:{account_id}",
            zone=self.zone,
            currency=self.currency,
            trunk=user_id,
            own=own,
        )

    # The phonebook.

    async def contacts(self) -> tuple[Contact, ...]:
        """Return the phonebook (`phonebooks_get`)."""
        root = await self._ask.read_list("phonebooks_get", user_id=await self.user_id())
        return () if root is None else api_pages.read_contacts(root)

    async def add_contact(self, *, name: str, number: str) -> None:
        """Add an entry to the phonebook (`phonebook_record_create`) under a speed dial that is free. Sent once."""
        if not name.strip():
            msg = "an entry of the phonebook needs a name"
            raise RequestError(msg)
        user_id = await self.user_id()
        digits = texts.dialled(number, "number")
        book = await self._ask.read_list("phonebooks_get", user_id=user_id)
        await self._ask.change(
            "phonebook_record_create",
            effect="and the entry is there",
            user_id=user_id,
            name=name,
            number=digits,
            speeddial=api_pages.free_speed_dial(book),
        )

    async def edit_contact(self, contact_id: str, *, name: str | None = None, number: str | None = None) -> None:
        """Change an entry of the phonebook (`phonebook_edit`). Sent once."""
        changes = {
            **({} if name is None else {"name": name}),
            **({} if number is None else {"number": texts.dialled(number, "number")}),
        }
        if not changes:
            msg = "there is nothing to change: give a name or a number"
            raise RequestError(msg)
        await self._ask.change("phonebook_edit", effect="and the entry is changed", phonebook_id=contact_id, **changes)

    async def remove_contact(self, contact_id: str) -> None:
        """Remove an entry of the phonebook (`phonebook_record_delete`). Sent once."""
        await self._ask.change("phonebook_record_delete", effect="and the entry is gone", phonebook_id=contact_id)

    # The server.

    async def version(self) -> str:
        """Return the server's version (`system_version_get`)."""
        return fields.required_text((await self._ask.read("system_version_get")).at("version"), "version")

    async def quick_stats(self) -> Mapping[str, Any]:
        """Return the server's own figures of today and of the calls under way (`quickstats_get`)."""
        root = await self._ask.read("quickstats_get")
        stats = root.one("quickstats")
        return fields.mapping(None if stats is None else figures(stats), "quickstats")

    async def request(self, method: str, path: str, **params: str | int) -> Any:
        """Return the reply of any other action as plain data; signed, by POST unless `method` is GET.

        What isn't known to be only read is sent once. `RequestError` for actions that cost money.
        """
        action = api_actions.checked(path)
        verb = "GET" if method.upper() == "GET" else "POST"
        sent = {key: str(value) for key, value in params.items()}
        if api_actions.is_read(action):
            return as_data(await self._ask.read(action, method=verb, **sent))
        return as_data(await self._ask.once(action, method=verb, effect="and changed something", **sent))


def _unix(moment: datetime) -> str:
    return str(int(moment.timestamp()))


def _query(payload: bytes) -> dict[str, Any]:
    if len(payload) > _LONGEST_PUSH:
        raise fields.wrong("body", "of a sensible size")
    try:
        pairs = dict(parse_qsl(payload.decode("utf-8").lstrip("?"), keep_blank_values=True, max_num_fields=200))
    except ValueError:
        pairs = {}
    if not pairs:
        raise fields.wrong("body", "a query string")
    return pairs
