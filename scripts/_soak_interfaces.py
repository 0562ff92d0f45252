"""The names of the interfaces that a soak reads, for whoever needs no more than that."""

from __future__ import annotations

INTERFACES = ("telefonchy", "voipano", "voip24h", "voip24h-v3", "simotel", "mor", "mor-api")
