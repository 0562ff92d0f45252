"""VoIPano's wire."""

from __future__ import annotations

from .wire import Voipano

__all__ = ["Voipano"]
