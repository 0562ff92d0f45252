"""Faults on demand: which requests get them, and how a reply is changed."""

from __future__ import annotations

from .replies import bad_json, duplicate, edit_field, edit_list
from .rules import KINDS, Fault, Faults, RequestFaults

__all__ = ["KINDS", "Fault", "Faults", "RequestFaults", "bad_json", "duplicate", "edit_field", "edit_list"]
