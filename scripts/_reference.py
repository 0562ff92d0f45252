"""Writes docs/reference.md from the signatures and docstrings of the public names, read from the sources alone."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._imports import ROOT, modules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = ROOT / "docs" / "reference.md"
INTRO = """\
# Reference

The public names of the toolkit, with their signatures and docstrings. `scripts/reference` writes this page from the
sources: change a docstring there, then run it again.
"""
LINE_LENGTH = 100

# The documented modules. A name that several of them export is described under the last one.
MODULES = (
    "trunkline",
    "trunkline.providers",
    "trunkline.providers.base",
    "trunkline.archive",
    "trunkline.sync",
    "trunkline.metrics",
    "trunkline.reports",
    "trunkline.reports.anomalies",
    "trunkline.reports.attempts",
    "trunkline.reports.backtest",
    "trunkline.reports.balance",
    "trunkline.reports.bill",
    "trunkline.reports.compare",
    "trunkline.reports.contacts",
    "trunkline.reports.cost",
    "trunkline.reports.forecast",
    "trunkline.reports.lines",
    "trunkline.reports.missed",
    "trunkline.reports.quality",
    "trunkline.reports.records",
    "trunkline.reports.status",
    "trunkline.reports.traffic",
    "trunkline.reports.waiting",
    "trunkline.reports.what_if",
    "trunkline.figures",
    "trunkline.publish",
    "trunkline.home_assistant",
    "trunkline.periods",
    "trunkline.plots",
    "trunkline.importing",
    "trunkline.exporting",
    "trunkline.rates",
    "trunkline.model",
    "trunkline.errors",
    "trunkline.sandbox",
)
# Modules that export more than their users need.
ONLY = {"trunkline.providers.base": ("Account",)}

type Function = ast.FunctionDef | ast.AsyncFunctionDef
type Definition = Function | ast.ClassDef | ast.Assign | ast.AnnAssign | ast.TypeAlias


@dataclass(frozen=True, slots=True)
class Name:
    """A public name: the module that defines it, and its definition there."""

    module: str
    name: str
    definition: Definition


@dataclass(frozen=True, slots=True)
class Entry:
    """What the page says about a function, class, method or constant. A constant has no docstring."""

    title: str
    level: int
    signature: str
    docstring: str | None
    needs_docstring: bool


class Sources:
    """The parsed modules of the toolkit."""

    def __init__(self, paths: dict[str, Path]) -> None:
        """Parse each module when it is first needed."""
        self._paths = paths
        self._trees: dict[str, ast.Module] = {}

    def __contains__(self, module: str) -> bool:
        """Return whether there is such a module."""
        return module in self._paths

    def tree(self, module: str) -> ast.Module:
        """Return the syntax tree of a module."""
        if module not in self._trees:
            self._trees[module] = ast.parse(self._paths[module].read_text(encoding="utf-8"))
        return self._trees[module]

    def public_names(self, module: str) -> tuple[str, ...]:
        """Return `__all__`, or the public functions and classes in the order of their definition."""
        if module in ONLY:
            return ONLY[module]
        body = self.tree(module).body
        for statement in body:
            if isinstance(statement, ast.Assign) and "__all__" in _targets(statement):
                return tuple(ast.literal_eval(statement.value))
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        names = (statement.name for statement in body if isinstance(statement, kinds))
        return tuple(dict.fromkeys(name for name in names if not name.startswith("_")))

    def find(self, module: str, name: str) -> Name | None:
        """Return the definition of a name, in the module or where it imports the name from; `None` for a module."""
        for statement in _statements(self.tree(module).body):
            if isinstance(statement, ast.ImportFrom):
                for alias in statement.names:
                    if (alias.asname or alias.name) == name:
                        source = self._source(module, statement)
                        known = source in self._paths and source != module  # `from . import x` takes a submodule
                        return self.find(source, alias.name) if known else None
            elif name in _targets(statement) and isinstance(
                statement,
                ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign | ast.TypeAlias,
            ):
                return Name(module, name, statement)
        return None

    def _source(self, module: str, statement: ast.ImportFrom) -> str:
        if not statement.level:
            return statement.module or ""
        is_package = self._paths[module].name == "__init__.py"
        parts = module.split(".")
        parts = parts[: len(parts) - statement.level + is_package]
        return ".".join([*parts, statement.module] if statement.module else parts)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a module, those under `if TYPE_CHECKING` included."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If):
            yield from _statements(statement.body)


def _targets(statement: ast.stmt) -> list[str]:
    """Return the names that a statement defines."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [statement.name]
        case ast.Assign():
            targets = [
                element
                for target in statement.targets
                for element in (target.elts if isinstance(target, ast.Tuple) else [target])
            ]
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.TypeAlias(name=ast.Name(id=name)):
            return [name]
    return []


def _code(node: ast.AST) -> str:
    """Return the code of a node, with the quotes of the project."""
    text = ast.unparse(node)
    return text if '"' in text else text.replace("'", '"')


def _decorators(function: Function) -> set[str]:
    return {_code(decorator).rpartition(".")[2] for decorator in function.decorator_list}


def _arguments(function: Function, *, bound: bool) -> list[str]:
    """Return the arguments as they are written; without the first one of a bound method."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
    texts = [_argument(argument, default) for argument, default in zip(positional, defaults, strict=True)]
    if arguments.posonlyargs:
        texts.insert(len(arguments.posonlyargs), "/")
    if bound:
        texts = texts[1:]
        if texts[:1] == ["/"]:
            texts = texts[1:]
    if arguments.vararg:
        texts.append(f"*{_argument(arguments.vararg, None)}")
    elif arguments.kwonlyargs:
        texts.append("*")
    keywords = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    texts += [_argument(argument, default) for argument, default in keywords]
    if arguments.kwarg:
        texts.append(f"**{_argument(arguments.kwarg, None)}")
    return texts


def _argument(argument: ast.arg, default: ast.expr | None) -> str:
    text = argument.arg
    if argument.annotation:
        text += f": {_code(argument.annotation)}"
    if default:
        text += f" = {_code(default)}" if argument.annotation else f"={_code(default)}"
    return text


def _signature(start: str, arguments: list[str], end: str = "") -> str:
    line = f"{start}({', '.join(arguments)}){end}"
    if len(line) <= LINE_LENGTH:
        return line
    return "\n".join([f"{start}(", *(f"    {argument}," for argument in arguments), f"){end}"])


def _function(function: Function, title: str, level: int, *, method: bool) -> Entry:
    decorators = _decorators(function)
    returns = f" -> {_code(function.returns)}" if function.returns else ""
    docstring = ast.get_docstring(function)
    if decorators & {"property", "cached_property"}:
        signature = f"{title}{returns.replace(' -> ', ': ', 1)}"
    else:
        start = f"{'async ' if isinstance(function, ast.AsyncFunctionDef) else ''}{title}"
        bound = method and "staticmethod" not in decorators
        signature = _signature(start, _arguments(function, bound=bound), returns)
    return Entry(title, level, signature, docstring, needs_docstring=True)


def _methods(owner: ast.ClassDef) -> dict[str, Function]:
    """Return the methods by name: of several overloads the implementation, of a property its getter."""
    found: dict[str, Function] = {}
    for statement in owner.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and not _decorators(statement) & {
            "overload",
            "setter",
        }:
            found[statement.name] = statement
    return found


def _class(sources: Sources, name: Name, owner: ast.ClassDef, documented: set[tuple[str, str]]) -> Iterator[Entry]:
    bases = [_code(base) for base in owner.bases]
    type_params = f"[{', '.join(_code(param) for param in owner.type_params)}]" if owner.type_params else ""
    lines = [f"class {name.name}{type_params}{f'({", ".join(bases)})' if bases else ''}"]
    for statement in owner.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = _targets(statement)
            if targets and not targets[0].startswith("_"):
                lines.append(f"    {_code(statement)}")
    methods = _methods(owner)
    docstring = ast.get_docstring(owner)
    if (init := methods.get("__init__")) is not None:
        lines += ["", _signature(name.name, _arguments(init, bound=True))]
    yield Entry(name.name, 3, "\n".join(lines), docstring, needs_docstring=True)
    inherited = dict(_inherited(sources, name.module, owner, documented))
    for method, function in (methods | {key: value for key, value in inherited.items() if key not in methods}).items():
        if not method.startswith("_"):
            entry = _function(function, f"{name.name}.{method}", 4, method=True)
            overrides = "override" in _decorators(function)
            yield Entry(entry.title, 4, entry.signature, entry.docstring, needs_docstring=not overrides)


def _inherited(
    sources: Sources, module: str, owner: ast.ClassDef, documented: set[tuple[str, str]]
) -> Iterator[tuple[str, Function]]:
    """Yield the methods of those base classes that the page doesn't describe themselves."""
    for base in owner.bases:
        found = sources.find(module, base.id) if isinstance(base, ast.Name) else None
        if found and isinstance(found.definition, ast.ClassDef) and (found.module, found.name) not in documented:
            yield from _inherited(sources, found.module, found.definition, documented)
            yield from _methods(found.definition).items()


def _entries(sources: Sources, name: Name, documented: set[tuple[str, str]]) -> Iterator[Entry]:
    match name.definition:
        case ast.FunctionDef() | ast.AsyncFunctionDef() as function:
            yield _function(function, name.name, 3, method=False)
        case ast.ClassDef() as owner:
            yield from _class(sources, name, owner, documented)
        case definition:
            text = _code(definition)
            private = any(isinstance(node, ast.Name) and node.id.startswith("_") for node in ast.walk(definition))
            signature = name.name if private or len(text) > LINE_LENGTH else text
            yield Entry(name.name, 3, signature, None, needs_docstring=False)


def reference() -> dict[str, tuple[str, list[Entry | str]]]:
    """Return each module's docstring and entries; a text instead of an entry refers to another section."""
    sources = Sources({name: module.path for name, module in modules().items()})
    sections = [module for module in MODULES if module in sources]
    names = {module: {name: sources.find(module, name) for name in sources.public_names(module)} for module in sections}
    homes = {(name.module, name.name): section for section in sections for name in names[section].values() if name}
    result: dict[str, tuple[str, list[Entry | str]]] = {}
    for section in sections:
        parts: list[Entry | str] = []
        for public, name in names[section].items():
            home = homes[name.module, name.name] if name else f"{section}.{public}"
            if name is None or home != section:
                parts.append(f"`{public}`: see [{home}](#{home.replace('.', '')}).")
            else:
                parts += _entries(sources, name, set(homes))
        result[section] = (ast.get_docstring(sources.tree(section)) or "", parts)
    return result


def page() -> str:
    """Return the page as it should be now."""
    blocks = [INTRO]
    for section, (docstring, parts) in reference().items():
        blocks.append(f"## {section}\n\n{docstring}\n")
        links = [f"- {part}" for part in parts if isinstance(part, str)]
        if links:
            blocks.append("\n".join(links) + "\n")
        for entry in parts:
            if isinstance(entry, Entry):
                text = f"{'#' * entry.level} {entry.title}\n\n```python\n{entry.signature}\n```\n"
                blocks.append(f"{text}\n{entry.docstring}\n" if entry.docstring else text)
    return "\n".join(blocks)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
