"""What each provider can do, as a table out of the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.model import Capability

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .base import ProviderInfo

# What a person chooses a provider by, in the order in which it is asked; the rest follows in the whole table.
FIRST: tuple[tuple[str, Capability], ...] = (
    ("call list", Capability.CALLS),
    ("lines and their credit or state", Capability.TRUNKS),
    ("click-to-call", Capability.CLICK_TO_CALL),
    ("secure call", Capability.SECURE_CALL),
    ("one-time code by voice", Capability.SEND_OTP),
    ("call back", Capability.CALLBACK),
    ("pushed call records", Capability.PARSE_PUSH),
    ("live events", Capability.PARSE_EVENT),
    ("call routing", Capability.PARSE_ROUTE_REQUEST),
    ("recordings", Capability.RECORDING),
    ("plans and days left", Capability.PLANS),
    ("voicemail", Capability.VOICEMAIL_AUDIO),
    ("faxes", Capability.FAXES),
    ("phonebook", Capability.CONTACTS),
    ("missed calls kept by the provider", Capability.MISSED_CALLS),
    ("rates", Capability.RATES),
    ("invoices and payments", Capability.INVOICES),
    ("queues and agents", Capability.AGENTS),
    ("blocked numbers", Capability.BLOCK),
)


def dialects(providers: Mapping[str, ProviderInfo]) -> tuple[ProviderInfo, ...]:
    """Return every dialect of every provider, in the registry's order."""
    return tuple(dialect for info in providers.values() for dialect in info.dialects)


def heading(info: ProviderInfo) -> str:
    """Return a provider's name, with the dialect's where it has several."""
    return f"{info.name} ({info.dialect_name})" if info.dialect_name else info.name


def rows(providers: Mapping[str, ProviderInfo]) -> list[dict[str, str | bool]]:
    """Return a row for each capability: its name, and whether each dialect has it, by the dialect's heading."""
    return [
        {
            "capability": capability.value,
            **{heading(info): capability in info.capabilities for info in dialects(providers)},
        }
        for capability in Capability
    ]


def short_table(providers: Mapping[str, ProviderInfo]) -> str:
    """Return the Markdown table of what a person chooses a provider by."""
    return _markdown(providers, FIRST)


def whole_table(providers: Mapping[str, ProviderInfo]) -> str:
    """Return the Markdown table of all capabilities, by the names of the methods that have them."""
    return _markdown(providers, ((f"`{capability.value}`", capability) for capability in Capability))


def _markdown(providers: Mapping[str, ProviderInfo], lines: Iterable[tuple[str, Capability]]) -> str:
    infos = dialects(providers)
    links = [f"[{heading(info)}](providers/{info.provider_id}.md)" for info in infos]
    table = ["| | " + " | ".join(links) + " |", "|---|" + ":-:|" * len(infos)]
    for label, capability in lines:
        cells = ("yes" if capability in info.capabilities else "" for info in infos)
        table.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(table) + "\n"
