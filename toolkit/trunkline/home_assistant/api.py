"""Long-term statistics of Trunkline, read over Home Assistant's WebSocket API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import yarl

from trunkline.errors import AuthenticationError, ConfigError, ConnectionFailedError, DataError, RequestError

if TYPE_CHECKING:
    from collections.abc import Sequence

PERIODS: Final = ("hour", "day", "week", "month")
_PREFIX: Final = "trunkline:"
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
# A year of hours of a hundred series is about 60 MB.
_MOST_BYTES: Final = 128 * 1024 * 1024
_TIMEOUT: Final = aiohttp.ClientTimeout(total=120, connect=10)
_NO_STATISTICS: Final = "this Home Assistant keeps no statistics: its configuration has no recorder"


@dataclass(frozen=True, slots=True)
class Statistic:
    """A row of a series: what was added in the period that begins at `start` (UTC), and the sum up to its end.

    `unit` is a currency, `min` or None. Home Assistant keeps floats: amounts of money are exact to about 15 digits.
    """

    statistic_id: str
    name: str
    unit: str | None
    start: datetime
    change: float
    sum: float


async def read_statistics(
    url: str,
    token: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    period: str = "hour",
    session: aiohttp.ClientSession | None = None,
) -> list[Statistic]:
    """Return the rows of all series of Trunkline by id and time, of periods that begin from `since` to before `until`.

    `url` is Home Assistant's address, such as `http://homeassistant.local:8123`, `token` a long-lived access token of a
    user. Days, weeks and months are those of Home Assistant's time zone. Nothing is changed.

    Raises `ConfigError` for an address, token or period that can't be, `ConnectionFailedError`, `AuthenticationError`,
    `RequestError` if Home Assistant refuses, and `DataError` for a reply that makes no sense.
    """
    address = _address(url)
    if not token.strip():
        msg = "Home Assistant needs an access token: make one in your profile under Security"
        raise ConfigError(msg)
    if period not in PERIODS:
        msg = f"there are no statistics by {period!r}; possible are {', '.join(PERIODS)}"
        raise ConfigError(msg)
    if session is not None:
        return await _read(session, address, token.strip(), (since, until), period)
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as own:
        return await _read(own, address, token.strip(), (since, until), period)


def _address(url: str) -> yarl.URL:
    try:
        address = yarl.URL(url.strip())
        is_address = address.scheme in {"http", "https"} and bool(address.host) and not address.user
    except ValueError:
        is_address = False
    if not is_address:
        msg = "the address of Home Assistant is invalid: use one like http://homeassistant.local:8123"
        raise ConfigError(msg)
    return address.with_query(None).with_fragment(None) / "api" / "websocket"


async def _read(
    session: aiohttp.ClientSession,
    address: yarl.URL,
    token: str,
    span: tuple[datetime | None, datetime | None],
    period: str,
) -> list[Statistic]:
    since, until = span
    try:
        async with session.ws_connect(address, max_msg_size=_MOST_BYTES) as socket:
            connection = _Connection(socket)
            await connection.log_in(token)
            listed = await connection.ask("recorder/list_statistic_ids", statistic_type="sum")
            series = {str(each["statistic_id"]): each for each in listed if _is_ours(each)}
            if not series:
                return []
            asked: dict[str, Any] = {"start_time": (since or _BEGINNING).isoformat(), "statistic_ids": sorted(series)}
            if until is not None:
                asked["end_time"] = until.isoformat()
            found = await connection.ask(
                "recorder/statistics_during_period", period=period, types=["change", "sum"], **asked
            )
            return [_row(series[name], row) for name in sorted(found) for row in found[name]]
    except (KeyError, TypeError, ValueError, AttributeError):
        msg = "Home Assistant sent statistics that make no sense"
        raise DataError(msg, field="statistics") from None
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        msg = f"Home Assistant can't be reached at {address.host}:{address.port} ({type(error).__name__})"
        raise ConnectionFailedError(msg) from None


def _is_ours(listed: Any) -> bool:
    return str(listed["statistic_id"]).startswith(_PREFIX)


def _row(series: dict[str, Any], row: dict[str, Any]) -> Statistic:
    unit = series.get("statistics_unit_of_measurement")
    return Statistic(
        statistic_id=str(series["statistic_id"]),
        name=str(series.get("name") or ""),
        unit=None if unit is None else str(unit),
        # The API counts milliseconds.
        start=datetime.fromtimestamp(row["start"] / 1000, UTC),
        change=float(row["change"] or 0),
        sum=float(row["sum"] or 0),
    )


class _Connection:
    """Commands over an open WebSocket, one after the other."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0

    async def log_in(self, token: str) -> None:
        await self._receive()
        await self._socket.send_json({"type": "auth", "access_token": token})
        if (await self._receive())["type"] != "auth_ok":
            msg = "Home Assistant refused the access token: it is wrong or was deleted"
            raise AuthenticationError(msg)

    async def ask(self, kind: str, **fields: Any) -> Any:
        self._number += 1
        await self._socket.send_json({"id": self._number, "type": kind, **fields})
        answer = await self._receive()
        while answer.get("id") != self._number:
            answer = await self._receive()
        if answer.get("success"):
            return answer["result"]
        code = answer["error"]["code"]
        msg = _NO_STATISTICS if code == "unknown_command" else f"Home Assistant refused to read statistics ({code})"
        raise RequestError(msg)

    async def _receive(self) -> dict[str, Any]:
        message = await self._socket.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            msg = "Home Assistant closed the connection"
            raise aiohttp.ClientConnectionError(msg)
        found: Sequence[Any] | dict[str, Any] = message.json()
        if not isinstance(found, dict):
            raise TypeError
        return found
