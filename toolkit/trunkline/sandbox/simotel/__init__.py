"""Simotel's wire."""

from __future__ import annotations

from .wire import Simotel

__all__ = ["Simotel"]
