"""A call in the dialplan of a Simotel exchange whose components ask a web service what to do with it.

Source: the provider's pages about the components Exten API, Trunk API, IVR API and Smart API, and their scenarios.
[INFER] A reply without `"ok": "1"`, without the component's own field, or with a command that doesn't exist counts as
failed, and so does one that comes too late: the call leaves through `F` (exten, trunk) or `e` (IVR, smart).
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
from yarl import URL

from trunkline.sandbox.push import loopback_url
from trunkline.sandbox.wire import to_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .auth import Credentials

COMPONENTS = {"exten": "F", "trunk": "F", "ivr": "e", "smart": "e"}
"""The exit of each component for a call that failed."""
METHODS = ("POST", "FORM", "GET")
# `[api] client_api_caller_timeout = 1` in the exchange's settings.
PATIENCE = 1.0

_NAME = r"'[^']*'"
_INTEGER = r"\d+"
# The arguments of each function of Smart API.
_FUNCTIONS = {
    "PlayAnnouncement": (_NAME,),
    "Playback": (_NAME,),
    "SayNumber": (_INTEGER,),
    "SayDigit": (_INTEGER,),
    "SayDuration": (r"'\d+\.\d{1,2}:\d{1,2}:\d{2}'",),
    "SayClock": (r"'\d{2}:\d{2}(?::\d{2})?'",),
    "SayDate": (r"'\d{4}-\d{2}-\d{2}'", r"'(?:gregorian|jalali|hijri)'"),
    "GetData": (_NAME, _INTEGER, _INTEGER),
    "MusicOnHold": (_NAME, _INTEGER),
    "SetExten": (_NAME,),
    "SetLimitOnCall": (_INTEGER,),
    "ClearUserData": (),
    "Exit": (_NAME,),
}
_CALL = re.compile(r"\s*([A-Za-z]+)\s*\(([^()]*)\)\s*(?:;|\Z)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A call and the components that it passes, each as (component, name).

    `keys` are what the caller enters, each time that digits are asked for.
    """

    url: str = field(repr=False)
    steps: Sequence[tuple[str, str]]
    caller: str
    dialled: str
    keys: Sequence[str] = ()
    method: str = "POST"
    basic: bool = False
    patience: float = PATIENCE


def read_plan(options: Mapping[str, Any], *, caller: str, dialled: str) -> Plan:
    """Return the call that a command describes; ValueError, in one line, for one that makes no sense.

    `caller` and `dialled` are the numbers where the command names none.
    """
    steps = options.get("steps")
    if not isinstance(steps, list) or not steps or not all(map(_is_step, steps)):
        msg = f"steps must be a list of [component, name]; the components: {', '.join(COMPONENTS)}"
        raise ValueError(msg)
    keys = options.get("keys", [])
    if not isinstance(keys, list) or not all(isinstance(entry, str) for entry in keys):
        msg = "keys must be a list of texts"
        raise ValueError(msg)
    method = options.get("method", METHODS[0])
    if method not in METHODS:
        msg = f"method must be one of {', '.join(METHODS)}"
        raise ValueError(msg)
    return Plan(
        url=loopback_url(options.get("url")),
        steps=[(component, name) for component, name in steps],
        caller=str(options.get("number", caller)),
        dialled=str(options.get("dialled", dialled)),
        keys=keys,
        method=method,
        basic=options.get("auth") == "basic",
    )


def _is_step(step: object) -> bool:
    return isinstance(step, list) and len(step) == 2 and step[0] in COMPONENTS and isinstance(step[1], str)  # noqa: PLR2004


async def run(session: aiohttp.ClientSession, plan: Plan, unique_id: str, account: Credentials) -> list[dict[str, Any]]:
    """Return what happened at each component that the call reached.

    A row has the component, its name, the HTTP status, what the caller `heard`, the `exit`, and `extension`, `trunk`
    and `call_limit` of the call that is made then.
    """
    passed: list[dict[str, Any]] = []
    entered, keys = "", list(plan.keys)
    for component, name in plan.steps:
        fields = {
            "src": plan.caller,
            "dst": plan.dialled,
            "data": entered,
            "unique_id": unique_id,
            "app_name": name,
        }
        status, reply = await _ask(session, plan, fields, account)
        row: dict[str, Any] = {"component": component, "name": name, "status": status, "heard": []}
        passed.append(row)
        try:
            entered = _follow(component, reply, row, entered, keys)
        except ValueError:
            row["exit"] = COMPONENTS[component]
        if component != "smart" or row["exit"] == "e":
            break
    return passed


async def _ask(
    session: aiohttp.ClientSession, plan: Plan, fields: Mapping[str, str], account: Credentials
) -> tuple[int | None, Any]:
    headers = {}
    if plan.basic:
        pair = f"{account.username}:{account.password}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    url, body = URL(plan.url), None
    if plan.method == "GET":
        url = url.extend_query(fields)
    elif plan.method == "POST":
        body = to_json(fields)
        headers["Content-Type"] = "application/json"
    form = fields if plan.method == "FORM" else None
    try:
        async with session.request(
            "GET" if plan.method == "GET" else "POST",
            url,
            data=form or body,
            headers=headers,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=plan.patience),
        ) as response:
            return response.status, json.loads(await response.read())
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return None, None


def _follow(component: str, reply: Any, row: dict[str, Any], entered: str, keys: list[str]) -> str:
    """Do what the reply says; return what the caller has entered. ValueError for a wrong reply."""
    if not isinstance(reply, dict) or reply.get("ok") != "1":
        raise ValueError
    if component == "smart":
        return _commands(str(reply["commands"]) if "commands" in reply else "", row, entered, keys)
    wanted = {"exten": ("extension",), "trunk": ("trunk", "extension"), "ivr": ("case",)}[component]
    values = {name: reply.get(name) for name in wanted}
    if not all(isinstance(value, str) and value for value in values.values()):
        raise ValueError
    if component == "ivr":
        row["exit"] = values["case"]
        return entered
    row |= values
    if component == "trunk" and "call_limit" in reply:
        row["call_limit"] = reply["call_limit"]
    row["exit"] = "S"
    return entered


def _commands(text: str, row: dict[str, Any], entered: str, keys: list[str]) -> str:
    if not text:
        raise ValueError
    at = 0
    while at < len(text.rstrip()):
        match = _CALL.match(text, at)
        if match is None or match[1] not in _FUNCTIONS:
            raise ValueError
        at = match.end()
        name, arguments = match[1], [argument.strip() for argument in match[2].split(",") if argument.strip()]
        kinds = _FUNCTIONS[name]
        if len(arguments) != len(kinds) or not all(map(re.fullmatch, kinds, arguments)):
            raise ValueError
        values = [argument.strip("'") for argument in arguments]
        match name:
            case "Exit":
                # Nothing after it is carried out.
                row["exit"] = values[0]
                return entered
            case "GetData":
                row["heard"].append(" ".join([name, *values]))
                entered = (keys.pop(0) if keys else "")[: int(values[2])]
            case "ClearUserData":
                entered = ""
            case "SetExten":
                row["extension"] = values[0]
            case "SetLimitOnCall":
                row["call_limit"] = values[0]
            case _:
                row["heard"].append(" ".join([name, *values]))
    # [INFER] Without an exit the call stays in the component, which has nothing more to do with it.
    raise ValueError
