"""The country of an account, by its time zone."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import TZPATH

from trunkline.periods import JALALI_ZONES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trunkline.archive import ArchivedAccount

_TABLE = "zone.tab"
_FIELDS = 3


def countries(accounts: Iterable[ArchivedAccount]) -> dict[str, str] | None:
    """Return the ISO 3166 country of each account's time zone, None unless all have one."""
    found = {each.account: country_of(each.zone) for each in accounts}
    known = {account: country for account, country in found.items() if country is not None}
    return known if known and len(known) == len(found) else None


def countries_of(accounts: Iterable[ArchivedAccount]) -> list[str]:
    """Return the ISO 3166 countries of the time zones of these accounts, in order."""
    return sorted({country for each in accounts if (country := country_of(each.zone)) is not None})


def here(accounts: Iterable[ArchivedAccount], region: str | None) -> str | None:
    """Return the country that is given or, without one, that of the accounts; None if they are in several or none."""
    if region is not None:
        return region
    found = set((countries(accounts) or {}).values())
    return found.pop() if len(found) == 1 else None


def country_of(zone: str) -> str | None:
    """Return the country of an IANA zone by the table of the time zone database, None if it is of none."""
    return "IR" if zone in JALALI_ZONES else _countries().get(zone)


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _table().splitlines():
        fields = line.split("\t")
        if not line.startswith("#") and len(fields) >= _FIELDS:
            found[fields[2]] = fields[0]
    return found


def _table() -> str:
    """Return the table of the system or, where it has none, that of the package `tzdata`."""
    for folder in TZPATH:
        path = Path(folder) / _TABLE
        if path.is_file():
            return path.read_text(encoding="utf-8")
    try:
        return (resources.files("tzdata") / "zoneinfo" / _TABLE).read_text(encoding="utf-8")
    except (ModuleNotFoundError, FileNotFoundError):
        return ""
