"""The error for a request that is sent once and whose outcome is unknown."""

from __future__ import annotations

from trunkline.errors import OutcomeUnknownError


def outcome_unknown(why: str, effect: str) -> OutcomeUnknownError:
    """Return the error; `effect` goes on after "nobody knows whether the request was carried out"."""
    return OutcomeUnknownError(f"{why}: nobody knows whether the request was carried out {effect}. It was not repeated")
