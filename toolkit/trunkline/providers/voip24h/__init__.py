"""Voip24h (Vietnam): the partner interface and the current v3 interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.model import Capability
from trunkline.providers.base import CredentialField, ProviderInfo

if TYPE_CHECKING:
    from .partner.account import Voip24hPartnerAccount
    from .v3.account import Voip24hV3Account

__all__ = ["VOIP24H"]


def _partner() -> type[Voip24hPartnerAccount]:
    from .partner.account import Voip24hPartnerAccount  # noqa: PLC0415  (loaded with the first account that needs it)

    return Voip24hPartnerAccount


def _v3() -> type[Voip24hV3Account]:
    from .v3.account import Voip24hV3Account  # noqa: PLC0415  (loaded with the first account that needs it)

    return Voip24hV3Account


_ACCOUNT_NAME = CredentialField(
    name="account",
    label="Account name",
    help="Any name, such as main. The call history is stored under it, even if you enter a new key later.",
    secret=False,
    required=False,
    default="main",
    is_account_name=True,
)

VOIP24H_V3 = ProviderInfo(
    provider_id="voip24h",
    name="Voip24h",
    base_url="https://api.voip24h.vn/v3",
    zone="Asia/Ho_Chi_Minh",
    currency="VND",
    country="VN",
    credentials=(
        CredentialField(
            name="api_key",
            label="API key",
            help="In the Voip24h panel under API.",
        ),
        CredentialField(
            name="api_secret",
            label="API secret",
            help="Next to the API key in the panel.",
        ),
        _ACCOUNT_NAME,
    ),
    capabilities=frozenset(
        {
            Capability.CALLS,
            Capability.CLICK_TO_CALL,
            Capability.RECORDING,
            Capability.PARSE_PUSH,
            Capability.REGISTER_PUSH,
            Capability.UNREGISTER_PUSH,
            Capability.REQUEST,
        }
    ),
    documentation="https://docs-sdk.voip24h.vn",
    load=_v3,
    prices=False,
    help="Call list, recordings, click-to-call and pushed call records. Requires an API key and secret.",
    dialect="v3",
    dialect_name="v3",
)

VOIP24H = ProviderInfo(
    provider_id="voip24h",
    name="Voip24h",
    base_url="",
    zone="Asia/Ho_Chi_Minh",
    currency="VND",
    country="VN",
    credentials=(
        CredentialField(
            name="partner_secret",
            label="Partner secret",
            help="Ask Voip24h for it.",
        ),
        _ACCOUNT_NAME,
        CredentialField(
            name="users",
            label="Extensions",
            help="Extension numbers separated by commas. Only required if the server lists calls by extension.",
            secret=False,
            required=False,
        ),
    ),
    capabilities=frozenset(
        {
            Capability.CALLS,
            Capability.CLICK_TO_CALL,
            Capability.RECORDING,
            Capability.REQUEST,
        }
    ),
    documentation="https://github.com/mettadipa/voip24h",
    load=_partner,
    prices=False,
    lists_recordings=False,
    help="Cloud telephony in Vietnam: call list, recordings and click-to-call. Requires a partner secret.",
    example_url="https://partner.example/api/v1/partner/voip24h",
    dialect="partner",
    dialect_name="partner API",
    others=(VOIP24H_V3,),
)
