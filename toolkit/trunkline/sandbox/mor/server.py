"""The MOR server behind both of its wires: its users, and how it writes the world's numbers, money and times.

The world is an Iranian office. MOR is Lithuanian, its server's clock runs in Vilnius, and its users pay in euro.
[INFER] Numbers are written as MOR routes them: with the country code 98 and without a plus. [INFER] 10 000 rial are a
euro, so that every rial is exactly the fourth decimal, which is how many MOR shows by default.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from trunkline.sandbox.world import Direction, Outcome

if TYPE_CHECKING:
    from trunkline.sandbox.world import CallRow, Office, World

VILNIUS = ZoneInfo("Europe/Vilnius")
CURRENCY = "EUR"
RIAL_A_EURO = 10_000
VAT_PERCENT = 21
_COUNTRY = "98"
_LONGEST_EXTENSION = 6
DISPOSITIONS = {
    Outcome.ANSWERED: "ANSWERED",
    Outcome.BUSY: "BUSY",
    Outcome.NO_ANSWER: "NO ANSWER",
    # [INFER] MOR has four dispositions; congestion is a failed call with its own cause.
    Outcome.CONGESTION: "FAILED",
}
# ITU-T Q.850: normal clearing, user busy, no answer from user, no circuit available.
HANGUP_CAUSES = {Outcome.ANSWERED: 16, Outcome.BUSY: 17, Outcome.NO_ANSWER: 19, Outcome.CONGESTION: 34}


def euro(rial: int) -> str:
    """Write an amount in euro with four decimals, exactly."""
    sign, amount = ("-", -rial) if rial < 0 else ("", rial)
    return f"{sign}{amount // RIAL_A_EURO}.{amount % RIAL_A_EURO:04d}"


def rial(euros: int) -> int:
    """Return an amount in rial."""
    return euros * RIAL_A_EURO


def with_tax(amount: int) -> int:
    """Add the tax to an amount."""
    return amount * (100 + VAT_PERCENT) // 100


def international(number: str) -> str:
    """Write a number of the world as MOR does; extensions stay as they are."""
    return number if len(number) <= _LONGEST_EXTENSION else _COUNTRY + number


def national(number: str) -> str:
    """Turn MOR's number back into the world's."""
    bare = number.lstrip("+")
    bare = bare.removeprefix("00") if bare.startswith("00" + _COUNTRY) else bare
    return bare.removeprefix(_COUNTRY) if len(bare) > _LONGEST_EXTENSION else bare


def local_text(instant: float) -> str:
    """Write an instant as Vilnius's wall clock, `YYYY-MM-DD HH:MM:SS`."""
    return datetime.fromtimestamp(instant, VILNIUS).strftime("%Y-%m-%d %H:%M:%S")


def offset_text(instant: float) -> str:
    """Write Vilnius's offset at an instant, such as `+02:00`."""
    text = datetime.fromtimestamp(instant, VILNIUS).strftime("%z")
    return f"{text[:3]}:{text[3:]}"


def local_instant(text: str) -> int:
    """Read `YYYY-MM-DD[ HH:MM[:SS]]` of Vilnius's wall clock; ValueError for anything else."""
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"):
        try:
            return int(datetime.strptime(text, form).replace(tzinfo=VILNIUS).timestamp())
        except ValueError:
            continue
    msg = "not a time"
    raise ValueError(msg)


def clock_text(seconds: int) -> str:
    """Write a duration as `HH:MM:SS`."""
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


@dataclass(frozen=True, slots=True)
class MorUser:
    """A customer of the server; `office` is what of the world belongs to it."""

    user_id: int
    username: str
    password: str = field(repr=False)
    office: int
    first_name: str
    surname: str
    # Of the customer's details what may be changed.
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


@dataclass(frozen=True, slots=True)
class MorRate:
    """What a minute costs: a row of the user's tariff, in rial."""

    group_id: int
    name: str
    icon: str
    kind: str
    price: int
    prefixes: tuple[tuple[str, str], ...]


# The sandbox's own prices of a minute, and two countries that nobody in it calls.
RATES = (
    MorRate(1, "Iran", "irn.png", "FIX", 420, (("Iran Tehran", "9821"), ("Iran Mashhad", "9851"))),
    MorRate(1, "Iran", "irn.png", "MOB", 950, (("Iran mobile", "989"),)),
    MorRate(2, "Lithuania", "ltu.png", "FIX", 120, (("Lithuania Vilnius", "3705"), ("Lithuania Kaunas", "37037"))),
    MorRate(2, "Lithuania", "ltu.png", "MOB", 310, (("Lithuania mobile", "3706"),)),
    MorRate(3, "Australia", "aust.png", "FIX", 200, (("Australia Canberra", "61261"), ("Australia Canberra", "61262"))),
)
_DEVICE_NAMES = ("Priimamasis", "Pardavimai", "Pagalba", "Buhalterija", "Sandėlis", "Vadovė", "Posėdžių salė")
_BOOK = (("Sandėlis Kaune", "9120000201"), ("Klientas „Ąžuolas“", "2100000202"), ("Meistras", "9120000203"))
_FAX = "1990"
_REGISTERED_AGO = 1800


class MorServer:
    """What only the server has: users, devices, phonebooks and CLIs; one for each world, whichever wire asks."""

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
        return next((one for one in self.users if one.username == username), None)

    def office(self, user: MorUser) -> Office:
        """Return what of the world belongs to a user."""
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
        desks = self.office(user).extensions
        first = 100 * user.user_id
        registered = int(self.world.clock.now()) - _REGISTERED_AGO
        devices = [
            MorDevice(
                acc=first + at,
                kind="SIP",
                description=f"{_DEVICE_NAMES[at % len(_DEVICE_NAMES)]} {at // len(_DEVICE_NAMES) + 1}",
                extension=desk.number,
                username=desk.number,
                password=f"sip-{first + at}",
                caller=f'"{desk.number}" <{desk.number}>',
                registered_at=registered - 7 * at,
            )
            for at, desk in enumerate(desks)
        ]
        fax = MorDevice(first + 99, "FAX", "Faksas", _FAX, _FAX, "fax", f'"{_FAX}" <{_FAX}>', registered)
        return [*devices, fax]

    def device(self, user: MorUser, acc: str) -> MorDevice | None:
        """Find a user's device by its id."""
        return next((one for one in self.devices(user) if str(one.acc) == acc), None)

    def payments(self, user: MorUser) -> list[MorPayment]:
        """Return what a user paid in, oldest first."""
        paid = [MorPayment(at, amount) for trunk in self.office(user).trunks for at, amount in trunk.top_ups]
        return sorted((one for one in paid if one.amount > 0), key=lambda one: one.paid_at)

    def invoices(self, user: MorUser) -> list[MorInvoice]:
        """Return the bills of the whole months that the calls of a user lie in, oldest first; the last is unpaid."""
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
            for at, (name, number) in enumerate(_BOOK)
        ]

    def _clis(self, user: MorUser) -> list[Cli]:
        return [
            Cli(10 * user.user_id + at, international(trunk.number), 100 * user.user_id + at, "Linija", self.started_at)
            for at, trunk in enumerate(self.office(user).trunks)
        ]


@dataclass(frozen=True, slots=True)
class Ends:
    """Who called whom as MOR writes it; `did` is the number that was called from outside, "" for other calls."""

    source: str = field(repr=False)
    destination: str = field(repr=False)
    did: str = field(repr=False)


def ends(world: World, office: Office, position: int) -> Ends:
    """Write who called and who was called.

    [INFER] Our end of an incoming call is the extension that rang, or the line where nobody's rang.
    """
    row = office.calls[position]
    if row.direction == Direction.LOCAL:
        return Ends(office.extensions[row.extension].number, office.extensions[row.peer].number, "")
    outside = international(world.parties[row.peer].number)
    if row.direction == Direction.OUTGOING:
        return Ends(international(world.caller(office, position)), outside, "")
    line = international(office.trunks[row.trunk].number)
    inside = office.extensions[row.extension].number if row.extension >= 0 else line
    return Ends(outside, inside, line)


def unique_id(row: CallRow) -> str:
    """Write the id of a call's Asterisk channel: the second of its beginning and a counter."""
    return f"{row.started_at}.{row.call_id}"


def destination_text(number: str) -> str:
    """Name where a number is, as the tariff does; empty for numbers of the office."""
    fitting = [
        (prefix, f"{rate.name} {rate.kind} {details}")
        for rate in RATES
        for details, prefix in rate.prefixes
        if number.startswith(prefix) and len(number) > _LONGEST_EXTENSION
    ]
    return max(fitting, key=lambda one: len(one[0]))[1] if fitting else ""


def server_of(world: World) -> MorServer:
    """Return the server over a world: both wires show the same one."""
    if MorServer not in world.behind:
        world.behind[MorServer] = MorServer(world)
    server: MorServer = world.behind[MorServer]
    return server


def midnight(instant: float) -> int:
    """Return when an instant's day began in Vilnius."""
    local = datetime.fromtimestamp(instant, UTC).astimezone(VILNIUS)
    return int(local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp())


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
