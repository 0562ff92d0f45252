"""`trunkline history`, and the limits of an account's client."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from trunkline import Archive
from trunkline.cli.settings import load_accounts
from trunkline.errors import ConfigError
from trunkline.model import Call, Direction, Money, Status, Trunk, UnreadableRow
from trunkline.transport import Limits

KEY = "telefonchy:sv1"


def rial(amount):
    return Money(Decimal(amount), "IRR")


@pytest.fixture
def recorded(home):
    """Record a top-up of 50,000 rial and a price that was corrected from 34 to 30."""
    with Archive.open(f"sqlite:///{home / 'archive.db'}") as archive:
        archive.register(KEY, provider="telefonchy", title="office", zone="Asia/Tehran", currency="IRR")
        for day, credit in ((1, 1000), (2, 51000)):
            at = datetime(2026, 11, day, 8, tzinfo=UTC)
            archive.record_credit(KEY, (Trunk("2155500001", credit=rial(credit)),), at)
        for price in (34, 30):
            call = Call(
                account=KEY,
                call_id="7",
                direction=Direction.OUTGOING,
                status=Status.ANSWERED,
                started_at=datetime(2026, 10, 20, 8, tzinfo=UTC),
                price=rial(price),
            )
            archive.store([call])
        row = {"call_id": "8", "source": "09120000001", "name": "Arash", "price": "many"}
        unreadable = UnreadableRow(row, reason="the field price is not an amount", field="price", call_id="8")
        archive.set_aside(KEY, "sv1", [unreadable], version="0.1.0")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "credit",
            [
                {"at": "2026-11-01T08:00:00+00:00", "trunk": "2155500001", "credit": "1000 IRR"},
                {"at": "2026-11-02T08:00:00+00:00", "trunk": "2155500001", "credit": "51000 IRR"},
            ],
        ),
        ("top-ups", [{"at": "2026-11-02T08:00:00+00:00", "trunk": "2155500001", "amount": "50000 IRR"}]),
        (
            "unreadable",
            [
                {
                    "call_id": "8",
                    "reason": "the field price is not an amount",
                    # Neither the number nor the name is shown.
                    "row": '{"call_id":"0","name":"xxxxx","price":"xxxx","source":"00000000000"}',
                }
            ],
        ),
        ("corrections", [{"call_id": "7", "field": "price", "old": "34 IRR", "new": "30 IRR"}]),
    ],
)
def test_what_the_archive_recorded_is_listed(recorded, run, name, expected):
    status, printed, complaints = run("history", name, "office", "--format", "json")
    assert (status, complaints) == (0, "")
    rows = json.loads(printed)
    assert len(rows) == len(expected)
    for row, known in zip(rows, expected, strict=True):
        assert row["account"] == "office"
        assert row.items() >= known.items()
    assert run("history", name, "--since", "2090-01-01") == (0, "nothing recorded in this period\n", "")


def settings(tmp_path, limits):
    path = tmp_path / "accounts.toml"
    path.write_text(f'[office]\nprovider = "telefonchy"\ntoken = "t"\nlimits = {limits}\n')
    return load_accounts(path, {})["office"]


def test_the_limits_of_an_account_reach_its_client(tmp_path):
    limits = settings(tmp_path, "{ total = 60, attempts = 2, interval = 0.5 }").limits
    assert limits == Limits(total=60, attempts=2, interval=0.5)
    assert settings(tmp_path, "{}").open()._transport._limits == Limits()
    assert settings(tmp_path, "{ total = 7 }").open()._transport._limits.total == 7


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ("{ speed = 1 }", "limits must be a table with some of connect, total"),
        ('"60"', "limits must be a table"),
        ("{ attempts = 1.5 }", "attempts in limits must be a whole number above 0"),
        ("{ attempts = 0 }", "attempts in limits must be a whole number above 0"),
        ("{ total = true }", "total in limits must be a number above 0"),
        ("{ total = inf }", "total in limits must be a number above 0"),
    ],
)
def test_limits_that_make_no_sense_name_the_account(tmp_path, limits, message):
    with pytest.raises(ConfigError, match=f"account office: {message}"):
        settings(tmp_path, limits)


def test_the_page_describes_every_limit_with_its_default():
    page = (Path(__file__).parents[2] / "docs/command.md").read_text()
    table = page.split("| limit |")[1].split("\n\n")[0]
    for limit in fields(Limits):
        assert f"`{limit.name}`" in table
        default = int(limit.default) if limit.default == int(limit.default) else limit.default
        assert str(default) in table
