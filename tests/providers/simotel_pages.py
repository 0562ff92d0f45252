"""The samples of Simotel's document: each page's request and response, by path."""

from __future__ import annotations

import copy
import json
from pathlib import Path

_PAGES = json.loads((Path(__file__).parent / "data" / "simotel" / "pages.json").read_text(encoding="utf-8"))
PAGES = {page["path"]: page for page in _PAGES}


def response(path):
    """Return a page's response as an own copy."""
    return copy.deepcopy(PAGES[path]["response"])


def first_row(path):
    """Return the first row of a list's sample."""
    data = response(path)["data"]
    return (data["data"] if isinstance(data, dict) else data)[0]
