"""Actions of MOR's API without a method of their own: which may be repeated, sent once, or not sent at all."""

from __future__ import annotations

import re

from trunkline.errors import RequestError

# Actions that cost money. Those that place calls have methods of their own, which never repeat them.
_PAID = re.compile(
    r"callback(?:_init)?|sms_.*|email_send|payment_.*create|payment_create|voucher_use|card_.*(?:sell|add|update)"
    r"|buy_card.*|cc_by_cli|change_user_balance|user_balance_update|credit_note_(?:create|update|delete)|.*_pay",
    re.ASCII,
)
# Old names of actions that change nothing; the newer ones end in `_get`.
_OLD_READS = frozenset(
    {
        *("balance", "user_details", "device_list", "payments_list", "invoices", "user_calls", "phonebooks"),
        *("get_version", "login_form", "main_page", "user_devices", "user_rates", "dg_list_user_destinations"),
        *("personal_payments", "user_invoices", "user_subscriptions", "new_calls_list", "cli_get_info", "rate"),
    }
)
_ACTION = re.compile(r"[A-Za-z0-9_]{1,60}(?:/[A-Za-z0-9_.\-]{1,100})?", re.ASCII)


def checked_action(path: str) -> str:
    """Return the action of a path; `RequestError` for a path that has none, and for an action that costs money."""
    action = path.strip("/")
    if not _ACTION.fullmatch(action):
        msg = "give the name of an action, such as user_subscriptions"
        raise RequestError(msg)
    name = action.partition("/")[0]
    if _PAID.fullmatch(name):
        msg = f"{name} costs money and can't be sent this way; place calls with callback or click_to_call"
        raise RequestError(msg)
    return action


def is_read(action: str) -> bool:
    """Return whether an action is known to change nothing."""
    name = action.partition("/")[0]
    return name.endswith("_get") or name in _OLD_READS
