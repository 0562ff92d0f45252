"""Credit: archived, remembered, and read again when a reply states a new one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from custom_components.trunkline.account.credit import CreditReadings
from custom_components.trunkline.account.inventory import InventoryReader
from trunkline import open_account
from trunkline.archive import Archive
from trunkline.model import Billing, Money, Trunk
from trunkline.sandbox import Sandbox

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
ACCOUNT = "voipano:12"


def rial(amount: int) -> Money:
    return Money(Decimal(amount), "IRR")


@pytest.fixture
def archive(tmp_path):
    with Archive.open(f"sqlite:///{tmp_path / 'calls.db'}") as archive:
        archive.register(ACCOUNT, provider="voipano", title="Office", zone="Asia/Tehran", currency="IRR")
        yield archive


def test_the_credit_in_a_reply_is_that_of_the_only_trunk_and_is_remembered(archive, freezer):
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
    assert [credit.credit for credit in archive.credits(ACCOUNT)] == [rial(920), rial(840)]
    # Another run, which was told nothing yet.
    (shown,) = CreditReadings(archive, ACCOUNT).record((line,), None)
    assert shown.credit == rial(840)


def test_the_credit_in_a_reply_is_not_assigned_to_one_of_several_trunks(archive):
    lines = (Trunk("2155500001"), Trunk("2155500002"))
    assert CreditReadings(archive, ACCOUNT).record(lines, Billing(NOON, remaining_credit=rial(5))) == lines
    assert archive.credits(ACCOUNT) == []


def test_a_remembered_credit_is_not_archived_again(archive, freezer):
    freezer.move_to(NOON)
    told = Trunk("2155500001", credit=rial(5), credit_expires_at=NOON + timedelta(days=9))
    CreditReadings(archive, ACCOUNT).record((told,), None)
    freezer.move_to(NOON + timedelta(days=2))
    (shown,) = CreditReadings(archive, ACCOUNT).record((Trunk("2155500001"),), None)
    assert shown == told
    assert len(archive.credits(ACCOUNT)) == 1


async def test_trunks_are_read_again_as_soon_as_a_reply_states_the_credit(socket_enabled) -> None:
    async with Sandbox(calls=10) as sandbox:
        described = sandbox.accounts["voipano"][0]
        async with open_account("voipano", base_url=described.base_url, **described.credentials) as account:
            reader = InventoryReader(account, lambda: 0.0)
            told = await reader.read_due()
            assert {trunk.credit for trunk in told.trunks} == {None}
            asked = len(sandbox.requests)
            await reader.read_due()
            assert len(sandbox.requests) == asked

            placed = await account.click_to_call(source="09120000123", destination="09120000555")
            told = await reader.read_due()
            assert [trunk.credit for trunk in told.trunks if trunk.credit] == [placed.remaining_credit]
