"""Telefonchy (Iran): services, calls, pushed call records, click-to-call and recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.model import Capability
from trunkline.providers.base import RIAL_AND_TOMAN, CredentialField, ProviderInfo

if TYPE_CHECKING:
    from .account import TelefonchyAccount

__all__ = ["TELEFONCHY"]


def _load() -> type[TelefonchyAccount]:
    from .account import TelefonchyAccount  # noqa: PLC0415  (loaded with the first account that needs it)

    return TelefonchyAccount


TELEFONCHY = ProviderInfo(
    provider_id="telefonchy",
    name="Telefonchy",
    base_url="https://panel.telefonchy.com/webservice/v1",
    zone="Asia/Tehran",
    currency="IRR",
    country="IR",
    calendar="jalali",
    display_units=RIAL_AND_TOMAN,
    credentials=(
        CredentialField(
            name="token",
            label="Web service token",
            help="Create one in the customer panel under Authentication (my/auth).",
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
    load=_load,
    help="Cloud telephony for offices in Iran. Requires a web service token from the customer panel.",
)
