"""What the accounts of all providers can do, read from the signatures of their methods: the commands are made of it.

A method of a provider appears here by itself, also one that another package registers. What a method returns decides
which command it belongs to: a file is downloaded, nothing or a result of a change is done, anything else is got.
"""

from __future__ import annotations

import inspect
import logging
import re
import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, is_typeddict

from trunkline.errors import UnsupportedError
from trunkline.model import Capability
from trunkline.providers import PROVIDERS, Account
from trunkline.providers.overview import dialects, heading

from .words import SUMMARIES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from trunkline.providers import ProviderInfo

LOGGER = logging.getLogger(__name__)

NOT_OFFERED = {
    "close": "the command closes every account that it opens",
    "supports": "`trunkline providers` lists what each provider supports",
    "use_identity": "the command reads the identity from the provider",
    "pages": "`trunkline get calls` and `trunkline sync` read these pages",
    "days": "`trunkline get calls` and `trunkline sync` read these days",
    "read_row": "`trunkline sync` reads the rows again that it set aside",
    "full_number": "`trunkline sync` writes the numbers of phonebooks with it",
    "route_reply": "it answers a telephone system, which waits for a second",
    "requests_at_once": "it tells the sync how many requests to send at once",
    "simple_balance": "the hash opens the balance to anyone: `trunkline get balance` shows the same",
}
"""The public methods that have no command, and why."""

# These change something, although they return something other than the result of a change.
_CHANGES = frozenset({"login", "upload"})
_FILES = frozenset({"File", "Recording"})
_RESULTS_OF_CHANGES = frozenset({"None", "AgentResult", "tuple[AgentResult, ...]"})
# The command takes the account's first call list if none is chosen.
_WITH_DEFAULT = frozenset({"stream"})
_ORDERED = frozenset({"count", "cursor_pages", "cursor_at", "cursor_time"})
_FIRST_WORD = re.compile(r"(?:Return|Yield) ")
_REFERENCE = re.compile(r" \([^()]*`[^()]*\)")
_MODULE = re.compile(r"\b(?:\w+\.)+(?=\w)")


class Kind(StrEnum):
    """Which command carries a method out: `get`, `download`, `do`, or one of those that cost money."""

    GET = "get"
    DOWNLOAD = "download"
    DO = "do"
    PAID = "paid"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a method: its name, its type as it is written without `None`, and whether it must be given.

    A `spread` parameter collects arguments of any other name.
    """

    name: str
    type: str
    required: bool = False
    spread: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """The parameters of one provider's method, what it returns, and its description as a phrase."""

    parameters: tuple[Parameter, ...]
    returns: str
    summary: str

    def parameter(self, name: str) -> Parameter | None:
        """Return a parameter by its name."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)


@dataclass(frozen=True, slots=True)
class Method:
    """A method by its name, with the signature of each provider that has it, by the provider's heading."""

    name: str
    kind: Kind
    signatures: Mapping[str, Signature]

    @property
    def summary(self) -> str:
        """What the method does or returns: a phrase without a full stop."""
        return SUMMARIES.get(self.name) or next(iter(self.signatures.values())).summary

    @property
    def providers(self) -> str:
        """The names of the providers that have the method."""
        return provider_names(self.signatures)

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The parameters of all providers by name; required are those that every provider requires."""
        found: dict[str, list[Parameter]] = {}
        for signature in self.signatures.values():
            for parameter in signature.parameters:
                found.setdefault(parameter.name, []).append(parameter)
        return {
            name: Parameter(
                name,
                same[0].type,
                required=len(same) == len(self.signatures) and all(parameter.required for parameter in same),
                spread=same[0].spread,
            )
            for name, same in found.items()
        }

    def providers_of(self, parameter: str) -> tuple[str, ...]:
        """Return the headings of the providers whose method has a parameter."""
        return tuple(title for title, signature in self.signatures.items() if signature.parameter(parameter))

    def signature_for(self, info: ProviderInfo) -> Signature:
        """Return the signature of one provider; `UnsupportedError` if it lacks the method."""
        signature = self.signatures.get(heading(info))
        if signature is None:
            what = self.name.replace("_", " ")
            msg = f"{heading(info)} has no {what} service; it exists at {self.providers}"
            raise UnsupportedError(msg)
        return signature


def account_methods() -> dict[str, Method]:
    """Return the methods of all registered providers by name, in alphabetical order."""
    found: dict[str, dict[str, Signature]] = {}
    for info in dialects(PROVIDERS):
        for name, function in _public_methods(info).items():
            found.setdefault(name, {})[heading(info)] = signature_of(function, _described(name, function))
    return {name: Method(name, kind_of(name, signatures), signatures) for name, signatures in sorted(found.items())}


def provider_names(headings: Collection[str]) -> str:
    """Return the names of providers: without their dialects where all of these are meant, "all providers" for all."""
    named = []
    for info in PROVIDERS.values():
        having = [heading(dialect) for dialect in info.dialects if heading(dialect) in headings]
        named += [info.name] if len(having) == len(info.dialects) else having
    return "all providers" if len(headings) == len(dialects(PROVIDERS)) else ", ".join(named)


def kind_of(name: str, signatures: Mapping[str, Signature]) -> Kind:
    """Return which command carries a method out."""
    returns = {signature.returns for signature in signatures.values()}
    if name == Capability.REQUEST:
        return Kind.REQUEST
    # What costs money at one provider is treated so at all.
    if "PlacedCall" in returns:
        return Kind.PAID
    if returns & _FILES:
        return Kind.DOWNLOAD
    return Kind.DO if name in _CHANGES or returns & _RESULTS_OF_CHANGES else Kind.GET


def signature_of(function: Callable[..., Any], described: Callable[..., Any] | None = None) -> Signature:
    """Return a method's signature, with the arguments of a `TypedDict` one by one."""
    signature = inspect.signature(function)
    parameters: list[Parameter] = []
    for parameter in list(signature.parameters.values())[1:]:
        text = type_text(parameter.annotation)
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            parameters += _keywords(function, text)
        elif parameter.kind is not inspect.Parameter.VAR_POSITIONAL:
            required = parameter.default is inspect.Parameter.empty and parameter.name not in _WITH_DEFAULT
            parameters.append(Parameter(parameter.name, text, required=required))
    return Signature(tuple(parameters), type_text(signature.return_annotation), summary_of(described or function))


def type_text(annotation: object) -> str:
    """Return an annotation as it is written in a source, without modules and without `| None`."""
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    text = _MODULE.sub("", text.strip("'\""))
    return text.removesuffix(" | None") if text != "None" else text


def summary_of(function: Callable[..., Any]) -> str:
    """Return the first sentence of a docstring as a phrase: without what it is called at the provider."""
    first = (inspect.getdoc(function) or function.__name__.replace("_", " ")).partition("\n\n")[0]
    sentence = re.split(r"[.;:](?:\s|$)", " ".join(first.split()), maxsplit=1)[0]
    phrase = _REFERENCE.sub("", _FIRST_WORD.sub("", sentence, count=1))
    return phrase[:1].lower() + phrase[1:]


def _public_methods(info: ProviderInfo) -> dict[str, Callable[..., Any]]:
    """Return the methods that a provider's accounts have and that a command carries out."""
    try:
        account = info.load()
    except Exception as error:  # noqa: BLE001  (a package of somebody else: the others go on without it)
        LOGGER.warning("The provider %r could not be loaded: %s. Update or remove its package", info.name, error)
        return {}
    found: dict[str, Callable[..., Any]] = {}
    for name, function in inspect.getmembers(account, inspect.isfunction):
        if name.startswith("_") or name in NOT_OFFERED or (name in _ORDERED and not account.ordered):
            continue
        if name in Capability and Capability(name) not in info.capabilities:
            continue
        found[name] = function
    return found


def _described(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return whose docstring says for all providers what a method does."""
    return getattr(Account, name, function)


def _keywords(function: Callable[..., Any], annotation: str) -> list[Parameter]:
    """Return the arguments that a method takes by name only: those of its `TypedDict`, or any."""
    name = annotation.removeprefix("Unpack[").removesuffix("]")
    typed: Any = getattr(sys.modules.get(function.__module__), name, None)
    if not is_typeddict(typed):
        return [Parameter("param", "Mapping[str, Any]", spread=True)]
    return [
        Parameter(key, type_text(getattr(value, "__forward_arg__", value)), required=key in typed.__required_keys__)
        for key, value in typed.__annotations__.items()
    ]
