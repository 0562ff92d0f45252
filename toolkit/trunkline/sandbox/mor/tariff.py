"""The tariff of MOR's users: what a minute costs by destination."""

from __future__ import annotations

from dataclasses import dataclass

from .formats import is_extension


@dataclass(frozen=True, slots=True)
class MorRate:
    """A row of the user's tariff: the price of a minute, in rial."""

    group_id: int
    name: str
    icon: str
    kind: str
    price: int
    prefixes: tuple[tuple[str, str], ...]


# The sandbox's own prices of a minute, and two countries that nobody in it calls.
RATES = (
    MorRate(1, "Iran", "irn.png", "FIX", 420, (("Iran Tehran", "9821"), ("Iran Mashhad", "9851"))),
    MorRate(1, "Iran", "irn.png", "MOB", 950, (("Iran mobile", "989"),)),
    MorRate(2, "Lithuania", "ltu.png", "FIX", 120, (("Lithuania Vilnius", "3705"), ("Lithuania Kaunas", "37037"))),
    MorRate(2, "Lithuania", "ltu.png", "MOB", 310, (("Lithuania mobile", "3706"),)),
    MorRate(3, "Australia", "aust.png", "FIX", 200, (("Australia Canberra", "61261"), ("Australia Canberra", "61262"))),
)


def destination_text(number: str) -> str:
    """Name where a number is, as the tariff does; empty for numbers of the office."""
    matches = [
        (prefix, f"{rate.name} {rate.kind} {details}")
        for rate in RATES
        for details, prefix in rate.prefixes
        if number.startswith(prefix) and not is_extension(number)
    ]
    return max(matches, key=lambda match: len(match[0]))[1] if matches else ""
