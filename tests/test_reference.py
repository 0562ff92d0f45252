"""docs/reference.md is current, and every public function and class has a docstring."""

from __future__ import annotations

from scripts._reference import MODULES, PAGE, Entry, page, reference


def test_the_reference_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run scripts/reference"


def test_every_public_function_and_class_has_a_docstring() -> None:
    entries = {
        f"{module}.{entry.title}": entry
        for module, (_, parts) in reference().items()
        for entry in parts
        if isinstance(entry, Entry)
    }
    assert "trunkline.providers.base.Account.trunks" in entries  # a capability, which `Account` inherits
    assert [name for name, entry in entries.items() if entry.needs_docstring and not entry.docstring] == []


def test_every_reference_to_another_section_has_a_target() -> None:
    text = page()
    for module, (_, parts) in reference().items():
        assert module in MODULES
        for part in parts:
            if isinstance(part, str):
                section = part.partition("[")[2].partition("]")[0]
                assert f"\n## {section}\n" in text
