"""The generated parts of docs/architecture.md are current, and the files that it names exist."""

from __future__ import annotations

import re

import pytest

from scripts._architecture import PAGE, current, with_block, without_detours
from scripts._imports import ROOT


def test_the_diagram_and_the_table_are_current() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == current(text), "run scripts/architecture"


def test_the_named_files_exist() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("## Where to find things\n")[2].partition("\n## ")[0]
    named = re.findall(r"`((?:custom_components|toolkit)/[^`]+)`", section)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_an_import_that_a_chain_implies_is_left_out() -> None:
    assert without_detours({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == {"a": {"b"}, "b": {"c"}, "c": set()}


def test_a_page_without_its_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="two markers of the diagram"):
        with_block("no markers", "diagram", "")
