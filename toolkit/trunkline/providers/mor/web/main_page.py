"""MOR's login page and main page.

Source: the provider's document, sections Login page and Main Page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkline.providers.common import fields
from trunkline.providers.mor import values
from trunkline.providers.mor.customer import read_main_balance, read_user_id

if TYPE_CHECKING:
    from trunkline.model import Money
    from trunkline.providers.mor.xml_reader import Node


@dataclass(frozen=True, slots=True)
class LoginForm:
    """The login page."""

    language: str | None
    languages: tuple[str, ...]
    message: str | None


@dataclass(frozen=True, slots=True)
class CallCount:
    """The number of calls in a period such as `Month` or `Day`, and their duration in seconds."""

    period: str
    calls: int | None
    duration: int | None


@dataclass(frozen=True, slots=True)
class MainPage:
    """The main page: the user, missed calls, counts of calls, and the balance.

    `credit_limit` is None where there is no limit ("No Limit", "Unlimited"), which `unlimited` says, and where the page
    doesn't show one.
    """

    user_id: str
    username: str | None
    missed_today: int | None
    missed_total: int | None
    calls: tuple[CallCount, ...]
    account: str | None
    balance: Money | None
    credit_limit: Money | None
    unlimited: bool


def read_login_form(root: Node) -> LoginForm:
    """Return the login page."""
    available = root.first("aval_languages")
    languages = () if available is None else available.all("language")
    return LoginForm(
        language=root.text_at("language"),
        languages=tuple(language.own_text for language in languages if language.own_text),
        message=root.text_at("error_msg"),
    )


def read_main_page(root: Node, default: str) -> MainPage:
    """Return the main page; `default` is the currency where the page names none."""
    user_id = read_user_id(root)
    if user_id is None:
        raise fields.missing("userid")
    history = root.first("stats", "call_history")
    limit = root.text_at("stats", "finances", "credit") or ""
    # In any language, no limit is written in words.
    unlimited = bool(limit) and not any(character.isdigit() for character in limit)
    balance = read_main_balance(root, default)
    limit_currency = balance.currency if balance is not None else default
    return MainPage(
        user_id=user_id,
        username=root.text_at("username"),
        missed_today=fields.integer(root.text_at("stats", "missed_calls", "missed_today"), "missed_today"),
        missed_total=fields.integer(root.text_at("stats", "missed_calls", "missed_total"), "missed_total"),
        calls=tuple(_call_count(row) for row in (() if history is None else history.all("calls"))),
        account=root.text_at("stats", "finances", "account"),
        balance=balance,
        credit_limit=None if unlimited else values.money(limit, limit_currency, "credit"),
        unlimited=unlimited,
    )


def _call_count(row: Node) -> CallCount:
    return CallCount(
        period=row.text_at("period") or "",
        calls=fields.integer(row.text_at("call_counts"), "call_counts"),
        duration=values.duration(row.text_at("call_duration"), "call_duration"),
    )
