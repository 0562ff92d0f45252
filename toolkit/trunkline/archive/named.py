"""Finds accounts by the names that people use for them."""

from __future__ import annotations

from collections import Counter
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
    wanted = set(map(_plain, names))
    known = set().union(*(_names(archived) for archived in accounts))
    for name in names:
        if _plain(name) not in known:
            titles = ", ".join(titles_of(accounts).values()) or "none; run `trunkline sync` first"
            msg = f"the archive has no account {name!r}; its accounts: {titles}"
            raise ConfigError(msg)
    return [archived for archived in accounts if not wanted or _names(archived) & wanted]


def titles_of(accounts: Sequence[ArchivedAccount]) -> dict[str, str]:
    """Return how each account is called, by its key: its title, with the key where others have the same title."""
    shared = Counter(_plain(archived.title) for archived in accounts)
    return {
        archived.account: archived.title
        if shared[_plain(archived.title)] == 1
        else f"{archived.title} ({archived.account})"
        for archived in accounts
    }


def _names(archived: ArchivedAccount) -> set[str]:
    names = archived.title, archived.account, archived.account.partition(":")[2]
    return set(map(_plain, names))


def _plain(name: str) -> str:
    return name.strip().casefold()
