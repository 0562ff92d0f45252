"""How MOR writes the numbers, money, times and calls of the simulated company.

The company is an Iranian office. MOR is Lithuanian, its server's clock is set to Vilnius, and its users pay in euro.
[INFER] Numbers are written as MOR routes them: with the country code 98 and without a plus. [INFER] A euro is 10 000
rial, so that a rial is exactly the fourth decimal, and MOR shows four decimals by default.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from trunkline.sandbox.world import Direction, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from trunkline.sandbox.wire import Request
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
    return number if is_extension(number) else _COUNTRY + number


def national(number: str) -> str:
    """Turn MOR's number back into the world's."""
    bare = number.lstrip("+")
    bare = bare.removeprefix("00") if bare.startswith("00" + _COUNTRY) else bare
    return bare.removeprefix(_COUNTRY) if len(bare) > _LONGEST_EXTENSION else bare


def is_extension(number: str) -> bool:
    """Return whether a number is an internal one of an office."""
    return len(number) <= _LONGEST_EXTENSION


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


def midnight(instant: float) -> int:
    """Return when an instant's day began in Vilnius."""
    local = datetime.fromtimestamp(instant, UTC).astimezone(VILNIUS)
    return int(local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp())


def clock_text(seconds: int) -> str:
    """Write a duration as `HH:MM:SS`."""
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def unique_id(row: CallRow) -> str:
    """Write the id of a call's Asterisk channel: the second of its beginning and a counter."""
    return f"{row.started_at}.{row.call_id}"


@dataclass(frozen=True, slots=True)
class Ends:
    """Both ends of a call as MOR writes them; `did` is the called number of an incoming call, "" for other calls."""

    source: str = field(repr=False)
    destination: str = field(repr=False)
    did: str = field(repr=False)


def ends(world: World, office: Office, position: int) -> Ends:
    """Write both ends of a call.

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


def earlier(request: Request, by: int, read: Callable[[str], int], write: Callable[[float], str]) -> Request:
    """Return the request for the period of the same length that ends where the asked one begins, `by` times over."""
    try:
        since, until = read(request.params["period_start"]), read(request.params["period_end"])
    except (KeyError, ValueError):
        return request
    moved = (until - since + 1) * by
    return request.having(period_start=write(since - moved), period_end=write(until - moved))
