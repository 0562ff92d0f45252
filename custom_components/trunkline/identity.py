"""Which account a provider's answer belongs to, also after services were ordered or given up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.model import Identity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trunkline.providers import Account


async def known_key(account: Account, known: Iterable[str | None]) -> str:
    """Return the account's key; one of the `known` keys as long as the account still has what that is named after.

    Where a provider states no account, the smallest service stands for it. A smaller one that is ordered later must not
    make another account of it.
    """
    streams = await account.streams()
    identity = await account.identity()
    for key in known:
        provider, _, account_id = (key or "").partition(":")
        if provider == account.info.provider_id and account_id in streams:
            account.adopt(Identity(account_id, identity.title))
    return await account.key()
