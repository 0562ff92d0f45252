"""What an account has beside calls: each part read when it is due, refused parts left out, credit remembered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from custom_components.trunkline.account.credit import CreditReadings
from custom_components.trunkline.account.identity import known_key, moved_from
from custom_components.trunkline.account.inventory import (
    EVERY_15_MINUTES,
    HOURLY,
    InventoryReader,
    Resource,
    unread,
)
from trunkline import errors
from trunkline.archive import Archive
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

    def adopt(self, identity: Identity) -> None:
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


async def test_nothing_is_asked_that_the_provider_does_not_have(clock):
    account = FakeAccount()
    found = await InventoryReader(account, clock).read_due()
    assert account.asked == []
    assert (found.services, found.trunks, found.extensions, found.plans, found.voicemails) == ((), None, (), None, None)


async def test_lines_come_with_the_services_where_there_are_such(clock):
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
    assert [one.number for one in found.extensions] == ["101", "102"]


@pytest.mark.parametrize(("credit", "expected"), [(rial(5), ["trunks"]), (None, [])])
async def test_lines_are_read_with_every_poll_only_for_their_credit(clock, credit, expected):
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
async def test_a_part_that_fails_is_left_out_and_tried_again_soon(clock, failure):
    account = FakeAccount(plans=failure, voicemails=(Voicemail("1"),), extensions=failure)
    reader = InventoryReader(account, clock)
    found = await reader.read_due()
    assert (found.plans, found.extensions, len(found.voicemails)) == (None, (), 1)
    assert reader.denied == {}
    account.answers["plans"] = (Plan("1", "Small", 9),)
    clock.seconds += EVERY_15_MINUTES
    assert (await reader.read_due()).plans == (Plan("1", "Small", 9),)


async def test_a_part_that_is_denied_is_remembered_until_it_is_not(clock):
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
async def test_what_concerns_the_whole_account_is_a_failure_of_all_of_it(clock, failure):
    with pytest.raises(type(failure)):
        await InventoryReader(FakeAccount(voicemails=failure), clock).read_due()


async def test_services_that_are_all_gone_are_an_outage(clock):
    account = FakeAccount(services=(Service("1"),))
    reader = InventoryReader(account, clock)
    await reader.read_due()
    account.answers["services"] = ()
    with pytest.raises(errors.DataError):
        await reader.read_all()


def test_messages_that_could_not_be_saved_are_not_waited_for():
    messages = (
        Voicemail("1", read=False),
        Voicemail("2", read=True),
        Voicemail("3"),
        Voicemail("4", read=False, problem="not saved"),
    )
    assert unread(messages) == 2
    assert unread(()) == 0


async def test_a_reply_that_told_a_credit_lets_the_lines_be_read_at_once(clock):
    account = FakeAccount(services=(Service("1", trunks=(Trunk("1"),)),))
    reader = InventoryReader(account, clock)
    await reader.read_due()
    account.billing = Billing(NOON, remaining_credit=rial(5))
    await reader.read_due()
    assert account.asked == ["services", "services"]
    await reader.read_due()
    assert account.asked == ["services", "services"]


# The credit


@pytest.fixture
def archive(tmp_path):
    with Archive.open(f"sqlite:///{tmp_path / 'calls.db'}") as archive:
        archive.register(ACCOUNT, provider="voipano", title="Office", zone="Asia/Tehran", currency="IRR")
        yield archive


def test_what_a_reply_said_is_the_only_trunks_and_is_remembered(archive, freezer):
    freezer.move_to(NOON)
    memory = CreditReadings(archive, ACCOUNT)
    line = Trunk("2155500001")
    assert memory.record((line,), None) == (line,)
    (shown,) = memory.record((line,), Billing(NOON, charged=rial(80), remaining_credit=rial(920)))
    assert shown.credit == rial(920)
    # A reply without it, such as one that cost nothing, takes nothing back.
    (shown,) = memory.record((line,), Billing(NOON + timedelta(minutes=1)))
    assert shown.credit == rial(920)
    (shown,) = memory.record((line,), Billing(NOON + timedelta(minutes=2), remaining_credit=rial(840)))
    assert shown.credit == rial(840)
    assert [one.credit for one in archive.credits(ACCOUNT)] == [rial(920), rial(840)]
    # Another run, which was told nothing yet.
    (shown,) = CreditReadings(archive, ACCOUNT).record((line,), None)
    assert shown.credit == rial(840)


def test_of_several_trunks_nobody_knows_whose_credit_it_is(archive):
    lines = (Trunk("2155500001"), Trunk("2155500002"))
    assert CreditReadings(archive, ACCOUNT).record(lines, Billing(NOON, remaining_credit=rial(5))) == lines
    assert archive.credits(ACCOUNT) == []


def test_a_remembered_credit_is_not_written_down_as_a_new_one(archive, freezer):
    freezer.move_to(NOON)
    told = Trunk("2155500001", credit=rial(5), credit_expires_at=NOON + timedelta(days=9))
    CreditReadings(archive, ACCOUNT).record((told,), None)
    freezer.move_to(NOON + timedelta(days=2))
    (shown,) = CreditReadings(archive, ACCOUNT).record((Trunk("2155500001"),), None)
    assert shown == told
    assert len(archive.credits(ACCOUNT)) == 1


# Whose account it is


@pytest.mark.parametrize(
    ("known", "told", "expected"),
    [
        ("192.0.2.9/simotel", "192.0.2.1", True),
        ("pbx.example", "192.0.2.1/main", True),
        ("5@192.0.2.9", "5@192.0.2.1", True),
        ("6@192.0.2.9", "5@192.0.2.1", False),
        ("192.0.2.9", "5@192.0.2.1", False),
        ("5@192.0.2.9", "192.0.2.1", False),
        # What the provider states itself is no address.
        ("service-1", "service-2", False),
    ],
)
def test_only_what_is_known_by_its_address_can_have_moved(known, told, expected):
    assert moved_from(known, Identity(told, ""), "http://192.0.2.1/api") is expected


def test_an_address_that_is_none_is_nobodys():
    assert not moved_from("a", Identity("b", ""), "")


async def test_the_key_is_kept_after_a_move_only_where_that_is_asked_for():
    account = FakeAccount()
    known = [None, "other:192.0.2.9", "provider:192.0.2.9"]
    assert await known_key(account, known) == "provider:192.0.2.1"
    assert await known_key(account, known, moved=True) == "provider:192.0.2.9"
    # From then on it goes by the old name.
    assert await account.key() == "provider:192.0.2.9"


async def test_services_that_are_handed_in_are_not_asked_for():
    account = FakeAccount(services=(Service("2"), Service("1")))
    account.owner = Identity("1", "Provider 1")
    assert await known_key(account, ["provider:2"], services=account.answers["services"]) == "provider:2"
    assert account.asked == []
    assert await known_key(account, ["provider:9"]) == "provider:2"
    assert account.asked == ["services"]
