"""Where a number is: region and carrier, from the numbering plans that `phonenumbers` carries. No request."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumber

_KEPT = 1 << 16


@lru_cache(maxsize=_KEPT)
def _parsed(number: str | None) -> PhoneNumber | None:
    """Return the number if it is in E.164; others could be anywhere."""
    if number is None or not number.startswith("+"):
        return None
    try:
        return phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None


@lru_cache(maxsize=_KEPT)
def region(number: str | None) -> str | None:
    """Return the region (state, province or city) of a geographic E.164 number in English; None if it has none."""
    from phonenumbers import geocoder  # noqa: PLC0415 - loads a table of the world

    parsed = _parsed(number)
    if parsed is None:
        return None
    found = geocoder.description_for_number(parsed, "en")
    return found if found and found != geocoder.country_name_for_number(parsed, "en") else None


@lru_cache(maxsize=_KEPT)
def carrier(number: str | None) -> str | None:
    """Return the network that a mobile E.164 number was given to, in English; it may have moved to another since."""
    from phonenumbers import carrier as carriers  # noqa: PLC0415 - loads a table of the world

    parsed = _parsed(number)
    return None if parsed is None else (carriers.name_for_number(parsed, "en") or None)
