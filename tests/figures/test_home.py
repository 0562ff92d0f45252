"""The country of an account by its time zone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from trunkline.figures import home

if TYPE_CHECKING:
    from pathlib import Path

# Two lines of zone.tab as the IANA database writes them, a comment, and a line that is cut short.
TABLE = "# tzdb\nLT\t+5441+02519\tEurope/Vilnius\nVN\t+1045+10640\tAsia/Ho_Chi_Minh\nXX\n"


@pytest.fixture(autouse=True)
def _anew() -> Any:
    home._countries.cache_clear()
    yield
    home._countries.cache_clear()


def account(key: str, zone: str) -> Any:
    return SimpleNamespace(account=key, zone=zone)


def test_the_table_of_the_system_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "zone.tab").write_text(TABLE)
    monkeypatch.setattr(home, "TZPATH", (str(tmp_path / "none"), str(tmp_path)))
    assert home.country_of("Europe/Vilnius") == "LT"
    assert home.country_of("Asia/Ho_Chi_Minh") == "VN"
    assert home.country_of("Asia/Tehran") == "IR"
    assert home.country_of("UTC") is None


def test_without_one_the_package_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tzdata")
    monkeypatch.setattr(home, "TZPATH", ())
    assert home.country_of("Europe/Vilnius") == "LT"


def test_without_any_table_only_iran_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(package: str) -> Any:
        raise ModuleNotFoundError(package)

    monkeypatch.setattr(home, "TZPATH", ())
    monkeypatch.setattr(home.resources, "files", missing)
    assert home.country_of("Europe/Vilnius") is None
    assert home.country_of("Asia/Tehran") == "IR"


def test_countries_are_told_only_if_all_accounts_have_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "zone.tab").write_text(TABLE)
    monkeypatch.setattr(home, "TZPATH", (str(tmp_path),))
    office, branch, none = account("a", "Asia/Tehran"), account("b", "Europe/Vilnius"), account("c", "UTC")
    assert home.countries([office, branch]) == {"a": "IR", "b": "LT"}
    assert home.countries([office, none]) is None
    assert home.countries([]) is None
