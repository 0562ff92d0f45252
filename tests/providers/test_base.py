"""An account of a provider that can do nothing says so, plainly, at each question."""

from __future__ import annotations

import inspect
from zoneinfo import ZoneInfo

import pytest

from trunkline.errors import UnsupportedError
from trunkline.model import Call, Capability, Identity, Status
from trunkline.providers.base import Account, AccountSettings, ProviderInfo


class Bare(Account):
    async def _read_identity(self):
        return Identity("1", "Bare 1")

    async def streams(self):
        return ()

    async def pages(self, stream, *, since=None, until=None, skip=0):
        return
        yield


BARE = ProviderInfo(
    provider_id="bare",
    name="Bare",
    base_url="http://127.0.0.1/",
    zone="UTC",
    currency="EUR",
    country="LT",
    credentials=(),
    capabilities=frozenset(),
    documentation="",
    load=lambda: Bare,
)
CALL = Call(account="bare:1", call_id="1", direction=None, status=Status.UNKNOWN, started_at=None)
ARGUMENTS = {
    "click_to_call": {"source": "1", "destination": "2"},
    "recording": {"call": CALL},
    "parse_push": {"payload": b""},
    "request": {"method": "GET", "path": "x"},
}


@pytest.fixture
async def account():
    settings = AccountSettings(base_url=BARE.base_url, zone=ZoneInfo("UTC"), currency="EUR")
    async with Bare(BARE, settings, {}) as account:
        yield account


def required(method):
    """Return something for each parameter that the method can't do without."""
    parameters = inspect.signature(method).parameters.values()
    return {
        parameter.name: "1"
        for parameter in parameters
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
    }


@pytest.mark.parametrize("capability", [item for item in Capability if item is not Capability.CALLS])
async def test_whatever_it_is_asked_for(account, capability):
    assert not account.supports(capability)

    async def ask():
        method = getattr(account, capability)
        answer = method(**ARGUMENTS.get(capability, required(method)))
        return await answer if inspect.isawaitable(answer) else answer

    with pytest.raises(UnsupportedError, match=f"Bare has no {capability.replace('_', ' ')} service"):
        await ask()


async def test_an_account_without_streams_has_no_calls(account):
    assert [call async for call in account.calls()] == []
    assert await account.key() == "bare:1"
    assert account.requests == 0
