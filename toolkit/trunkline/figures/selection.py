"""The questions that can be asked of the calls of a period: `trunkline.calls()`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from trunkline.errors import ConfigError

from . import bill, cost, credit, forecast, history, people, records, report, status, traffic, words
from .chosen import Selection
from .source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal
    from os import PathLike
    from pathlib import Path

    from trunkline.archive import Archive
    from trunkline.model import Money
    from trunkline.rates import RateCard

    from .figure import Figure


class Calls(Selection):
    """Calls, and what can be asked of them. `frame` is the DataFrame of `Archive.frame()`, or any with its columns.

    `gaps` are the spans of the period that no sync has read, up to the last time that one has, by the account's key;
    calls may be missing there. With `mask` the last digits of phone numbers are hidden where figures are shown; frames
    have them whole. `now` is the time (aware) from which forecasts look ahead. `twice` are the calls that two accounts
    recorded and that `frame` has once. `source` is where the calls were read, None of a frame that was made by hand,
    and `chosen` what `where` chose of them.
    """

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies in which calls have a price, in order; a picture of amounts shows one of them."""
        return cost.currencies(self)

    def part(self, name: str) -> Calls:
        """Return the calls with a part of their price (`wait`, `talk`, `record` or `saved`) as their price.

        To compare with a rate card what was charged for talk alone, where a provider charges for other things, too. The
        price of a call whose part is unknown is unknown. `select` and `previous` begin with whole prices again. Raises
        `DataError` for another name.
        """
        return replace(self, frame=cost.part(self, name))

    # --- cost -------------------------------------------------------------------------------------

    def cost_in_words(self) -> words.Words:
        """Return a sentence for each currency: what the calls cost, a day, an answered call and a minute of talk."""
        return words.of_cost(self.coded)

    def cost(self, by: str | Iterable[str] = (), *, top: int | None = None) -> Figure:
        """Return what the calls cost, by one or several of `reports.groups.KEYS`, or `part`.

        `month` is that of the period's calendar. With `top`, the most expensive groups come first, then the others
        together and the total, in rows that `row` names. Amounts are exact, one row for each currency.
        """
        return cost.cost(self, by, top)

    def most_expensive(self, top: int = 20) -> Figure:
        """Return the most expensive calls of each currency."""
        return cost.most_expensive(self, top)

    # --- what will be, and what was before ----------------------------------------------------------

    def compare(self, by: str | Iterable[str] = ()) -> Figure:
        """Return this period beside the one before (`previous`), by one or several of `reports.groups.KEYS`.

        Only days count that are over and were read to their end. `per_day_...`, `difference` and `ratio` compare equal
        weekdays, see `reports.compare.periods`, so that months of different length and a month that is not over yet
        can be compared. Raises `ConfigError` for an open period.
        """
        return forecast.compare(self, by)

    def forecast(self) -> Figure:
        """Return what the current month will cost at its end, and when the credit of each trunk runs out.

        Made from the prices of the last 28 whole days before `now`, whatever the period, which must not have ended
        before yesterday or begin after today. `low` to `high` and `earliest` to `latest` are 80 % intervals. A credit
        is that of the last archived reading, and no time is after its expiry.
        An account of whose last three days nothing is known is left out, and named in the notes: read it again, or
        look ahead from an earlier time with `trunkline.calls(now=...)`.
        A row for each trunk and currency, then the total of each currency. The month is that of the calls' calendar.
        Raises `ConfigError` for a period that is over or still to come; to see what its forecast was, look ahead from
        one of its days: `trunkline.calls("1405-07", now=...)`.
        """
        return forecast.forecast(self)

    def backtest(self, *, horizon: int = 7) -> Figure:
        """Return how good forecasts of the costs of `horizon` days would have been, beside two naive ones.

        Of the year up to the end of the period, each from the days before it alone; see `reports.backtest`. A frame
        that was made by hand is tested as it is.
        """
        return forecast.backtest(self, horizon)

    def budget(self, amount: Money | Decimal | int | str, currency: str | None = None) -> Figure:
        """Return how much of a budget for the period is spent, and whether it will last, with an 80 % interval.

        Without a period, it is for the current month. `currency` may be left out if the calls have only one. Nothing is
        projected where the last days of an account with calls are unknown, as the notes say then. Raises
        `ConfigError` for an open period, and `DataError` for an amount that isn't exact.
        """
        return forecast.budget(self, amount, currency)

    def credit(self) -> Figure:
        """Return the archived readings of the credit of each trunk in the period, and the last ones before it."""
        return credit.credit(self)

    def balance(self) -> Figure:
        """Return what each change of a credit is made of: change = top-ups - cost of calls + residual.

        From each archived reading to the next. Top-ups are the rises that calls don't explain (`Archive.top_ups`): fees
        are in the residual. Choices of `where` other than accounts and trunks don't count, as a credit pays for all.
        """
        return credit.balance(self)

    # --- status -----------------------------------------------------------------------------------

    def status_in_words(self) -> words.Words:
        """Return a sentence: how many calls were answered and missed, and how many are to be called back."""
        return words.of_status(self.coded, history.later(self))

    def status(self, by: str | Iterable[str] = ()) -> Figure:
        """Return how the calls ended: counts, ASR, NER and ACD, by one or several of `reports.groups.KEYS`."""
        return status.status(self, by)

    def missed(self) -> Figure:
        """Return the callers that were missed and not reached since, by now, newest first."""
        return status.missed(self)

    def call_backs(self) -> Figure:
        """Return for each account how many missed calls were returned by now, and after how long."""
        return status.call_backs(self)

    def attempts(self) -> Figure:
        """Return for each account how often callers had to call until they were answered."""
        return status.attempts(self)

    def time_to_answer(self, by: str | Iterable[str] = ()) -> Figure:
        """Return how long incoming calls waited for an answer, by one or several of `reports.groups.KEYS`."""
        return status.time_to_answer(self, by)

    def service_level(self, by: str | Iterable[str] = (), *, threshold_s: int = 20, short_s: int = 5) -> Figure:
        """Return the share of incoming calls answered within `threshold_s` seconds, for four named denominators."""
        return status.service_level(self, by, threshold_s, short_s)

    def abandonment(self, by: str | Iterable[str] = (), *, threshold_s: int = 5) -> Figure:
        """Return the share of incoming calls whose callers gave up after more than `threshold_s` seconds."""
        return status.abandonment(self, by, threshold_s)

    # --- the bill ---------------------------------------------------------------------------------

    def check(self, card: RateCard | str | Path, *, region: str | None = None) -> Figure:
        """Return what of the charges is as the rate card has it and what isn't, by class; `disputes` lists the calls.

        `card` is a card or a CSV or TOML file, `region` the ISO 3166 country of numbers without a country code, by
        default that of the accounts' time zones. Classes are those of `reports.bill.check`. A CSV file without a
        currency is in that of the calls, if it is only one; days of a file begin at midnight of the accounts' clock.
        """
        return bill.check(self, card, region)

    def disputes(self, card: RateCard | str | Path, *, region: str | None = None) -> Figure:
        """Return the calls that were charged more than the rate card has, with the reason.

        By currency, the greatest amount in dispute first. Calls that could not be checked are left out.
        """
        return bill.disputes(self, card, region)

    def what_if(self, *cards: RateCard | str | Path, by: str | Iterable[str] = (), region: str | None = None) -> Figure:
        """Return what the same calls would cost under each card, and what the increments cost."""
        return bill.what_if(self, cards, by, region)

    def records(self, other: Calls | Any, *, region: str | None = None) -> Figure:
        """Return how these calls differ from another record of the same ones, by class; `differences` lists the calls.

        `other` are calls or a frame, such as those of the telephone system beside the provider's bill. Classes are
        those of `reports.records.compare`, `region` is the ISO 3166 country of numbers without a country
        code, by default that of the accounts' time zones.
        """
        return records.records(self, _frame_of(other), region)

    def differences(self, other: Calls | Any, *, region: str | None = None) -> Figure:
        """Return the calls that differ from another record of them, each with its class and reason."""
        return records.differences(self, _frame_of(other), region)

    def twins(self) -> Figure:
        """Return how many calls two of the accounts recorded, and how the two records differ, by class.

        They are counted once in all figures, unless the calls were selected with `twins=False`.
        """
        return records.recorded_twice(self)

    # --- who calls, what is odd, and what the data lacks --------------------------------------------

    def contacts(self) -> Figure:
        """Return the numbers of calls from or to outside: who, how often, and how balanced."""
        return people.contacts(self)

    def new_and_gone(self, *, regular: int = 3) -> Figure:
        """Return the numbers that are new in this period, and those with `regular` calls or more before that are gone.

        Both beside the period before (`previous`). Raises `ConfigError` for an open period.
        """
        return people.new_and_gone(self, regular)

    def anomalies(self, *, region: str | Mapping[str, str] | None = None) -> Figure:
        """Return what is odd about the calls of the period: a row each, with its reason, see `reports.anomalies`.

        Judged by all earlier calls of the archive. `region` is the ISO 3166 country of numbers without a country code,
        of all accounts or by account, by default that of the account's time zone.
        """
        return people.anomalies(self, region)

    def quality(self) -> Figure:
        """Return what the data lacks: missing, impossible and derived values of each account and column."""
        return people.quality(self)

    # --- traffic ----------------------------------------------------------------------------------

    def traffic(self) -> Figure:
        """Return the carried traffic of each hour in erlang."""
        return traffic.traffic(self)

    def busy_hour(self) -> Figure:
        """Return the busiest hour, by three definitions."""
        return traffic.busy_hour(self)

    def peak(self, by: str | None = None) -> Figure:
        """Return the most calls at the same time, of all lines or `by` trunk, extension or account."""
        return traffic.peak(self, by)

    def lines(
        self,
        blocking: float = 0.01,
        line_cost: Money | None = None,
        *,
        present: int | Mapping[str, int] | None = None,
        by: str | None = None,
    ) -> Figure:
        """Return how many lines are needed in the busy hour, and what each more or less costs or saves a month.

        `blocking` is the share of calls that may find all lines busy (Erlang B), `line_cost` the monthly price of a
        line, `present` how many lines there are (by group with `by` a trunk, account or extension): without it, the
        carried traffic stands for the offered one, a lower limit. `waiting` is the share that would wait (Erlang C).
        """
        return traffic.lines(self, blocking, line_cost, present, by)

    # --- all on one page --------------------------------------------------------------------------

    def report(
        self,
        path: str | Path,
        *,
        language: str = "en",
        card: RateCard | str | Path | None = None,
        region: str | None = None,
    ) -> Path:
        """Write the report of a month on one page, and return its path: `calls("1405-08").report("aban.html")`.

        The ending is `.html`, `.pdf` or `.xlsx` (the last two need the extra `publish`), the language `en` or `fa`.
        With a rate card, it lists the calls to dispute; `region` is the ISO 3166 country of numbers without a country
        code, by default that of the accounts' time zones. The file is written whole or not at all, and replaces one
        that is there. Raises `ConfigError` for a period that isn't a month that has begun, another ending or language,
        a library that is missing, or a file that can't be written, and `DataError` for a month without calls.
        """
        return report.report(self, path, language=language, card=card, region=region)


def calls(
    period: str = "",
    *,
    accounts: str | Iterable[str] = (),
    archive: str | PathLike[str] | Archive = "",
    mask: bool = True,
    now: datetime | None = None,
    twins: bool = True,
) -> Calls:
    """Return the archived calls of a period such as `1405-08` or `last 28 days` (see `trunkline.periods`).

    Days are local days of each account. `accounts` are titles, keys or ids at the provider, by default all. `archive`
    is an open archive, a SQLAlchemy URL or a file, by default the one that the command uses. `mask` hides the last
    digits of phone numbers where figures are shown. `now` (aware) is what `today` and the like are counted from.

    A call that two of the accounts recorded, such as a telephone system and its provider, is counted once (see
    `reports.records.twins`); `twins=False` keeps both records.

    Raises `ConfigError` for a period, an account or a time that can't be, or if there is no archive; `ArchiveError` if
    it can't be read. Needs the extra `reports`.
    """
    wanted = (accounts,) if isinstance(accounts, str) else tuple(accounts)
    source = Source.of(archive, [name for name in wanted if name.strip()], once=twins, mask=mask)
    if now is not None and now.tzinfo is None:
        msg = "now needs a time zone, such as datetime(2026, 11, 27, tzinfo=UTC)"
        raise ConfigError(msg)
    at = now or datetime.now(UTC)
    return Calls.of(source, period, at)


def _frame_of(other: Calls | Any) -> Any:
    return other.frame if isinstance(other, Calls) else other
