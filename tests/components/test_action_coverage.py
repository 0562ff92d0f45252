"""Every method and argument of every provider's account is an action, or has a reason to be none."""

from __future__ import annotations

import inspect

import pytest

from custom_components.trunkline.services.calls import _OPTIONS
from custom_components.trunkline.services.provider_actions import PROVIDER_ACTIONS
from custom_components.trunkline.services.search import LISTS
from trunkline.model import Capability
from trunkline.providers import PROVIDERS, Account
from trunkline.providers.overview import dialects, heading

FILES = "files are a matter of the media browser"
ITSELF = "the integration does it itself"
ARCHIVED = "get_calls reads the same calls from the archive"
ONE_BY_ONE = "an action changes one agent"
SENSOR = "a sensor shows it"
RARE = "a setting of the account, which no automation changes"
OPERATOR = "a view of the operator of the server, which the command has"
NO_ACTION = {
    "add_agents": ONE_BY_ONE,
    "balance": SENSOR,
    "call": ARCHIVED,
    "call_list": ARCHIVED,
    "call_page": ARCHIVED,
    "calls": ARCHIVED,
    "cli_devices": "get_devices returns them",
    "close": ITSELF,
    "count": ITSELF,
    "cursor_at": ITSELF,
    "cursor_pages": ITSELF,
    "cursor_rows": "search returns the same rows",
    "cursor_time": ITSELF,
    "days": ITSELF,
    "details": RARE,
    "device_details": OPERATOR,
    "device_list": "get_devices returns them",
    "download": FILES,
    "export_calls": FILES,
    "export_rates": FILES,
    "fax_document": FILES,
    "full_number": ITSELF,
    "identity": ITSELF,
    "invoice_list": OPERATOR,
    "key": ITSELF,
    "locations": "no action takes such a place",
    "login": ITSELF,
    "login_form": ITSELF,
    "logout": ITSELF,
    "main_page": SENSOR,
    "pages": ITSELF,
    "parse_event": ITSELF,
    "parse_push": ITSELF,
    "parse_route_request": ITSELF,
    "pause_agents": ONE_BY_ONE,
    "payment_list": OPERATOR,
    "read_row": ITSELF,
    "recording": "get_recording saves it",
    "recording_link": "whoever has the link can hear the recording, and an automation would spread it",
    "register_push": ITSELF,
    "remove_agents": ONE_BY_ONE,
    "request": "a request that the integration doesn't know could cost money beyond the hourly limit",
    "requests_at_once": ITSELF,
    "resume_agents": ONE_BY_ONE,
    "search": "the action search returns these lists as models",
    "server_time": "no automation needs the clock of the provider",
    "route_reply": ITSELF,
    "set_currency": RARE,
    "simple_balance": SENSOR,
    "streams": "get_services returns them",
    "supports": ITSELF,
    "unregister_push": ITSELF,
    "update_details": RARE,
    "upload": FILES,
    "use_identity": ITSELF,
    "user_calls": ARCHIVED,
    "user_id": ITSELF,
    "version": OPERATOR,
    "voicemail_audio": FILES,
}
INFOS = dialects(PROVIDERS)
BY_METHOD = {action.method_name: {field.parameter for field in action.fields} for action in PROVIDER_ACTIONS}
CLICK_TO_CALL = {"source", "destination", "stream", *(field.parameter for field in _OPTIONS)}


def methods_of(info):
    for name in dir(info.load()):
        function = inspect.getattr_static(info.load(), name)
        if name.startswith("_") or not inspect.isfunction(function):
            continue
        if name in Capability and name not in info.capabilities:
            continue
        yield name, set(inspect.signature(function).parameters) - {"self"}


@pytest.mark.parametrize("info", INFOS, ids=heading)
def test_every_method_and_argument_is_an_action_or_has_a_reason_to_be_none(info):
    for name, parameters in methods_of(info):
        if name == "click_to_call":
            assert parameters <= CLICK_TO_CALL
        elif name in BY_METHOD:
            assert parameters <= BY_METHOD[name], name
        else:
            assert name in NO_ACTION or name in LISTS.values(), name


def test_every_reason_is_for_a_method_that_exists():
    existing = {name for info in INFOS for name in dir(info.load())} | set(dir(Account))
    assert set(NO_ACTION) <= existing
