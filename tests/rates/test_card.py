"""Rate cards: longest prefix, validity, rounding of calls or sums, and files."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from trunkline.errors import DataError
from trunkline.model import Direction, Money, Rate
from trunkline.rates import CardRate, RateCard, card_of_rates, read_card

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
CENT = Decimal("0.01")


def rate(prefix: str, per_minute: str, **terms: object) -> CardRate:
    return CardRate(prefix=prefix, per_minute=Decimal(per_minute), **terms)


def card(*rates: CardRate, **terms: object) -> RateCard:
    return RateCard(name="Office", currency="EUR", rates=rates, **terms)


# Prefixes


def test_the_longest_prefix_decides_not_the_cheapest_nor_the_first():
    found = card(rate("98", "0.02"), rate("98912", "0.05"), rate("989", "0.04"), rate("", "1"))
    assert found.find("+989120000001", NOW).per_minute == Decimal("0.05")
    assert found.find("989010000001", NOW).per_minute == Decimal("0.04")
    assert found.find("+982100000001", NOW).per_minute == Decimal("0.02")
    assert found.find("+4930000001", NOW).per_minute == Decimal(1)


def test_a_number_without_a_rate_has_no_charge():
    assert card(rate("98", "0.02")).charge("+37060000001", 60, NOW) is None
    assert card().find("+37060000001", NOW) is None


def test_a_shorter_prefix_holds_while_the_longer_one_does_not():
    spring = datetime(2026, 3, 21, tzinfo=UTC)
    found = card(rate("98912", "0.05", until=spring), rate("98", "0.02"))
    assert found.find("+989120000001", spring - timedelta(seconds=1)).per_minute == Decimal("0.05")
    assert found.find("+989120000001", spring).per_minute == Decimal("0.02")


def test_two_rates_of_a_prefix_follow_each_other_but_do_not_overlap():
    spring = datetime(2026, 3, 21, tzinfo=UTC)
    found = card(rate("98", "0.02", until=spring), rate("98", "0.03", since=spring))
    assert found.find("+982100000001", spring).per_minute == Decimal("0.03")
    with pytest.raises(DataError, match="98"):
        card(rate("98", "0.02"), rate("98", "0.03", since=spring))


# Charges


def test_a_minimum_holds_for_calls_with_talk_only():
    found = card(rate("98", "0.01", minimum=Decimal("0.05")))
    assert found.charge("+982100000001", 60, NOW) == Money(Decimal("0.05"), "EUR")
    assert found.charge("+982100000001", 600, NOW) == Money(Decimal("0.10"), "EUR")
    assert found.charge("+982100000001", 0, NOW) == Money(Decimal("0.00"), "EUR")


def test_each_call_or_the_sum_is_rounded():
    # three calls of a third of a cent: nothing each, a cent together
    charges = [Fraction(1, 300)] * 3
    assert card().total(charges) == Money(Decimal("0.00"), "EUR")
    assert card(rounds="sum").total(charges) == Money(CENT, "EUR")
    assert card(rounding="up").total(charges) == Money(3 * CENT, "EUR")
    assert card().total([]) == Money(Decimal("0.00"), "EUR")


@pytest.mark.parametrize(
    "terms",
    [
        {"prefix": "+98"},
        {"prefix": "٩٨"},
        {"prefix": "98", "step": 0},
        {"prefix": "98", "first": -1},
        {"prefix": "98", "per_minute": Decimal(-1)},
        {"prefix": "98", "minimum": Decimal("NaN")},
        {"prefix": "98", "since": datetime(2026, 1, 1)},
        {"prefix": "98", "since": datetime(2026, 1, 2, tzinfo=UTC), "until": datetime(2026, 1, 1, tzinfo=UTC)},
        {"prefix": "98", "per_minute": 0.5},
        {"prefix": "98", "connection_fee": 1},
        {"prefix": "98", "step": 1.5},
    ],
)
def test_impossible_rates_are_refused(terms):
    with pytest.raises(DataError):
        CardRate(**{"per_minute": Decimal(1)} | terms)


@pytest.mark.parametrize("terms", [{"rounding": "bankers"}, {"rounds": "minute"}])
def test_impossible_cards_are_refused(terms):
    with pytest.raises(DataError, match="rounding"):
        card(**terms)


# Files


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_csv_file_with_the_columns_of_this_page(tmp_path):
    path = write(
        tmp_path,
        "card.csv",
        "prefix,name,rate,first,step,connection_fee,minimum,since\n"
        "98912,Iran mobile,0.0431,60,6,0.01,0.02,2026-01-01\n\n+98,Iran,0.02,,,,,\n",
    )
    found = read_card(path, currency="EUR", places=4)
    assert (found.name, found.currency, found.places) == ("card", "EUR", 4)
    assert found.rates == (
        CardRate(
            prefix="98912",
            name="Iran mobile",
            per_minute=Decimal("0.0431"),
            first=60,
            step=6,
            connection_fee=CENT,
            minimum=2 * CENT,
            since=datetime(2026, 1, 1, tzinfo=UTC),
        ),
        rate("98", "0.02", name="Iran"),
    )


def test_a_csv_file_as_other_systems_write_it(tmp_path):
    path = write(
        tmp_path, "card.csv", "\ufeffDestination;Dial Code;Rate / min;Increment;Min. time\nIran;98;0.02;60;60\n"
    )
    assert read_card(path, currency="EUR").rates == (rate("98", "0.02", name="Iran", first=60, step=60),)


def test_a_toml_file_says_all_of_it(tmp_path):
    path = write(
        tmp_path,
        "card.toml",
        'name = "Office"\ncurrency = "EUR"\nplaces = 4\nrounding = "half_even"\nrounds = "sum"\nfirst = 60\nstep = 60\n'
        '[[rate]]\nprefix = "98"\nrate = 0.1234567890123456789\n'
        '[[rate]]\nprefix = "370"\nrate = "0.03"\nstep = 1\nsince = 2026-01-01T00:00:00+02:00\nuntil = 2026-06-01\n',
    )
    found = read_card(path)
    assert (found.name, found.currency, found.places, found.rounding, found.rounds) == (
        "Office", "EUR", 4, "half_even", "sum",
    )  # fmt: skip
    assert found.rates == (
        rate("98", "0.1234567890123456789", first=60, step=60),
        rate(
            "370", "0.03", first=60,
            since=datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=2))),
            until=datetime(2026, 6, 1, tzinfo=UTC),
        ),
    )  # fmt: skip


def test_days_of_a_card_are_jalali_or_gregorian_by_the_clock_of_its_zone(tmp_path):
    # 1 Aban 1405 is 23 October 2026; midnight in Tehran is 20:30 UTC of the day before. In Vilnius, three hours ahead of
    # UTC in summer, and two in winter: 25 October 2026 begins at 21:00 UTC of the day before.
    begin = datetime(2026, 10, 22, 20, 30, tzinfo=UTC)
    csv = write(tmp_path, "card.csv", "prefix,rate,since,until\n98,1,1405-08-01,2026-10-24 00:00\n44,1,1405-02-31,\n")
    day = timedelta(days=1)
    first, second = read_card(csv, currency="IRR", zone=ZoneInfo("Asia/Tehran")).rates
    assert (first.since, first.until) == (begin, begin + day)
    # 31 Ordibehesht is 21 May.
    assert second.since == datetime(2026, 5, 20, 20, 30, tzinfo=UTC)
    toml = write(
        tmp_path,
        "card.toml",
        'currency = "EUR"\n[[rate]]\nprefix = "370"\nrate = 1\nsince = 2026-10-25\nuntil = 2026-10-26T12:00:00\n'
        '[[rate]]\nprefix = "98"\nrate = 1\nsince = 1405-08-01\nuntil = 2026-11-01T00:00:00+03:30\n',
    )
    first, second = read_card(toml, zone=ZoneInfo("Europe/Vilnius")).rates
    assert (first.since, first.until) == (
        datetime(2026, 10, 24, 21, tzinfo=UTC), datetime(2026, 10, 26, 10, tzinfo=UTC)
    )  # fmt: skip
    assert (second.since, second.until) == (
        datetime(2026, 10, 22, 21, tzinfo=UTC), datetime(2026, 10, 31, 20, 30, tzinfo=UTC)
    )  # fmt: skip


@pytest.mark.parametrize("since", ["1405-02-31T02:00+03:30", "1405-02-31 02:00:00 +0330", "1405/02/30 22:30Z"])
def test_jalali_times_of_a_card_can_have_an_offset(tmp_path, since):
    # 31 Ordibehesht 1405 is 21 May 2026, and 30 Ordibehesht the day before.
    csv = write(tmp_path, "card.csv", f"prefix,rate,since\n98,1,{since}\n")
    assert read_card(csv, currency="IRR").rates[0].since == datetime(2026, 5, 20, 22, 30, tzinfo=UTC)


def test_a_jalali_time_with_an_offset_in_toml(tmp_path):
    # 3 Aban 1405 is 25 October 2026.
    text = 'currency = "IRR"\n[[rate]]\nprefix = "98"\nrate = 1\nsince = 1405-08-03T00:00:00+03:30\n'
    toml = write(tmp_path, "card.toml", text)
    assert read_card(toml).rates[0].since == datetime(2026, 10, 24, 20, 30, tzinfo=UTC)


def test_a_toml_file_says_which_directions_are_charged(tmp_path):
    text = 'currency = "EUR"\ndirections = ["outgoing", "incoming"]\n[[rate]]\nprefix = "98"\nrate = 1\n'
    found = read_card(write(tmp_path, "card.toml", text))
    assert found.directions == (Direction.OUTGOING, Direction.INCOMING)


def test_a_card_has_only_known_directions():
    with pytest.raises(DataError, match="sideways"):
        card(rate("98", "1"), directions=("sideways",))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("card.csv", "name,rate\nIran,1\n", "no column prefix"),
        ("card.csv", "", "no column prefix"),
        ("card.csv", "prefix,rate\n98,\n", "line 2: the rate is missing"),
        ("card.csv", "prefix,rate\n98,0.02\n98a,0.02\n", "line 3: a prefix has only digits"),
        ("card.csv", 'prefix;rate\n98;"0,02"\n', "line 2: a value can't be read"),
        ("card.csv", "prefix,rate,step\n98,0.02,1.5\n", "line 2: a value can't be read"),
        ("card.csv", "prefix,rate,since\n98,0.02,soon\n", "line 2: since is not a Jalali or Gregorian date"),
        ("card.csv", "prefix,rate\n98,NaN\n", "line 2: a value can't be read"),
        ("card.csv", "prefix,rate\n98,1\n00989,1\n", "line 3: a prefix begins with the country code, not with 0"),
        ("card.csv", "prefix,rate,since\n98,0.02,1405-13-01\n", "line 2: since is not a Jalali or Gregorian date"),
        ("card.toml", "currency = ", "is not TOML"),
        ("card.toml", 'colour = "red"', "colour"),
        ("card.toml", 'currency = "EUR"\nrate = 5', "rate"),
        ("card.toml", 'currency = "EUR"\n[[rate]]\nprefix = "98"\nprice = 1\n', "rate 1: a rate has no price"),
        ("card.toml", 'currency = "EUR"\ndirections = "incoming"', "directions as a list"),
        ("card.toml", 'currency = "EUR"\ndirections = ["sideways"]', "directions as a list"),
        ("card.toml", '[[rate]]\nprefix = "98"\nrate = 1\n', "currency"),
    ],
)
def test_what_can_not_be_read_is_one_clear_line(tmp_path, name, text, said):
    currency = None if "toml" in name else "EUR"
    with pytest.raises(DataError, match=said) as caught:
        read_card(write(tmp_path, name, text), currency=currency)
    assert "\n" not in str(caught.value)


def test_text_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "card.csv"
    path.write_bytes(b"prefix,rate,name\n98,1,\xff\n")
    with pytest.raises(DataError, match="UTF-8"):
        read_card(path, currency="EUR")


def test_the_rates_that_a_provider_lists():
    euro = Money(Decimal("0.0431"), "EUR")
    listed = [Rate("Iran, mobile", euro, prefix="98912"), Rate("Iran", None, prefix="98"), Rate("Other", euro)]
    found = card_of_rates(listed, "Aban", first=60, step=60)
    assert (found.name, found.currency) == ("Aban", "EUR")
    assert found.rates == (rate("98912", "0.0431", name="Iran, mobile", first=60, step=60),)
    with pytest.raises(DataError, match="no rate"):
        card_of_rates([], "Aban")
    with pytest.raises(DataError, match="several"):
        card_of_rates([*listed, Rate("USA", Money(Decimal(1), "USD"), prefix="1")], "Aban")


@pytest.mark.parametrize(
    ("currency", "places", "charge"), [("IRR", 0, "1"), ("VND", 0, "1"), ("EUR", 2, "1.23"), ("KWD", 3, "1.235")]
)
def test_a_card_without_places_rounds_as_its_currency_is_paid(
    tmp_path: Path, currency: str, places: int, charge: str
) -> None:
    csv, toml = tmp_path / "card.csv", tmp_path / "card.toml"
    csv.write_text("prefix,rate\n98,1.2345\n")
    toml.write_text(f'currency = "{currency}"\n[[rate]]\nprefix = "98"\nrate = 1.2345\n')
    listed = card_of_rates([Rate("Iran", Money(Decimal("1.2345"), currency), prefix="98")], "Aban")
    own = RateCard(name="Office", currency=currency, rates=(CardRate(prefix="98", per_minute=Decimal("1.2345")),))
    for card in (read_card(csv, currency=currency), read_card(toml), listed, own):
        assert card.decimals == places
        # Half up: 1.2345 is 1.235 with three decimals, 1.23 with two.
        assert card.charge("+982155500001", 60, NOW) == Money(Decimal(charge), currency)


def test_places_that_are_given_go_before_those_of_the_currency(tmp_path: Path) -> None:
    csv, toml = tmp_path / "card.csv", tmp_path / "card.toml"
    csv.write_text("prefix,rate\n98,1.2345\n")
    toml.write_text('currency = "IRR"\nplaces = 2\n[[rate]]\nprefix = "98"\nrate = 1.2345\n')
    assert read_card(csv, currency="IRR", places=2).decimals == read_card(toml, places=3).decimals == 2
    assert read_card(csv, currency="EUR", places=0).decimals == 0


def test_the_card_in_the_documentation_is_read_as_it_says(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "figures.md").read_text("utf-8")
    card = tmp_path / "card.toml"
    card.write_text(page.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    [found] = read_card(card, zone=ZoneInfo("Asia/Tehran")).rates
    assert (found.first, found.step, found.minimum) == (60, 60, Decimal("0.02"))
    # The end of 30 June in Tehran is 20:30 UTC.
    assert [found.valid(datetime(2026, 6, 30, 20, minute, tzinfo=UTC)) for minute in (29, 30)] == [True, False]


def test_a_card_without_a_currency_says_what_to_do(tmp_path: Path) -> None:
    card = tmp_path / "card.csv"
    card.write_text("prefix,rate\n98,1\n")
    with pytest.raises(DataError, match="choose calls in one currency, or name it"):
        read_card(card)
