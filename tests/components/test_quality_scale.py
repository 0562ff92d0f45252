"""Every rule of the integration quality scale has a status, and the parts that are said to be done exist."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

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
    "docs-troubleshooting": "## Troubleshooting",
    "docs-use-cases": "## Use cases",
}


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
    if status_of(answer) != "done":
        assert len(answer["comment"]) > 20


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


def test_a_documentation_rule_without_a_section_is_exempt():
    for rule in RULES:
        if rule.startswith("docs-") and rule not in HEADINGS:
            assert status_of(rules()[rule]) == "exempt", rule


def test_the_common_modules_exist():
    for name in ("coordinator.py", "entity.py", "config_flow.py", "diagnostics.py"):
        assert (COMPONENT / name).is_file(), name


def test_every_platform_sets_parallel_updates():
    for platform in ("sensor", "binary_sensor", "event", "button"):
        assert "\nPARALLEL_UPDATES = " in (COMPONENT / f"{platform}.py").read_text(), platform


def test_the_manifest_claims_no_level_with_open_rules():
    manifest = json.loads((COMPONENT / "manifest.json").read_text())
    levels = {"bronze": BRONZE, "silver": BRONZE + SILVER, "gold": BRONZE + SILVER + GOLD, "platinum": RULES}
    claimed = manifest.get("quality_scale")
    if claimed is not None:
        open_rules = [rule for rule in levels[claimed] if status_of(rules()[rule]) == "todo"]
        assert open_rules == []
    assert manifest["codeowners"]
