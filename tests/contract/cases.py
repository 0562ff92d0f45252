"""Every dialect's case: a module `<wire>_case` each, found by its name, so that none can be forgotten."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.contract.case import Case

CASES: dict[str, Case] = {
    case.wire: case
    for case in (
        import_module(f"tests.contract.{path.stem}").CASE for path in sorted(Path(__file__).parent.glob("*_case.py"))
    )
}
