"""The parts of Assist that need no conversation: numbers, amounts, days, absences and answers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from homeassistant.components.recorder import get_instance
from homeassistant.core import State
from homeassistant.exceptions import UnknownUser
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.trunkline.account.access import async_user
from custom_components.trunkline.assist.absence import Absence, async_last_absence, last_absence
from custom_components.trunkline.assist.answers import Period, callers_answer, cost_answer, credit_answer
from custom_components.trunkline.assist.confirmation import Confirmations, WaitingCall
from custom_components.trunkline.assist.figures import (
    AccountCallers,
    AccountCost,
    AccountCredit,
    Caller,
    LineCredit,
    sum_costs,
)
from custom_components.trunkline.assist.language import Amount, choose, load_languages
from custom_components.trunkline.assist.tools import period_days
from trunkline.archive import HourCost
from trunkline.model import Money

LANGUAGES = load_languages()
ENGLISH = LANGUAGES["en"]
TODAY = date(2026, 3, 10)
NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


# Language


@pytest.mark.parametrize(
    ("language", "amount", "expected"),
    [
        ("en", Amount(Decimal("1234567.5"), "IRR", 0), "1,234,568 rials"),
        ("en", Amount(Decimal("12.345"), "EUR"), "12.35 euros"),
        ("en", Amount(Decimal("-3.5"), "EUR"), "-3.50 euros"),
        ("en", Amount(Decimal("0.0025"), "EUR"), "0.0025 euros"),
        ("en", Amount(Decimal(0), "EUR"), "0.00 euros"),
        ("en", Amount(Decimal("12.5"), "GBP"), "12.50 GBP"),
        ("fa", Amount(Decimal(123456), "IRT", 0), "۱۲۳٬۴۵۶ تومان"),
        ("fa", Amount(Decimal("1234.5"), "EUR"), "۱٬۲۳۴٫۵۰ یورو"),
        ("vi", Amount(Decimal(1234567), "VND"), "1.234.567 đồng"),
        ("vi", Amount(Decimal("1234.5"), "USD"), "1.234,50 đô la Mỹ"),
        ("lt", Amount(Decimal("1234.5"), "EUR"), "1\u00a0234,50 Eur"),
        ("ru", Amount(Decimal("1234.5"), "EUR"), "1\u00a0234,50 евро"),
    ],
)
def test_amounts_are_written_as_usual_in_the_language(language, amount, expected):
    assert LANGUAGES[language].amount(amount) == expected


@pytest.mark.parametrize(
    ("language", "day", "expected"),
    [
        ("en", date(2026, 4, 9), "9 April"),
        ("en", date(2027, 4, 9), "9 April 2027"),
        # Nowruz 1405 was on 21 March 2026.
        ("fa", date(2026, 3, 20), "۲۹ اسفند"),
        ("fa", date(2026, 3, 21), "۱ فروردین ۱۴۰۵"),
        ("vi", date(2026, 4, 9), "ngày 9 tháng 4"),
        ("lt", date(2026, 4, 9), "balandžio 9 d."),
        ("ru", date(2026, 5, 9), "9 мая"),
    ],
)
def test_days_are_those_of_the_calendar_of_the_language(language, day, expected):
    assert LANGUAGES[language].day(day, TODAY) == expected


def test_the_language_that_is_wanted_first_is_chosen():
    assert choose(LANGUAGES, "fa-IR", "en").code == "fa"
    assert choose(LANGUAGES, "de", "ru_RU").code == "ru"
    assert choose(LANGUAGES, "", "de").code == "en"


# Answers


def test_credit_is_told_line_by_line_and_currencies_are_never_added():
    accounts = [
        AccountCredit("Office", True, (LineCredit(None, Amount(Decimal(5), "EUR"), date(2026, 4, 1)),)),
        AccountCredit("Shop", False, (LineCredit("0010", Amount(Decimal(9), "USD"), date(2026, 3, 12), expires=True),)),
        AccountCredit("Home", True, ()),
    ]
    assert credit_answer(ENGLISH, accounts, TODAY) == (
        "Office has 5.00 euros left. It is expected to last until 1 April. "
        "Shop cannot be reached. These are the last known figures. "
        "Shop, line ending in 0010, has 9.00 US dollars left. It expires on 12 March. "
        "The credit of Home is not known."
    )


def test_callers_are_told_with_the_period_that_is_covered():
    sara = Caller("Sara", "1", 1, NOON)
    withheld = Caller(None, None, 1, NOON - timedelta(days=1))
    many = tuple(Caller(None, str(number), 1, NOON) for number in range(7))
    accounts = [AccountCallers("A", (sara, withheld), ()), AccountCallers("B", (), many), AccountCallers("C", (), ())]
    answer = callers_answer(ENGLISH, Period(NOON - timedelta(hours=3), NOON), accounts, TODAY)
    assert answer == (
        "While you were out (left at 09:00, back at 12:00): "
        "A, missed: Sara at 12:00, withheld number on 9 March at 12:00. "
        "B, answered: 0 at 12:00, 1 at 12:00, 2 at 12:00, 3 at 12:00, 4 at 12:00, 2 more. "
        "C, nobody called."
    )
    unknown = [AccountCallers("A", (), (), (Caller("Sara", "1", 3, NOON),))]
    assert callers_answer(ENGLISH, Period(NOON), unknown, TODAY) == (
        "Since you left home at 12:00: A, calls whose outcome is not known: Sara (3 calls, last at 12:00)."
    )


def test_costs_of_several_currencies_stand_beside_each_other():
    accounts = [
        (AccountCost("A", (Amount(Decimal(1), "EUR"), Amount(Decimal(2), "USD")), unpriced=True), TODAY),
        (AccountCost("B", stated=False), TODAY),
        (AccountCost("D", unpriced=True), TODAY),
        (AccountCost("C", (Amount(Decimal(0), "IRR", 0),), complete=False), TODAY),
    ]
    assert cost_answer(ENGLISH, accounts) == (
        "In March 2026, calls with A cost 1.00 euros, 2.00 US dollars so far. The price of some calls is not known. "
        "The provider of B does not state what calls cost. "
        "The provider of D does not state what calls cost. "
        "In March 2026, calls with C cost 0 rials so far. "
        "Older calls of C are still being read, so this may not be everything."
    )


def test_costs_are_summed_by_currency():
    hour = datetime(2026, 3, 10, 9)
    costs = [Money(Decimal("1.10"), "EUR"), Money(Decimal("2.20"), "EUR"), Money(Decimal(7), "USD"), None]
    summed = sum_costs(HourCost(None, hour, cost) for cost in costs)
    assert summed == {"EUR": Money(Decimal("3.30"), "EUR"), "USD": Money(Decimal(7), "USD")}


# Absence


def history(*steps: tuple[str, int]) -> list[State]:
    """Return the states of a person, each with the hours since noon at which it began."""
    return [State("person.a", state, last_changed=NOON + timedelta(hours=hours)) for state, hours in steps]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (history(("home", 0), ("not_home", 1)), Absence(NOON + timedelta(hours=1), None)),
        (history(("home", 0), ("not_home", 1), ("Work", 2), ("not_home", 3)), Absence(NOON + timedelta(hours=1), None)),
        (
            history(("home", 0), ("not_home", 1), ("unavailable", 2), ("not_home", 3), ("home", 4)),
            Absence(NOON + timedelta(hours=1), NOON + timedelta(hours=4)),
        ),
        (
            history(("home", 0), ("not_home", 1), ("home", 2), ("not_home", 3), ("home", 4)),
            Absence(NOON + timedelta(hours=3), NOON + timedelta(hours=4)),
        ),
        # A restart is no absence.
        (history(("home", 0), ("unknown", 1), ("home", 2)), None),
        (history(("not_home", 0), ("home", 1)), None),
        (history(("home", 0)), None),
        ([], None),
    ],
)
def test_the_last_absence_is_found_in_the_history(states, expected):
    assert last_absence(states) == expected


async def test_the_absence_of_a_user_is_that_of_their_person(hass, recorder_mock, freezer):
    freezer.move_to(NOON)
    for state in ("home", "not_home", "home"):
        freezer.tick(3600)
        hass.states.async_set("person.sara", state, {"user_id": "sara"})
        await async_wait_recording_done(hass)
    assert get_instance(hass) is not None
    assert await async_last_absence(hass, "sara") == Absence(NOON + timedelta(hours=2), NOON + timedelta(hours=3))
    assert await async_last_absence(hass, "another") is None
    assert await async_last_absence(hass, None) is None


async def test_without_a_recorder_no_absence_is_known(hass):
    hass.states.async_set("person.sara", "not_home", {"user_id": "sara"})
    assert await async_last_absence(hass, "sara") is None


async def test_a_user_who_is_gone_is_nobody_who_may_ask(hass, hass_admin_user):
    assert await async_user(hass, None) is None
    assert await async_user(hass, hass_admin_user.id) == hass_admin_user
    with pytest.raises(UnknownUser):
        await async_user(hass, "gone")


# Confirmation


def test_a_call_waits_for_a_minute_and_is_taken_once():
    now = 0.0
    confirmations = Confirmations(lambda: now)
    call = WaitingCall(entry_id="a", phone="101", number="02155500009", name="Workshop", user_id="u")
    confirmations.ask("c", call)
    assert confirmations.take("d", "u") is confirmations.take("c", "other") is confirmations.take(None, "u") is None
    now = 59.9
    assert confirmations.take("c", "u") == call
    assert confirmations.take("c", "u") is None
    confirmations.ask("c", call)
    now += 60
    assert confirmations.take("c", "u") is None
    assert confirmations.empty
    assert "0009" not in repr(call)


# Periods of costs


@pytest.mark.parametrize(
    ("period", "jalali", "expected"),
    [
        ("today", False, (TODAY, None)),
        ("yesterday", False, (date(2026, 3, 9), TODAY)),
        ("this_month", False, (date(2026, 3, 1), None)),
        ("last_month", False, (date(2026, 2, 1), date(2026, 3, 1))),
        # Esfand 1404 began on 20 February 2026, Bahman on 21 January.
        ("this_month", True, (date(2026, 2, 20), None)),
        ("last_month", True, (date(2026, 1, 21), date(2026, 2, 20))),
    ],
)
def test_a_period_has_the_days_of_its_calendar(period, jalali, expected):
    assert period_days(period, TODAY, jalali=jalali) == expected
