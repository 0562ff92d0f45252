"""A plain client of the sandbox's Simotel exchanges, and the shape of the document's samples."""

from __future__ import annotations

import base64
import json

from aiohttp import FormData

from tests.providers.simotel_pages import PAGES

# Request and response samples of all endpoints, from the provider's documentation; lists are cut to one element.
DOCUMENT = {f"/{path}": page for path, page in PAGES.items()}
EVER = {"from": "2000-01-01 00:00", "to": "2099-01-01 00:00"}
FLAGS = {"ANSWERED", "NO ANSWER", "BUSY", "FAILED", "LOST", "MISSED", "incoming", "outgoing", "local"}
# What not every record has (in the samples either).
OPTIONAL = FLAGS | {
    *("route", "originated_call_id", "outgoing_point", "did", "entry_point", "record", "details", "hangup"),
    *("answeredtime", "answered_time", "queue_status", "filename", "duration", "error"),
}
# Null in one sample, text in another.
NULLABLE = {"cause", "cause-txt"}
UNKNOWN = "0123456789abcdef01234567"


class Exchange:
    """One account of the sandbox, asked as `curl` would."""

    def __init__(self, client, at=0):
        self.client = client
        self.sandbox = client.sandbox
        self.at = at
        self.account = client.sandbox.accounts["simotel"][at]
        self.office = client.sandbox.world.offices[at]

    def headers(self, *, basic=True, key=True):
        credentials = self.account.credentials
        pair = base64.b64encode(f"{credentials['username']}:{credentials['password']}".encode()).decode()
        return {
            **({"Authorization": f"Basic {pair}"} if basic else {}),
            **({"X-APIKEY": credentials["api_key"]} if key else {}),
        }

    async def raw(self, path, *, method="POST", headers=None, body=b"{}", kind="application/json"):
        """Return (HTTP status, content type, body)."""
        sent = {**(self.headers() if headers is None else headers), **({"Content-Type": kind} if kind else {})}
        async with self.client.session.request(
            method, self.account.base_url + path, headers=sent, data=body
        ) as response:
            return response.status, response.headers["Content-Type"], await response.read()

    async def ask(self, path, **fields):
        """Return the reply of a service that must answer with HTTP 200."""
        status, kind, body = await self.raw(path, body=json.dumps(fields).encode())
        assert (status, kind) == (200, "application/json"), body
        return json.loads(body)

    async def data(self, path, **fields):
        """Return the data of a reply that must be a success."""
        answer = await self.ask(path, **fields)
        assert answer["success"] == 1, answer
        return answer["data"]

    async def refusal(self, path, **fields):
        """Return the message of a reply that must be a business error."""
        answer = await self.ask(path, **fields)
        assert list(answer) == ["success", "message", "data"]
        assert answer["success"] == 0
        assert type(answer["success"]) is int
        return answer["message"]

    async def search(self, path, *, start=0, count=1000, sorting=None, alike="true", period=EVER, **conditions):
        """Return the rows of a search with paging."""
        return (await self.page(path, start, count, sorting, alike, period, **conditions))["data"]

    async def page(self, path, start=0, count=1000, sorting=None, alike="true", period=EVER, **conditions):
        """Return rows and paging."""
        named = {name.removesuffix("_"): value for name, value in conditions.items()}
        return await self.data(
            path,
            alike=alike,
            conditions=named,
            date_range=period,
            pagination={"start": start, "count": count, "sorting": sorting or {}},
        )

    async def listed(self, path, **conditions):
        """Return the rows of a search without paging."""
        return await self.data(path, alike="false", conditions=conditions)

    async def ordered(self, path):
        """Follow a cursor to its end; return all rows."""
        rows, last = [], ""
        while True:
            page = await self.data(path, _id=last)
            if not page["data"]:
                assert page["last_id"] == last
                return rows
            assert page["last_id"] == page["data"][-1]["_id"]
            rows += page["data"]
            last = page["last_id"]

    async def upload(self, path, name="greeting.mp3", content=b"sound", field="file"):
        """Upload a file; return the whole reply."""
        form = FormData()
        form.add_field(field, content, filename=name, content_type="application/octet-stream")
        async with self.client.session.post(
            self.account.base_url + path, headers=self.headers(), data=form
        ) as response:
            assert response.status == 200
            return json.loads(await response.read())


def check_shape(sample, actual, path=""):
    """Demand the sample's fields in its order and its types; only what is optional may lack or be there in addition."""
    if isinstance(sample, dict):
        assert isinstance(actual, dict), path
        assert set(sample) ^ set(actual) <= OPTIONAL, f"{path}: {set(sample) ^ set(actual)}"
        assert [name for name in actual if name in sample] == [name for name in sample if name in actual], path
        for name, value in actual.items():
            if name in sample:
                check_shape(sample[name], value, f"{path}.{name}")
    elif isinstance(sample, list):
        assert isinstance(actual, list), path
        for item in actual if sample else ():
            check_shape(sample[0], item, f"{path}[]")
    elif sample is None or path.rpartition(".")[2] in NULLABLE:
        assert actual is None or isinstance(actual, str), path
    else:
        assert type(actual) is type(sample), f"{path}: {actual!r}"
