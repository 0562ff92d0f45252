"""One company behind every provider: whatever the wire, the archive ends with the same calls and the same bill."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from trunkline import Archive, open_account, sync_account
from trunkline.model import Status
from trunkline.sandbox import Sandbox
from trunkline.sandbox.world import Direction, Outcome

# The sandbox's MOR server counts in euro, at this many rial.
RIAL = 10_000
TOLD = ("telefonchy", "voip24h", "voip24h-v3", "simotel", "mor", "mor-api")
PRICED = {"telefonchy": 1, "mor": RIAL, "mor-api": RIAL}


@pytest.fixture
async def archived(tmp_path, socket_enabled):
    """Sync the first account of every wire; gives the company's own calls, and the archived ones by wire."""
    async with Sandbox(seed=11, calls=420, days=25) as sandbox:
        with Archive.open(f"sqlite:///{tmp_path / 'archive.db'}") as archive:
            by_wire = {}
            for wire, accounts in sandbox.accounts.items():
                described = accounts[0]
                async with open_account(
                    described.provider,
                    dialect=described.dialect or None,
                    base_url=described.base_url,
                    **described.credentials,
                ) as account:
                    result = await sync_account(account, archive)
                    assert result.complete
                    by_wire[wire] = archive.calls(accounts=[await account.key()])
        yield list(sandbox.world.offices[0].calls), by_wire


async def test_every_wire_tells_every_call(archived):
    rows, by_wire = archived
    assert {wire: len(calls) for wire, calls in by_wire.items()} == dict.fromkeys(by_wire, len(rows))


async def test_calls_go_the_same_way_and_end_the_same_way(archived):
    rows, by_wire = archived
    answered = sum(row.outcome == Outcome.ANSWERED for row in rows)
    busy = sum(row.outcome == Outcome.BUSY for row in rows)
    incoming = sum(row.direction == Direction.INCOMING for row in rows)
    talk = sum(row.talk for row in rows)
    for wire in TOLD:
        calls = by_wire[wire]
        ends = Counter(call.status for call in calls)
        assert (ends[Status.ANSWERED], ends[Status.BUSY]) == (answered, busy), wire
        assert sum(call.direction == "incoming" for call in calls) == incoming, wire
        assert sum(call.talk or 0 for call in calls) == talk, wire


async def test_calls_start_at_the_same_second(archived):
    rows, by_wire = archived
    starts = Counter(row.started_at for row in rows)
    for wire in TOLD:
        assert Counter(int(call.started_at.timestamp()) for call in by_wire[wire]) == starts, wire


async def test_the_bill_is_the_same_in_every_currency(archived):
    rows, by_wire = archived
    total = sum(row.price for row in rows)
    for wire, factor in PRICED.items():
        assert sum((call.price.amount for call in by_wire[wire]), Decimal(0)) * factor == total, wire
    for wire in set(by_wire) - set(PRICED):
        assert {call.price for call in by_wire[wire]} == {None}
