"""Phone numbers: E.164 where it can be known, one spelling for trunks, and masking for what others may see."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

_DIAL_CHARACTERS = re.compile(r"[\s().\-/]")
_DIALABLE = re.compile(r"\+?[0-9*#]{2,20}", re.ASCII)
_SHORTEST_PUBLIC = 7
_SHOWN = 3


@lru_cache(maxsize=65536)
def e164(number: str | None, region: str | None) -> str | None:
    """Return a number in E.164 (`+98…`), or None where that can't be known.

    `region` is the ISO 3166 country that numbers without a country code belong to. Extensions and short codes have
    no E.164 form. A national number may lack its leading zero, as Telefonchy sends it.
    """
    if not number:
        return None
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


@lru_cache(maxsize=4096)
def trunk_id(number: str) -> str:
    """Return the spelling by which a trunk is known everywhere: its digits without leading zeros."""
    digits = _DIAL_CHARACTERS.sub("", number).lstrip("+")
    return digits.lstrip("0") or digits


def region_of(number: str | None) -> str | None:
    """Return the ISO 3166 country of an E.164 number, or None."""
    if not number:
        return None
    try:
        code = phonenumbers.region_code_for_number(phonenumbers.parse(number, None))
    except phonenumbers.NumberParseException:
        return None
    return str(code) if code else None


def display(number: str | None, region: str | None) -> str | None:
    """Return a number as people of the region write it; as it came where it can't be read."""
    if number is None:
        return None
    full = e164(number, region)
    if full is None:
        return number
    parsed = phonenumbers.parse(full, None)
    home = region is not None and phonenumbers.region_code_for_number(parsed) == region
    form = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(parsed, form))


def is_dialable(text: str) -> bool:
    """Tell whether the text can be dialled: digits, `*`, `#`, a leading `+`, and separators between them."""
    return _DIALABLE.fullmatch(dial_digits(text)) is not None


def dial_digits(text: str) -> str:
    """Return the text without blanks, brackets, dots, dashes and slashes."""
    return _DIAL_CHARACTERS.sub("", text)


def mask(number: str | None) -> str:
    """Return a number of which only the last three digits show; short ones don't show at all."""
    if not number:
        return "unknown"
    if len(number) <= 2 * _SHOWN:
        return "•" * len(number)
    return "•" * (len(number) - _SHOWN) + number[-_SHOWN:]
