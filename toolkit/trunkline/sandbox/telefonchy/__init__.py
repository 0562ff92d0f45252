"""Telefonchy's wire."""

from __future__ import annotations

from .wire import Telefonchy

__all__ = ["Telefonchy"]
