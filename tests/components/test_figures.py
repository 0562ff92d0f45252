"""The figures on an archive of a few calls, each expected value worked out by hand."""

from __future__ import annotations

import gc
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from custom_components.trunkline.account.figures import FiguresReader, TrunkData
from custom_components.trunkline.account.low_credit import is_low
from trunkline.archive import Archive
from trunkline.metrics import RunOut
from trunkline.model import Call, Direction, Money, Party, Status, Trunk

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
KEY = "other:1"
VILNIUS = ZoneInfo("Europe/Vilnius")


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def call(call_id: str, started_at: datetime, **more) -> Call:
    given = {"direction": Direction.OUTGOING, "status": Status.ANSWERED, "talk": 60, "trunk": "37050000000"}
    return Call(account=KEY, call_id=call_id, started_at=started_at, **given | more)


@pytest.fixture
def archive(tmp_path):
    with Archive.open(f"sqlite:///{tmp_path / 'archive.db'}") as archive:
        archive.register(KEY, provider="other", title="Other", zone="Europe/Vilnius", currency="EUR")
        yield archive


@pytest.fixture
def reader(archive):
    return FiguresReader(archive, KEY, zone=VILNIUS, currency="EUR")


def test_days_and_months_are_the_accounts_own(archive, reader):
    # Vilnius is two hours ahead: 22:30 UTC of the 9th is the 10th there, 21:30 of the last of February is still February.
    archive.store(
        [
            call("1", datetime(2026, 3, 9, 22, 30, tzinfo=UTC), price=eur("0.10")),
            call("2", datetime(2026, 3, 9, 21, 30, tzinfo=UTC), price=eur("0.20")),
            call("3", datetime(2026, 2, 28, 22, 30, tzinfo=UTC), price=eur("0.40")),
            call("4", datetime(2026, 2, 28, 21, 30, tzinfo=UTC), price=eur("0.80")),
        ]
    )
    figures = reader.read(NOON, [], history_complete=True)
    assert figures.day == date(2026, 3, 10)
    assert figures.midnight == datetime(2026, 3, 9, 22, tzinfo=UTC)
    assert figures.month_start == datetime(2026, 2, 28, 22, tzinfo=UTC)
    assert (figures.today.calls, figures.cost_today, figures.cost_month) == (1, eur("0.10"), eur("0.70"))


def test_an_empty_archive_costs_nothing_and_knows_nothing_else(reader):
    figures = reader.read(NOON, [Trunk("37050000000", credit=eur("5"))], history_complete=True)
    assert (figures.today.calls, figures.cost_today, figures.cost_month) == (0, eur("0"), eur("0"))
    assert (figures.last_call, figures.open_missed.callers) == (None, 0)
    data = figures.trunks["37050000000"]
    assert (data.run_out, data.spend) == (None, None)


def test_a_day_without_any_price_has_no_cost(archive, reader):
    archive.store([call("1", NOON - timedelta(hours=1))])
    assert reader.read(NOON, [], history_complete=True).cost_today is None
    archive.store([call("2", NOON - timedelta(hours=1), price=eur("0.10"))])
    assert reader.read(NOON, [], history_complete=True).cost_today == eur("0.10")


def test_a_month_without_any_price_has_no_cost(archive, reader):
    archive.store([call("1", NOON - timedelta(days=1))])
    figures = reader.read(NOON, [], history_complete=True)
    assert (figures.cost_today, figures.cost_month) == (eur("0"), None)
    archive.store([call("2", NOON - timedelta(hours=1))])
    figures = reader.read(NOON, [], history_complete=True)
    assert (figures.cost_today, figures.cost_month) == (None, None)
    # Prices of another currency only are no zero of this one.
    archive.store([call("1", NOON - timedelta(days=1), price=Money(Decimal(3), "USD"))])
    reader.forget(None)
    assert reader.read(NOON, [], history_complete=True).cost_month is None
    archive.store([call("3", NOON - timedelta(days=1), price=eur("0.10"))])
    reader.forget({date(2026, 3, 9)})
    assert reader.read(NOON, [], history_complete=True).cost_month == eur("0.10")


def test_the_last_call_may_be_older_than_today(archive, reader):
    archive.store([call("1", NOON - timedelta(days=40)), call("2", NOON - timedelta(days=50))])
    figures = reader.read(NOON, [], history_complete=True)
    assert figures.last_call is not None
    assert figures.last_call.call_id == "1"


def test_the_last_call_is_the_one_that_ended_last(archive, reader):
    archive.store(
        [
            call("1", NOON - timedelta(hours=13), talk=12 * 3600),  # since yesterday
            call("2", NOON - timedelta(hours=2)),
        ]
    )
    found = reader.read(NOON, [], history_complete=True).last_call
    assert found is not None
    assert found.call_id == "1"


def test_an_unused_trunk_has_a_forecast_since_its_credit_is_known(archive, reader):
    trunk = Trunk("37050000000", credit=eur("10"), credit_expires_at=NOON + timedelta(days=60))
    archive.record_credit(KEY, [trunk], NOON - timedelta(days=40))
    data = reader.read(NOON, [trunk], history_complete=True).trunks[trunk.trunk_id]
    assert data.run_out is not None
    assert (data.run_out.at, data.run_out.expires_first) == (trunk.credit_expires_at, True)
    assert data.run_out.days == 28
    assert data.spend is not None
    assert (data.spend.days, data.spend.least) == (32, eur("0.10"))


def test_what_a_day_cost_is_the_sum_of_the_hours_of_its_trunk(archive, reader):
    trunk = Trunk("37050000000", credit=eur("100"))
    days = [call(f"{day}", NOON - timedelta(days=day), price=eur("1")) for day in range(1, 40)]
    # 22:30 UTC is half past midnight of the next day in Vilnius.
    night = call("night", datetime(2026, 3, 9, 22, 30, tzinfo=UTC), price=eur("0.25"))
    archive.store([*days, night, call("other", NOON, price=eur("7"), trunk="37050000001")])
    spend = reader.read(NOON, [trunk], history_complete=True).trunks[trunk.trunk_id].spend
    assert spend is not None
    assert (spend.spend, spend.excess, spend.usual) == (eur("0.25"), eur("0.25"), eur("1"))
    assert spend.days == 31


@pytest.mark.parametrize("zone", ["Asia/Beirut", "America/Havana", "Asia/Tehran"])
def test_days_read_at_once_cost_what_each_of_them_costs(archive, zone, monkeypatch):
    # In Beirut the clock goes from 0:00 to 1:00 on 29 March 2026, in Havana from 1:00 to 0:00 on 1 November.
    archive.register(KEY, provider="other", title="Other", zone=zone, currency="EUR")
    now = datetime(2026, 4 if zone == "Asia/Beirut" else 11, 10, 12, tzinfo=UTC)
    archive.store(
        call(str(hours), now - timedelta(hours=hours, minutes=30), price=eur(f"{hours}.01"))
        for hours in range(1, 24 * 14)
    )
    spans = []
    read = type(archive).costs_by_hour

    def costs_by_hour(self, account, *, since, until):
        spans.append((since, until))
        return read(self, account, since=since, until=until)

    monkeypatch.setattr(type(archive), "costs_by_hour", costs_by_hour)
    reader = FiguresReader(archive, KEY, zone=ZoneInfo(zone), currency="EUR")
    trunk = Trunk("37050000000", credit=eur("50000"))
    at_once = reader.read(now, [trunk], history_complete=True)
    assert len(spans) == 1
    today = now.astimezone(ZoneInfo(zone)).date()
    for back in range(1, 16, 2):
        reader.forget([today - timedelta(days=back)])
    assert reader.read(now, [trunk], history_complete=True) == at_once
    assert len(spans) == 1 + 8
    # By hand: the calls since the first of the month there.
    first = at_once.month_start
    since_first = [hours for hours in range(1, 24 * 14) if now - timedelta(hours=hours, minutes=30) >= first]
    assert at_once.cost_month == eur(str(sum(Decimal(f"{hours}.01") for hours in since_first)))


def test_a_missed_call_waits_for_a_week_unless_its_number_is_reached(archive, reader):
    def missed(call_id: str, days: float, number: str) -> Call:
        return call(
            call_id,
            NOON - timedelta(days=days),
            direction=Direction.INCOMING,
            status=Status.NO_ANSWER,
            source=Party(number),
        )

    archive.store(
        [
            missed("1", 8, "50000001"),
            missed("2", 5, "50000002"),
            missed("3", 4, "50000003"),
            missed("4", 0.1, "50000004"),
            call("5", NOON - timedelta(days=2), destination=Party("50000003")),
        ]
    )
    waiting = reader.read(NOON, [], history_complete=True).open_missed
    assert [item.source.number for item in waiting.calls] == ["50000004", "50000002"]
    archive.store([call("6", NOON, destination=Party("50000002"))])
    assert reader.read(NOON, [], history_complete=True).open_missed.callers == 1


def test_remembered_days_are_read_again_only_when_told(archive, reader):
    yesterday = NOON - timedelta(days=1)
    archive.store([call("1", yesterday, price=eur("1"))])
    assert reader.read(NOON, [], history_complete=True).cost_month == eur("1")
    archive.store([call("1", yesterday, price=eur("3"))])
    assert reader.read(NOON, [], history_complete=True).cost_month == eur("1")
    reader.forget([yesterday.date()])
    assert reader.read(NOON, [], history_complete=True).cost_month == eur("3")
    archive.store([call("1", yesterday, price=eur("5"))])
    reader.forget(None)
    assert reader.read(NOON, [], history_complete=True).cost_month == eur("5")


def test_a_long_day_is_counted_without_keeping_its_calls(archive, reader, monkeypatch):
    monkeypatch.setattr("custom_components.trunkline.account.figures._PIECE", 10)
    # Every ten minutes of the local day, and one beyond its end, as a clock that is ahead might say.
    midnight = datetime(2026, 3, 9, 22, tzinfo=UTC)
    listed = [call(str(n), midnight + timedelta(minutes=10 * n), price=eur("0.01")) for n in range(144)]
    listed.append(call("late", midnight + timedelta(hours=25), price=eur("0.50")))
    archive.store(listed)
    del listed
    gc.collect()
    before = sum(type(each) is Call for each in gc.get_objects())
    figures = reader.read(NOON, [], history_complete=True)
    assert (figures.today.calls, figures.today.talk_s, figures.cost_today) == (145, 145 * 60, eur("1.94"))
    gc.collect()
    # The last call is in the figures.
    assert sum(type(each) is Call for each in gc.get_objects()) == before + 1


def test_costs_of_today_follow_the_currency(archive, reader):
    trunk = Trunk("37050000000", credit=eur("10"))
    archive.store([call("1", NOON - timedelta(hours=1), price=eur("2"))])
    reader.read(NOON, [trunk], history_complete=True)
    assert reader.read(NOON, [trunk], history_complete=True, currency="USD").cost_today is None
    assert reader.read(NOON, [trunk], history_complete=True, currency="EUR").cost_today == eur("2")


def test_the_run_out_is_told_from_a_week_on(archive, reader):
    trunk = Trunk("37050000000", credit=eur("10"))
    archive.store([call(str(day), NOON - timedelta(days=day), price=eur("1")) for day in range(1, 7)])
    assert reader.read(NOON, [trunk], history_complete=True).trunks[trunk.trunk_id].run_out is None
    archive.store([call("7", NOON - timedelta(days=7), price=eur("1"))])
    reader.forget(None)
    assert reader.read(NOON, [trunk], history_complete=False).trunks[trunk.trunk_id].run_out is None
    found = reader.read(NOON, [trunk], history_complete=True).trunks[trunk.trunk_id].run_out
    # One euro each day: ten euros last ten days.
    assert found is not None
    assert found.at == NOON + timedelta(days=10)
    in_dollars = Trunk("37050000000", credit=Money(Decimal(10), "USD"))
    assert reader.read(NOON, [in_dollars], history_complete=True).trunks[trunk.trunk_id].run_out is None


def of_trunk(credit: str | None, days: float | None = None, *, known: bool = True) -> TrunkData:
    """Return a trunk whose credit lasts for so many days, None for more than five years."""
    at = NOON + timedelta(days=days) if days is not None else None
    run_out = RunOut(at, at, at, eur("1"), days=28) if known else None
    return TrunkData(trunk=Trunk("1", credit=None if credit is None else eur(credit)), run_out=run_out)


@pytest.mark.parametrize(
    ("data", "options", "expected"),
    [
        (of_trunk("5", 7.1), {}, False),
        (of_trunk("5", 7), {}, True),
        (of_trunk("5", 7), {"low_credit_days": 6}, False),
        # The amount matters only if there is one.
        (of_trunk("0.01", 100), {}, False),
        (of_trunk("9.99", 100), {"low_credit": 10}, True),
        (of_trunk("10", 100), {"low_credit": 10}, False),
        (of_trunk("10", 3), {"low_credit": 10}, True),
        # A line that isn't used has enough credit for it.
        (of_trunk("5", None), {}, False),
        # Without a forecast, only an amount can tell; but nothing left is always too little.
        (of_trunk("5", known=False), {}, None),
        (of_trunk("5", known=False), {"low_credit": 4}, False),
        (of_trunk("5", known=False), {"low_credit": 6}, True),
        (of_trunk("0", known=False), {}, True),
        (of_trunk(None, known=False), {"low_credit": 6}, None),
    ],
)
def test_credit_is_low_by_days_and_by_an_amount_if_there_is_one(data, options, expected):
    assert is_low(data, options, NOON, currency="EUR") is expected


def test_an_amount_says_nothing_of_a_credit_in_another_currency():
    dollars = TrunkData(trunk=Trunk("1", credit=Money(Decimal(5), "USD")))
    assert is_low(dollars, {"low_credit": 1000}, NOON, currency="EUR") is None
    assert is_low(dollars, {"low_credit": 1000}, NOON, currency="USD") is True


def test_costs_are_in_the_currency_that_the_provider_states(archive, reader):
    usd = Money(Decimal("0.30"), "USD")
    earlier = datetime(2026, 3, 9, 8, tzinfo=UTC)
    archive.store([call("1", NOON - timedelta(hours=1), price=usd), call("2", earlier, price=usd)])
    # Of the account's own currency nothing was charged, but that isn't what the calls cost.
    assert reader.read(NOON, [], history_complete=True).cost_today is None
    figures = reader.read(NOON, [], history_complete=True, currency="USD")
    assert (figures.cost_today, figures.cost_month) == (usd, Money(Decimal("0.60"), "USD"))


def test_where_calls_have_no_prices_nothing_costs_nothing(archive):
    reader = FiguresReader(archive, KEY, zone=VILNIUS, currency="EUR", prices=False)
    trunk = Trunk("37050000000", credit=eur("5"))
    archive.store([call(str(day), NOON - timedelta(days=day)) for day in range(1, 20)])
    figures = reader.read(NOON, [trunk], history_complete=True)
    assert (figures.cost_today, figures.cost_month) == (None, None)
    assert (figures.trunks["37050000000"].run_out, figures.trunks["37050000000"].spend) == (None, None)
