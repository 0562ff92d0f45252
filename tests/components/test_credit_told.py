"""A credit that only the reply to a paid request tells: the lines are asked again, and not before."""

from __future__ import annotations

from custom_components.trunkline.account.inventory import InventoryReader
from trunkline import open_account
from trunkline.sandbox import Sandbox


async def test_the_lines_are_asked_again_as_soon_as_a_credit_was_told(socket_enabled) -> None:
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
