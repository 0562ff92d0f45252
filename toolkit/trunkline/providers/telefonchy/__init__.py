"""Telefonchy (Iran): services, calls, pushed call records, click-to-call and recordings."""

from __future__ import annotations

from trunkline.model import Capability
from trunkline.providers.base import CredentialField, ProviderInfo

from .account import TelefonchyAccount

__all__ = ["TELEFONCHY", "TelefonchyAccount"]

TELEFONCHY = ProviderInfo(
    provider_id="telefonchy",
    name="Telefonchy",
    base_url="https://panel.telefonchy.com/webservice/v1",
    zone="Asia/Tehran",
    currency="IRR",
    country="IR",
    credentials=(
        CredentialField(
            name="token",
            label="Web service token",
            help="Made in the customer panel under Authentication (my/auth).",
        ),
    ),
    capabilities=frozenset(
        {
            Capability.SERVICES,
            Capability.TRUNKS,
            Capability.EXTENSIONS,
            Capability.CALLS,
            Capability.CLICK_TO_CALL,
            Capability.RECORDING,
            Capability.SERVER_TIME,
            Capability.LOCATIONS,
            Capability.PARSE_PUSH,
            Capability.REQUEST,
        }
    ),
    documentation="https://github.com/telefonchy/webservice-document",
    account=TelefonchyAccount,
)
