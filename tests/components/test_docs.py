"""The page about the integration documents every entity, option, field, action and event."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from custom_components.trunkline.account.events import EVENT_TYPES, call_attributes
from custom_components.trunkline.push import admission
from custom_components.trunkline.push import health as push
from trunkline.model import Call, Direction, Status
from trunkline.providers import PROVIDERS

ROOT = Path(__file__).parents[2]
COMPONENT = ROOT / "custom_components/trunkline"
ENGLISH = json.loads((COMPONENT / "translations/en.json").read_text())
ACTIONS = yaml.safe_load((COMPONENT / "services.yaml").read_text())
CALL = Call(account="a", call_id="1", direction=Direction.INCOMING, status=Status.BUSY, started_at=None)


@pytest.fixture(scope="module")
def page():
    return (ROOT / "docs/integration.md").read_text()


def names():
    for platform, entities in ENGLISH["entity"].items():
        for key, entity in entities.items():
            yield pytest.param(entity["name"], id=f"{platform}.{key}")


@pytest.mark.parametrize("name", names())
def test_every_entity_is_described(page, name):
    section = page.split("## Supported functionality")[1].split("\n## ")[0]
    assert name in section


@pytest.mark.parametrize("name", ENGLISH["options"]["step"]["init"]["data"].values())
def test_every_option_is_described(page, name):
    assert f"| {name} |" in page.split("## Options")[1].split("\n## ")[0]


@pytest.mark.parametrize("step", ["user", "dialect", "name"])
def test_every_other_field_of_the_setup_is_described(page, step):
    section = page.split("## Configuration")[1].split("\n## ")[0]
    for name in ENGLISH["config"]["step"][step]["data"].values():
        assert f"**{name}**" in section


@pytest.mark.parametrize("step", [step for step in ENGLISH["config"]["step"] if step.startswith("account")])
def test_every_field_of_each_form_is_described(page, step):
    form = ENGLISH["config"]["step"][step]
    section = page.split("## Configuration")[1].split("\n## ")[0]
    for name in (*form["data"].values(), *form.get("sections", {}).get("advanced", {}).get("data", {}).values()):
        assert f"| {name} |" in section


@pytest.mark.parametrize("info", PROVIDERS.values(), ids=list(PROVIDERS))
def test_every_provider_is_listed(page, info):
    assert f"| [{info.name}]" in page.split("## Supported providers")[1].split("\n## ")[0]


def test_every_field_of_a_speed_dial_is_described(page):
    form = ENGLISH["config_subentries"]["speed_dial"]["step"]["user"]["data"]
    section = page.split("### Speed dials")[1].split("\n### ")[0]
    for name in form.values():
        assert f"| {name} |" in section


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_and_field_is_described(page, action):
    section = page.split(f"### `trunkline.{action}`")[1].split("\n##")[0]
    for name, field in ACTIONS[action]["fields"].items():
        assert f"| `{name}` | {'required' if field.get('required') else 'optional'} |" in section


@pytest.mark.parametrize("word", [*EVENT_TYPES, *call_attributes(CALL, backfilled=False), *push.PushState])
def test_every_type_and_field_of_an_event_is_described(page, word):
    assert f"`{word}`" in page


@pytest.mark.parametrize("key", ENGLISH["triggers"])
def test_every_trigger_and_its_options_are_described(page, key):
    section = page.split("\n## Triggers")[1].split("\n## ")[0]
    trigger = ENGLISH["triggers"][key]
    assert f"| {trigger['name']} | `{key}` |" in section
    for name, field in trigger.get("fields", {}).items():
        assert f"| {field['name']} | `{name}` |" in section


@pytest.mark.parametrize("key", ENGLISH["conditions"])
def test_every_condition_is_described(page, key):
    section = page.split("\n## Conditions")[1].split("\n## ")[0]
    condition = ENGLISH["conditions"][key]
    row = next(line for line in section.splitlines() if f"| `trunkline.{key}` |" in line)
    assert row.startswith(f"| {condition['name']} |")
    assert all(f"`{name}`" in row for name in condition.get("fields", ()))


def test_every_blueprint_can_be_imported_from_the_page(page):
    for blueprint in (ROOT / "blueprints/automation/trunkline").iterdir():
        assert f"trunkline%2F{blueprint.name}" in page


def test_the_size_limit_on_the_page_is_that_of_the_code(page):
    assert f"larger than {admission.MAX_BODY // 1024} KiB" in page


def test_every_example_is_valid_yaml_with_known_actions(page):
    examples = [block.split("```")[0] for block in page.split("```yaml\n")[1:]]
    assert examples
    for example in examples:
        content = yaml.safe_load(example)
        steps = [*content.get("actions", ()), *content.get("sequence", ())]
        for step in steps:
            domain, _, action = step.get("action", "").partition(".")
            if domain == "trunkline":
                assert set(step["data"]) <= set(ACTIONS[action]["fields"])
