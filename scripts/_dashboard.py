"""The dashboard of an account, laid out for a person, and the template sensor that its list of calls needs.

`python -m scripts._dashboard` prints what docs/dashboard.yaml and docs/last_calls.yaml show, for an invented account.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import yaml  # type: ignore[import-untyped]

# The dash of a Persian name must not turn a row of numbers around: each cell is a paragraph of its own direction.
_LAST_CALLS = """\
| | When | Who | Talk | Cost |
|:-:|:--|:--|--:|--:|
{%- set marks = {'answered': '🟢', 'no_answer': '🔴', 'busy': '🟠', 'congestion': '🟣'} %}
{%- set arrows = {'incoming': '↙', 'outgoing': '↗', 'internal': '↔'} %}
{%- for call in state_attr('SENSOR', 'calls') or [] %}
{%- set other = 'source' if call.direction == 'incoming' else 'destination' %}
| {{ marks.get(call.status, '⚪') }} {{ arrows.get(call.direction, '') }} \
| {{ (call.started_at | as_datetime | as_local).strftime('%d %b %H:%M') if call.started_at else '-' }} \
| {{ call[other ~ '_name'] or call[other] or 'withheld' }} \
| {{ '%d:%02d' % (call.talk_s // 60, call.talk_s % 60) if call.talk_s else '-' }} \
| {{ '{:,}'.format(call.price | int) if call.price is not none else '-' }} |
{%- endfor %}
"""
_CALL_BACK = """\
{%- set callers = state_attr('SENSOR', 'callers') or [] %}
{%- if callers %}
| Who | Last tried | Times |
|:--|:--|--:|
{%- for caller in callers[:6] %}
| {{ caller.name or caller.number }} \
| {{ (caller.last | as_datetime | as_local).strftime('%d %b %H:%M') if caller.last else '-' }} | {{ caller.calls }} |
{%- endfor %}
{%- if callers | count > 6 %}

and {{ callers | count - 6 }} more
{%- endif %}
{%- else %}
Nobody waits for a call back.
{%- endif %}
"""


@dataclass(frozen=True, slots=True)
class AccountEntities:
    """The entity ids of one account by key: its own, those of each trunk (by name), and its speed dials (by name)."""

    title: str
    entry_id: str
    own: dict[str, str]
    trunks: dict[str, dict[str, str]]
    dials: dict[str, str]
    last_calls: str


def dashboard(accounts: list[AccountEntities]) -> dict[str, Any]:
    """Return a dashboard with a view for each account."""
    return {"title": "Phone lines", "views": [view(account, number) for number, account in enumerate(accounts)]}


def view(account: AccountEntities, number: int = 0) -> dict[str, Any]:
    """Return the view of one account."""
    return {
        "type": "sections",
        "title": account.title,
        "path": f"account-{number + 1}",
        "icon": "mdi:phone-dial",
        "max_columns": 4,
        "badges": [],
        "sections": [
            *(_lines(account),),
            _today(account),
            _desk(account),
            _calls(account),
        ],
    }


def _grid(*cards: dict[str, Any]) -> dict[str, Any]:
    return {"type": "grid", "cards": list(cards)}


def _heading(text: str, icon: str, *, badges: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    heading: dict[str, Any] = {"type": "heading", "heading": text, "heading_style": "title", "icon": icon}
    return {**heading, "badges": badges} if badges else heading


def _tile(entity: str, name: str, icon: str, color: str, *, columns: int = 6) -> dict[str, Any]:
    size = {"columns": columns, "rows": 1}
    return {"type": "tile", "entity": entity, "name": name, "icon": icon, "color": color, "grid_options": size}


def _markdown(template: str, sensor: str) -> dict[str, Any]:
    return {"type": "markdown", "content": template.replace("SENSOR", sensor), "grid_options": {"columns": 12}}


def _lines(account: AccountEntities) -> dict[str, Any]:
    """Each line with its credit: how much, how it fell, until when it counts, and when it will be used up."""
    cards = [_heading("Credit", "mdi:wallet")]
    for name, line in account.trunks.items():
        warning = {
            "type": "entity",
            "entity": line["low_credit"],
            "name": "Low credit",
            "color": "red",
            "show_state": False,
            "visibility": [{"condition": "state", "entity": line["low_credit"], "state": "on"}],
        }
        cards += [
            {
                "type": "heading",
                "heading": name,
                "heading_style": "subtitle",
                "icon": "mdi:phone-classic",
                "badges": [warning],
            },
            {
                "type": "sensor",
                "entity": line["credit"],
                "name": "Credit",
                "icon": "mdi:cash-multiple",
                "graph": "line",
                "hours_to_show": 12,
                "detail": 2,
                "grid_options": {"columns": 12, "rows": 3},
            },
            _tile(line["days_left"], "Lasts for", "mdi:timer-sand", "teal"),
            _tile(line["credit_runs_out"], "Used up", "mdi:calendar-clock", "teal"),
            _tile(line["credit_expires"], "Expires", "mdi:calendar-remove", "blue-grey", columns=12),
        ]
    return _grid(*cards)


def _today(account: AccountEntities) -> dict[str, Any]:
    """Today's calls by status and direction, what they cost, and how they came in over the day."""
    own = account.own
    graphed = [(own["calls"], "Calls"), (own["answered"], "Answered"), (own["missed"], "Missed")]
    return _grid(
        _heading("Today", "mdi:calendar-today"),
        _tile(own["calls"], "Calls", "mdi:phone", "primary"),
        _tile(own["talk_time"], "Talk time", "mdi:account-voice", "primary"),
        _tile(own["answered"], "Answered", "mdi:phone-check", "green"),
        _tile(own["missed"], "Missed", "mdi:phone-missed", "red"),
        _tile(own["busy"], "Busy", "mdi:phone-lock", "orange"),
        _tile(own["no_answer"], "No answer", "mdi:phone-off", "deep-orange"),
        _tile(own["incoming"], "Incoming", "mdi:phone-incoming", "indigo"),
        _tile(own["outgoing"], "Outgoing", "mdi:phone-outgoing", "cyan"),
        _tile(own["cost_today"], "Cost today", "mdi:cash", "amber"),
        _tile(own["cost_month"], "Cost this month", "mdi:cash-multiple", "amber"),
        {
            "type": "gauge",
            "entity": own["answer_ratio"],
            "name": "Answer ratio",
            "needle": True,
            "severity": {"red": 0, "yellow": 40, "green": 60},
            "grid_options": {"columns": 12, "rows": 3},
        },
        {
            "type": "history-graph",
            "title": "Calls over the day",
            "hours_to_show": 12,
            "entities": [{"entity": entity, "name": name} for entity, name in graphed],
            "grid_options": {"columns": 12},
        },
    )


def _desk(account: AccountEntities) -> dict[str, Any]:
    """Show what a person does here: call, look again, and call back who was missed."""
    dials = [
        {
            **_tile(entity, name, "mdi:phone-forward", "green", columns=12),
            "hide_state": True,
            "tap_action": {
                "action": "perform-action",
                "perform_action": "button.press",
                "target": {"entity_id": entity},
            },
            "icon_tap_action": {
                "action": "perform-action",
                "perform_action": "button.press",
                "target": {"entity_id": entity},
            },
        }
        for name, entity in account.dials.items()
    ]
    sync = {
        **_tile(account.own["sync_now"], "Look for new calls", "mdi:refresh", "blue", columns=12),
        "hide_state": True,
        "tap_action": {
            "action": "perform-action",
            "perform_action": "button.press",
            "target": {"entity_id": account.own["sync_now"]},
        },
    }
    graphed = [{"entity": line["credit"], "name": name} for name, line in account.trunks.items()]
    return _grid(
        _heading("Call", "mdi:phone-dial"),
        *dials,
        sync,
        _heading("To call back", "mdi:phone-return", badges=[{"type": "entity", "entity": _missed(account)}]),
        {
            "type": "markdown",
            "content": _CALL_BACK.replace("SENSOR", _missed(account)),
            "grid_options": {"columns": 12},
        },
        {
            "type": "history-graph",
            "title": "Credit",
            "hours_to_show": 12,
            "entities": graphed,
            "grid_options": {"columns": 12},
        },
    )


def _calls(account: AccountEntities) -> dict[str, Any]:
    """Show the last calls: the newest in words, and a table of the ones before."""
    return _grid(
        _heading("Last calls", "mdi:phone-log"),
        {
            **_tile(account.own["call"], "Last event", "mdi:phone-ring", "purple", columns=12),
            "state_content": ["event_type", "last_changed"],
        },
        _markdown(_LAST_CALLS, account.last_calls),
    )


def _missed(account: AccountEntities) -> str:
    return account.own["open_missed_callers"]


def last_calls_template(account: AccountEntities, limit: int = 14) -> dict[str, Any]:
    """Return the template sensor that keeps an account's last calls, read with the action `trunkline.get_calls`."""
    watched = [account.own["last_call"], account.own["calls"]]
    return {
        "triggers": [{"trigger": "state", "entity_id": watched}, {"trigger": "homeassistant", "event": "start"}],
        "actions": [
            {
                "action": "trunkline.get_calls",
                "data": {"config_entry": account.entry_id, "limit": limit},
                "response_variable": "reply",
            }
        ],
        "sensor": [
            {
                "unique_id": account.last_calls.removeprefix("sensor."),
                "name": account.last_calls.removeprefix("sensor.").replace("_", " "),
                "icon": "mdi:phone-log",
                "state": "{{ reply.count }}",
                "attributes": {"calls": "{{ reply.calls }}"},
            }
        ],
    }


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]
    """Writes texts of several lines as blocks, and indents lists."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        """Indent a list below its key."""
        super().increase_indent(flow, indentless=False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def as_yaml(value: object) -> str:
    """Return YAML as a person would write it."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return text


_TODAY = (
    *("calls", "answered", "missed", "busy", "no_answer", "incoming", "outgoing"),
    *("answer_ratio", "talk_time"),
)
EXAMPLE = AccountEntities(
    title="Office",
    entry_id="the id of the account's config entry",
    own={
        **{
            key: f"sensor.office_{key}_today"
            for key in (
                "calls",
                "answered",
                "missed",
                "busy",
                "no_answer",
                "incoming",
                "outgoing",
                "answer_ratio",
                "talk_time",
            )
        },
        "cost_today": "sensor.office_cost_today",
        "cost_month": "sensor.office_cost_this_month",
        "open_missed_callers": "sensor.office_callers_to_call_back",
        "last_call": "sensor.office_last_call",
        "call": "event.office_call",
        "sync_now": "button.office_sync_now",
    },
    trunks={
        "021 5555 0001": {
            "credit": "sensor.trunk_02155550001_credit",
            "credit_expires": "sensor.trunk_02155550001_credit_expires",
            "credit_runs_out": "sensor.trunk_02155550001_credit_runs_out",
            "days_left": "sensor.trunk_02155550001_days_of_credit_left",
            "low_credit": "binary_sensor.trunk_02155550001_low_credit",
        }
    },
    dials={"Call the workshop": "button.call_the_workshop"},
    last_calls="sensor.office_last_calls",
)


if __name__ == "__main__":
    sys.stdout.write(as_yaml(dashboard([EXAMPLE])))
