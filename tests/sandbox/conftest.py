"""A running sandbox for each test, and a plain client that knows nothing but HTTP."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import aiohttp
import pytest

from tests.providers import telefonchy_samples
from trunkline.sandbox import Sandbox

# A Wednesday noon in Tehran.
NOON = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _sockets(socket_enabled):
    """Let every test here use loopback."""


class Client:
    """Asks a sandbox as `curl` would."""

    def __init__(self, sandbox, session):
        self.sandbox = sandbox
        self.session = session

    def account(self, at=0):
        return self.sandbox.accounts["telefonchy"][at]

    async def ask(self, path, *, account=0, method="GET", headers=None, form=None, **params):
        """Return (HTTP status, envelope); `service_id` is filled in for the account unless given."""
        own = self.account(account)
        if headers is None:
            headers = {"webservice-token": own.credentials["token"]}
        async with self.session.request(
            method, own.base_url + path, headers=headers, params=params, data=form
        ) as response:
            return response.status, json.loads(await response.read())

    async def calls(self, account=0, **params):
        """Return the calls and the paginator of a page that must be given."""
        status, envelope = await self.ask(
            "/calls", account=account, **{"service_id": self.account(account).service_id, **params}
        )
        assert status == 200, envelope
        return envelope["data"]["calls"], envelope["paginator"]

    async def raw(self, path="/services", *, account=0, **params):
        """Return the response's status, headers and body."""
        own = self.account(account)
        headers = {"webservice-token": own.credentials["token"]}
        async with self.session.get(own.base_url + path, headers=headers, params=params) as response:
            return response.status, response.headers, await response.read()

    async def control(self, **command):
        """Return (HTTP status, answer) of the control endpoint."""
        async with self.session.post(f"{self.sandbox.url}/control", json=command) as response:
            return response.status, await response.json()


@pytest.fixture
async def start():
    """Start sandboxes with a client each; they stop with the test."""
    async with AsyncExitStack() as stack:

        async def _start(**settings):
            sandbox = await stack.enter_async_context(Sandbox(**{"now": NOON, "calls": 200, **settings}))
            session = await stack.enter_async_context(aiohttp.ClientSession())
            # aiohttp quietly repeats a GET whose connection was cut; a plain client asks once.
            session._retry_connection = False
            return Client(sandbox, session)

        yield _start


@pytest.fixture
def sample():
    """Read a JSON sample of the provider's document."""
    return telefonchy_samples.sample
