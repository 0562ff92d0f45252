"""Turns the texts of options into the arguments of an account's method, by the types in its signature."""

from __future__ import annotations

import re
import sys
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trunkline import model
from trunkline.errors import ConfigError, RequestError
from trunkline.providers.overview import heading

from .arguments import when

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from trunkline.providers import ProviderInfo

    from .methods import Method, Parameter

_INTEGER = re.compile(r"-?[0-9]{1,9}", re.ASCII)
_PAIRS = re.compile(r"Mapping\[str, (\w+)\]")
_MEMBERS = "Iterable[tuple[str, str]]"
_LISTS = re.compile(r"(?:tuple\[(\w+), \.\.\.\]|(?:Sequence|Iterable|list)\[(\w+)\])")
_FILES = frozenset({"bytes", "Mapping[str, Any] | bytes"})


# Options of the commands themselves. A provider's argument of the same name is called after its method.
_RESERVED = frozenset({"force", "format", "help", "output", "rows", "version"})


def option(method: str, parameter: str) -> str:
    """Return the option of a method's parameter."""
    name = f"{method}_{parameter}" if parameter in _RESERVED else parameter
    return f"--{name.replace('_', '-')}"


def is_flag(parameter: Parameter) -> bool:
    """Return whether a parameter's option takes no value."""
    return parameter.type == "bool"


def is_repeated(parameter: Parameter) -> bool:
    """Return whether a parameter's option may be repeated."""
    return bool(parameter.type == _MEMBERS or _PAIRS.fullmatch(parameter.type) or _LISTS.fullmatch(parameter.type))


def placeholder(parameter: Parameter) -> str:
    """Return what stands for a parameter's value in the help."""
    kind = parameter.type
    if pairs := _PAIRS.fullmatch(kind):
        return "NAME=NUMBER" if pairs[1] == "int" else "NAME=VALUE"
    simple = {"int": "N", "datetime": "WHEN", _MEMBERS: "QUEUE=EXTENSION", **dict.fromkeys(_FILES, "FILE")}
    return simple.get(kind, parameter.name.upper())


def arguments_for(
    method: Method, info: ProviderInfo, given: Mapping[str, Any], zone: ZoneInfo, *, options: Mapping[str, str] = {}
) -> dict[str, Any]:
    """Return the arguments of one provider's method for what was given, by the names of its parameters.

    `options` names the options that aren't called after their parameters. `UnsupportedError` if the provider lacks the
    method; `RequestError` names an option that this provider doesn't have, needs or can't read.
    """
    signature, provider = method.signature_for(info), heading(info)
    named = {
        **{parameter.name: option(method.name, parameter.name) for parameter in signature.parameters},
        **{name: option(method.name, name) for name in given},
        **options,
    }
    arguments: dict[str, Any] = {}
    for name, value in given.items():
        parameter = signature.parameter(name)
        if parameter is None:
            known = ", ".join(named[parameter.name] for parameter in signature.parameters) or "no options"
            msg = f"{provider} has no {named[name]} here; it has {known}"
            raise RequestError(msg)
        converted = value_of(parameter, value, zone, name=named[name])
        arguments |= converted if parameter.spread else {name: converted}
    missing = [parameter.name for parameter in signature.parameters if parameter.required]
    missing = [named[name] for name in missing if name not in given]
    if missing:
        msg = f"{provider} needs {', '.join(missing)}"
        raise RequestError(msg)
    return arguments


def value_of(parameter: Parameter, given: Any, zone: ZoneInfo, *, name: str) -> Any:
    """Return the argument for what was given with an option: a text, a list of texts, or whether a flag is set."""
    kind = parameter.type
    if isinstance(given, bool):
        return given
    if pairs := _PAIRS.fullmatch(kind):
        return {key: _single(pairs[1], text, name, zone) for key, text in split_pairs(given, name)}
    if kind == _MEMBERS:
        return tuple(split_pairs(given, name))
    if items := _LISTS.fullmatch(kind):
        return tuple(_single(items[1] or items[2], text, name, zone) for text in given)
    if kind in _FILES:
        return read_file(given)
    return _single(kind, given, name, zone)


def split_pairs(texts: Sequence[str], name: str) -> list[tuple[str, str]]:
    """Return `NAME=VALUE` texts as pairs; `RequestError` for one without an equals sign."""
    pairs = []
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            msg = f"{name} takes a name, = and a value"
            raise RequestError(msg)
        pairs.append((key, value))
    return pairs


def read_file(name: str) -> bytes:
    """Return the content of a file, or of standard input for `-`; `ConfigError` if it can't be read."""
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        msg = f"can't read {name} ({error.strerror or type(error).__name__})"
        raise ConfigError(msg) from None


def _single(kind: str, text: str, name: str, zone: ZoneInfo) -> Any:
    match kind:
        case "int":
            if not _INTEGER.fullmatch(text):
                msg = f"{name} takes a whole number"
                raise RequestError(msg)
            return int(text)
        case "Decimal":
            try:
                return Decimal(text)
            except InvalidOperation:
                msg = f"{name} takes a number"
                raise RequestError(msg) from None
        case "datetime":
            return when(text, zone)
    choices = getattr(model, kind, None) if kind.isidentifier() else None
    if isinstance(choices, type) and issubclass(choices, StrEnum):
        try:
            return choices(text)
        except ValueError:
            msg = f"{name} takes one of {', '.join(choices)}"
            raise RequestError(msg) from None
    return text
