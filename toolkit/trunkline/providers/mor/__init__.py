"""Kolmisoft MOR: the web pages of a user, and the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.model import Capability
from trunkline.providers.base import RIAL_AND_TOMAN, CredentialField, ProviderInfo

if TYPE_CHECKING:
    from .api.account import MorApiAccount
    from .web.account import MorWebAccount

__all__ = ["MOR"]


def _load_web() -> type[MorWebAccount]:
    from .web.account import MorWebAccount  # noqa: PLC0415  (loaded with the first account that needs it)

    return MorWebAccount


def _load_api() -> type[MorApiAccount]:
    from .api.account import MorApiAccount  # noqa: PLC0415  (loaded with the first account that needs it)

    return MorApiAccount


_USERNAME = CredentialField(name="username", label="User name", help="The name that you log in with.", secret=False)
_BOTH = frozenset(
    {
        Capability.TRUNKS,
        Capability.EXTENSIONS,
        Capability.DEVICES,
        Capability.DETAILS,
        Capability.UPDATE_DETAILS,
        Capability.CALLS,
        Capability.NEW_CALLS,
        Capability.CALLBACK,
        Capability.CLICK_TO_CALL,
        Capability.RATES,
        Capability.DESTINATIONS,
        Capability.INVOICES,
        Capability.PAYMENTS,
        Capability.SUBSCRIPTIONS,
        Capability.CALLER_IDS,
        Capability.ADD_CALLER_ID,
        Capability.CONTACTS,
        Capability.ADD_CONTACT,
        Capability.REMOVE_CONTACT,
        Capability.REQUEST,
    }
)

MOR_API = ProviderInfo(
    provider_id="mor",
    name="Kolmisoft MOR",
    base_url="",
    zone="Europe/Vilnius",
    currency="EUR",
    country="LT",
    # The operator of a server chooses the currency, which is the rial on servers in Iran.
    display_units=RIAL_AND_TOMAN,
    credentials=(
        _USERNAME,
        CredentialField(
            name="api_key",
            label="API secret key",
            help="Ask the operator of the server for it (Settings > API).",
        ),
        CredentialField(
            name="password",
            label="Password",
            help="Only older servers need it; otherwise leave it empty.",
            required=False,
        ),
    ),
    capabilities=_BOTH | {Capability.RECORDINGS, Capability.PARSE_PUSH},
    documentation="https://wiki.kolmisoft.com/index.php/MOR_API",
    load=_load_api,
    help="For users who have the API secret key of the server: signed requests to /billing/api.",
    example_url="https://mor.example/billing/api",
    dialect="api",
    dialect_name="production API",
)

MOR = ProviderInfo(
    provider_id="mor",
    name="Kolmisoft MOR",
    base_url="",
    zone="Europe/Vilnius",
    currency="EUR",
    country="LT",
    # The operator of a server chooses the currency, which is the rial on servers in Iran.
    display_units=RIAL_AND_TOMAN,
    credentials=(
        _USERNAME,
        CredentialField(
            name="password",
            label="Password",
            help="The password that you log in with.",
        ),
    ),
    capabilities=_BOTH
    | {
        Capability.MISSED_CALLS,
        Capability.MARK_MISSED,
        Capability.STATISTICS,
        Capability.EXPORT_CALLS,
        Capability.EXPORT_RATES,
        Capability.SET_CURRENCY,
        Capability.FAXES,
    },
    documentation="https://wiki.kolmisoft.com/index.php/API_specification_to_be_implemented_in_the_future",
    load=_load_web,
    help="Accounts on a Kolmisoft MOR billing server, with user name and password: balance, calls, invoices.",
    example_url="https://mor.example",
    dialect="pages",
    dialect_name="XML pages",
    others=(MOR_API,),
)
