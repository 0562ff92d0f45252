"""Finds accounts by the names that people use for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .values import ArchivedAccount


def named_accounts(accounts: Sequence[ArchivedAccount], names: Sequence[str]) -> list[ArchivedAccount]:
    """Return the named accounts (all, if no name is given), in the order of the archive.

    A name is an account's title, key or id at the provider; capitals and spaces around it make no difference.
    Raises `ConfigError` for a name that no account has.
    """
    wanted = {name.strip().casefold() for name in names}
    known = set().union(*(_names(archived) for archived in accounts))
    for name in names:
        if name.strip().casefold() not in known:
            titles = ", ".join(archived.title for archived in accounts) or "none; run `trunkline sync` first"
            msg = f"the archive has no account {name!r}; its accounts: {titles}"
            raise ConfigError(msg)
    return [archived for archived in accounts if not wanted or _names(archived) & wanted]


def _names(archived: ArchivedAccount) -> set[str]:
    names = archived.title, archived.account, archived.account.partition(":")[2]
    return {name.strip().casefold() for name in names}
