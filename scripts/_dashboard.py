"""The dashboard of an account, laid out for a person, and the template sensor that its list of calls needs.

`python -m scripts._dashboard` writes docs/dashboard.yaml and docs/last_calls.yaml, for an invented account.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

# Names come from callers and providers. The card renders HTML and Markdown, which could load images from anywhere:
# everything but letters, digits and spaces is written as a character reference, which is neither.
_SAFE = """\
{%- macro safe(words) -%}
{%- for letter in words | string | truncate(28, true, '…', 0) -%}
{{ letter if letter.isalnum() or letter == ' ' else '&#%d;' % (letter | ord) }}
{%- endfor -%}
{%- endmacro -%}
"""
# Tables in HTML, since those of Markdown are no wider than their words.
_LAST_CALLS = """\
{%- set icons = {'incoming': 'incoming', 'outgoing': 'outgoing', 'internal': 'sync'} -%}
{%- set colors = {'answered': '#43a047', 'no_answer': '#e53935', 'busy': '#fb8c00'} -%}
<table width="100%">
{%- for call in state_attr('SENSOR', 'calls') or [] %}
{%- set other = 'source' if call.direction == 'incoming' else 'destination' %}
<tr>
<td><font color="{{ colors.get(call.status, '#8e24aa') }}"><ha-icon icon="mdi:phone{{ '-' ~ icons[call.direction] if call.direction in icons else '' }}"></ha-icon></font></td>
<td>{{ (call.started_at | as_datetime | as_local).strftime('%d %b %H:%M') if call.started_at else '-' }}</td>
<td>{{ safe(call[other ~ '_name'] or call[other] or 'withheld') }}</td>
{%- set talk = '%d:%02d' % (call.talk_s // 60, call.talk_s % 60) if call.talk_s else '-' if call.status == 'unknown' else call.status.replace('_', ' ') %}
<td align="right">{{ talk }}</td>
<td align="right">{{ ('{:,.0f}' if call.currency in ('IRR', 'VND') else '{:,.4f}').format(call.price | float) if call.price is not none else '-' }}</td>
</tr>
{%- endfor %}
</table>
"""  # noqa: E501
_CALL_BACK = """\
{%- set callers = state_attr('SENSOR', 'callers') or [] -%}
{%- if callers -%}
<table width="100%">
{%- for caller in callers[:5] %}
<tr>
<td><font color="#e53935"><ha-icon icon="mdi:phone-missed"></ha-icon></font></td>
<td>{{ (caller.last | as_datetime | as_local).strftime('%d %b %H:%M') if caller.last else '-' }}</td>
<td>{{ safe(caller.name or caller.number) }}</td>
<td align="right">{{ '%d times' % caller.calls if caller.calls > 1 else 'once' }}</td>
</tr>
{%- endfor %}
</table>
{%- set more = callers | count - 5 + (state_attr('SENSOR', 'more') or 0) %}
{%- if more > 0 %}

and {{ more }} more
{%- endif %}
{%- else -%}
No callers to call back.
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


def dashboard(accounts: list[AccountEntities], hours: int = 24) -> dict[str, Any]:
    """Return a dashboard with a view for each account, whose graphs show the last hours."""
    views = [view(account, hours, number) for number, account in enumerate(accounts, start=1)]
    return {"title": "Phone lines", "views": views}


def view(account: AccountEntities, hours: int, number: int) -> dict[str, Any]:
    """Return the view of one account."""
    return {
        "type": "sections",
        "title": account.title,
        "path": f"account-{number}",
        "max_columns": 3,
        "sections": [*_credit(account, hours), _today(account, hours), _calls(account)],
    }


def _grid(*cards: dict[str, Any]) -> dict[str, Any]:
    return {"type": "grid", "cards": list(cards)}


def _heading(text: str, icon: str, *badges: dict[str, Any], style: str = "title") -> dict[str, Any]:
    heading: dict[str, Any] = {"type": "heading", "heading": text, "heading_style": style, "icon": icon}
    return {**heading, "badges": list(badges)} if badges else heading


def _tile(entity: str, name: str, icon: str, color: str) -> dict[str, Any]:
    size = {"columns": 6, "rows": 1}
    return {"type": "tile", "entity": entity, "name": name, "icon": icon, "color": color, "grid_options": size}


def _tall(entity: str, name: str, icon: str, color: str) -> dict[str, Any]:
    """Return a tile with its words below its icon, three of which stand side by side."""
    size = {"columns": 4, "rows": 2}
    return {**_tile(entity, name, icon, color), "vertical": True, "grid_options": size}


def _button(entity: str, name: str, icon: str, color: str) -> dict[str, Any]:
    press = {"action": "perform-action", "perform_action": "button.press", "target": {"entity_id": entity}}
    tile = _tile(entity, name, icon, color)
    return {**tile, "hide_state": True, "tap_action": press, "icon_tap_action": press}


def _markdown(template: str, sensor: str) -> dict[str, Any]:
    content = _SAFE + template.replace("SENSOR", sensor)
    return {"type": "markdown", "content": content, "grid_options": {"columns": 12, "rows": "auto"}}


def _history(title: str, hours: int, entities: list[tuple[str, str]]) -> dict[str, Any]:
    named = [{"entity": entity, "name": name} for entity, name in entities]
    size = {"columns": 12, "rows": "auto"}
    return {"type": "history-graph", "title": title, "hours_to_show": hours, "entities": named, "grid_options": size}


def _credit(account: AccountEntities, hours: int) -> list[dict[str, Any]]:
    """Show each line with its credit: how much, for how long it lasts, and when it expires; and how it fell.

    An account whose provider tells no credit has no such section.
    """
    lines = {name: line for name, line in account.trunks.items() if "credit" in line}
    plans = [entity for key, entity in account.own.items() if key.startswith("plan")]
    if not lines and not plans:
        return []
    cards = [_heading("Credit" if lines else "Plan", "mdi:wallet")]
    for name, line in lines.items():
        low = {
            "type": "entity",
            "entity": line["low_credit"],
            "color": "red",
            "state_content": "name",
            "name": "Low credit",
            "visibility": [{"condition": "state", "entity": line["low_credit"], "state": "on"}],
        }
        cards += [
            _heading(name, "mdi:phone-classic", low, style="subtitle"),
            {
                "type": "sensor",
                "entity": line["credit"],
                "name": "Credit",
                "icon": "mdi:cash-multiple",
                "graph": "line",
                "hours_to_show": hours,
                "detail": 2,
                "grid_options": {"columns": 12, "rows": 2},
            },
            *(
                _tall(line[key], words, icon, color)
                for key, words, icon, color in (
                    ("days_left", "Days left", "mdi:timer-sand", "teal"),
                    ("credit_runs_out", "Runs out", "mdi:calendar-clock", "teal"),
                    ("credit_expires", "Expires", "mdi:calendar-remove", "blue-grey"),
                )
                if key in line
            ),
        ]
    cards += [_tile(entity, "Days left of the plan", "mdi:calendar-clock", "teal") for entity in plans]
    if lines:
        cards.append(_history("Credit", hours, [(line["credit"], name) for name, line in lines.items()]))
    return [_grid(*cards)]


_TILES = (
    ("calls", "Calls", "mdi:phone", "primary"),
    ("talk_time", "Talk time", "mdi:account-voice", "primary"),
    ("answered", "Answered", "mdi:phone-check", "green"),
    ("missed", "Missed", "mdi:phone-missed", "red"),
    ("busy", "Busy", "mdi:phone-lock", "orange"),
    ("no_answer", "No answer", "mdi:phone-off", "deep-orange"),
    ("incoming", "Incoming", "mdi:phone-incoming", "indigo"),
    ("outgoing", "Outgoing", "mdi:phone-outgoing", "cyan"),
    ("cost_today", "Cost today", "mdi:cash", "amber"),
    ("cost_month", "Cost this month", "mdi:cash-multiple", "amber"),
    ("voicemails", "Voicemails", "mdi:voicemail", "purple"),
)


def _today(account: AccountEntities, hours: int) -> dict[str, Any]:
    """Show today's calls by status and direction, what they cost, and how they came in."""
    own = account.own
    gauge = {
        "type": "gauge",
        "entity": own.get("answer_ratio"),
        "name": "Answer ratio",
        "needle": True,
        "severity": {"red": 0, "yellow": 40, "green": 60},
        # Before the first call of the day there is no ratio, and a gauge can show numbers only.
        "visibility": [{"condition": "numeric_state", "entity": own.get("answer_ratio"), "above": -1}],
        "grid_options": {"columns": 12, "rows": 3},
    }
    history = [
        (own[key], name)
        for key, name in (("calls", "All"), ("answered", "Answered"), ("missed", "Missed"))
        if key in own
    ]
    return _grid(
        _heading("Today", "mdi:calendar-today"),
        *(_tile(own[key], name, icon, color) for key, name, icon, color in _TILES if key in own),
        *([gauge] if "answer_ratio" in own else []),
        _history("Calls", hours, history),
    )


def _calls(account: AccountEntities) -> dict[str, Any]:
    """Show what a person does here: call, see how the calls went, and call back who was missed."""
    cards = [
        _heading("Call", "mdi:phone-dial"),
        *(_button(entity, name, "mdi:phone-forward", "green") for name, entity in account.dials.items()),
        _button(account.own["sync_now"], "Sync now", "mdi:refresh", "blue"),
        _heading("Last calls", "mdi:phone-log", {"type": "entity", "entity": account.own["last_call"]}),
        _markdown(_LAST_CALLS, account.last_calls),
    ]
    if missed := account.own.get("open_missed_callers"):
        badge = {"type": "entity", "entity": missed}
        cards += [_heading("To call back", "mdi:phone-return", badge), _markdown(_CALL_BACK, missed)]
    return _grid(*cards)


def last_calls_template(account: AccountEntities, limit: int = 12) -> dict[str, Any]:
    """Return the template sensor that keeps an account's last calls, read with the action `trunkline.get_calls`."""
    return {
        "trigger": [
            {"trigger": "state", "entity_id": account.own["last_call"]},
            {"trigger": "homeassistant", "event": "start"},
            {"trigger": "event", "event_type": "event_template_reloaded"},
        ],
        "action": [
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
_EXAMPLE = AccountEntities(
    title="Office",
    entry_id="ENTRY",
    own={
        **{key: f"sensor.office_{key}_today" for key in _TODAY},
        "cost_today": "sensor.office_cost_today",
        "cost_month": "sensor.office_cost_this_month",
        "open_missed_callers": "sensor.office_callers_to_call_back",
        "last_call": "sensor.office_last_call",
        "sync_now": "button.office_sync_now",
    },
    trunks={
        "Office trunk 0001": {
            "credit": "sensor.office_trunk_0001_credit",
            "credit_expires": "sensor.office_trunk_0001_credit_expires",
            "credit_runs_out": "sensor.office_trunk_0001_credit_runs_out",
            "days_left": "sensor.office_trunk_0001_days_of_credit_left",
            "low_credit": "binary_sensor.office_trunk_0001_low_credit",
        }
    },
    dials={"Call the workshop": "button.call_the_workshop"},
    last_calls="sensor.office_last_calls",
)
_DASHBOARD_HEAD = """\
# A dashboard for one account: Settings > Dashboards > Add dashboard, then "Edit in YAML" in its menu.
# Replace the entity IDs with your own (Settings > Devices & services > Entities, search for Trunkline).
# The list of recent calls uses a template sensor: see last_calls.yaml.
"""
_TEMPLATE_HEAD = """\
# A template sensor with the recent calls of an account for the dashboard. Add it under `template:` in
# configuration.yaml. Replace ENTRY with the ID of the account. To find it, select the account in Developer tools >
# Actions > Trunkline: Get calls, then switch to YAML mode. With only one account, leave the line out.
"""


def documents() -> dict[str, str]:
    """Return the files below docs/ that show this dashboard to users, by name."""
    return {
        "dashboard.yaml": _DASHBOARD_HEAD + as_yaml(dashboard([_EXAMPLE])),
        "last_calls.yaml": _TEMPLATE_HEAD + as_yaml([last_calls_template(_EXAMPLE)]),
    }


if __name__ == "__main__":
    for name, text in documents().items():
        (Path(__file__).resolve().parent.parent / "docs" / name).write_text(text, encoding="utf-8")
