"""Which package may import which (the table in `scripts/_packages.py`), and that no modules import each other."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from scripts._imports import ROOT, Module, cycles, modules
from scripts._packages import (
    ANALYST,
    BUILT_IN_PROVIDERS,
    HEAVY_LIBRARIES,
    HEAVY_ON_CALL,
    PACKAGES,
    SANDBOX_LIBRARIES,
    package_of,
)

if TYPE_CHECKING:
    from pathlib import Path

MODULES = modules()
INTEGRATION = [module for module in MODULES.values() if module.name.startswith("custom_components.")]
SANDBOX = [module for module in MODULES.values() if package_of(module.name) == "sandbox"]
PROVIDERS = [module for module in MODULES.values() if package_of(module.name) == "providers/<name>"]
ALLOWED = {package.name: package.may_import | {package.name} for package in PACKAGES}


def name(module: Module) -> str:
    return module.name


def targets(module: Module) -> set[str]:
    """Return our own modules that a module takes names from."""
    return {imported.module for imported in module.imports if imported.module in MODULES} - {module.name}


def heavy(module: Module, *when: str) -> set[str]:
    return {
        imported.module
        for imported in module.imports
        if imported.when in when and imported.module.partition(".")[0] in HEAVY_LIBRARIES
    }


def test_no_modules_import_each_other() -> None:
    assert cycles({module.name: sorted(targets(module)) for module in MODULES.values()}) == []


def test_no_packages_may_import_each_other() -> None:
    assert cycles({package.name: sorted(package.may_import) for package in PACKAGES}) == []


@pytest.mark.parametrize("module", MODULES.values(), ids=name)
def test_a_module_imports_only_what_its_package_may(module: Module) -> None:
    package = package_of(module.name)
    assert package is not None, f"{module.name} is in no package of scripts/_packages.py"
    forbidden = {target for target in targets(module) if package_of(target) not in ALLOWED[package]}
    assert not forbidden, f"{module.name} ({package}) imports {sorted(forbidden)}"


@pytest.mark.parametrize("module", PROVIDERS, ids=name)
def test_a_provider_does_not_import_another_provider(module: Module) -> None:
    own = module.name.split(".")[2]
    others = {f"trunkline.providers.{provider}" for provider in BUILT_IN_PROVIDERS if provider != own}
    assert not {target for target in targets(module) if ".".join(target.split(".")[:3]) in others}


@pytest.mark.parametrize("module", SANDBOX, ids=name)
def test_the_sandbox_shares_no_code_with_the_clients(module: Module) -> None:
    foreign = {
        imported.module
        for imported in module.imports
        if imported.module.partition(".")[0] not in SANDBOX_LIBRARIES
        and not f"{imported.module}.".startswith("trunkline.sandbox.")
    }
    assert not foreign, f"{module.name} imports {sorted(foreign)}"


@pytest.mark.parametrize("module", MODULES.values(), ids=name)
def test_heavy_libraries_load_only_for_analysts(module: Module) -> None:
    package = package_of(module.name)
    if package not in ANALYST:
        assert not heavy(module, "load")
    if package not in ANALYST | HEAVY_ON_CALL:
        assert not heavy(module, "call")


def tree(path: Path, **files: str) -> dict[str, Module]:
    """Return the modules of a package `invented` with these files."""
    for file, text in files.items():
        (path / f"{file}.py").write_text(text, encoding="utf-8")
    return modules({"invented": path})


def invented_cycles(invented: dict[str, Module]) -> list[list[str]]:
    return cycles({module.name: [imported.module for imported in module.imports] for module in invented.values()})


@pytest.mark.parametrize(
    "second",
    [
        "from .first import A",
        "from . import first",
        "import invented.first",
        "def call():\n    from .first import A",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .first import A",
    ],
    ids=["name", "module", "absolute", "in a function", "type only"],
)
def test_every_kind_of_import_can_close_a_cycle(tmp_path: Path, second: str) -> None:
    invented = tree(tmp_path, __init__="", first="from .second import B", second=second, third="from .first import A")
    assert invented_cycles(invented) == [["invented.first", "invented.second"]]


def test_a_submodule_does_not_depend_on_its_package_unless_it_takes_a_name_from_it(tmp_path: Path) -> None:
    assert (
        invented_cycles(tree(tmp_path, __init__="from .first import A", first="from . import second", second="")) == []
    )
    assert invented_cycles(tree(tmp_path, second="from . import A")) == [
        ["invented", "invented.first", "invented.second"]
    ]


def loaded_after(statements: str) -> set[str]:
    """Return the names of the modules that a fresh interpreter has loaded after these statements."""
    code = f"import sys\n{statements}\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    return set(done.stdout.split())


def test_importing_trunkline_loads_no_package_and_no_library() -> None:
    loaded = loaded_after("import trunkline")
    assert {module for module in loaded if module.startswith("trunkline.")} <= {
        "trunkline.errors",
        "trunkline.lazy",
        "trunkline.model",
        "trunkline.version",
    }
    assert not loaded & {*HEAVY_LIBRARIES, "aiohttp", "sqlalchemy", "orjson", "phonenumbers", "jdatetime"}


def test_home_assistants_process_never_loads_a_heavy_library() -> None:
    before = "\n".join(
        f"import {module}"
        for module in ("homeassistant.core", "homeassistant.config_entries", "homeassistant.components.recorder")
    )
    after = before + "\n" + "\n".join(f"import {module.name}" for module in INTEGRATION)
    # Home Assistant itself may load numpy, so only what our modules add counts
    added = loaded_after(after) - loaded_after(before)
    assert "custom_components.trunkline" in added
    assert not {module for module in added if module.partition(".")[0] in HEAVY_LIBRARIES}
    assert not {
        module for module in added if module.startswith(("trunkline.reports", "trunkline.plots", "trunkline.sandbox"))
    }
