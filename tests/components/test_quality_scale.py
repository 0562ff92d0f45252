"""Every rule of the integration quality scale has a status, and what is said to be done is proven.

A rule that is done has a test here (`@proves`) or is named in `PROVEN_ELSEWHERE` with the tests that prove it.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
from datetime import datetime
from importlib.metadata import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohasupervisor  # noqa: F401  (can't be imported while the clock is stopped)
import pytest
import yaml
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN, EntityCategory
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.setup import async_setup_component

from custom_components.trunkline import config_flow, const, coordinator, diagnostics, entity, runtime
from custom_components.trunkline.account.access_repair import AccessRepairFlow
from custom_components.trunkline.account.archive_repair import ArchiveRepairFlow
from custom_components.trunkline.account.clock_repair import ClockRepairFlow
from custom_components.trunkline.forms import accounts, options
from custom_components.trunkline.push.new_address import NewPushAddressFlow
from custom_components.trunkline.push.not_registered import PushNotRegisteredFlow
from custom_components.trunkline.push.stopped_repair import PushStoppedFlow
from custom_components.trunkline.repairs import async_create_fix_flow
from trunkline.providers import PROVIDERS

from .conftest import DOMAIN, make_entry
from .flows import WIRES, fields, filled, go_on, set_up, start, unload
from .languages import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
COMPONENT = ROOT / "custom_components/trunkline"

BRONZE = [
    "action-setup", "appropriate-polling", "brands", "common-modules", "config-flow-test-coverage",
    "config-flow", "dependency-transparency", "docs-actions", "docs-conditions", "docs-high-level-description",
    "docs-installation-instructions", "docs-removal-instructions", "docs-triggers", "entity-event-setup",
    "entity-unique-id", "has-entity-name", "runtime-data", "test-before-configure", "test-before-setup",
    "unique-config-entry",
]  # fmt: skip
SILVER = [
    "action-exceptions", "config-entry-unloading", "docs-configuration-parameters",
    "docs-installation-parameters", "entity-unavailable", "integration-owner", "log-when-unavailable",
    "parallel-updates", "reauthentication-flow", "test-coverage",
]  # fmt: skip
GOLD = [
    "devices", "diagnostics", "discovery", "discovery-update-info", "docs-data-update", "docs-examples",
    "docs-known-limitations", "docs-supported-devices", "docs-supported-functions", "docs-troubleshooting",
    "docs-use-cases", "dynamic-devices", "entity-category", "entity-device-class", "entity-disabled-by-default",
    "entity-translations", "exception-translations", "icon-translations", "reconfiguration-flow",
    "repair-issues", "stale-devices",
]  # fmt: skip
PLATINUM = ["async-dependency", "inject-websession", "strict-typing"]
RULES = {*BRONZE, *SILVER, *GOLD, *PLATINUM}

# The heading in docs/integration.md for each documentation rule.
HEADINGS = {
    "docs-actions": "## Actions",
    "docs-conditions": "## Conditions",
    "docs-configuration-parameters": "## Options",
    "docs-data-update": "## Data updates",
    "docs-examples": "## Examples",
    "docs-high-level-description": "# Trunkline",
    "docs-installation-instructions": "## Installation",
    "docs-installation-parameters": "## Configuration",
    "docs-known-limitations": "## Known limitations",
    "docs-removal-instructions": "## Removing the integration",
    "docs-supported-devices": "## Supported providers",
    "docs-supported-functions": "## Supported functionality",
    "docs-triggers": "## Triggers",
    "docs-troubleshooting": "## Troubleshooting",
    "docs-use-cases": "## Use cases",
}


# Rules whose proof belongs to another file: the tests that fail if the rule is broken.
PROVEN_ELSEWHERE = {
    "docs-actions": ("test_docs.py::test_every_action_and_field_is_described",),
    "docs-configuration-parameters": (
        "test_docs.py::test_every_option_is_described",
        "test_docs.py::test_every_field_of_a_speed_dial_is_described",
    ),
    "docs-installation-parameters": (
        "test_docs.py::test_every_field_of_each_form_is_described",
        "test_docs.py::test_every_other_field_of_the_setup_is_described",
    ),
    "docs-conditions": ("test_docs.py::test_every_condition_is_described",),
    "docs-triggers": ("test_docs.py::test_every_trigger_and_its_options_are_described",),
    "docs-supported-devices": ("test_docs.py::test_every_provider_is_listed",),
    "docs-supported-functions": ("test_docs.py::test_every_entity_is_described",),
    "docs-examples": (
        "test_docs.py::test_every_example_is_valid_yaml_with_known_actions",
        "test_docs.py::test_every_blueprint_can_be_imported_from_the_page",
        "test_blueprints.py::test_home_assistant_accepts_the_blueprint",
    ),
    "config-flow-test-coverage": (
        "test_config_flow.py::test_each_error_is_named_and_can_be_corrected_in_the_same_form",
        "test_config_flow.py::test_each_provider_asks_for_its_own_credentials_again",
        "test_config_flow.py::test_each_provider_can_be_reconfigured_without_its_secrets",
        "test_form_addresses.py::test_an_address_without_scheme_and_path_keeps_everything_else",
    ),
    "unique-config-entry": (
        "test_config_flow.py::test_the_same_account_is_not_set_up_twice",
        "test_config_flow.py::test_two_accounts_can_not_have_the_same_name",
        "test_config_flow.py::test_an_account_can_not_be_reconfigured_to_another",
    ),
    "dynamic-devices": ("test_entities.py::test_a_trunk_that_is_ordered_appears_and_one_that_is_given_up_goes",),
    "stale-devices": (
        "test_entities.py::test_a_trunk_that_is_ordered_appears_and_one_that_is_given_up_goes",
        "test_entities.py::test_only_a_trunk_that_is_gone_can_be_deleted_by_hand",
        "test_buttons.py::test_a_speed_dial_that_is_removed_takes_its_button_along",
    ),
    "diagnostics": (
        "test_diagnostics.py::test_the_diagnostics_of_a_full_account_tell_nothing_private",
        "test_diagnostics.py::test_a_trunk_has_diagnostics_without_its_number",
        "test_diagnostics.py::test_home_assistant_hands_those_of_a_device_out_as_a_download",
    ),
    "reauthentication-flow": ("test_config_flow.py::test_new_credentials_are_tried_before_they_are_stored",),
    "reconfiguration-flow": ("test_config_flow.py::test_the_address_can_be_changed_without_the_token",),
    "brands": (
        "test_metadata.py::test_the_brand_has_an_icon_and_a_logo_of_the_sizes_that_are_asked_for",
        "test_metadata.py::test_home_assistant_shows_the_brand_from_the_folder",
    ),
    "exception-translations": ("test_metadata.py::test_every_error_that_is_raised_is_translated_and_every_translation_is_used",),
    "repair-issues": (
        "test_repairs.py::test_a_denied_address_is_an_issue_until_it_is_permitted",
        "test_access_repair.py::test_an_address_that_is_permitted_ends_the_issue_and_the_outage",
    ),
}  # fmt: skip
# The issues that can be fixed from Home Assistant, and what fixes them.
FLOWS = {
    "address_not_permitted": AccessRepairFlow,
    "archive_damaged": ArchiveRepairFlow,
    "calls_not_permitted": AccessRepairFlow,
    "clocks_differ": ClockRepairFlow,
    "extensions_not_permitted": AccessRepairFlow,
    "plans_not_permitted": AccessRepairFlow,
    "push_not_registered": PushNotRegisteredFlow,
    "push_stopped": PushStoppedFlow,
    "pushed_calls_withdrawn": NewPushAddressFlow,
    "services_not_permitted": AccessRepairFlow,
    "trunks_not_permitted": AccessRepairFlow,
    "voicemails_not_permitted": AccessRepairFlow,
}
# The rules that have a test here; filled by `proves`.
PROVEN_HERE: set[str] = set()


def proves[T: Callable[..., Any]](*names: str) -> Callable[[T], T]:
    """Note that a test fails if one of these rules is broken."""
    assert set(names) <= RULES

    def note(test: T) -> T:
        PROVEN_HERE.update(names)
        return test

    return note


def rules() -> dict[str, Any]:
    return yaml.safe_load((COMPONENT / "quality_scale.yaml").read_text())["rules"]


def status_of(rule: Any) -> str:
    return rule if isinstance(rule, str) else rule["status"]


def test_every_rule_has_a_status():
    assert set(rules()) == RULES


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_rule_that_is_not_done_has_a_reason(rule):
    answer = rules()[rule]
    assert status_of(answer) in {"done", "exempt", "todo"}
    if isinstance(answer, dict):
        assert set(answer) <= {"status", "comment"}
    if isinstance(answer, dict) or status_of(answer) != "done":
        assert len(answer["comment"]) > 20


@pytest.mark.parametrize("rule", sorted(RULES))
def test_what_is_done_has_a_proof_and_what_is_not_has_none(rule):
    proofs = {*PROVEN_HERE, *PROVEN_ELSEWHERE, *HEADINGS}
    assert (rule in proofs) is (status_of(rules()[rule]) == "done" or rule == "dependency-transparency")


@pytest.mark.parametrize("proof", sorted({proof for proofs in PROVEN_ELSEWHERE.values() for proof in proofs}))
def test_each_proof_elsewhere_is_a_test_that_runs(proof):
    file, _, name = proof.partition("::")
    tree = ast.parse((Path(__file__).parent / file).read_text())
    found = [
        node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
    ]
    assert len(found) == 1
    assert any(isinstance(node, ast.Assert) for node in ast.walk(found[0]))


@pytest.mark.parametrize("rule", sorted(HEADINGS))
def test_each_documentation_rule_has_a_section_with_text(rule):
    assert status_of(rules()[rule]) == "done"
    lines = (ROOT / "docs/integration.md").read_text().splitlines()
    start = lines.index(HEADINGS[rule])
    level = HEADINGS[rule].split()[0]
    section = []
    for line in lines[start + 1 :]:
        if line.startswith("#") and len(line.split()[0]) <= len(level):
            break
        section.append(line)
    assert len("".join(section)) > 100


def test_every_documentation_rule_has_a_section():
    assert {rule for rule in RULES if rule.startswith("docs-")} == set(HEADINGS)


# Files and their contents


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(COMPONENT.rglob("*.py")):
        if "_lib" not in path.parts:
            yield path, ast.parse(path.read_text())


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Return the calls in a module with the last part of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func).rpartition(".")[2], node


def texts(language: str = "en") -> dict[str, Any]:
    return json.loads((COMPONENT / f"translations/{language}.json").read_text())


@proves("common-modules")
def test_the_coordinator_and_the_base_entities_are_where_they_are_looked_for():
    assert issubclass(coordinator.TrunklineCoordinator, DataUpdateCoordinator)
    defined = {
        node.name: path.name
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and any("Coordinator" in ast.unparse(base) for base in node.bases)
    }
    assert defined.pop("TrunklineCoordinator") == "coordinator.py"
    assert {defined[base] for base in ("TrunklineEntity", "TrunkEntity")} == {Path(entity.__file__).name}


@proves("parallel-updates")
def test_every_platform_sets_parallel_updates():
    for platform in const.PLATFORMS:
        module = importlib.import_module(f"custom_components.trunkline.{platform}")
        methods = {name for _, cls in inspect.getmembers(module, inspect.isclass) for name in vars(cls)}
        acts = bool(methods & {"async_press", "async_turn_on", "async_update_todo_item", "async_set_native_value"})
        assert isinstance(module.PARALLEL_UPDATES, int), platform
        # Read-only entities of a coordinator are updated together; those that act wait for each other.
        assert (module.PARALLEL_UPDATES > 0) is acts, platform


@proves("entity-event-setup")
def test_entities_subscribe_when_they_are_added_and_not_when_they_are_made():
    for path, tree in modules():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.FunctionDef)
                and node.name == "__init__"
                and path.stem in {*const.PLATFORMS, "entity"}
            ):
                assert not any("listen" in name or "track" in name for name, _ in calls(node)), path.name
            if isinstance(node, ast.AsyncFunctionDef) and node.name == "async_added_to_hass":
                subscribing = [
                    line for line in node.body if re.search(r"add_listener|async_listen|async_track", ast.unparse(line))
                ]
                assert all("async_on_remove(" in ast.unparse(line) for line in subscribing), path.name


@proves("runtime-data")
def test_what_belongs_to_an_account_is_in_its_entry():
    assert runtime.TrunklineConfigEntry.__value__.__args__ == (runtime.AccountRuntime,)
    for path, tree in modules():
        assert "hass.data[DOMAIN]" not in ast.unparse(tree), path.name


@proves("exception-translations", "action-exceptions")
def test_every_exception_of_home_assistant_is_raised_with_a_translation():
    ours = {
        "HomeAssistantError",
        "ServiceValidationError",
        "ConfigEntryError",
        "ConfigEntryNotReady",
        "ConfigEntryAuthFailed",
        "UpdateFailed",
        "Unresolvable",
        "BrowseError",
    }
    made = [(path.name, call) for path, tree in modules() for name, call in calls(tree) if name in ours]
    assert len(made) > 5
    for name, call in made:
        assert {"translation_domain", "translation_key"} <= {word.arg for word in call.keywords}, (name, call.lineno)
        assert not call.args, (name, call.lineno)


@proves("icon-translations")
def test_no_entity_sets_its_icon_in_code():
    for path, tree in modules():
        assert "_attr_icon" not in ast.unparse(tree), path.name
        for name, call in calls(tree):
            if name.endswith("Description"):
                assert "icon" not in {word.arg for word in call.keywords}, (path.name, call.lineno)


@proves("inject-websession", "async-dependency")
def test_requests_are_asynchronous_and_go_through_home_assistants_session():
    opened = [call for _, tree in modules() for name, call in calls(tree) if name == "open_account" and call.args]
    assert len(opened) == 2
    for call in opened:
        assert "async_get_clientsession(" in next(
            ast.unparse(word.value) for word in call.keywords if word.arg == "session"
        )
    blocking = {"requests", "httpx", "urllib3", "http.client", "urllib.request", "socket"}
    for folder in ("model", "transport", "providers", "sync"):
        for path in (ROOT / "toolkit/trunkline" / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                imported = {alias.name for alias in node.names} if isinstance(node, ast.Import) else set()
                imported |= {str(node.module)} if isinstance(node, ast.ImportFrom) and not node.level else set()
                assert not imported & blocking, path


@proves("strict-typing")
def test_types_are_checked_strictly_and_exported():
    project = (ROOT / "pyproject.toml").read_text()
    settings = project.split("[tool.mypy]")[1].split("\n[")[0]
    assert "strict = true" in settings
    assert "custom_components/trunkline" in settings
    assert "toolkit/trunkline" in settings
    assert (ROOT / "toolkit/trunkline/py.typed").is_file()
    assert not re.search(r"disable_error_code|ignore_errors|allow_untyped", project)


@proves("test-coverage")
def test_every_module_has_to_be_covered_by_95_per_cent():
    command = (ROOT / "scripts/test").read_text()
    assert "--cov-fail-under=95" in command
    assert "-p scripts.coverage_floor" in command
    assert '--cov="$root/custom_components/trunkline"' in command
    report = (ROOT / "pyproject.toml").read_text().split("[tool.coverage.report]")[1].split("\n[")[0]
    assert "omit" not in report


@proves("dependency-transparency")
def test_what_is_installed_from_elsewhere_has_a_free_licence_and_what_is_bundled_too():
    manifest = json.loads((COMPONENT / "manifest.json").read_text())
    for requirement in manifest["requirements"]:
        about = metadata(re.split(r"[<>=!~]", requirement)[0])
        licence = " ".join(
            filter(None, [about.get("License-Expression"), about.get("License"), *(about.get_all("Classifier") or ())])
        )
        assert re.search(r"\b(MIT|Apache|PSF|BSD|OSI Approved)", licence), requirement
    assert "MIT License" in (ROOT / "LICENSE").read_text()


@proves("integration-owner")
def test_somebody_is_responsible():
    owners = json.loads((COMPONENT / "manifest.json").read_text())["codeowners"]
    assert owners
    assert all(re.fullmatch(r"@[\w-]+", owner) for owner in owners)


@proves("appropriate-polling")
def test_the_interval_is_set_and_has_a_lower_limit():
    assert const.DEFAULT_POLL_INTERVAL >= 60
    assert const.MIN_POLL_INTERVAL >= 30
    assert const.PUSHED_POLL_INTERVAL.total_seconds() > const.DEFAULT_POLL_INTERVAL
    for info in accounts.built_in_dialects():
        schema = options.options_schema(info, currency=info.currency, has_credit=True).schema
        interval = next(selector for key, selector in schema.items() if str(key) == "poll_interval")
        assert interval.config["min"] == const.MIN_POLL_INTERVAL


@proves("config-flow")
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_field_of_each_form_has_a_description(language):
    def forms(tree: Any) -> Iterator[dict[str, Any]]:
        if isinstance(tree, dict):
            if isinstance(tree.get("data"), dict):
                yield tree
            for branch in tree.values():
                yield from forms(branch)

    found = [form for part in ("config", "options", "config_subentries") for form in forms(texts(language)[part])]
    assert len(found) > 20
    assert all(set(form["data"]) == set(form["data_description"]) for form in found)
    assert json.loads((COMPONENT / "manifest.json").read_text())["config_flow"] is True


@proves("config-flow-test-coverage")
@pytest.mark.parametrize("part", ["error", "abort"])
def test_every_error_and_every_end_of_the_forms_is_expected_by_a_test(part):
    expected: set[object] = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        if path.name != Path(__file__).name:
            expected |= {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}
    # Home Assistant ends a second flow for the same account by itself.
    assert set(texts()["config"][part]) - expected <= {"already_in_progress"}


@proves("reauthentication-flow", "reconfiguration-flow")
@pytest.mark.parametrize("info", accounts.built_in_dialects(), ids=lambda info: accounts.step_id("account", info))
def test_every_interface_has_its_forms(info):
    for kind in ("account", "reauth", "reconfigure"):
        assert callable(getattr(config_flow.TrunklineConfigFlow, f"async_step_{accounts.step_id(kind, info)}"))


@proves("diagnostics")
def test_there_are_diagnostics_of_accounts_and_devices():
    for name in ("async_get_config_entry_diagnostics", "async_get_device_diagnostics"):
        assert inspect.iscoroutinefunction(getattr(diagnostics, name))


@proves("repair-issues")
async def test_every_issue_says_what_to_do_and_a_fixable_one_has_steps(hass):
    issues = texts()["issues"]
    fixable = {key for key, issue in issues.items() if "fix_flow" in issue}
    assert fixable == set(FLOWS)
    for key, flow in FLOWS.items():
        issue_id, data = (key, None) if key == "archive_damaged" else (f"y_{key}", {"entry_id": "y"})
        assert isinstance(await async_create_fix_flow(hass, issue_id, data), flow)
    # What no flow can settle: only the provider, or a newer version, can make sense of the rows.
    assert set(issues) - fixable == {"unreadable_rows"}
    assert "report it" in issues["unreadable_rows"]["description"]


# In Home Assistant


@pytest.fixture
async def everything(hass, sandbox):
    """Return an account of each interface, all of them running; they are unloaded afterwards."""
    entries = [await set_up(hass, sandbox, wire) for wire in WIRES]
    yield entries
    await unload(hass)


def entities_of(hass: Any, entries: list[Any]) -> list[Any]:
    registry = er.async_get(hass)
    return [found for entry in entries for found in er.async_entries_for_config_entry(registry, entry.entry_id)]


@proves(
    "entity-unique-id",
    "has-entity-name",
    "entity-translations",
    "icon-translations",
    "entity-category",
    "entity-disabled-by-default",
    "entity-device-class",
    "devices",
)
async def test_the_entities_and_devices_of_every_provider(hass, sandbox, everything):
    found = entities_of(hass, everything)
    assert len(found) > 80
    enabled = {each.entity_id for each in found if each.disabled_by is None}
    # An entity without a unique id has a state, but isn't registered.
    platforms = tuple(f"{platform}." for platform in const.PLATFORMS)
    assert {entity_id for entity_id in hass.states.async_entity_ids() if entity_id.startswith(platforms)} == enabled
    icons = json.loads((COMPONENT / "icons.json").read_text())["entity"]
    for each in found:
        assert each.has_entity_name, each.entity_id
        assert each.device_id, each.entity_id
        # Before 2025.6 icons for ranges of a number are ignored, so each has a default.
        assert icons[each.domain][each.translation_key]["default"].startswith("mdi:"), each.entity_id
        for language in LANGUAGES:
            assert texts(language)["entity"][each.domain][each.translation_key]["name"], each.entity_id
    # Figures about the integration itself are diagnostic, and those that change with every poll are off.
    diagnostic = {each.translation_key for each in found if each.entity_category is EntityCategory.DIAGNOSTIC}
    assert {"last_sync", "requests_today", "push", "history"} <= diagnostic
    assert {each.translation_key for each in found if each.disabled_by} >= {"last_sync", "requests_today"}

    for state in hass.states.async_all("sensor"):
        assert state.attributes.get("device_class") == device_class(state), state.entity_id

    devices = [
        device
        for entry in everything
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    ]
    assert len(devices) > len(everything)
    for device in devices:
        assert device.entry_type is dr.DeviceEntryType.SERVICE
        assert device.manufacturer in {info.name for info in PROVIDERS.values()}
        assert device.via_device_id or device.configuration_url


def device_class(state: Any) -> str | None:
    """Return the device class that the unit and the value of a sensor demand."""
    unit = state.attributes.get("unit_of_measurement")
    if unit in {"IRR", "IRT", "EUR", "VND"}:
        return "monetary"
    if unit in {"s", "min", "h", "d"}:
        return "duration"
    if "options" in state.attributes:
        return "enum"
    if unit is None and state.state not in {STATE_UNKNOWN, STATE_UNAVAILABLE}:
        datetime.fromisoformat(state.state)
        return "timestamp"
    # Without a value only the sensor itself knows that it would be a time.
    return state.attributes.get("device_class") if unit is None else None


@proves("entity-unavailable", "config-entry-unloading")
async def test_entities_are_unavailable_while_the_provider_is_and_when_the_account_is_unloaded(
    hass, sandbox, everything
):
    found = [each for each in entities_of(hass, everything) if each.disabled_by is None]
    enabled = [each.entity_id for each in found]
    # What is pushed arrives also while the provider can't be polled.
    pushed = {
        each.entity_id
        for each in found
        if each.translation_key in {"phones", "phone", "queue_waiting", "queue_longest_wait"}
    }
    assert pushed
    sandbox.faults.add("status", code=503)
    for entry in everything:
        await entry.runtime_data.coordinator.async_refresh()
    assert {hass.states.get(entity_id).state for entity_id in enabled if entity_id not in pushed} == {STATE_UNAVAILABLE}
    sandbox.faults.clear()
    for entry in everything:
        await entry.runtime_data.coordinator.async_refresh()
    assert STATE_UNAVAILABLE not in {
        hass.states.get(entity_id).state for entity_id in enabled if "calls_today" in entity_id
    }

    for entry in everything:
        assert await hass.config_entries.async_unload(entry.entry_id)
        assert entry.state is ConfigEntryState.NOT_LOADED
    assert {hass.states.get(entity_id).state for entity_id in enabled} == {STATE_UNAVAILABLE}


@proves("action-setup", "action-exceptions")
async def test_actions_exist_without_an_account_and_say_that_there_is_none(hass):
    assert await async_setup_component(hass, DOMAIN, {})
    described = yaml.safe_load((COMPONENT / "services.yaml").read_text())
    assert set(hass.services.async_services_for_domain(DOMAIN)) == set(described)
    for action, description in described.items():
        data = {name: field["example"] for name, field in description["fields"].items() if field.get("required")}
        returns = hass.services.supports_response(DOMAIN, action).value != "none"
        for more, key in (({}, "no_account"), ({"config_entry": "gone"}, "account_not_found")):
            with pytest.raises(ServiceValidationError) as raised:
                await hass.services.async_call(DOMAIN, action, data | more, blocking=True, return_response=returns)
            assert raised.value.translation_key == key, action


@proves("test-before-configure")
@pytest.mark.parametrize("wire", ["telefonchy", "simotel"])
async def test_nothing_is_set_up_before_the_provider_has_answered(hass, sandbox, wire):
    account = sandbox.accounts[wire][0]
    sandbox.faults.add("cut")
    result = await go_on(hass, await start(hass, account.provider, account.dialect), filled(sandbox, wire=wire))
    assert result["errors"]
    assert "name" not in fields(result)
    assert hass.config_entries.async_entries(DOMAIN) == []


@proves("test-before-setup")
@pytest.mark.parametrize(
    ("fault", "state", "reauths"),
    [("cut", ConfigEntryState.SETUP_RETRY, 0), ("expired_token", ConfigEntryState.SETUP_ERROR, 1)],
)
async def test_an_account_that_does_not_work_is_not_loaded(hass, sandbox, entry, setup, fault, state, reauths):
    sandbox.faults.add(fault)
    await setup(entry)
    assert entry.state is state
    assert sum(flow["context"]["source"] == "reauth" for flow in hass.config_entries.flow.async_progress()) == reauths


@proves("log-when-unavailable")
async def test_an_outage_is_logged_once_and_so_is_its_end(hass, sandbox, loaded, caplog):
    def lines(level: str) -> list[str]:
        return [
            record.getMessage()
            for record in caplog.records
            if record.levelname == level and "Office 1" in record.getMessage()
        ]

    caplog.clear()
    sandbox.faults.add("cut")
    for _ in range(3):
        await loaded.runtime_data.coordinator.async_refresh()
    assert len(lines("ERROR")) == 1
    sandbox.faults.clear()
    caplog.set_level("INFO")
    for _ in range(3):
        await loaded.runtime_data.coordinator.async_refresh()
    assert len([line for line in lines("INFO") if "recovered" in line]) == 1
    assert len(lines("ERROR")) == 1


@proves("action-exceptions")
async def test_a_failed_press_of_each_button_is_an_error_with_a_translation(hass, sandbox, setup):
    dial = {"from": sandbox.accounts["telefonchy"][0].extensions[0], "to": "02155500009"}
    entry = await setup(
        make_entry(
            sandbox, subentries_data=[{"data": dial, "subentry_type": "speed_dial", "title": "A", "unique_id": None}]
        )
    )
    buttons = [each.entity_id for each in entities_of(hass, [entry]) if each.domain == "button"]
    assert len(buttons) == 2
    for entity_id in buttons:
        sandbox.faults.add("cut")
        with pytest.raises(HomeAssistantError) as raised:
            await hass.services.async_call("button", "press", {"entity_id": entity_id}, blocking=True)
        assert raised.value.translation_domain == DOMAIN
        assert raised.value.translation_key in texts()["exceptions"]
        sandbox.faults.clear()
        await entry.runtime_data.coordinator.async_refresh()


def test_the_manifest_claims_no_level_with_open_rules():
    manifest = json.loads((COMPONENT / "manifest.json").read_text())
    levels = {"bronze": BRONZE, "silver": BRONZE + SILVER, "gold": BRONZE + SILVER + GOLD, "platinum": RULES}
    claimed = manifest.get("quality_scale")
    if claimed is not None:
        open_rules = [rule for rule in levels[claimed] if status_of(rules()[rule]) == "todo"]
        assert open_rules == []
    assert manifest["codeowners"]
