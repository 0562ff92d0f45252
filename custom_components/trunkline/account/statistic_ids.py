"""The ids of an account's long-term statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from homeassistant.util import slugify

from ..const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SERIES: Final = ("calls", "answered", "missed", "minutes", "cost", "refunds")


def statistic_id(account_key: str, series: str, trunk_id: str | None = None, currency: str | None = None) -> str:
    """Return the id of a series of an account, or of one of its trunks.

    `currency` is that of amounts that are not in the account's currency: they have a series of their own.
    """
    return f"{DOMAIN}:{'_'.join(slugify(part) for part in (account_key, trunk_id, series, currency) if part)}"


def statistic_ids(account_key: str, trunk_ids: Iterable[str] = ()) -> Mapping[str | None, Mapping[str, str]]:
    """Return the ids by trunk (None: the whole account) and series, whether there is anything in them or not."""
    return {
        trunk_id: {series: statistic_id(account_key, series, trunk_id) for series in SERIES}
        for trunk_id in (None, *trunk_ids)
    }


def ids_of_account(ids: Iterable[str], account_key: str, other_keys: Iterable[str]) -> list[str]:
    """Return those of the ids that are an account's; `other_keys` are those of the other accounts.

    The id of an account may begin with that of another one: the longer beginning tells whose it is.
    """
    start = _beginning(account_key)
    longer = tuple(other for key in other_keys if (other := _beginning(key)) != start and other.startswith(start))
    return [each for each in ids if each.startswith(start) and not (longer and each.startswith(longer))]


def _beginning(account_key: str) -> str:
    return f"{DOMAIN}:{slugify(account_key)}_"
