"""Simotel (Nasim Telecom, Iran): a call centre on one's own server, over version 4 of its API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.model import Capability
from trunkline.providers.base import RIAL_AND_TOMAN, CredentialField, ProviderInfo

if TYPE_CHECKING:
    from .account import SimotelAccount

__all__ = ["SIMOTEL"]


def _load() -> type[SimotelAccount]:
    from .account import SimotelAccount  # noqa: PLC0415  (loaded with the first account that needs it)

    return SimotelAccount


SIMOTEL = ProviderInfo(
    provider_id="simotel",
    name="Simotel",
    base_url="",
    zone="Asia/Tehran",
    currency="IRR",
    country="IR",
    calendar="jalali",
    display_units=RIAL_AND_TOMAN,
    credentials=(
        CredentialField(
            name="username",
            label="User name",
            help="The name of the API account (Maintenance > API Accounts). Leave it empty to use only the API key.",
            secret=False,
            required=False,
        ),
        CredentialField(
            name="password",
            label="Password",
            help="The password of the same API account. Leave it empty to use only the API key.",
            required=False,
        ),
        CredentialField(
            name="api_key",
            label="API key",
            help="The token of the API account. Leave it empty to use only user name and password.",
            required=False,
        ),
        CredentialField(
            name="context",
            label="Context",
            help="The dial plan context for placed calls.",
            secret=False,
            required=False,
            default="main_routing",
        ),
        CredentialField(
            name="trunk",
            label="Trunk for placed calls",
            help="The name of the trunk to use if the first telephone is not an extension.",
            secret=False,
            required=False,
        ),
    ),
    capabilities=frozenset(
        {
            Capability.TRUNKS,
            Capability.EXTENSIONS,
            Capability.CALLS,
            Capability.CLICK_TO_CALL,
            Capability.RECORDING,
            Capability.MAILBOXES,
            Capability.VOICEMAILS,
            Capability.VOICEMAIL_AUDIO,
            Capability.CONTACTS,
            Capability.ADD_CONTACT,
            Capability.REMOVE_CONTACT,
            Capability.FAXES,
            Capability.FAX_DOCUMENT,
            Capability.QUEUES,
            Capability.AGENTS,
            Capability.ADD_AGENT,
            Capability.PAUSE_AGENT,
            Capability.RESUME_AGENT,
            Capability.REMOVE_AGENT,
            Capability.BLOCKED,
            Capability.BLOCK,
            Capability.UNBLOCK,
            Capability.ALLOWED,
            Capability.ALLOW,
            Capability.DISALLOW,
            Capability.SEARCH,
            Capability.PING,
            Capability.PARSE_PUSH,
            Capability.PARSE_EVENT,
            Capability.PARSE_ROUTE_REQUEST,
            Capability.REQUEST,
        }
    ),
    documentation="https://github.com/simotel/wiki",
    load=_load,
    prices=False,
    event_types=(
        "incoming_call",
        "outgoing_call",
        "new_state",
        "transfer",
        "cdr_queue",
        "exten_added",
        "exten_removed",
        "voice_mail",
        "voice_mail_email",
        "survey",
        "incoming_fax",
        "outgoing_fax",
        "trunk_new_state",
        "trunk_added",
        "trunk_removed",
        "auto_dialer_report",
        "reserved_call_in_front",
        "ping",
    ),
    help="Your own Simotel call centre: calls, queues, agents, voicemail, faxes and live events.",
    example_url="http://192.168.1.10/api/v4",
)
