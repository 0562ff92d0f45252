"""Writes the diagram and the table of packages into docs/architecture.md, from the imports and from `_packages`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._imports import ROOT, modules
from ._packages import PACKAGES, package_of

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE = ROOT / "docs" / "architecture.md"
PRODUCTS = {"integration": "Home Assistant integration", "toolkit": "Toolkit", "development": "Development"}
BEGIN, END = "<!-- {}: written by scripts/architecture -->\n", "<!-- end of {} -->\n"


def package_imports() -> dict[str, set[str]]:
    """Return which packages each package imports, read from the sources."""
    found: dict[str, set[str]] = {package.name: set() for package in PACKAGES}
    for module in modules().values():
        package = package_of(module.name)
        targets = {package_of(imported.module) for imported in module.imports}
        if package is not None:
            found[package] |= {target for target in targets if target is not None} - {package}
    return found


def without_detours(imports: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Return the imports without those that a longer chain of imports implies, so that a diagram stays legible."""
    reachable: dict[str, set[str]] = {}

    def reach(package: str) -> set[str]:
        if package not in reachable:
            reachable[package] = set()
            reachable[package] = imports[package].union(*(reach(target) for target in imports[package]))
        return reachable[package]

    return {
        package: {
            target for target in targets if not any(target in reach(other) for other in targets if other != target)
        }
        for package, targets in imports.items()
    }


def diagram() -> str:
    """Return the packages and their imports as a Mermaid flowchart."""
    number = {package.name: f"p{position}" for position, package in enumerate(PACKAGES)}
    lines = ["```mermaid", "flowchart TD"]
    for product, title in PRODUCTS.items():
        lines.append(f'  subgraph {product} ["{title}"]')
        for package in PACKAGES:
            if package.product == product:
                label = package.name.replace("<", "#lt;").replace(">", "#gt;")
                lines.append(f'    {number[package.name]}["{label}"]')
        lines.append("  end")
    for name, targets in without_detours(package_imports()).items():
        lines += [f"  {number[name]} --> {number[target]}" for target in sorted(targets, key=list(number).index)]
    return "\n".join([*lines, "```", ""])


def table() -> str:
    """Return what each package knows and may import, as a Markdown table for each product."""
    lines = []
    for product, title in PRODUCTS.items():
        lines += [f"### {title}", "| package | knows | may import |", "|---|---|---|"]
        for package in PACKAGES:
            if package.product == product:
                imports = ", ".join(f"`{other.name}`" for other in PACKAGES if other.name in package.may_import)
                lines.append(f"| `{package.name}` | {package.knows} | {imports or 'nothing'} |")
        lines.append("")
    return "\n".join(lines)


def with_block(text: str, name: str, block: str) -> str:
    """Return the text with a block between its two markers; ValueError if they aren't there once each."""
    begin, end = BEGIN.format(name), END.format(name)
    if text.count(begin) != 1 or text.count(end) != 1:
        msg = f"the two markers of the {name} must be there once each"
        raise ValueError(msg)
    before, _, rest = text.partition(begin)
    return f"{before}{begin}{block}{end}{rest.partition(end)[2]}"


def current(text: str) -> str:
    """Return the page with its diagram and its table as they are now."""
    return with_block(with_block(text, "diagram", diagram()), "packages", table())


def main() -> None:
    """Write the page."""
    PAGE.write_text(current(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
