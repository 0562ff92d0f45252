"""VoIPano (Iran): one-time codes by voice, click-to-call, secure calls, call reports, plans and voicemail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.model import Capability
from trunkline.providers.base import RIAL_AND_TOMAN, CredentialField, ProviderInfo

if TYPE_CHECKING:
    from .account import VoipanoAccount

__all__ = ["VOIPANO"]


def _load() -> type[VoipanoAccount]:
    from .account import VoipanoAccount  # noqa: PLC0415  (loaded with the first account that needs it)

    return VoipanoAccount


VOIPANO = ProviderInfo(
    provider_id="voipano",
    name="VoIPano",
    base_url="https://voipano.com/api/v1/webservice",
    zone="Asia/Tehran",
    currency="IRR",
    country="IR",
    calendar="jalali",
    display_units=RIAL_AND_TOMAN,
    credentials=(
        CredentialField(
            name="token",
            label="API token",
            help="Create one in the VoIPano panel for the web service.",
        ),
    ),
    capabilities=frozenset(
        {
            Capability.SERVICES,
            Capability.TRUNKS,
            Capability.PLANS,
            Capability.CALLS,
            Capability.CLICK_TO_CALL,
            Capability.SECURE_CALL,
            Capability.SEND_OTP,
            Capability.RECORDING,
            Capability.MAILBOXES,
            Capability.VOICEMAIL_AUDIO,
            Capability.REQUEST,
        }
    ),
    documentation="https://voipano.com/docs/webservice",
    load=_load,
    prices=False,
    outcomes=False,
    help="One-time codes by voice, secure calls and call reports in Iran. Requires an API token.",
)
