"""Simotel's telephone numbers: extensions, public numbers, channels and caller IDs."""

from __future__ import annotations

import re

from trunkline.numbers import dial_digits, e164
from trunkline.providers.common import fields
from trunkline.providers.common.dialling import checked_number

_REGION = "IR"
_IRANIAN = re.compile(r"(?:\+|00)98([1-9][0-9]{9})", re.ASCII)
_EXTENSION = re.compile(r"[0-9]{2,6}", re.ASCII)
_CHANNEL = re.compile(r"(?:SIP|PJSIP|IAX2)/([0-9]{2,6})-[0-9a-f]+", re.ASCII | re.IGNORECASE)


def is_extension(number: str | None) -> bool:
    """Return whether a number is an extension by its length: two to six digits, where public numbers have more."""
    return number is not None and _EXTENSION.fullmatch(number) is not None


def dialled(number: str) -> str:
    """Return a number as a server in Iran dials it: with a leading zero instead of the country code 98.

    Servers match numbers by patterns such as `09XXXXXXXXX`; none of the document's samples has `+98`.
    """
    digits = dial_digits(number)
    match = _IRANIAN.fullmatch(digits)
    return f"0{match[1]}" if match else digits


def checked(number: str, what: str) -> str:
    """Return a number as a server dials it; `RequestError`, which names it as `what`, if it can't be dialled."""
    return dialled(checked_number(number, what))


def full_number(number: str | None) -> str | None:
    """Return a number in E.164 if that can be known."""
    return e164(number, _REGION)


def extension_of_channel(value: object) -> str | None:
    """Return the extension of an Asterisk channel such as `SIP/564-00009bf3`."""
    match = _CHANNEL.fullmatch(value) if isinstance(value, str) else None
    return match[1] if match else None


def caller_id(value: object) -> tuple[str | None, str | None]:
    """Return name and number of a caller ID such as `"name" <number>`; a name that repeats the number is None."""
    text = fields.text(value, "clid")
    if not text:
        return None, None
    before, bracket, rest = text.strip().rpartition("<")
    name, number = (before, rest.removesuffix(">").strip()) if bracket else (rest, "")
    name = name.strip().strip('"').strip()
    return (None if not name or name == number else name), number or None
