"""The commit hooks run the checks of scripts/lint, each once."""

from __future__ import annotations

import re

import yaml

from scripts._imports import ROOT


def test_each_check_is_a_hook() -> None:
    configuration = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    (local,) = configuration["repos"]
    assert local["repo"] == "local", "hooks from other repositories have versions of their own"
    lint = (ROOT / "scripts" / "lint").read_text(encoding="utf-8")
    checks = re.search(r"^checks=\((.*)\)$", lint, re.MULTILINE)
    assert checks is not None
    assert [hook["entry"] for hook in local["hooks"]] == [f"scripts/lint {check}" for check in checks[1].split()]
    assert {hook["language"] for hook in local["hooks"]} == {"system"}
