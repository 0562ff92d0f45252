"""The signatures of MOR's API: SHA-1 of a request's values in the manufacturer's order, followed by the key.

Sources: the manufacturer's page "MOR API hash construction" (the list of all parameters, in the order in which their
values are joined) and the pages of the actions (which of their parameters are hashed).
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# The newest edition of the list. Later parameters are where the page of their action has them.
_ALL = (
    "user_id",
    "period_start",
    "period_end",
    "direction",
    "calltype",
    "device",
    "balance",
    "monitoring_id",
    "users",
    "block",
    "email",
    "mtype",
    "tariff_id",
    *(f"u{number}" for number in range(29)),
    *("ay", "am", "ad", "by", "bm", "bd", "pswd", "user_warning_email_hour", "pgui", "pcsv", "ppdf"),
    *("recording_forced_enabled", "i4", "tax4_enabled", "tax2_enabled", "accountant_type_invalid"),
    *("block_at_conditional", "tax3_enabled", "accountant_type", "tax1_value", "show_zero_calls"),
    *("warning_email_active", "compound_tax", "tax4_name", "allow_loss_calls", "tax3_name", "tax2_name", "credit"),
    *("tax1_name", "total_tax_name", "tax2_value", "tax4_value", "ignore_global_monitorings", "i1", "tax3_value"),
    *("cyberplat_active", "i2", "i3", "recording_enabled", "email_warning_sent_test", "own_providers"),
    *(f"a{number}" for number in range(10)),
    *("s_user", "s_call_type", "s_device", "s_provider", "s_hgc", "s_did", "s_destination", "order_by", "order_desc"),
    *("only_did", "s_uniqueid", "s_callback_uniqueid", "originator_codec_name", "terminator_codec_name"),
    *("description", "pin", "type", "devicegroup_id", "phonebook_id", "number", "name", "speeddial", "s_user_id"),
    # The provider's id really is between the two ends of the period.
    *("s_from", "provider_id", "s_till", "s_transaction", "s_completed", "s_username", "s_first_name", "s_last_name"),
    *("s_paymenttype", "s_amount_max", "s_currency", "s_number", "s_pin", "p_currency", "paymenttype"),
    *("tax_in_amount", "amount", "transaction", "payer_email", "fee", "id", "quantity", "callerid", "cardgroup_id"),
    *("status", "date_from", "date_till", "lcr_id", "dst", "src", "message"),
)
# Actions whose own page states other hashed parameters than the list of all parameters. The action's page counts.
_BY_ACTION: Mapping[str, tuple[tuple[str, ...], ...]] = {
    # The page of the login (since MOR X16; older servers don't check the hash of a login), and those of the next two.
    "user_login": (("u", "p"),),
    "users_get": (("u", "p"),),
    "rate_get": (("username",),),
    # The user name is hashed unless the user is an administrator, which no reply states.
    "quickstats_get": (("u",), ()),
    "user_balance_get": (("username", "currency"),),
    "user_details_get": (("user_id", "username"),),
    "user_details_update": (("user_id", "username"), ("user_id", "username", *_ALL[1:])),
    "device_details_get": (("device_id", "device_u"),),
    "device_clis_get": ((),),
    "cli_info_get": ((),),
    "cli_add": (("device_id", "cli_number"),),
    "cli_delete": (("cli_number",),),
    "recordings_get": ((), _ALL),
    # The page doesn't say what is hashed; working clients hash the user name.
    "invoices_get": ((), ("u",)),
    "payments_get": (_ALL, ()),
    "phonebook_edit": (_ALL, ("phonebook_id",)),
}
# Old names of these actions, which servers still know.
_NEW_NAMES = {
    "login": "user_login",
    "rate": "rate_get",
    "balance": "user_balance_get",
    "user_details": "user_details_get",
    "user_update_api": "user_details_update",
    "cli_get_info": "cli_info_get",
    "invoices": "invoices_get",
    "payments_list": "payments_get",
}
_DIGITS = re.compile(r"[0-9.\-]+", re.ASCII)
_DIGITS_OR_ALL = re.compile(r"[0-9]+|all", re.ASCII)
_FORMS: Mapping[str, re.Pattern[str]] = {
    **dict.fromkeys(("user_id", "period_start", "period_end", "s_user", "s_user_id", "s_from", "s_till"), _DIGITS),
    **dict.fromkeys(("id", "phonebook_id", "tariff_id", "quantity", "date_from", "date_till", "lcr_id"), _DIGITS),
    **dict.fromkeys(("device", "s_device", "s_did", "s_hgc", "s_provider"), _DIGITS_OR_ALL),
}


def signatures(action: str, params: Mapping[str, str], key: str) -> tuple[str, ...]:
    """Return the hashes that the server may expect of a request, the likeliest first.

    Nearly every action has one. Where the manufacturer's pages contradict each other, or the hash depends on the user's
    rights, there are two. Values that the server ignores, such as an `s_user` that isn't a number, are left out.
    """
    hashed = {name: value for name, value in params.items() if _fits(name, value)}
    orders = _BY_ACTION.get(_NEW_NAMES.get(action, action), (_ALL,))
    digests = (_digest([hashed[name] for name in order if name in hashed], key) for order in orders)
    return tuple(dict.fromkeys(digests))


def _digest(values: list[str], key: str) -> str:
    return hashlib.sha1("".join([*values, key]).encode(), usedforsecurity=False).hexdigest()


def _fits(name: str, value: str) -> bool:
    form = _FORMS.get(name)
    return form is None or form.fullmatch(value) is not None
