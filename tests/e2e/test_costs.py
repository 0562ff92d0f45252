"""The card "Calls and costs" in a browser: its figures are those of the statistics, by day, week and month of the account's calendar."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import jdatetime
import pytest

from .home_assistant import home_assistant, picture, ready
from .looks import TABLET, Look, take

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from .browser import Browser
    from .conftest import Running

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TEHRAN = ZoneInfo("Asia/Tehran")
CARD = "trunkline-costs-card"
# Python's numbers of the days on which a week starts: Sunday in the United States, Saturday in Iran.
FIRST_DAYS = {"en": 6, "fa": 5}
BUTTONS = {"en": {"day": "Day", "week": "Week", "month": "Month"}, "fa": {"day": "روز", "week": "هفته", "month": "ماه"}}

# Imports hourly sums unless there are statistics already, and returns the change of every hour of both series.
_STATISTICS = """
const [now] = given;
const {accounts: [account]} = await hass.callWS({type: 'trunkline/accounts'});
const ids = [account.statistics.cost, account.statistics.calls];
const known = await hass.callWS({type: 'recorder/get_statistics_metadata', statistic_ids: ids});
if (!known.length) {
  const hour = Math.floor(now / 3600000) * 3600000;
  for (const [id, unit, of] of [[ids[0], account.unit.currency, n => 100 + n % 7], [ids[1], null, n => 1 + n % 3]]) {
    const stats = [];
    let sum = 0;
    for (let n = 0; n < 1380; n += 1) {
      sum += of(n);
      stats.push({start: new Date(hour - (1380 - n) * 4 * 3600000).toISOString(), state: of(n), sum});
    }
    const metadata = {has_sum: true, name: id, source: 'trunkline', statistic_id: id, unit_of_measurement: unit};
    try {
      await hass.callWS({type: 'recorder/import_statistics', metadata: {...metadata, mean_type: 0, unit_class: null}, stats});
    } catch {
      await hass.callWS({type: 'recorder/import_statistics', metadata: {...metadata, has_mean: false}, stats});
    }
  }
}
let found = {};
for (let tries = 0; tries < 50 && !ids.every(id => (found[id] || []).length); tries += 1) {
  await new Promise(done => setTimeout(done, 200));
  found = await hass.callWS({type: 'recorder/statistics_during_period', start_time: new Date(now - 300 * 86400000).toISOString(),
    statistic_ids: ids, period: 'hour', types: ['change']});
}
return ids.map(id => (found[id] || []).map(row => [row.start, row.change || 0]));
"""


# The figures of this period and those of the one before up to now, and the last two rows of the table.
_SHOWN = """
const root = arguments[0].shadowRoot;
const texts = (from, selector) => [...from.querySelectorAll(selector)].map(each => each.textContent);
const [last, newest] = [...root.querySelectorAll('tbody tr')].slice(-2);
if (!newest) return [];
return [texts(root, '.figures .credit > bdi:first-child'), texts(root, '.figures .soft:last-child'),
  texts(last, 'td:not(.track)'), texts(newest, 'td:not(.track)')];
"""


class Hour(NamedTuple):
    """What was added in an hour."""

    start: datetime
    cost: float
    calls: float


@pytest.fixture
def page(browser: Browser, demo: Running, socket_enabled: None) -> Iterator[Browser]:
    """The browser at the first account's view."""
    browser.open(demo.dashboard)
    ready(browser)
    yield browser
    take(browser, Look(TABLET, dark=False, language="en"), demo.dashboard)
    browser.be_yourself()


def hours(page: Browser) -> list[Hour]:
    """Return the hours of the statistics."""
    found: dict[int, list[float]] = defaultdict(lambda: [0, 0])
    series = home_assistant(page, _STATISTICS, datetime.now(UTC).timestamp() * 1000)
    for at, rows in enumerate(series):
        for start, change in rows:
            found[start][at] += change
    return [Hour(datetime.fromtimestamp(start / 1000, TEHRAN), *values) for start, values in sorted(found.items())]


def first_day(period: str, day: date, language: str) -> date:
    """Return the first day of the period that a day belongs to."""
    if period == "day":
        return day
    if period == "week":
        return day - timedelta(days=(day.weekday() - FIRST_DAYS[language]) % 7)
    # Telefonchy's months are those of Iran's calendar, in any language.
    return jdatetime.date.fromgregorian(date=day).replace(day=1).togregorian()


def expected(rows: list[Hour], period: str, language: str) -> dict[str, Any]:
    """Compute the figures of the card, hour by hour."""
    now = datetime.now(TEHRAN)
    current = first_day(period, now.date(), language)
    before = first_day(period, current - timedelta(days=1), language)

    def midnight(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=TEHRAN)

    def total(name: str, since: datetime, until: datetime) -> int:
        return round(sum(getattr(row, name) for row in rows if since <= row.start < until))

    until = min(midnight(current), midnight(before) + (now - midnight(current)))
    return {
        name: {
            "now": total(name, midnight(current), now),
            "same": total(name, midnight(before), until),
            "before": total(name, midnight(before), midnight(current)),
        }
        for name in ("cost", "calls")
    }


def shown(page: Browser) -> dict[str, Any] | None:
    """Return the figures that the card shows, read at one moment."""
    texts = page.driver.execute_script(_SHOWN, page.see(CARD))  # type: ignore[no-untyped-call]
    found = [[_number(text) for text in each] for each in texts]
    if len(found) != 4:
        return None
    now, same, last, newest = found
    assert newest == now
    # Nothing is compared with a time before the first statistics.
    same = same or [0, 0]
    return {name: {"now": now[at], "same": same[at], "before": last[at]} for at, name in enumerate(("cost", "calls"))}


def _number(text: str) -> int:
    """Return the first whole number in a text, of whichever digits."""
    return int(re.sub(r"[,٬]", "", re.findall(r"\d[\d,٬]*", text)[0]))


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("period", ["day", "week", "month"])
def test_the_figures_are_those_of_the_statistics(page: Browser, demo: Running, period: str, language: str) -> None:
    rows = hours(page)
    assert sum(row.cost for row in rows) > 0
    take(page, Look(TABLET, dark=False, language=language), demo.dashboard)
    page.press(".periods button", BUTTONS[language][period])
    page.see(".periods [aria-pressed=true]", BUTTONS[language][period])

    def agree() -> bool:
        # The statistics may still be written: they are read again each time.
        return shown(page) == expected(hours(page), period, language)

    page.until(agree, f"the figures of the statistics, at first {expected(rows, period, language)}")
    picture(page, f"costs-{period}-{language}")
