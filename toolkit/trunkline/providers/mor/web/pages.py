"""What only MOR's pages show: login form, main page, CLIs, phonebook and faxes, and what became of an action.

Source: the provider's document, the sections of these names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkline.errors import RequestError
from trunkline.model import CallerId, Contact, Fax
from trunkline.providers.common import fields
from trunkline.providers.mor import texts
from trunkline.providers.mor.api.refusals import refusal
from trunkline.providers.mor.customer import read_finances, read_user_id
from trunkline.providers.mor.keys import MadeKeys

if TYPE_CHECKING:
    from trunkline.calendars import WallClock
    from trunkline.errors import TrunklineError
    from trunkline.model import Money
    from trunkline.providers.mor.markup import Node

# What a user may change about himself: the page's fields but for the tax rate and those of the account.
EDITABLE = (
    "username",
    "surname",
    "personalid",
    "agreement_number",
    "agreement_date",
    "taxation_country",
    "vat_reg_number",
    "reg_address",
    "reg_postcode",
    "reg_city",
    "reg_country",
    "reg_state",
    "reg_direction",
    "reg_phone",
    "reg_mobile",
    "reg_fax",
    "reg_email",
)
_DERIVED = "derived-"
_OUTGOING_FAXES = {"received": False, "receiving": False, "sent": True, "sending": True}


@dataclass(frozen=True, slots=True)
class LoginForm:
    """What the login page says to whoever isn't logged in."""

    language: str | None
    languages: tuple[str, ...]
    message: str | None


@dataclass(frozen=True, slots=True)
class CallCount:
    """How many calls a period such as `Month` or `Day` had, and how long they were, in seconds."""

    period: str
    calls: int | None
    duration: int | None


@dataclass(frozen=True, slots=True)
class MainPage:
    """The main page: whose account it is, what he missed and called, and his money.

    `credit_limit` is None where there is none ("No Limit", "Unlimited") or nothing is said; `unlimited` tells which.
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
    held = root.one("aval_languages")
    languages = () if held is None else tuple(one.words for one in held.all("language") if one.words)
    return LoginForm(root.at("language"), languages, root.at("error_msg"))


def read_main(root: Node, default: str) -> MainPage:
    """Return the main page; money in the currency that it names, else in `default`."""
    user_id = read_user_id(root)
    if user_id is None:
        raise fields.wrong("userid", "there")
    history = root.one("stats", "call_history")
    limit = root.at("stats", "finances", "credit") or ""
    # Whatever the language, no limit is told in words.
    unlimited = bool(limit) and not any(letter.isdigit() for letter in limit)
    balance = read_finances(root, default)
    return MainPage(
        user_id=user_id,
        username=root.at("username"),
        missed_today=fields.whole(root.at("stats", "missed_calls", "missed_today"), "missed_today"),
        missed_total=fields.whole(root.at("stats", "missed_calls", "missed_total"), "missed_total"),
        calls=tuple(
            CallCount(
                period=one.at("period") or "",
                calls=fields.whole(one.at("call_counts"), "call_counts"),
                duration=texts.duration(one.at("call_duration"), "call_duration"),
            )
            for one in (() if history is None else history.all("calls"))
        ),
        account=root.at("stats", "finances", "account"),
        balance=balance,
        credit_limit=None
        if unlimited
        else texts.money(limit, balance.currency if balance is not None else default, "credit"),
        unlimited=unlimited,
    )


def read_caller_ids(root: Node, clock: WallClock) -> tuple[CallerId, ...]:
    """Return the numbers that devices are known by."""
    holder = root.one("clis")
    return tuple(
        CallerId(
            caller_id=fields.identifier(row.at("cli_id"), "cli_id"),
            number=row.at("cli_name"),
            description=row.at("cli_desc"),
            device=row.at("device"),
            added_at=texts.time(row.at("added_at"), clock, "added_at"),
        )
        for row in (() if holder is None else holder.all("cli"))
    )


def read_cli_devices(root: Node) -> dict[str, str]:
    """Return the devices that the page of CLIs offers, by their ids."""
    holder = root.one("aval_devices")
    return {
        fields.identifier(one.get("id"), "device"): one.words or ""
        for one in (() if holder is None else holder.all("device"))
    }


def read_contacts(root: Node) -> tuple[Contact, ...]:
    """Return the phonebook.

    The document shows no ids of entries, although one is deleted by its id. Where a server doesn't either, an id is
    derived of the entry itself, which tells entries apart and deletes none.
    """
    holder = root.one("entries")
    keys = MadeKeys()
    found = []
    for row in () if holder is None else holder.all("entry"):
        number, name = row.at("entry_number"), row.at("entry_name")
        given = row.at("entry_id") or row.at("id") or (row.get("id") or "").strip()
        if not given:
            given = _DERIVED + keys.key(number, name, row.at("entry_added"))
        found.append(
            Contact(
                contact_id=fields.identifier(given, "entry_id"),
                name=name,
                numbers=(number,) if number else (),
            )
        )
    return tuple(found)


def is_derived(contact_id: str) -> bool:
    """Tell whether the id of an entry was made here, so that the server doesn't know it."""
    return contact_id.startswith(_DERIVED)


def read_faxes(root: Node, clock: WallClock) -> tuple[Fax, ...]:
    """Return the faxes of a page, newest first. They have no ids."""
    holder = root.one("faxes")
    found = []
    for row in () if holder is None else holder.all("fax"):
        status, outgoing = row.at("status"), _OUTGOING_FAXES.get((row.at("status") or "").lower())
        found.append(
            Fax(
                fax_id=None,
                outgoing=outgoing,
                source=row.at("sender"),
                status=status,
                at=texts.time(row.at("receive_time"), clock, "receive_time"),
                filename=row.at("filename"),
                device=row.at("device"),
            )
        )
    return tuple(sorted(found, key=lambda fax: -fax.at.timestamp() if fax.at else float("-inf")))


def check_action(root: Node, who: str) -> str | None:
    """Return the message of an action that was done; raise what a refused one says, and `DataError` for neither.

    Newer servers answer some actions with a page that has a `success` in its status, a callback with a status alone.
    """
    if root.name == "action":
        said = (root.at("status") or "").lower()
        if said == "ok":
            return root.at("status_message")
        if said == "failed":
            raise _refused(root.at("status_message") or "", who)
    if root.name == "status" and root.words is not None:
        if root.words.lower() == "ok":
            return root.words
        raise _refused(root.words, who)
    success = root.at("status", "success") or root.at("success")
    if success is not None:
        return success
    raise fields.wrong("status", "ok or failed")


def _refused(text: str, who: str) -> TrunklineError:
    return refusal(text, who) if text else RequestError(f"{who} refuses the request (no reason given)")
