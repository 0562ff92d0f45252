"""What MOR's pages show of the user himself, and the ways in which an account asks for any page."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, override

from yarl import URL

from trunkline.errors import DataError, NotFoundError, RequestError
from trunkline.model import Extension, Identity, Recording, Trunk
from trunkline.providers.base import Account
from trunkline.providers.mor import billing as bills
from trunkline.providers.mor import customer, texts

from . import pages as pages_wire
from .session import MAIN, Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trunkline.calendars import WallClock
    from trunkline.model import CallerId, Contact, Details, Device, Fax

    from .calls import OwnNumbers
    from .pages import LoginForm, MainPage

ALL = "all"
PDF = "application/pdf"
FILES = {"pdf": PDF, "csv": "text/csv"}
_THE_FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_DAY, _INSTANT = timedelta(days=1), timedelta(microseconds=1)
_ID = re.compile(r"[A-Za-z0-9_\-]{1,60}", re.ASCII)


class PagesOffice(Account):
    """The pages of the user himself, and the ways in which pages are asked for."""

    _session: Session
    _clock: WallClock
    _main: MainPage | None = None
    _own: OwnNumbers | None = None
    _own_at = 0.0

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
        if not values:
            msg = "there is nothing to change: name a field and what it should be"
            raise RequestError(msg)
        unknown = sorted(set(values) - set(pages_wire.EDITABLE))
        if unknown:
            msg = f"{self.info.name} can't change {unknown[0][:40]!r}; it can: {', '.join(pages_wire.EDITABLE)}"
            raise RequestError(msg)
        before = (await self.details()).values
        # What the page doesn't show stays out: an empty text would blank it.
        known = [name for name in pages_wire.EDITABLE if name in values or name in before]
        form = {name: values.get(name, before.get(name) or "") for name in known}
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
        form = {"device_id": device_id, "cli": texts.dialled(number, "number"), "description": description}
        await self._act("devices/cli_add", form, "and the number is added")
        self._own = None

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
        form = {"userid": user_id, "number": texts.dialled(number, "number"), "name": name.strip()}
        await self._act(f"phonebooks/add_new/{user_id}", form, "and the entry is there")

    async def remove_contact(self, contact_id: str) -> None:
        """Remove an entry of the phonebook (`/phonebooks/destroy`). Sent once.

        `RequestError` for an id that was derived here because the server's list shows none.
        """
        if pages_wire.is_derived(contact_id):
            msg = f"the phonebook of this {self.info.name} server shows no ids: remove the entry on its own pages"
            raise RequestError(msg)
        entry = plain_id(contact_id, "entry")
        await self._act(f"phonebooks/destroy/{entry}", {"entryid": entry}, "and the entry is gone")

    async def faxes(
        self, *, since: datetime | None = None, until: datetime | None = None, status: str = ALL, device: str = ALL
    ) -> tuple[Fax, ...]:
        """Return the faxes, newest first (`/stats/faxes_list`); `device` is a device's id or `all`."""
        user_id = await self.user_id()
        path = f"stats/faxes_list/{user_id}"
        if since is None and until is None and status == device == ALL:
            root = await self._session.page(path)
        else:
            period = self._period(since, until)
            form = {"userid": user_id, "search_on": "1", **period, "fax_status": status, "device_id": device}
            root = await self._session.page(path, method="POST", form=form)
        found = pages_wire.read_faxes(root, self._clock)
        return tuple(one for one in found if bills.within(one.at, since, until))

    # Inside.

    async def _act(self, path: str, form: dict[str, str], effect: str) -> None:
        root = await self._session.send(path, form=form, effect=effect)
        try:
            pages_wire.check_action(root, self.info.name)
        except DataError as error:
            raise self._session.unclear(str(error), effect) from None

    async def _file(self, path: str, params: dict[str, str], name: str, kind: str) -> Recording:
        reply = await self._session.file(path, params=params)
        if kind == PDF and not reply.body.startswith(b"%PDF"):
            raise reply.wrong("a PDF file")
        return Recording(content=reply.body, media_type=reply.media_type or kind, filename=name)

    async def _own_currency(self) -> str:
        """Return the currency of the balance, which pages that name none are in."""
        main = self._main or await self.main_page()
        return main.balance.currency if main.balance is not None else self.currency

    def _period(self, since: datetime | None, until: datetime | None) -> dict[str, str]:
        """Write a period as the pages do: wall-clock texts of the server, both ends included."""
        begin = since if since is not None else _THE_FIRST_DAY
        end = (until if until is not None else datetime.now(UTC) + _DAY).astimezone(self.zone) - _INSTANT
        return {"period_start": _written(begin.astimezone(self.zone)), "period_end": _written(end)}


def export_type(form: str) -> str:
    """Return the media type of a file to export; `RequestError` for a form that the pages don't have."""
    if form not in FILES:
        msg = "a file is a pdf or a csv"
        raise RequestError(msg)
    return FILES[form]


def plain_id(text: str, what: str) -> str:
    """Return an id that can stand in a path."""
    if not _ID.fullmatch(text):
        msg = f"the id of this {what} is none that MOR gives"
        raise NotFoundError(msg)
    return text


def _place(base_url: str) -> str:
    return URL(base_url).host or ""


def _written(local: datetime) -> str:
    return local.strftime("%Y-%m-%d %H:%M:%S")
