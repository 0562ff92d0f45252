"""The ids of an account's long-term statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from homeassistant.util import slugify

from ..const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SERIES: Final = ("calls", "answered", "missed", "minutes", "cost", "refunds")


def statistic_id(account_key: str, series: str, trunk_id: str | None = None) -> str:
    """Return the id of a series of an account, or of one of its trunks."""
    return f"{DOMAIN}:{'_'.join(slugify(part) for part in (account_key, trunk_id, series) if part)}"


def statistic_ids(account_key: str, trunk_ids: Iterable[str] = ()) -> Mapping[str | None, Mapping[str, str]]:
    """Return the ids by trunk (None: the whole account) and series, whether there is anything in them or not."""
    return {
        trunk_id: {series: statistic_id(account_key, series, trunk_id) for series in SERIES}
        for trunk_id in (None, *trunk_ids)
    }
