"""Example Telecom, an invented provider: complete in this folder, without a change to a product file.

`INFO` describes it, `account` is its client and `server` its sandbox server. `home_assistant/example_telecom` is the
second custom integration, which registers it in Home Assistant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.model import Capability
from trunkline.providers import CredentialField, DisplayUnit, ProviderInfo

if TYPE_CHECKING:
    from .account import ExampleTelecomAccount


def _load() -> type[ExampleTelecomAccount]:
    from .account import ExampleTelecomAccount

    return ExampleTelecomAccount


INFO = ProviderInfo(
    provider_id="example_telecom",
    name="Example Telecom",
    base_url="",
    example_url="https://pbx.example.com/api",
    zone="Asia/Tehran",
    currency="IRR",
    country="IR",
    calendar="jalali",
    display_units=(
        DisplayUnit(key="rial", code="IRR", factor=1, digits=0),
        DisplayUnit(key="toman", code="IRT", factor=10, digits=0),
    ),
    credentials=(
        CredentialField(name="username", label="User name", help="The user name of the customer portal.", secret=False),
        CredentialField(name="api_key", label="API key", help="Created in the customer portal under API."),
    ),
    capabilities=frozenset(
        {
            Capability.TRUNKS,
            Capability.EXTENSIONS,
            Capability.CALLS,
            Capability.CLICK_TO_CALL,
        }
    ),
    documentation="https://example.com/api",
    load=_load,
    help="An invented provider for tests.",
)
