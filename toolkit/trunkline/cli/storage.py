"""The archive that the commands use, and the accounts that are in it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from trunkline.archive.named import named_accounts, titles_of
from trunkline.archive.opening import open_archive

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trunkline.archive import Archive, ArchivedAccount

__all__ = ["archived_accounts", "clocks_of", "open_archive", "titles_of"]


def archived_accounts(archive: Archive, names: Sequence[str]) -> tuple[list[ArchivedAccount], ZoneInfo]:
    """Return the named accounts (all, if no name is given) and the zone in which dates are meant.

    A name is an account's title, key or id at the provider. The zone is that of the accounts if they have the same,
    otherwise UTC. Raises `ConfigError` for a name that no account has.
    """
    chosen = named_accounts(archive.accounts(), names)
    zones = {archived.zone for archived in chosen}
    return chosen, ZoneInfo(zones.pop() if len(zones) == 1 else "UTC")


def clocks_of(accounts: Sequence[ArchivedAccount], keys: Iterable[str]) -> list[ZoneInfo]:
    """Return the clock of each row; `keys` are those of the rows' accounts."""
    zones = {archived.account: ZoneInfo(archived.zone) for archived in accounts}
    return [zones[key] for key in keys]
