"""The actions that read or change something at the provider.

An action is one row of `PROVIDER_ACTIONS`: the capability is the name of the account's method, the fields are its
arguments. It also needs its texts and its icon, and its fields in `services.yaml`.
"""

from __future__ import annotations

from typing import Final

from trunkline.model import Capability

from .action import ProviderAction
from .fields import (
    CALL_TIMES,
    PERIOD,
    TEXTS,
    Field,
    extension_field,
    integer_field,
    number_field,
    parse_texts,
    text_field,
)

_AGENT: Final = (text_field("queue", required=True), extension_field("extension"))

PROVIDER_ACTIONS: Final = (
    ProviderAction(
        name="secure_call",
        capability=Capability.SECURE_CALL,
        fields=(
            number_field("from", argument="source"),
            number_field("to", argument="destination"),
            *CALL_TIMES,
        ),
        paid=True,
    ),
    ProviderAction(
        name="send_otp",
        capability=Capability.SEND_OTP,
        fields=(number_field("number"), text_field("purpose"), text_field("reference")),
        paid=True,
    ),
    ProviderAction(
        name="callback",
        capability=Capability.CALLBACK,
        fields=(
            number_field("from", argument="source"),
            number_field("to", argument="destination", required=False),
            text_field("device"),
        ),
        paid=True,
    ),
    ProviderAction(
        name="get_contacts", capability=Capability.CONTACTS, list_name="contacts", name_filter="name", reads=True
    ),
    ProviderAction(
        name="add_contact",
        capability=Capability.ADD_CONTACT,
        fields=(text_field("name", required=True), number_field("number")),
    ),
    ProviderAction(
        name="remove_contact",
        capability=Capability.REMOVE_CONTACT,
        fields=(text_field("contact_id", required=True),),
    ),
    ProviderAction(
        name="get_missed_calls",
        capability=Capability.MISSED_CALLS,
        fields=PERIOD,
        list_name="missed_calls",
        reads=True,
        shows_calls=True,
    ),
    ProviderAction(
        name="mark_missed", capability=Capability.MARK_MISSED, fields=(text_field("call_id", required=True),)
    ),
    ProviderAction(name="get_rates", capability=Capability.RATES, list_name="rates", name_filter="name", reads=True),
    ProviderAction(
        name="get_invoices", capability=Capability.INVOICES, fields=PERIOD, list_name="invoices", reads=True
    ),
    ProviderAction(
        name="get_payments", capability=Capability.PAYMENTS, fields=PERIOD, list_name="payments", reads=True
    ),
    ProviderAction(
        name="get_subscriptions", capability=Capability.SUBSCRIPTIONS, list_name="subscriptions", reads=True
    ),
    ProviderAction(
        name="get_voicemails",
        capability=Capability.VOICEMAILS,
        fields=PERIOD,
        list_name="voicemails",
        reads=True,
        shows_calls=True,
    ),
    ProviderAction(
        name="get_agents", capability=Capability.AGENTS, fields=(text_field("queue"),), list_name="agents", reads=True
    ),
    ProviderAction(
        name="add_agent", capability=Capability.ADD_AGENT, fields=(*_AGENT, integer_field("penalty", 0, 1000))
    ),
    ProviderAction(name="pause_agent", capability=Capability.PAUSE_AGENT, fields=_AGENT),
    ProviderAction(name="resume_agent", capability=Capability.RESUME_AGENT, fields=_AGENT),
    ProviderAction(name="remove_agent", capability=Capability.REMOVE_AGENT, fields=_AGENT),
    ProviderAction(name="get_blocked", capability=Capability.BLOCKED, list_name="numbers", reads=True),
    ProviderAction(
        name="block_number",
        capability=Capability.BLOCK,
        fields=(number_field("number"), text_field("note")),
    ),
    ProviderAction(name="unblock_number", capability=Capability.UNBLOCK, fields=(number_field("number"),)),
    ProviderAction(name="get_allowed", capability=Capability.ALLOWED, list_name="numbers", reads=True),
    ProviderAction(
        name="allow_number",
        capability=Capability.ALLOW,
        fields=(number_field("number"), text_field("note"), Field(name="labels", validator=TEXTS, parse=parse_texts)),
    ),
    ProviderAction(name="disallow_number", capability=Capability.DISALLOW, fields=(number_field("number"),)),
    ProviderAction(name="get_services", capability=Capability.SERVICES, list_name="services", reads=True),
    ProviderAction(name="get_trunks", capability=Capability.TRUNKS, list_name="trunks", reads=True),
    ProviderAction(
        name="get_extensions", capability=Capability.EXTENSIONS, name_filter="name", list_name="extensions", reads=True
    ),
    ProviderAction(name="get_plans", capability=Capability.PLANS, list_name="plans", reads=True),
    ProviderAction(name="get_devices", capability=Capability.DEVICES, list_name="devices", reads=True),
    ProviderAction(name="get_caller_ids", capability=Capability.CALLER_IDS, list_name="caller_ids", reads=True),
    ProviderAction(
        name="add_caller_id",
        capability=Capability.ADD_CALLER_ID,
        fields=(text_field("device_id", required=True), number_field("number"), text_field("description")),
    ),
    ProviderAction(name="remove_caller_id", method="remove_caller_id", fields=(number_field("number"),)),
    ProviderAction(
        name="edit_contact",
        method="edit_contact",
        fields=(text_field("contact_id", required=True), text_field("name"), number_field("number", required=False)),
    ),
    ProviderAction(
        name="get_mailboxes",
        capability=Capability.MAILBOXES,
        fields=(text_field("context"),),
        list_name="mailboxes",
        reads=True,
    ),
    ProviderAction(
        name="get_faxes",
        capability=Capability.FAXES,
        fields=(*PERIOD, text_field("status"), text_field("device")),
        list_name="faxes",
        reads=True,
        shows_calls=True,
    ),
    ProviderAction(
        name="get_recordings",
        capability=Capability.RECORDINGS,
        fields=PERIOD,
        list_name="recordings",
        reads=True,
        shows_calls=True,
    ),
    ProviderAction(
        name="get_new_calls",
        capability=Capability.NEW_CALLS,
        list_name="calls",
        reads=True,
        shows_calls=True,
    ),
    ProviderAction(
        name="get_destinations",
        capability=Capability.DESTINATIONS,
        fields=(text_field("rate_id", required=True),),
        list_name="destinations",
        reads=True,
    ),
    ProviderAction(
        name="get_statistics",
        capability=Capability.STATISTICS,
        fields=PERIOD,
        figures_name="statistics",
        reads=True,
    ),
    ProviderAction(name="get_quick_stats", method="quick_stats", figures_name="statistics", reads=True),
    ProviderAction(name="get_queues", capability=Capability.QUEUES, list_name="queues", name_filter="name", reads=True),
    ProviderAction(
        name="get_call_attempts",
        method="quick_info",
        fields=(text_field("call_id", required=True, argument="cuid"),),
        list_name="attempts",
        reads=True,
        shows_calls=True,
    ),
    ProviderAction(name="ping", capability=Capability.PING, reads=True),
)
