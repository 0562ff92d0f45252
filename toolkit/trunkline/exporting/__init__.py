"""Calls in files: CSV, JSON lines, XLSX, and Parquet by month; phone numbers whole, masked or as pseudonyms."""

from __future__ import annotations

from .export import Exported, Format, export
from .numbers import Numbers

__all__ = ["Exported", "Format", "Numbers", "export"]
