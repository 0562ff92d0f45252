"""Provider pages to `Call`s, against typed decoders of the same bytes.

msgspec decodes what the wire says into typed structs, where text stays text: that is the limit's measure. pydantic and
mashumaro read the same fields into the same types as ours (enums, whole seconds, exact decimals, UTC times by our own
quick clock), but not the phone numbers' E.164 form nor the recurring parties. Pages hold 100 calls, a third of them
with a contact.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
import orjson
from mashumaro import field_options
from mashumaro.mixins.orjson import DataClassORJSONMixin
from pydantic import BaseModel, BeforeValidator

from trunkline.calendars import WallClock
from trunkline.providers.telefonchy.wire import CallReader, read_page

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

PER_PAGE = 100
ROUNDS = 5
# Reading is about a third of a sync. A constructor that bypasses that of the frozen dataclass would make it a third
# faster, but a whole sync less than a tenth, so it is not worth its code.
LIMITS = {"msgspec": 0.06, "mashumaro": 0.45, "pydantic": 0.5}


class _Type(StrEnum):
    INCOMING = "incoming"
    OUTGOING = "outgoing"
    LOCAL = "local"


class _Status(StrEnum):
    ANSWERED = "ANSWERED"
    BUSY = "BUSY"
    NO_ANSWER = "NO ANSWER"
    CONGESTION = "CONGESTION"


_CLOCK = WallClock(ZoneInfo("Asia/Tehran"))


def _utc(text: str) -> datetime:
    return _CLOCK.utc(text, field="created_at")


class _Contact(msgspec.Struct):
    location: str | None
    contact_id: str
    name: str | None
    company: str | None
    email: str | None
    address: str | None
    note: str | None


class _Party(msgspec.Struct):
    number: str
    contact: _Contact | None


class _Call(msgspec.Struct):
    service_id: str
    call_id: str
    type: str
    trunk: str
    status: str
    note: str | None
    call_source: _Party
    call_dest: _Party
    time_wait: str
    time_talk: str
    file_id: str | None
    price_wait: str
    price_talk: str
    price_record: str
    price_saved: str
    price: int
    created_at: str
    ended_at: str


class _Data(msgspec.Struct):
    calls: list[_Call]


class _Page(msgspec.Struct):
    status: str
    code: int
    message: str | None
    data: _Data
    paginator: dict[str, int]


class _PydanticContact(BaseModel):
    location: str | None
    contact_id: str
    name: str | None
    company: str | None
    email: str | None
    address: str | None
    note: str | None


class _PydanticParty(BaseModel):
    number: str
    contact: _PydanticContact | None


class _PydanticCall(BaseModel):
    service_id: str
    call_id: str
    type: _Type
    trunk: str
    status: _Status
    note: str | None
    call_source: _PydanticParty
    call_dest: _PydanticParty
    time_wait: int
    time_talk: int
    file_id: str | None
    price_wait: Decimal
    price_talk: Decimal
    price_record: Decimal
    price_saved: Decimal
    price: Decimal
    created_at: Annotated[datetime, BeforeValidator(_utc)]
    ended_at: Annotated[datetime, BeforeValidator(_utc)]


class _PydanticData(BaseModel):
    calls: list[_PydanticCall]


class _PydanticPage(BaseModel):
    status: str
    code: int
    message: str | None
    data: _PydanticData
    paginator: dict[str, int]


@dataclass(slots=True)
class _MashumaroContact:
    location: str | None
    contact_id: str
    name: str | None
    company: str | None
    email: str | None
    address: str | None
    note: str | None


@dataclass(slots=True)
class _MashumaroParty:
    number: str
    contact: _MashumaroContact | None


@dataclass(slots=True)
class _MashumaroCall:
    service_id: str
    call_id: str
    type: _Type
    trunk: str
    status: _Status
    note: str | None
    call_source: _MashumaroParty
    call_dest: _MashumaroParty
    time_wait: int
    time_talk: int
    file_id: str | None
    price_wait: Decimal
    price_talk: Decimal
    price_record: Decimal
    price_saved: Decimal
    price: Decimal
    created_at: datetime = field(metadata=field_options(deserialize=_utc))
    ended_at: datetime = field(metadata=field_options(deserialize=_utc))


@dataclass(slots=True)
class _MashumaroData:
    calls: list[_MashumaroCall]


@dataclass
class _MashumaroPage(DataClassORJSONMixin):
    status: str
    code: int
    message: str | None
    data: _MashumaroData
    paginator: dict[str, int]


def _record(number: int) -> dict[str, Any]:
    contact = {
        "location": "مشهد",
        "contact_id": str(number % 300),
        "name": None,
        "company": None,
        "email": None,
        "address": None,
        "note": None,
    }
    day = f"1403-{number // 10000 % 12 + 1:02d}-{number % 29 + 1:02d}"
    talk, price = number % 600, number % 940
    return {
        "service_id": "sv1",
        "call_id": str(number),
        "type": "incoming",
        "trunk": "2155512345",
        "status": "ANSWERED" if talk else "NO ANSWER",
        "note": None,
        "call_source": {"number": f"91200{number % 300:05d}", "contact": contact if number % 3 == 0 else None},
        "call_dest": {"number": "1510", "contact": None},
        "time_wait": str(number % 30),
        "time_talk": str(talk),
        "file_id": None,
        "price_wait": str(number % 40),
        "price_talk": str(price),
        "price_record": "0",
        "price_saved": "0",
        "price": price + number % 40,
        "created_at": f"{day} {number % 24:02d}:{number % 60:02d}:{number % 59:02d}",
        "ended_at": f"{day} {number % 24:02d}:{number % 60:02d}:{number % 59 + 1:02d}",
    }


def _pages(calls: int) -> list[bytes]:
    paginator = {"current": 1, "before": 1, "next": 2, "last": 9, "total_pages": 9, "total_items": calls}
    return [
        orjson.dumps(
            {
                "status": "Ok",
                "code": 200,
                "message": None,
                "data": {"calls": [_record(number) for number in range(first, first + PER_PAGE)]},
                "paginator": paginator,
            }
        )
        for first in range(0, calls, PER_PAGE)
    ]


def _rate(calls: int, pages: list[bytes], read: Callable[[bytes], object]) -> float:
    """Return calls a second; each page's result is dropped, as a sync drops it once it is stored."""
    started = time.perf_counter()
    for page in pages:
        read(page)
    return calls / (time.perf_counter() - started)


def _at_once(reading: Coroutine[Any, Any, object]) -> None:
    """Run what waits for nothing: a page of the usual size is read in one turn of the event loop."""
    with contextlib.suppress(StopIteration):
        reading.send(None)


def run(n: int = 100_000) -> list[dict[str, Any]]:
    """Return the best of several interleaved rounds: calls a second, ours and each peer's, and their ratio."""
    pages = _pages(n)
    reader = CallReader(
        account="telefonchy:sv1", zone=ZoneInfo("Asia/Tehran"), currency="IRR", extensions=frozenset({"1510"})
    )
    contenders: dict[str, Callable[[bytes], object]] = {
        "ours": lambda page: _at_once(read_page(orjson.loads(page), reader, asked=1)),
        "msgspec": msgspec.json.Decoder(_Page).decode,
        "mashumaro": _MashumaroPage.from_json,
        "pydantic": _PydanticPage.model_validate_json,
    }
    best = dict.fromkeys(contenders, 0.0)
    for _ in range(ROUNDS):
        for name, read in contenders.items():
            best[name] = max(best[name], _rate(n, pages, read))
    return [
        {
            "name": f"pages to calls, against {peer}",
            "ours": best["ours"],
            "peer": best[peer],
            "unit": "calls/s",
            "ratio": best["ours"] / best[peer],
            "limit": limit,
            "ok": best["ours"] / best[peer] >= limit,
        }
        for peer, limit in LIMITS.items()
    ]


if __name__ == "__main__":
    for line in run():
        print(line)
