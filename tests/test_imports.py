"""Who may import whom: the table of docs/architecture.md, read out of the sources and out of a running process."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

# when the file is loaded, when one of its functions is called, or only by the type checker
type When = Literal["load", "call", "types"]

ROOT = Path(__file__).parent.parent
CORE = ROOT / "toolkit" / "trunkline"
INTEGRATION = ROOT / "custom_components" / "trunkline"

# Each room with the rooms that it may import; a room may always import itself.
WIRE = {"model", "errors", "transport", "calendars", "numbers"}
ROOMS: dict[str, set[str]] = {
    "errors": set(),
    "model": {"errors"},
    "memo": set(),
    "calendars": {"errors", "memo"},
    "numbers": {"errors"},
    "transport": {"errors"},
    "providers/base": WIRE,
    "providers": {"providers/base", "memo", *WIRE},
    "archive": {"model", "errors"},
    "sync": {"model", "errors", "archive", "providers/base"},
    "metrics": {"model", "errors"},
    "reports": {"model", "errors", "archive", "metrics"},
    "plots": {"model", "errors", "archive", "metrics", "reports"},
    "sandbox": set(),



    "cli": {
        "errors", "model", "calendars", "numbers", "transport", "providers", "providers/base", "archive", "sync",
        "metrics", "reports", "plots", "sandbox",
    },
}  # fmt: skip
SANDBOX_MAY_IMPORT = {*sys.stdlib_module_names, "aiohttp", "jdatetime", "yarl"}
HEAVY = {"pandas", "matplotlib", "narwhals", "pyarrow", "polars", "duckdb", "numpy", "tqdm"}
# rooms that only an analyst loads; the command and the archive's `frame` reach for the heavy ones when they are called
ANALYST = {"reports", "plots"}
LAZY = {"archive", "cli"}
# what the command has for itself
COMMAND = {"cli"}


def room_of(module: str) -> str | None:
    """Return the room of a module of ours, `None` for the package itself (whose names load on first use)."""
    parts = module.split(".")[1:]
    if not parts:
        return None
    if parts[:2] in (["providers", "base"], ["providers", "capabilities"]):
        return "providers/base"
    return parts[0]


def imported(path: Path, package: str) -> Iterator[tuple[str, When]]:
    """Yield the absolute name of each module that a file imports, and when."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node, when in _nodes(tree, "load"):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, when
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*parents, *([node.module] if node.module else [])])
            for alias in node.names:
                # `from . import model` names a module, `from .model import Call` what is in one
                yield (f"{module}.{alias.name}" if module == "trunkline" else module), when


def _nodes(tree: ast.AST, when: When) -> Iterator[tuple[ast.AST, When]]:
    for node in ast.iter_child_nodes(tree):
        inner = when
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            inner = "types"
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and when == "load":
            inner = "call"
        yield node, inner
        yield from _nodes(node, inner)


def modules(tree: Path, name: str) -> list[tuple[str, str, Path]]:
    """Return (module, the package that holds it, file) for each file below a tree."""
    found = []
    for path in sorted(tree.rglob("*.py")):
        parts = [name, *path.relative_to(tree).with_suffix("").parts]
        package = ".".join(parts[:-1])
        found.append((package if parts[-1] == "__init__" else ".".join(parts), package, path))
    return found


CORE_MODULES = modules(CORE, "trunkline")
INTEGRATION_MODULES = [
    entry for entry in modules(INTEGRATION, "custom_components.trunkline") if "_lib" not in entry[2].parts
]


def ids(entries: list[tuple[str, str, Path]]) -> list[str]:
    return [entry[0] for entry in entries]


def test_the_documented_rooms_are_the_rooms_checked_here() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = re.search(r"^## Rooms\n(.*?)\n\n", page, re.MULTILINE | re.DOTALL)
    assert table is not None
    first_columns = [line.split("|")[1] for line in table[1].splitlines() if line.startswith("|")][2:]
    documented = {name.removesuffix("/") for column in first_columns for name in re.findall(r"`([^`]+)`", column)}
    assert {name.replace("providers/<name>", "providers") for name in documented} == set(ROOMS)


@pytest.mark.parametrize(("module", "package", "path"), CORE_MODULES, ids=ids(CORE_MODULES))
def test_a_core_module_imports_only_the_rooms_it_may(module: str, package: str, path: Path) -> None:
    room = room_of(module)
    if room is None or module == "trunkline.__main__":
        return
    assert room in ROOMS, f"{module} is in no room of the table"
    seen = {
        other
        for name, _ in imported(path, package)
        if name.split(".")[0] == "trunkline" and (other := room_of(name)) in ROOMS
    }
    # the registry in providers/__init__ names each provider
    allowed = ROOMS[room] | {room}
    assert seen <= allowed, f"{module} imports {sorted(seen - allowed)}"


@pytest.mark.parametrize(
    ("module", "package", "path"),
    [entry for entry in CORE_MODULES if entry[0].startswith("trunkline.sandbox")],
    ids=ids([entry for entry in CORE_MODULES if entry[0].startswith("trunkline.sandbox")]),
)
def test_the_sandbox_shares_nothing_with_what_reads_its_wire(module: str, package: str, path: Path) -> None:
    outside = {name for name, _ in imported(path, package) if not f"{name}.".startswith("trunkline.sandbox.")}
    foreign = {name for name in outside if name.split(".")[0] not in SANDBOX_MAY_IMPORT}
    assert not foreign, f"{module} imports {sorted(foreign)}"


@pytest.mark.parametrize(("module", "package", "path"), CORE_MODULES, ids=ids(CORE_MODULES))
def test_heavy_libraries_stay_in_the_analysts_rooms(module: str, package: str, path: Path) -> None:
    room = room_of(module)
    if room in ANALYST:
        return
    forbidden = {"load"} if room in LAZY else {"load", "call"}
    heavy = {name for name, when in imported(path, package) if name.split(".")[0] in HEAVY and when in forbidden}
    assert not heavy, f"{module} imports {sorted(heavy)}"


@pytest.mark.parametrize(("module", "package", "path"), INTEGRATION_MODULES, ids=ids(INTEGRATION_MODULES))
def test_the_integration_takes_only_the_light_core(module: str, package: str, path: Path) -> None:
    names = [name for name, _ in imported(path, package)]
    rooms = {room_of(name) for name in names if name.split(".")[0] == "trunkline"}
    assert not rooms & {"reports", "plots", "sandbox", *COMMAND}, module
    assert not {name for name in names if name.split(".")[0] in HEAVY}, module


def loaded_after(statements: str) -> set[str]:
    """Return the names of the modules that a fresh interpreter has loaded after these statements."""
    code = f"import sys\n{statements}\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    return set(done.stdout.split())


def test_importing_trunkline_loads_no_room_and_no_library() -> None:
    loaded = loaded_after("import trunkline")
    assert {name for name in loaded if name.startswith("trunkline.")} <= {"trunkline.errors", "trunkline.model"}
    assert not loaded & {*HEAVY, "aiohttp", "sqlalchemy", "orjson", "phonenumbers", "jdatetime"}


def test_home_assistants_process_never_loads_an_analysts_library() -> None:
    before = "\n".join(
        f"import {name}"
        for name in ("homeassistant.core", "homeassistant.config_entries", "homeassistant.components.recorder")
    )
    after = before + "\n" + "\n".join(f"import {module}" for module, _, _ in INTEGRATION_MODULES)
    # numpy is Home Assistant's own affair: what counts is what our modules add
    added = loaded_after(after) - loaded_after(before)
    assert "custom_components.trunkline" in added
    assert not {name for name in added if name.split(".")[0] in HEAVY}
    assert not {
        name for name in added if name.startswith(("trunkline.reports", "trunkline.plots", "trunkline.sandbox"))
    }
