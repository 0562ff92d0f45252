"""The recipes of CONTRIBUTING.md work: each is applied to a copy of the checkout, where its tests then pass."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from scripts._imports import ROOT
from tests.patience import PATIENCE

if TYPE_CHECKING:
    from pathlib import Path

STEP = re.compile(
    r"^(?:New file `(?P<new>[^`\n]+)`|In `(?P<file>[^`\n]+)`, (?P<how>before|after|replace) (?P<tick>``?) ?(?P<line>[^\n]+?) ?(?P=tick)):\n"
    r"```\w+\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
COMMAND = re.compile(r"^Run `scripts/test (.+)`\.$", re.MULTILINE)
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
RECIPES = {
    section.partition("\n")[0]: section
    for section in re.split(r"^## ", PAGE.partition("\n# Recipes\n")[2], flags=re.MULTILINE)[1:]
}


@dataclass(frozen=True)
class Step:
    """A block of text, and where it goes: a new file, or beside or instead of one line of a file."""

    path: str
    how: str
    line: str
    text: str

    def apply(self, checkout: Path) -> None:
        file = checkout / self.path
        if self.how == "new":
            assert not file.exists(), f"{self.path} exists"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self.text, encoding="utf-8")
            return
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        found = [number for number, line in enumerate(lines) if line.strip() == self.line]
        assert len(found) == 1, f"{self.path} has {len(found)} lines {self.line!r}, not one"
        (number,) = found
        indent = lines[number][: len(lines[number]) - len(lines[number].lstrip())]
        added = textwrap.indent(self.text, indent)
        before, rest = {"before": (number, number), "after": (number + 1, number + 1), "replace": (number, number + 1)}[
            self.how
        ]
        file.write_text("".join([*lines[:before], added, *lines[rest:]]), encoding="utf-8")


def steps(recipe: str) -> list[Step]:
    return [
        Step(match["new"] or match["file"], match["how"] or "new", match["line"] or "", match["text"])
        for match in STEP.finditer(recipe)
    ]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the files that are, or would be, under version control."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    copy = tmp_path / "checkout"
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    return copy


def _unmeasured() -> dict[str, str]:
    """The environment without what has coverage measure a process: what runs there isn't this checkout."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COV")}


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_every_block_of_a_recipe_is_a_step(recipe: str) -> None:
    assert len(steps(recipe)) == len(re.findall(r"^```\w+$", recipe, re.MULTILINE))
    assert COMMAND.search(recipe) is not None


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_the_tests_of_a_recipe_pass_once_it_is_applied(recipe: str, checkout: Path) -> None:
    for step in steps(recipe):
        step.apply(checkout)
    command = COMMAND.search(recipe)
    assert command is not None
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *command[1].split()],
        cwd=checkout,
        env={**_unmeasured(), "PYTHONPATH": f"{checkout}{os.pathsep}{checkout / 'toolkit'}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
