"""The actions of MOR's `/billing/api` on phonebooks and CLIs (docs/providers/mor.md)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trunkline.sandbox.mor import formats
from trunkline.sandbox.mor.customers import Cli, PhonebookEntry
from trunkline.sandbox.mor.xml import element, elements

from .replies import Actions, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

    from trunkline.sandbox.mor.customers import MorDevice, MorUser
    from trunkline.sandbox.world import World

    from .replies import Answer


class PhonebookActions(Actions):
    """The phonebook and the numbers that devices are known by."""

    def __init__(self, world: World, switches: Any) -> None:
        """List the actions."""
        super().__init__(world, switches)
        self.answers: dict[str, Answer] = {
            "phonebooks_get": self._phonebook,
            "phonebook_record_create": self._add_entry,
            "phonebook_edit": self._edit_entry,
            "phonebook_record_delete": self._delete_entry,
            "device_clis_get": self._clis,
            "cli_add": self._add_cli,
            "cli_delete": self._delete_cli,
            "cli_info_get": self._cli_info,
        }

    def _phonebook(self, user: MorUser, params: Mapping[str, str]) -> Element:
        self.owner(user, params)
        book = self.server.phonebooks[user.user_id]
        if not book:
            raise Refusal("No Phonebooks", "page")
        rows = [
            element(
                "phonebook", None, id=entry.entry_id, name=entry.name, number=entry.number, speeddial=entry.speeddial
            )
            for entry in book
        ]
        return element("page", [element("phonebooks", rows)])

    def _add_entry(self, user: MorUser, params: Mapping[str, str]) -> Element:
        self.owner(user, params)
        book = self.server.phonebooks[user.user_id]
        _check_entry(params, book)
        book.append(
            PhonebookEntry(
                self.server.new_id(),
                params["name"],
                params["number"],
                params["speeddial"],
                int(self.world.clock.now()),
            )
        )
        return element("page", [element("status", None, success="Record successfully added")])

    def _edit_entry(self, user: MorUser, params: Mapping[str, str]) -> Element:
        book, at = self._entry(user, params)
        before = book[at]
        changed = replace(
            before,
            name=params.get("name", before.name),
            number=params.get("number", before.number),
            speeddial=params.get("speeddial", before.speeddial),
        )
        if not changed.name or not changed.number.isdigit():
            raise Refusal("Phonebook was not saved", "page", "Please fill all fields")
        book[at] = changed
        return element("page", None, status="Phonebook saved")

    def _delete_entry(self, user: MorUser, params: Mapping[str, str]) -> Element:
        book, at = self._entry(user, params)
        del book[at]
        return element("status", None, success="Phonebook record successfully deleted")

    def _entry(self, user: MorUser, params: Mapping[str, str]) -> tuple[list[PhonebookEntry], int]:
        book = self.server.phonebooks[user.user_id]
        for at, entry in enumerate(book):
            if str(entry.entry_id) == params.get("phonebook_id"):
                return book, at
        raise Refusal("Phonebook was not found", "page")

    def _clis(self, user: MorUser, params: Mapping[str, str]) -> Element:
        self.owner(user, params, "users_id")
        devices = {device.acc: device for device in self.server.devices(user)}
        fields: list[tuple[str, object]] = []
        for cli in self.server.clis[user.user_id]:
            if params.get("devices_id", str(cli.device)) != str(cli.device):
                continue
            at = f"{formats.local_text(cli.added_at)} {formats.offset_text(cli.added_at).replace(':', '')}"
            fields += [
                ("cli_id", cli.cli_id),
                ("cli_cli", cli.number),
                ("cli_device", _device_name(devices[cli.device])),
                ("cli_description", cli.description),
                ("cli_added_at", at),
                ("cli_updated_at", at),
                ("cli_comment", None),
                ("cli_email_callback", 0),
                ("cli_banned", 0),
            ]
        if not fields:
            raise Refusal("CLIs were not found", "page-status")
        # [INFER] The manufacturer's sample has one CLI; several follow each other in the same element.
        return element("page", [element("status", elements(fields))])

    def _add_cli(self, user: MorUser, params: Mapping[str, str]) -> Element:
        device = self.server.device(user, params.get("device_id", ""))
        if device is None:
            raise Refusal("Device was not found", "page-status")
        number = params.get("cli_number", "")
        taken = {cli.number for clis in self.server.clis.values() for cli in clis}
        if not number.isdigit() or number in taken:
            raise Refusal("CLI not created", "page-status")
        clis = self.server.clis[user.user_id]
        note = params.get("cli_description", "")
        clis.append(Cli(self.server.new_id(), number, device.acc, note, int(self.world.clock.now())))
        return element("page", [element("status", None, success="CLI created")])

    def _delete_cli(self, user: MorUser, params: Mapping[str, str]) -> Element:
        clis = self.server.clis[user.user_id]
        kept = [cli for cli in clis if cli.number != params.get("cli_number")]
        if len(kept) == len(clis):
            raise Refusal("CLI was not found", "page-status")
        clis[:] = kept
        return element("page", [element("status", None, success="CLI successfully deleted")])

    def _cli_info(self, user: MorUser, params: Mapping[str, str]) -> Element:
        for cli in self.server.clis[user.user_id]:
            if cli.number == params.get("cli"):
                device = element("device", None, user_id=user.user_id, device_id=cli.device)
                return element("page", [element("cli", [device])])
        raise Refusal("CLI not found", "page")


def _device_name(device: MorDevice) -> str:
    return f"{device.kind}/{device.username}"


def _check_entry(params: Mapping[str, str], book: list[PhonebookEntry]) -> None:
    number, speeddial = params.get("number", ""), params.get("speeddial", "")
    least_digits = 2
    for wrong, text in (
        (not params.get("name"), "Name must be provided"),
        (not number, "Record number should have at least one digit"),
        (not number.isdigit(), "Record number must be numeric"),
        (not speeddial, "Speed Dial name must be provided"),
        (not speeddial.isdigit(), "Speed Dial must be numeric"),
        (len(speeddial) < least_digits, "Speed Dial should have at least two digits"),
        (speeddial in {entry.speeddial for entry in book}, "Speed dial must be unique"),
    ):
        if wrong:
            raise Refusal("Phonebook was not saved", "page", text)
