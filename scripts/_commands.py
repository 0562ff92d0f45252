"""Writes the tables of what `trunkline get`, `download` and `do` can do into the page about the command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.cli.commands.change import changes
from trunkline.cli.commands.download import item_of
from trunkline.cli.methods import Kind, account_methods, provider_names
from trunkline.cli.values import option
from trunkline.cli.words import argument_help, command_name

from ._imports import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trunkline.cli.methods import Method

PAGE = ROOT / "docs" / "command.md"
BEGIN, END = "<!-- {}: written by scripts/capabilities -->\n", "<!-- end of {} -->\n"


def families() -> dict[str, list[Method]]:
    """Return the methods of each command that is made of methods."""
    known = account_methods().values()
    return {
        "get": [method for method in known if method.kind is Kind.GET],
        "download": [method for method in known if method.kind is Kind.DOWNLOAD],
        "do": changes(),
    }


def options_of(method: Method) -> dict[str, str]:
    """Return what each option of a method is for, in the order of its parameters; the required ones are first."""
    item = item_of(method)
    found = {}
    if item is not None:
        kind = item[1]
        found = {
            f"--{kind.id_name.replace('_', '-')}": f"the id of the {kind.title}; may be repeated",
            "--since": "all from this time on",
            "--until": "all before this time",
            **{f"--{name}": text for name, text in kind.details.items()},
        }
    parameters = [parameter for parameter in method.parameters.values() if item is None or parameter.name != item[0]]
    for parameter in sorted(parameters, key=lambda parameter: not parameter.required):
        text = argument_help(method.name, parameter.name) or ""
        found.setdefault(option(method.name, parameter.name), text)
    return found


def table(methods: Iterable[Method]) -> str:
    """Return the commands with their providers and options, and what the options are for, as Markdown."""
    lines = ["| | | at | options |", "|---|---|---|---|"]
    texts: dict[str, dict[str, list[str]]] = {}
    for method in sorted(methods, key=lambda method: command_name(method.name)):
        word, options = command_name(method.name), options_of(method)
        required = {
            option(method.name, parameter.name) for parameter in method.parameters.values() if parameter.required
        }
        shown = [f"`{name}`{' (required)' if name in required else ''}" for name in options]
        lines.append(f"| `{word}` | {method.summary} | {provider_names(method.signatures)} | {', '.join(shown)} |")
        for name, text in options.items():
            texts.setdefault(name, {}).setdefault(text, []).append(f"`{word}`")
    lines += ["", "| option | |", "|---|---|"]
    for name, meanings in sorted(texts.items()):
        # The meaning that most commands share needs no names.
        common = max(meanings, key=lambda text: len(meanings[text]))
        others = [f"{', '.join(words)}: {text}" for text, words in meanings.items() if text != common]
        lines.append(f"| `{name}` | {'. '.join([common, *others])} |")
    return "\n".join([*lines, ""])


def current(text: str) -> str:
    """Return the page with its tables as they are now; ValueError if the markers aren't there once each."""
    for name, methods in families().items():
        begin, end = BEGIN.format(name), END.format(name)
        if text.count(begin) != 1 or text.count(end) != 1:
            msg = f"the two markers of {name} must be there once each"
            raise ValueError(msg)
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}{table(methods)}{end}{rest.partition(end)[2]}"
    return text


def main() -> None:
    """Write the page."""
    PAGE.write_text(current(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
