"""The samples of Telefonchy's document, word for word: its list of places lacks a closing brace."""

from __future__ import annotations

import json
from pathlib import Path

DATA = Path(__file__).parent / "data" / "telefonchy"


def text(name):
    """Return a sample as it stands in the document."""
    return (DATA / f"{name}.json").read_text(encoding="utf-8")


def sample(name):
    """Return a sample decoded, its missing brace filled in."""
    return json.loads(text(name) + ("}" if name == "locations" else ""))
