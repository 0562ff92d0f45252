"""The customers of the MOR server behind both of its wires: users, devices, phonebooks, payments and invoices."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from .formats import VAT_PERCENT, VILNIUS, international

if TYPE_CHECKING:
    from trunkline.sandbox.world import Office, World


@dataclass(frozen=True, slots=True)
class MorUser:
    """A customer of the server; `office` is the position of the customer's office."""

    user_id: int
    username: str
    password: str = field(repr=False)
    office: int
    first_name: str
    surname: str
    # The details that the customer can change.
    details: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class MorDevice:
    """A telephone or fax machine; `acc` is its id."""

    acc: int
    kind: str
    description: str
    extension: str
    username: str
    password: str = field(repr=False)
    caller: str = field(repr=False)
    registered_at: int


@dataclass(slots=True)
class PhonebookEntry:
    """An entry of a user's phonebook."""

    entry_id: int
    name: str
    number: str = field(repr=False)
    speeddial: str
    added_at: int


@dataclass(slots=True)
class Cli:
    """A number that a device is known by."""

    cli_id: int
    number: str = field(repr=False)
    device: int
    description: str
    added_at: int


@dataclass(frozen=True, slots=True)
class MorPayment:
    """A payment of a user: without tax, in rial."""

    paid_at: int
    amount: int


@dataclass(frozen=True, slots=True)
class MorInvoice:
    """A month's bill of a user: without tax, in rial; times are seconds since the epoch."""

    number: str
    begin: int
    end: int
    issued_at: int
    paid: bool
    price: int


_DEVICE_NAMES = ("Priimamasis", "Pardavimai", "Pagalba", "Buhalterija", "Sandėlis", "Vadovė", "Posėdžių salė")
_ENTRIES = (("Sandėlis Kaune", "9120000201"), ("Klientas „Ąžuolas“", "2100000202"), ("Meistras", "9120000203"))
_FAX = "1990"
_REGISTERED_AGO = 1800


class MorServer:
    """The data that only the server has: users, devices, phonebooks and CLIs. Both wires of a world share one."""

    def __init__(self, world: World) -> None:
        """Set up a user for each office."""
        self.world = world
        self.started_at = int(world.clock.now())
        self.users = (
            MorUser(2, "vardenis", "slaptas-2", 0, "Vardenis", "Pavardenis", _details("UAB „Mėlynas dviratis“")),
            MorUser(3, "vardene", "slaptas-3", 1, "Vardenė", "Pavardenienė", _details("MB „Žalias aitvaras“")),
        )
        self.phonebooks = {user.user_id: self._phonebook(user) for user in self.users}
        self.clis = {user.user_id: self._clis(user) for user in self.users}
        self._next_id = 500

    def user(self, username: str) -> MorUser | None:
        """Find a user by name."""
        return next((user for user in self.users if user.username == username), None)

    def office(self, user: MorUser) -> Office:
        """Return the office of a user."""
        return self.world.offices[user.office]

    def balance(self, user: MorUser) -> int:
        """Return what is left of a user's money, in rial: MOR has one balance for all lines."""
        return sum(trunk.credit for trunk in self.office(user).trunks)

    def new_id(self) -> int:
        """Return an id for something new."""
        self._next_id += 1
        return self._next_id

    def devices(self, user: MorUser) -> list[MorDevice]:
        """Return a user's devices: a telephone for each extension, and a fax machine."""
        extensions = self.office(user).extensions
        first = 100 * user.user_id
        registered = int(self.world.clock.now()) - _REGISTERED_AGO
        devices = [
            MorDevice(
                acc=first + at,
                kind="SIP",
                description=f"{_DEVICE_NAMES[at % len(_DEVICE_NAMES)]} {at // len(_DEVICE_NAMES) + 1}",
                extension=extension.number,
                username=extension.number,
                password=f"sip-{first + at}",
                caller=f'"{extension.number}" <{extension.number}>',
                registered_at=registered - 7 * at,
            )
            for at, extension in enumerate(extensions)
        ]
        fax = MorDevice(first + 99, "FAX", "Faksas", _FAX, _FAX, "fax", f'"{_FAX}" <{_FAX}>', registered)
        return [*devices, fax]

    def device(self, user: MorUser, acc: str) -> MorDevice | None:
        """Find a user's device by its id."""
        return next((device for device in self.devices(user) if str(device.acc) == acc), None)

    def payments(self, user: MorUser) -> list[MorPayment]:
        """Return what a user paid in, oldest first."""
        paid = [MorPayment(at, amount) for trunk in self.office(user).trunks for at, amount in trunk.top_ups]
        return sorted((payment for payment in paid if payment.amount > 0), key=lambda payment: payment.paid_at)

    def invoices(self, user: MorUser) -> list[MorInvoice]:
        """Return an invoice for each complete month with calls of a user, oldest first; the last is unpaid."""
        office = self.office(user)
        now = datetime.fromtimestamp(self.world.clock.now(), VILNIUS)
        this_month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        prices: dict[tuple[int, int], int] = {}
        for row in office.calls:
            day = datetime.fromtimestamp(row.started_at, VILNIUS)
            prices[day.year, day.month] = prices.get((day.year, day.month), 0) + row.price
        invoices = []
        for (year, month), price in sorted(prices.items()):
            begin = datetime(year, month, 1, tzinfo=VILNIUS)
            after = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=VILNIUS)
            if begin >= this_month:
                continue
            end = int(after.timestamp()) - 1
            number = f"INV{user.user_id}{year % 100:02d}{month:02d}"
            invoices.append(
                MorInvoice(number, int(begin.timestamp()), end, end + 3601, after < this_month, price),
            )
        return invoices

    def _phonebook(self, user: MorUser) -> list[PhonebookEntry]:
        return [
            PhonebookEntry(10 * user.user_id + at, name, international(number), str(11 + at), self.started_at - 86400)
            for at, (name, number) in enumerate(_ENTRIES)
        ]

    def _clis(self, user: MorUser) -> list[Cli]:
        return [
            Cli(10 * user.user_id + at, international(trunk.number), 100 * user.user_id + at, "Linija", self.started_at)
            for at, trunk in enumerate(self.office(user).trunks)
        ]


def server_of(world: World) -> MorServer:
    """Return the server of a world, which both wires share."""
    if MorServer not in world.shared:
        world.shared[MorServer] = MorServer(world)
    server: MorServer = world.shared[MorServer]
    return server


def _details(company: str) -> dict[str, str]:
    return {
        "personalid": "",
        "agreement_number": "S-0001",
        "agreement_date": "2024-03-11",
        "taxation_country": "Lithuania",
        "vat_reg_number": "",
        "vat_percent": f"{VAT_PERCENT}.0",
        "reg_address": f"{company}, Pavyzdžio g. 1",
        "reg_postcode": "00000",
        "reg_city": "Vilnius",
        "reg_country": "Lithuania",
        "reg_state": "",
        "reg_direction": "Lithuania",
        "reg_phone": "",
        "reg_mobile": "",
        "reg_fax": "",
        "reg_email": "office@example.com",
    }
