"""What an account has beside its calls: each resource is read when it is due, and left out if it is denied."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from custom_components.trunkline.account.inventory import (
    EVERY_15_MINUTES,
    HOURLY,
    InventoryReader,
    Resource,
    unread,
)
from trunkline import errors
from trunkline.model import Billing, Capability, Extension, Identity, Money, Plan, Service, Trunk, Voicemail

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
ACCOUNT = "voipano:12"


def rial(amount: int) -> Money:
    return Money(Decimal(amount), "IRR")


class FakeAccount:
    """An account that says what it was told to say, and counts how often it was asked."""

    info = SimpleNamespace(name="Provider", provider_id="provider")
    base_url = "http://192.0.2.1/api"

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.owner = Identity("192.0.2.1", "Provider")
        self.billing: Billing | None = None

    def supports(self, capability: Capability) -> bool:
        return capability.value in self.answers

    def use_identity(self, identity: Identity) -> None:
        self.owner = identity

    async def identity(self) -> Identity:
        return self.owner

    async def key(self) -> str:
        return f"provider:{self.owner.account_id}"

    def __getattr__(self, name: str) -> Any:
        async def ask(**_: Any) -> Any:
            self.asked.append(name)
            answer = self.answers[name]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return ask


class Clock:
    seconds = 5000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def test_only_resources_that_the_provider_has_are_read(clock):
    account = FakeAccount()
    found = await InventoryReader(account, clock).read_due()
    assert account.asked == []
    assert (found.services, found.trunks, found.extensions, found.plans, found.voicemails) == ((), None, (), None, None)


async def test_trunks_and_extensions_are_those_of_the_services(clock):
    line = Trunk("2155500001", credit=rial(5))
    services = (
        Service("1", trunks=(Trunk("2155500001"), Trunk("2155500002")), extensions=(Extension("101"),)),
        Service("2", trunks=(line,), extensions=(Extension("102"),)),
    )
    account = FakeAccount(services=services, trunks=(), extensions=())
    found = await InventoryReader(account, clock).read_due()
    assert account.asked == ["services"]
    # A line of two services is one line, with its credit if either tells it.
    assert found.trunks == (line, Trunk("2155500002"))
    assert [extension.number for extension in found.extensions] == ["101", "102"]


@pytest.mark.parametrize(("credit", "expected"), [(rial(5), ["trunks"]), (None, [])])
async def test_trunks_are_read_with_every_poll_only_for_their_credit(clock, credit, expected):
    account = FakeAccount(trunks=(Trunk("1", credit=credit),), extensions=(), plans=(), voicemails=())
    reader = InventoryReader(account, clock)
    await reader.read_due()
    assert account.asked == ["trunks", "extensions", "plans", "voicemails"]
    account.asked.clear()
    clock.seconds += 120
    await reader.read_due()
    assert account.asked == expected
    account.asked.clear()
    clock.seconds += EVERY_15_MINUTES
    await reader.read_due()
    assert account.asked == [*expected, "voicemails"]
    account.asked.clear()
    clock.seconds += HOURLY
    await reader.read_due()
    assert account.asked == ["trunks", "extensions", "plans", "voicemails"]
    account.asked.clear()
    await reader.read_all()
    assert account.asked == ["trunks", "extensions", "plans", "voicemails"]


@pytest.mark.parametrize(
    "failure",
    [errors.DataError("no"), errors.ProviderError("no"), errors.NotFoundError("no"), errors.RequestError("no")],
)
async def test_a_resource_that_fails_is_left_out_and_retried_soon(clock, failure):
    account = FakeAccount(plans=failure, voicemails=(Voicemail("1"),), extensions=failure)
    reader = InventoryReader(account, clock)
    found = await reader.read_due()
    assert (found.plans, found.extensions, len(found.voicemails)) == (None, (), 1)
    assert reader.denied == {}
    account.answers["plans"] = (Plan("1", "Small", 9),)
    clock.seconds += EVERY_15_MINUTES
    assert (await reader.read_due()).plans == (Plan("1", "Small", 9),)


async def test_a_denied_resource_is_remembered_until_it_can_be_read(clock):
    account = FakeAccount(plans=errors.PermissionDeniedError("not the plans"))
    reader = InventoryReader(account, clock)
    await reader.read_due()
    assert {part: str(error) for part, error in reader.denied.items()} == {Resource.PLANS: "not the plans"}
    account.answers["plans"] = ()
    clock.seconds += EVERY_15_MINUTES
    await reader.read_due()
    assert reader.denied == {}


@pytest.mark.parametrize(
    "failure",
    [
        errors.AuthenticationError("no"),
        errors.ConnectionFailedError("no"),
        errors.RateLimitedError("no"),
        errors.PermissionDeniedError("not from there", address="192.0.2.7"),
    ],
)
async def test_an_error_of_the_whole_account_is_raised(clock, failure):
    with pytest.raises(type(failure)):
        await InventoryReader(FakeAccount(voicemails=failure), clock).read_due()


async def test_an_empty_list_of_services_is_an_error(clock):
    account = FakeAccount(services=(Service("1"),))
    reader = InventoryReader(account, clock)
    await reader.read_due()
    account.answers["services"] = ()
    with pytest.raises(errors.DataError):
        await reader.read_all()


def test_only_messages_that_were_saved_count_as_unread():
    messages = (
        Voicemail("1", read=False),
        Voicemail("2", read=True),
        Voicemail("3"),
        Voicemail("4", read=False, problem="not saved"),
    )
    assert unread(messages) == 2
    assert unread(()) == 0


async def test_trunks_are_read_again_after_a_reply_with_a_new_credit(clock):
    account = FakeAccount(services=(Service("1", trunks=(Trunk("1"),)),))
    reader = InventoryReader(account, clock)
    await reader.read_due()
    account.billing = Billing(NOON, remaining_credit=rial(5))
    await reader.read_due()
    assert account.asked == ["services", "services"]
    await reader.read_due()
    assert account.asked == ["services", "services"]
