"""Voip24h's wires: the partner interface and the third version of the customer interface."""

from __future__ import annotations

from .partner import Voip24hPartner
from .v3 import Voip24hV3

__all__ = ["Voip24hPartner", "Voip24hV3"]
