"""The settings of a wire: which ones there are, and which values they can have."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


def check_setting(wire: str, choices: Mapping[str, Collection[object]], setting: str, value: object) -> None:
    """Raise ValueError unless a wire has a setting of this name that can have this value."""
    if setting not in choices:
        msg = f"{wire} has no setting {setting!r}; its settings: {', '.join(choices)}"
        raise ValueError(msg)
    # True equals 1, but a number is not a valid value for a switch.
    if not any(type(value) is type(choice) and value == choice for choice in choices[setting]):
        msg = f"{setting} must be one of {', '.join(map(json.dumps, choices[setting]))}"
        raise ValueError(msg)
