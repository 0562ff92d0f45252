"""Reads which module imports which, from the sources alone."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ROOT = Path(__file__).parent.parent
# The trees whose imports are checked, by the package that each holds.
TREES = {
    "trunkline": ROOT / "toolkit" / "trunkline",
    "custom_components.trunkline": ROOT / "custom_components" / "trunkline",
    "scripts": ROOT / "scripts",
}

# When the module is loaded, when one of its functions is called, or only by the type checker.
type When = Literal["load", "call", "types"]


@dataclass(frozen=True, slots=True)
class Import:
    """One import: the module that a name is taken from, and when that happens."""

    module: str
    when: When


@dataclass(frozen=True, slots=True)
class Module:
    """A module with everything that it imports, type-only imports and imports inside functions included."""

    name: str
    path: Path
    imports: tuple[Import, ...]


def modules(trees: Mapping[str, Path] = TREES) -> dict[str, Module]:
    """Return every module of these trees by its name."""
    files = {name: path for tree in trees for name, path in _files(tree, trees[tree])}
    return {name: Module(name, path, tuple(_imports(name, path, files))) for name, path in files.items()}


def cycles(imports: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Return the groups of modules that import each other, each sorted by name (Tarjan's algorithm)."""
    index: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        index[module] = lowest[module] = len(index)
        stack.append(module)
        for target in imports.get(module, ()):
            if target not in index:
                visit(target)
                lowest[module] = min(lowest[module], lowest[target])
            elif target in stack:
                lowest[module] = min(lowest[module], index[target])
        if lowest[module] == index[module]:
            position = stack.index(module)
            group = stack[position:]
            del stack[position:]
            if len(group) > 1:
                found.append(sorted(group))

    for module in imports:
        if module not in index:
            visit(module)
    return sorted(found)


def _files(package: str, tree: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(tree.rglob("*.py")):
        # a release bundles the toolkit there
        if "_lib" in path.parts:
            continue
        parts = [package, *path.relative_to(tree).with_suffix("").parts]
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def _imports(name: str, path: Path, files: Mapping[str, Path]) -> Iterator[Import]:
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node, when in _nodes(ast.parse(path.read_text(encoding="utf-8")), "load"):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, when)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*parents, *([node.module] if node.module else [])])
            for alias in node.names:
                # `from . import model` takes a module, `from .model import Call` a name that is in one
                submodule = f"{source}.{alias.name}"
                yield Import(submodule if submodule in files else source, when)


def _nodes(tree: ast.AST, when: When) -> Iterator[tuple[ast.AST, When]]:
    for node in ast.iter_child_nodes(tree):
        inner = when
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            inner = "types"
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and when == "load":
            inner = "call"
        yield node, inner
        yield from _nodes(node, inner)
