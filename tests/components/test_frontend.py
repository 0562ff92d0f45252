"""The dashboard in the sidebar and the module that browsers load, in a Home Assistant with its frontend."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL, DATA_PANELS
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.setup import async_setup_component

from custom_components.trunkline.frontend import panel
from custom_components.trunkline.frontend.strategy import StrategyDashboard
from custom_components.trunkline.websocket.calls import MOST_CALLS

from .conftest import DOMAIN, make_entry
from .languages import LANGUAGES

ROOT = Path(__file__).parents[2]
COMPONENT = ROOT / "custom_components/trunkline"
MODULE = COMPONENT / "frontend/trunkline.js"


@pytest.fixture
async def frontend(hass):
    """Set up the frontend, whose files are in a package of their own, which tests don't need."""
    pytest.importorskip("hass_frontend")
    assert await async_setup_component(hass, "frontend", {})


def shown(hass):
    return hass.data[DATA_PANELS].get("trunkline")


async def test_the_first_account_brings_the_dashboard_and_the_last_one_takes_it(
    hass, frontend, sandbox, setup, hass_ws_client
):
    assert shown(hass) is None
    first = await setup(make_entry(sandbox))
    assert (shown(hass).component_name, shown(hass).sidebar_title) == ("lovelace", "Phone lines")
    assert shown(hass).sidebar_icon == "mdi:phone-log"
    second = await setup(make_entry(sandbox, 1))
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "lovelace/config", "url_path": "trunkline"})
    assert (await client.receive_json())["result"] == {"strategy": {"type": "custom:trunkline"}}
    await client.send_json_auto_id({"type": "lovelace/info", "url_path": "trunkline"})
    await client.receive_json()
    dashboard = hass.data["lovelace"].dashboards["trunkline"]
    assert await dashboard.async_get_info() == {"mode": "yaml", "views": 0}
    assert await dashboard.async_load(force=False) == {"strategy": {"type": "custom:trunkline"}}
    assert dashboard.mode == "yaml"
    await hass.config_entries.async_remove(first.entry_id)
    assert shown(hass) is not None
    await hass.config_entries.async_remove(second.entry_id)
    assert shown(hass) is None
    assert "trunkline" not in hass.data["lovelace"].dashboards


async def test_the_dashboard_is_there_also_while_the_provider_is_down(hass, frontend, sandbox, entry, setup):
    sandbox.faults.add("status", code=500)
    await setup(entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert shown(hass) is not None
    await hass.config_entries.async_remove(entry.entry_id)
    assert shown(hass) is None


async def test_a_reload_leaves_the_dashboard_where_it_is(hass, frontend, loaded):
    before = shown(hass), hass.data["lovelace"].dashboards["trunkline"]
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert before == (shown(hass), hass.data["lovelace"].dashboards["trunkline"])


async def test_the_dashboard_goes_if_no_account_wants_it(hass, frontend, sandbox, setup):
    first = await setup(make_entry(sandbox))
    await setup(make_entry(sandbox, 1, options={"show_in_dashboard": False}))
    assert shown(hass) is not None
    result = await hass.config_entries.options.async_init(first.entry_id)
    options = {str(key): key.default() for key in result["data_schema"].schema if callable(key.default)}
    await hass.config_entries.options.async_configure(result["flow_id"], options | {"show_in_dashboard": False})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert shown(hass) is None
    hass.config_entries.async_update_entry(first, options={})
    await hass.config_entries.async_reload(first.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert shown(hass) is not None


async def test_the_dashboard_goes_with_an_account_that_is_disabled(hass, frontend, loaded):
    await hass.config_entries.async_set_disabled_by(loaded.entry_id, ConfigEntryDisabler.USER)
    assert shown(hass) is None


async def test_the_dashboard_is_named_in_the_language_of_home_assistant(hass, frontend, entry, setup):
    hass.config.language = "fa"
    await setup(entry)
    assert shown(hass).sidebar_title == "خطوط تلفن"
    hass.config.language = "en"
    await panel.async_update_panel(hass)
    assert shown(hass).sidebar_title == "Phone lines"


async def test_a_dashboard_of_the_user_at_the_same_address_stays(hass, frontend, entry, setup, caplog):
    theirs = object()
    hass.data["lovelace"].dashboards["trunkline"] = theirs
    await setup(entry)
    assert shown(hass) is None
    assert "there is another one at /trunkline" in caplog.text
    await hass.config_entries.async_remove(entry.entry_id)
    assert hass.data["lovelace"].dashboards["trunkline"] is theirs


async def test_everything_else_works_where_dashboards_have_changed(hass, frontend, entry, setup, caplog, monkeypatch):
    monkeypatch.delattr(type(hass.data["lovelace"]), "dashboards", raising=False)
    monkeypatch.setattr(hass.data["lovelace"], "__dict__", {})
    await setup(entry)
    assert shown(hass) is None
    assert "The dashboard can't be shown in the sidebar of this version of Home Assistant" in caplog.text
    assert hass.states.async_entity_ids("sensor")


async def test_without_a_frontend_there_is_nothing_to_show(hass, loaded):
    assert DOMAIN not in hass.data.get(DATA_PANELS, {})
    assert DATA_EXTRA_MODULE_URL not in hass.data


async def test_pages_load_the_module_from_an_address_that_changes_with_it(hass, frontend, loaded, hass_client_no_auth):
    (url,) = [url for url in hass.data[DATA_EXTRA_MODULE_URL].urls if "trunkline" in url]
    assert url == f"/trunkline_static/{hashlib.sha256(MODULE.read_bytes()).hexdigest()[:12]}/trunkline.js"
    client = await hass_client_no_auth()
    response = await client.get(url)
    assert response.status == 200
    assert response.content_type in {"text/javascript", "application/javascript"}
    assert "max-age" in response.headers["Cache-Control"]
    assert await response.read() == MODULE.read_bytes()
    assert (await client.get(url.replace("trunkline.js", "panel.py"))).status == 404


# The module as a file


def words() -> str:
    return MODULE.read_text(encoding="utf-8")


# As much of a browser as the module needs to be loaded.
BROWSER = """
globalThis.window = globalThis;
globalThis.HTMLElement = class { attachShadow() { this.shadowRoot = { addEventListener() {} }; } };
globalThis.customElements = { get() {} };
globalThis.location = { pathname: "/" };
globalThis.document = { querySelector() {} };
"""


def run_in_module(script: str) -> Any:
    """Return what a script logs as JSON that sees the names of the module."""
    program = f"{BROWSER}\n{words()}\n{script}\nprocess.exit(0);"
    done = subprocess.run(
        ["node", "--input-type=module", "-"], input=program, capture_output=True, text=True, timeout=60, check=True
    )
    return json.loads(done.stdout)


needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js")


@needs_node
def test_what_is_known_of_accounts_stays_when_others_come_and_go():
    script = """
    const hub = new Hub({ connection: {} });
    const heard = [];
    hub.listeners.add((event) => heard.push(event.type));
    hub.changed({ type: "state", entry_id: "a", history_complete: false });
    hub.changed({ type: "accounts" });
    console.log(JSON.stringify([heard, [...hub.states.keys()]]));
    """
    # Home Assistant sends the state of an account that was loaded again before it says that there is one.
    assert run_in_module(script) == [["state", "accounts"], ["a"]]


@needs_node
@pytest.mark.parametrize(("limit", "asked"), [(5, [5]), (100, [100]), (250, [100, 100, 50])])
def test_a_card_asks_for_no_more_calls_at_a_time_than_are_given_out(limit, asked):
    script = """
    const limits = [];
    const card = new CallsCard();
    card.config = { limit: LIMIT };
    card.direction = card.outcome = card.search = { value: "" };
    card.command = async (type, { limit }) => {
      limits.push(limit);
      return { calls: Array.from({ length: limit }), cursor: {} };
    };
    await card.read(card.page);
    console.log(JSON.stringify(limits));
    """
    assert run_in_module(script.replace("LIMIT", str(limit))) == asked
    assert max(asked) <= MOST_CALLS


def test_every_text_of_the_cards_exists_and_is_used():
    used = set(re.findall(r'"((?:card_|dashboard_)[a-z0-9_]+)"', words()))
    assert len(used) > 40
    for language in LANGUAGES:
        common = json.loads((COMPONENT / f"translations/{language}.json").read_text())["common"]
        assert {key for key in common if key.startswith(("card_", "dashboard_"))} == used, language


def test_no_text_of_the_cards_is_built_from_parts():
    assert not re.findall(r"`(?:card_|dashboard_)", words())


def test_values_of_the_texts_are_those_that_the_module_passes():
    common = json.loads((COMPONENT / "translations/en.json").read_text())["common"]
    calls = re.findall(r'\.text\("((?:card_|dashboard_)[a-z0-9_]+)"(?:, \{([^}]*)\})?\)', words())
    assert calls
    for key, passed in calls:
        names = set(re.findall(r"(?:^|, )(\w+)(?=:|,|$)", passed.strip()))
        assert set(re.findall(r"\{(\w+)\}", common[key])) == names, key


def test_the_module_names_no_other_host():
    assert not re.findall(r"""(?:https?:|wss?:)?//[a-z0-9.-]+\.[a-z]{2,}""", words().replace("// ", ""), re.IGNORECASE)
    assert not re.findall(r"^\s*import\b|\bimport\(", words(), re.MULTILINE)
    assert not re.findall(r"\bfetch\(|XMLHttpRequest|sendBeacon|EventSource|new WebSocket", words())


def test_texts_of_strangers_never_become_markup():
    assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(", words())


def test_the_module_is_small_enough_to_be_there_in_time():
    assert MODULE.stat().st_size < 100_000


def test_the_layout_knows_no_left_and_right():
    style = re.search(r"const STYLE = `(.*?)`;", words(), re.DOTALL)[1]
    assert not re.findall(r"\b(?:left|right)\b", style)
    # The other colors are those of Home Assistant's themes, with fallbacks.
    assert not [line for line in style.splitlines() if "#" in line and "var(--" not in line]


def test_the_strategy_is_a_dashboard_of_home_assistant():
    assert StrategyDashboard.__mro__[1].__name__ == "LovelaceConfig"


def test_the_domain_is_that_of_the_integration():
    assert f'const DOMAIN = "{DOMAIN}";' in words()
