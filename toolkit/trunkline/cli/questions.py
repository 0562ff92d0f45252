"""The reports that ask the calls of a period (`trunkline.calls`): which there are, and what they take."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from trunkline.errors import ConfigError, DataError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from trunkline.archive import Archive

_TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Question:
    """A question by the name of its method: what it can be grouped by, and the options that it needs."""

    method: str
    by: tuple[str, ...] = ()
    card: bool = False
    amount: bool = False


QUESTIONS: Mapping[str, Question] = {
    "compare": Question("compare", ("month", "trunk", "extension", "destination", "direction")),
    "forecast": Question("forecast"),
    "backtest": Question("backtest"),
    "budget": Question("budget", amount=True),
    "balance": Question("balance"),
    "lines": Question("lines", ("trunk", "extension")),
    "traffic": Question("traffic"),
    "busy-hour": Question("busy_hour"),
    "peak": Question("peak", ("trunk", "extension")),
    "check": Question("check", card=True),
    "disputes": Question("disputes", card=True),
    "what-if": Question("what_if", ("month", "day", "trunk", "extension", "destination"), card=True),
    "anomalies": Question("anomalies"),
    "contacts": Question("contacts"),
    "new-and-gone": Question("new_and_gone"),
    "twins": Question("twins"),
    "quality": Question("quality"),
}


def groupings(report: str) -> tuple[str, ...]:
    """Return what a report can be grouped by."""
    return (_TOTAL, *QUESTIONS[report].by)


def own_options(report: str) -> frozenset[str]:
    """Return which of the options of single reports a report takes."""
    question = QUESTIONS.get(report, Question(""))
    return frozenset({"card", "country"} if question.card else {"amount", "currency"} if question.amount else ())


def ask(options: argparse.Namespace, archive: Archive) -> Any:
    """Return the figure that the options ask for.

    Raises `ConfigError` for an option that the report needs, or that is wrong.
    """
    from trunkline import figures  # noqa: PLC0415  (loads pandas)

    question = QUESTIONS[options.report]
    if options.since is not None or options.until is not None:
        msg = f"the {options.report} report takes --period, not --since or --until"
        raise ConfigError(msg)
    for name, wanted in (("card", question.card), ("amount", question.amount)):
        if wanted and getattr(options, name) is None:
            msg = f"the {options.report} report needs --{name}"
            raise ConfigError(msg)
    calls = figures.calls(options.period or "", accounts=options.names, archive=archive, twins=not options.both)
    arguments: list[Any] = []
    named: dict[str, Any] = {}
    if question.card:
        arguments.append(options.card)
        named["region"] = options.country
    if question.amount:
        arguments += [_amount(options.amount), _currency(options.currency, calls)]
    if options.by != _TOTAL:
        named["by"] = options.by
    try:
        return getattr(calls, question.method)(*arguments, **named)
    except DataError as error:
        # The amount or its currency is what can be wrong of a budget.
        raise (ConfigError(str(error)) if question.amount else error) from None
    except OSError as error:
        msg = f"can't read {options.card} ({error.strerror})"
        raise ConfigError(msg) from None


def _currency(code: str | None, calls: Any) -> str | None:
    """Return the currency of a budget; `ConfigError` for one that neither a call nor an account is in."""
    known = {*calls.currencies, *(each.currency for each in calls.accounts)} - {None}
    if code is not None and known and code not in known:
        msg = f"nothing costs money in {code[:20]!r}: a budget is in {' or '.join(sorted(known))}"
        raise ConfigError(msg)
    return code


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:
        msg = f"{text[:20]!r} is no amount: write it like 120.50"
        raise ConfigError(msg) from None
