"""Answers as sentences, from figures. Everything here is pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..account.naming import ending

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime

    from .figures import AccountCallers, AccountCost, AccountCredit, Caller, LineCredit
    from .language import Language

# A spoken list of more callers is of no use.
MOST_CALLERS: Final = 5
MOST_CONTACTS: Final = 5


@dataclass(frozen=True, slots=True)
class Period:
    """The local time that an answer about callers covers: from leaving until coming back, else the last `hours`."""

    left: datetime | None = None
    back: datetime | None = None
    hours: int = 0


def credit_answer(language: Language, accounts: Iterable[AccountCredit], today: date) -> str:
    """Say how much credit each line of each account has, and how long it lasts."""
    return " ".join(sentence for account in accounts for sentence in _credit(language, account, today))


def _credit(language: Language, account: AccountCredit, today: date) -> Iterator[str]:
    if not account.lines:
        yield language.say("credit_unknown", account=account.account)
        return
    if not account.reachable:
        yield language.say("unreachable", account=account.account)
    for line in account.lines:
        yield from _line_credit(language, account.account, line, today)


def _line_credit(language: Language, account: str, line: LineCredit, today: date) -> Iterator[str]:
    amount = language.amount(line.amount)
    if line.line is None:
        yield language.say("credit", account=account, amount=amount)
    else:
        yield language.say("credit_of_line", account=account, line=language.digits(line.line), amount=amount)
    if line.until is not None:
        key = "credit_expires" if line.expires else "credit_lasts"
        yield language.say(key, day=language.day(line.until, today))


def callers_answer(language: Language, period: Period, accounts: Iterable[AccountCallers], today: date) -> str:
    """Say who called each account in a period, and who of them was not answered."""
    return " ".join([_period(language, period, today), *(_callers(language, account, today) for account in accounts)])


def _period(language: Language, period: Period, today: date) -> str:
    if period.left is None:
        return language.say("last_hours", hours=language.number(period.hours))
    since = language.at(period.left, today)
    if period.back is None:
        return language.say("out_since", since=since)
    return language.say("out_between", since=since, until=language.at(period.back, today))


def _callers(language: Language, account: AccountCallers, today: date) -> str:
    groups = (("missed", account.missed), ("answered", account.answered), ("called", account.unknown))
    said = [
        language.say(key, account=account.account, callers=_list(language, callers, today))
        for key, callers in groups
        if callers
    ]
    return " ".join(said) or language.say("nobody", account=account.account)


def _list(language: Language, callers: Sequence[Caller], today: date) -> str:
    named = [_caller(language, caller, today) for caller in callers[:MOST_CALLERS]]
    if more := len(callers) - len(named):
        named.append(language.say("more_callers", count=language.number(more)))
    return language.join(named)


def _caller(language: Language, caller: Caller, today: date) -> str:
    number = language.phone(caller.number) if caller.number else language.say("withheld")
    who, at = caller.name or number, language.at(caller.last, today)
    if caller.calls == 1:
        return language.say("caller", who=who, at=at)
    return language.say("caller_again", who=who, at=at, count=language.number(caller.calls))


def cost_answer(language: Language, accounts: Iterable[tuple[AccountCost, date]]) -> str:
    """Say what calls with each account cost in the month of the day beside it."""
    return " ".join(sentence for account, day in accounts for sentence in _cost(language, account, day))


def _cost(language: Language, account: AccountCost, day: date) -> Iterator[str]:
    if not account.amounts:
        yield language.say("no_prices", account=account.account)
    else:
        amounts = language.join(language.amount(amount) for amount in account.amounts)
        yield language.say("cost", account=account.account, month=language.month(day), amounts=amounts)
        if account.unpriced:
            yield language.say("cost_unpriced")
    if account.stated and not account.complete:
        yield language.say("still_reading", account=account.account)


def contacts_answer(language: Language, said: str, names: Sequence[str], numbers: Sequence[str]) -> str:
    """Say that no contact fits a name, or how to tell which of several people or numbers is meant."""
    if not names:
        return language.say("no_contact", name=said)
    if len(names) == 1:
        # Never more of a number than in other answers, so numbers that end alike stay alike.
        ends = list(dict.fromkeys(language.digits(ending(number)) for number in numbers))
        return language.say("which_number", name=names[0], numbers=language.join(ends), number=ends[0])
    listed = [*names[:MOST_CONTACTS]]
    if more := len(names) - len(listed):
        listed.append(language.say("more_callers", count=language.number(more)))
    return language.say("which_contact", names=language.join(listed))
