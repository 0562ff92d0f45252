"""The error for a request that is sent once and whose outcome is unknown."""

from __future__ import annotations

from trunkline.errors import OutcomeUnknownError


def outcome_unknown(why: str, effect: str) -> OutcomeUnknownError:
    """Return the error; `effect` completes "it is unknown whether the request was carried out"."""
    return OutcomeUnknownError(
        f"{why}: it is unknown whether the request was carried out {effect}. It was not repeated"
    )
