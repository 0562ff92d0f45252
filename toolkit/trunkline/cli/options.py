"""Adds the options of account methods to a parser, and reads what was given."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from .methods import provider_names
from .values import is_flag, is_repeated, option, placeholder
from .words import argument_help

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from .methods import Method, Parameter
    from .parser import Parser

_DESTINATION = "argument_"


def add_arguments(parser: Parser, methods: Iterable[Method], *, without: Collection[str] = ()) -> None:
    """Add an option for each parameter of the methods, but those that the command reads in its own way."""
    added = set(without)
    for method in methods:
        for parameter in method.parameters.values():
            if parameter.name not in added:
                added.add(parameter.name)
                _add(parser, method, parameter)


def given_arguments(options: argparse.Namespace) -> dict[str, Any]:
    """Return what was given, by the names of the parameters."""
    return {
        name.removeprefix(_DESTINATION): value
        for name, value in vars(options).items()
        if name.startswith(_DESTINATION) and value is not None
    }


def help_of(method: Method, parameter: Parameter) -> str:
    """Return what an option is for, and at which providers, if not all that have the method have it."""
    text = (
        argument_help(method.name, parameter.name) or f"{parameter.name.replace('_', ' ')} as the provider defines it"
    )
    having = method.providers_of(parameter.name)
    return text if len(having) == len(method.signatures) else f"{text} ({provider_names(having)})"


def _add(parser: Parser, method: Method, parameter: Parameter) -> None:
    settings: dict[str, Any] = {}
    if is_flag(parameter):
        settings["action"] = argparse.BooleanOptionalAction
    else:
        settings["metavar"] = placeholder(parameter)
        if is_repeated(parameter):
            settings["action"] = "append"
    parser.add_argument(
        option(method.name, parameter.name),
        dest=f"{_DESTINATION}{parameter.name}",
        required=parameter.required,
        default=None,
        help=help_of(method, parameter).replace("%", "%%"),
        **settings,
    )
