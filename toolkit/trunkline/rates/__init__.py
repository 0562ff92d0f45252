"""What calls should cost: billed seconds, charges, and rate cards with their prefixes."""

from __future__ import annotations

from .card import CardRate, RateCard, Rounds
from .charging import Rounding, billed_seconds, charge, exact_charge, is_tie, rounded
from .judging import INCREMENTS, BillClass, Finding, Judge
from .reading import card_of_rates, read_card

__all__ = [
    "INCREMENTS",
    "BillClass",
    "CardRate",
    "Finding",
    "Judge",
    "RateCard",
    "Rounding",
    "Rounds",
    "billed_seconds",
    "card_of_rates",
    "charge",
    "exact_charge",
    "is_tie",
    "read_card",
    "rounded",
]
