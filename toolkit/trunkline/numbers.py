"""Phone numbers: their E.164 form, the spelling that identifies a trunk, and what can be dialled."""

from __future__ import annotations

import re
from functools import lru_cache

_DIAL_CHARACTERS = re.compile(r"[\s().\-/]")
_DIALABLE = re.compile(r"\+?[0-9*#]{2,20}", re.ASCII)
# A code, a masked number or an address, or a name with digits behind it; `tel:` is a prefix of numbers (RFC 3966).
_NO_NUMBER = re.compile(r".*[*#@]|(?!tel:)[^\W\d_]|_", re.DOTALL | re.IGNORECASE)
_SHORTEST_PUBLIC = 7
# A number has 15 digits (E.164), and may have characters between them.
_LONGEST = 64


def e164(number: str | None, region: str | None) -> str | None:
    """Return a number in E.164 (`+98…`), or None if that is unknown.

    `region` is the ISO 3166 country of numbers without a country code. Extensions and short codes have no E.164 form.
    A national number may lack its leading zero. Codes and masked numbers, which have `*` or `#`, and names that contain
    digits have none either.
    """
    if not number or len(number) > _LONGEST or _NO_NUMBER.match(number):
        return None
    return _e164(number, region)


# Parsing a number takes longer than reading the rest of its call, and numbers recur.
@lru_cache(maxsize=65536)
def _e164(number: str, region: str | None) -> str | None:
    import phonenumbers  # noqa: PLC0415  (large, and loaded with the first account)

    digits = _DIAL_CHARACTERS.sub("", number)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if not digits.startswith("+") and len(digits) < _SHORTEST_PUBLIC:
        return None
    try:
        parsed = phonenumbers.parse(digits, None if digits.startswith("+") else region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


@lru_cache(maxsize=65536)
def country(number: str | None) -> str | None:
    """Return the ISO 3166 country of a number in E.164, None if it is unknown or the number belongs to no country.

    A country code that several countries share, such as +1 or +7, is decided by the digits that follow.
    """
    import phonenumbers  # noqa: PLC0415  (large, and loaded with the first account)

    if number is None:
        return None
    try:
        found = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return None
    return found if found in phonenumbers.SUPPORTED_REGIONS else None


def is_region(text: str) -> bool:
    """Return whether the text is an ISO 3166 country with telephone numbers, in capital letters."""
    import phonenumbers  # noqa: PLC0415  (large, and loaded with the first account)

    return text in phonenumbers.SUPPORTED_REGIONS


def trunk_id(number: str) -> str:
    """Return the spelling that identifies a trunk: its digits without leading zeros."""
    digits = _DIAL_CHARACTERS.sub("", number).lstrip("+")
    return digits.lstrip("0") or digits


def is_dialable(text: str) -> bool:
    """Return whether the text can be dialled: 2 to 20 digits, `*` or `#`, a leading `+`, and separators."""
    return _DIALABLE.fullmatch(dial_digits(text)) is not None


def dial_digits(text: str) -> str:
    """Return the text without spaces, parentheses, dots, hyphens and slashes."""
    return _DIAL_CHARACTERS.sub("", text)
