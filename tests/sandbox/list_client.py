"""A plain client that asks each wire for its list of calls, and reads only where the list and its counts stand."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

WIRES = ("telefonchy", "voipano", "voip24h", "voip24h-v3", "simotel", "mor", "mor-api")
XML = ("mor", "mor-api")
WITH_TOTAL = ("telefonchy", "voipano", "mor", "mor-api")
WITH_PAGES = ("telefonchy", "voipano")
SIZE, DAYS = 20, 4
IDS = {
    "telefonchy": "call_id",
    "voipano": "id",
    "voip24h": "callId",
    "voip24h-v3": "id",
    "simotel": "_id",
    "mor": "called_to",
    "mor-api": "id",
}


@dataclass(frozen=True)
class Listing:
    """A page: its rows (None: null, ... : left out), its counts as they stand there, and everything else."""

    rows: Any
    total: int | None = None
    pages: int | None = None
    cursor: str | None = None
    rest: Any = None
    ids: tuple[str, ...] = field(default=(), compare=False)


class ListClient:
    """The first account of one wire."""

    def __init__(self, sandbox, session, wire):
        self.sandbox, self.session, self.wire = sandbox, session, wire
        self.account = sandbox.accounts[wire][0]
        self.cursor = ""
        self._headers = None

    async def honest(self, pages=3):
        """Return the first pages as they are without a fault."""
        return [await self.page(number) for number in range(1, pages + 1)]

    async def page(self, number=1, cursor=None):
        """Return a page; where there are none, the period of four days that so many periods back begins."""
        return self.read(await self.body(number, cursor))

    async def body(self, number=1, cursor=None, *, accept_any=False):
        """Return a page's body; a list with a cursor goes on from the page before, unless a cursor is given."""
        if self._headers is None:
            self._headers = await self._log_in()
        method, path, sent = self._request(number, cursor)
        url = self.account.base_url + path
        async with self.session.request(method, url, headers=self._headers, **sent) as response:
            assert accept_any or response.status == 200
            body = await response.read()
        if self.wire == "simotel" and not accept_any:
            self.cursor = json.loads(body)["data"].get("last_id", "")
        return body

    def _request(self, number, cursor):
        credentials = self.account.credentials
        match self.wire:
            case "telefonchy":
                asked = {"service_id": self.account.service_id, "page": number, "per_page": SIZE}
                return "GET", "/calls", {"params": asked}
            case "voipano":
                return "GET", "/call-reports", {"params": {"page": number, "limit": SIZE}}
            case "voip24h-v3":
                return "GET", "/call/history", {"params": {"offset": (number - 1) * SIZE, "limit": SIZE}}
            case "simotel":
                after = self.cursor if cursor is None else cursor
                return "POST", "/reports/cdr/ordered/id", {"json": {"_id": "" if number == 1 else after}}
        zone = ZoneInfo("Asia/Ho_Chi_Minh" if self.wire == "voip24h" else "Europe/Vilnius")
        now = self.sandbox.world.clock.now()
        last = (datetime.fromtimestamp(now, zone) - timedelta(days=DAYS * (number - 1))).replace(
            hour=23, minute=59, second=59
        )
        first = (last - timedelta(days=DAYS - 1)).replace(hour=0, minute=0, second=0)
        if self.wire == "voip24h":
            data = {"fromDate": f"{first:%d/%m/%Y}", "toDate": f"{last:%d/%m/%Y}"}
            body = {"partnerSecret": credentials["partner_secret"], "requestType": "getDate", "data": data}
            return "POST", "", {"json": body}
        if self.wire == "mor":
            period = {"period_start": f"{first:%Y-%m-%d %H:%M:%S}", "period_end": f"{last:%Y-%m-%d %H:%M:%S}"}
            return "POST", "/stats/call_list", {"data": period}
        period = {"period_start": str(int(first.timestamp())), "period_end": str(int(last.timestamp()))}
        signed = hashlib.sha1(("".join(period.values()) + credentials["api_key"]).encode()).hexdigest()
        return "POST", "/user_calls_get", {"data": {"u": credentials["username"], "hash": signed, **period}}

    @staticmethod
    def _at(instant, zone):

        return datetime.fromtimestamp(instant, zone)

    async def _log_in(self):
        credentials = self.account.credentials
        if self.wire == "telefonchy":
            return {"webservice-token": credentials["token"]}
        if self.wire == "voipano":
            return {"Authorization": f"Bearer {credentials['token']}"}
        if self.wire == "simotel":
            pair = base64.b64encode(f"{credentials['username']}:{credentials['password']}".encode()).decode()
            return {"Authorization": f"Basic {pair}", "X-APIKEY": credentials["api_key"]}
        if self.wire == "voip24h-v3":
            asked = {"apiKey": credentials["api_key"], "apiSecret": credentials["api_secret"]}
            async with self.session.post(self.account.base_url + "/authentication", json=asked) as response:
                return {"Authorization": f"Bearer {(await response.json())['data']['token']}"}
        if self.wire == "mor":
            form = {"u": credentials["username"], "p": credentials["password"]}
            async with self.session.post(self.account.base_url + "/api/login", data=form) as response:
                return {"Cookie": response.headers["Set-Cookie"].partition(";")[0]}
        return {}

    def read(self, body):
        """Take a reply apart."""
        return self._xml(body) if self.wire in XML else self._json(body)

    def _json(self, body):
        rest = json.loads(body)
        data = rest.get("data")
        holder, name = {
            "telefonchy": (data, "calls"),
            "voipano": (data, "items"),
            "simotel": (data, "data"),
        }.get(self.wire, (rest, "data"))
        rows = holder.pop(name, ...)
        total = pages = cursor = None
        if self.wire == "telefonchy" and (counts := rest.pop("paginator", None)):
            total, pages = counts["total_items"], counts["total_pages"]
            assert counts["last"] == pages
            rest["current"] = counts["current"]
        elif self.wire == "voipano" and (counts := data.pop("pagination", None)):
            total, pages = counts["total"], counts["last_page"]
            rest["current"] = counts["page"]
        elif self.wire == "simotel":
            cursor = data.pop("last_id", None)
        return Listing(rows, total, pages, cursor, rest, self._ids(rows))

    def _xml(self, body):
        root = ET.fromstring(body)
        total = root.find("total_calls")
        if total is not None:
            root.remove(total)
        stat = root.find("calls_stat")
        calls = stat.find("calls")
        rows = []
        if calls is not None:
            rows = None if calls.get("nil") else [_data(row) for row in calls]
            stat.remove(calls)
        elif self.wire == "mor":
            rows = ...
        ids = self._ids(rows)
        return Listing(rows, None if total is None else int(total.text), rest=_data(root), ids=ids)

    def _ids(self, rows):
        if not rows or rows is ...:
            return ()
        return tuple(str(row.get(IDS[self.wire])) if isinstance(row, dict) else "" for row in rows)


def _data(element):
    """Return an element as plain data: its text, or its children's by name."""
    children = [(child.tag, _data(child)) for child in element]
    return dict(children) if children else element.text and (element.text.strip() or None)
