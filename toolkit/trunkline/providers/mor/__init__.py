"""Kolmisoft MOR: the pages behind the login, and the production interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.model import Capability
from trunkline.providers.base import CredentialField, ProviderInfo

if TYPE_CHECKING:
    from .api.account import MorApiAccount
    from .web.account import MorPagesAccount

__all__ = ["MOR"]


def _pages() -> type[MorPagesAccount]:
    from .web.account import MorPagesAccount  # noqa: PLC0415  (loaded with the first account that needs it)

    return MorPagesAccount


def _api() -> type[MorApiAccount]:
    from .api.account import MorApiAccount  # noqa: PLC0415  (loaded with the first account that needs it)

    return MorApiAccount


_USERNAME = CredentialField(name="username", label="User name", help="That you log in with.", secret=False)
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
    credentials=(
        _USERNAME,
        CredentialField(
            name="api_key",
            label="API secret key",
            help="Told by the operator of the server (Settings > API).",
        ),
        CredentialField(
            name="password",
            label="Password",
            help="Only older servers ask for it; leave it empty otherwise.",
            required=False,
        ),
    ),
    capabilities=_BOTH | {Capability.RECORDINGS, Capability.PARSE_PUSH},
    documentation="https://wiki.kolmisoft.com/index.php/MOR_API",
    load=_api,
    help="For whoever has the API secret key of the server: signed requests to /billing/api.",
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
    credentials=(
        _USERNAME,
        CredentialField(
            name="password",
            label="Password",
            help="That you log in with.",
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
    load=_pages,
    help="Accounts of a Kolmisoft MOR billing server, by user name and password: balance, calls, bills and phonebook.",
    example_url="https://mor.example",
    dialect="pages",
    dialect_name="XML pages",
    others=(MOR_API,),
)
