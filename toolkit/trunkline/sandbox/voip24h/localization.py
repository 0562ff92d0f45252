"""How the simulated company appears in Vietnam: its numbers, names and times.

[INFER] The names and numbers are invented, and the numbers belong to
nobody: mobiles under 095, which no operator has had since 2012, and landlines whose local part begins with 0.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from trunkline.sandbox.world import Direction
from trunkline.sandbox.world.names import CALL_NOTES

if TYPE_CHECKING:
    from trunkline.sandbox.world import Office, World

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
ACCOUNT_NAMES = ("main", "branch")
OFFICE_NAMES = ("Văn phòng Hà Nội", "Chi nhánh Thành phố Hồ Chí Minh")
_NOTES = dict(
    zip(CALL_NOTES, ("Cần gọi lại", "Đã gửi hóa đơn", "Yêu cầu hỗ trợ kỹ thuật"), strict=True),
)
# Area codes that change places, so that turning a number around twice gives the same number.
_AREAS = (
    ("21", "24"),
    ("51", "28"),
    ("310", "236"),
    ("710", "234"),
    ("410", "225"),
    ("260", "292"),
    ("610", "258"),
    ("130", "254"),
    ("350", "263"),
    ("340", "203"),
)
_SWAPPED = dict(_AREAS) | {vietnamese: iranian for iranian, vietnamese in _AREAS}
_IRANIAN_MOBILE, _VIETNAMESE_MOBILE = re.compile(r"912000(\d{4})"), re.compile(r"95000(\d{4})")
_LANDLINE = re.compile(r"\d{10}")
_LONGEST_EXTENSION = 6
_COUNTRY = re.compile(r"\A(?:\+|00)?84(?=\d{9,10}$)")


def turned(national: str) -> str:
    """Return the national number (without leading zeros) of the other country; turned twice, it is itself again."""
    if mobile := _IRANIAN_MOBILE.fullmatch(national):
        return f"95000{mobile[1]}"
    if mobile := _VIETNAMESE_MOBILE.fullmatch(national):
        return f"912000{mobile[1]}"
    if _LANDLINE.fullmatch(national):
        for length in (2, 3):
            if (area := national[:length]) in _SWAPPED:
                return _SWAPPED[area] + national[length:]
    return national


def written(national: str) -> str:
    """Return a number of the world as it is written in Vietnam, with its leading zero; extensions as they are."""
    return national if len(national) <= _LONGEST_EXTENSION else f"0{turned(national)}"


def in_world(number: str) -> str:
    """Return the world's spelling of a number that a Vietnamese request has, with or without its country code."""
    if len(number) <= _LONGEST_EXTENSION:
        return number
    return turned(_COUNTRY.sub("", number).lstrip("+").lstrip("0"))


def local(instant: float) -> str:
    """Write an instant as Vietnam's wall clock, `YYYY-MM-DD HH:MM:SS`."""
    return datetime.fromtimestamp(instant, ZONE).strftime("%Y-%m-%d %H:%M:%S")


def unique_id(office: Office, position: int) -> str:
    """Return a call's Asterisk unique id: when it started, and a counter, as in the sample `1532857052.131132`."""
    calls = office.calls
    return f"{calls.started_at[position]}.{calls.call_id[position]}"


def position_of(office: Office, unique: str) -> int | None:
    """Find the call of a unique id."""
    counter = unique.partition(".")[2]
    position = office.calls.position(int(counter)) if counter.isascii() and counter.isdigit() else None
    return position if position is not None and unique_id(office, position) == unique else None


def ends(world: World, office: Office, position: int) -> tuple[str, str, str]:
    """Return the extension ("" for none), the calling and the called number, as written in Vietnam.

    [INFER] Where nobody's extension rang, the line was called.
    """
    row = office.calls[position]
    extension = office.extensions[row.extension].number if row.extension >= 0 else ""
    if row.direction == Direction.LOCAL:
        return extension, extension, office.extensions[row.peer].number
    outside = written(world.parties[row.peer].number)
    if row.direction == Direction.OUTGOING:
        return extension, written(world.caller(office, position)), outside
    return extension, outside, extension or written(office.trunks[row.trunk].number)


def line(office: Office, position: int) -> str:
    """Return the line that a call used, as written in Vietnam; "" for an internal call."""
    trunk = office.calls.trunk[position]
    return written(office.trunks[trunk].number) if trunk >= 0 else ""


def recording_name(world: World, office: Office, position: int) -> str:
    """Return a recording's file name without its ending: kind, called, caller, date, time and call.

    The document's sample is `in-<called>-<caller>-…`; `external-<extension>-<caller>-…` and
    `out-<called>-<extension>-…` have been seen. [INFER] `internal` for a call within the office.
    """
    direction = office.calls.direction[position]
    extension, caller, called = ends(world, office, position)
    incoming = "external" if extension else "in"
    kind = {Direction.INCOMING: incoming, Direction.OUTGOING: "out", Direction.LOCAL: "internal"}[Direction(direction)]
    when = datetime.fromtimestamp(office.calls.started_at[position], ZONE).strftime("%Y%m%d-%H%M%S")
    return f"{kind}-{called}-{caller}-{when}-{unique_id(office, position)}"


def note(office: Office, position: int) -> str:
    """Return the note on a call, in Vietnamese if it is one of the office's own; "" without a note."""
    noted = office.calls.notes.get(position, "")
    return _NOTES.get(noted, noted)
