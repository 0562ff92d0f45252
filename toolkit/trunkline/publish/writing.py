"""Writes a month's report in the form that the file's ending names: whole, or not at all."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from trunkline.errors import ConfigError, DataError

from .document import document
from .languages import language as language_of
from .month import month_of
from .page import page
from .tables import IN_SHEETS, SHOWN

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from trunkline.periods import Period

    from .languages import Language
    from .material import Material
    from .values import Document

_WORKBOOK = ".xlsx"
FORMS = (".html", ".pdf", _WORKBOOK)
"""The endings of the files that a report can be written to."""


def form_of(path: str | Path) -> str:
    """Return the form that a file's ending names; `ConfigError` for another ending."""
    form = Path(path).suffix.lower()
    if form not in FORMS:
        msg = f"a report is written to a file that ends with {', '.join(FORMS[:-1])} or {FORMS[-1]}"
        raise ConfigError(msg)
    return form


def check_month(period: Period, today: date) -> None:
    """Raise `ConfigError` unless the period is one month that has begun."""
    if period.first is None or period.end is None or not period.is_month:
        msg = f"a report is about one month, such as 1405-08 or 2026-11, not {period.text!r}"
        raise ConfigError(msg)
    if period.first > today:
        msg = f"{period.text} has not begun yet"
        raise ConfigError(msg)


def check_target(path: str | Path, language: str) -> None:
    """Raise `ConfigError` for an ending or a language that there isn't, or if a library is missing for the form."""
    language_of(language)
    _renderer(form_of(path))


def write(path: str | Path, material: Material, *, language: str = "en") -> Path:
    """Write the report of a month and return its path; a file that is there is replaced.

    The ending is `.html`, `.pdf` or `.xlsx`, the language a key of `languages.LANGUAGES`. Raises `ConfigError` for
    another ending or language, a period that isn't a month that has begun, a library that is missing, or a file that
    can't be written, and `DataError` for a month without calls.
    """
    form = form_of(path)
    spoken, render = language_of(language), _renderer(form)
    check_month(material.period, material.today)
    month = month_of(material)
    if not month.calls:
        msg = f"there are no calls in {material.period.text}, so there is nothing to report"
        raise DataError(msg)
    made = material.local_now
    shown = IN_SHEETS if form == _WORKBOOK else SHOWN
    content = render(document(month, made, masked=material.mask is not False, shown=shown), spoken, made)
    target = Path(path).expanduser()
    try:
        _replace(target, content)
    except OSError as error:
        msg = f"can't write {target} ({error.strerror or type(error).__name__})"
        raise ConfigError(msg) from None
    return target


type _Render = Callable[[Document, Language, datetime], bytes]


def _renderer(form: str) -> _Render:
    """Return what writes a form; `ConfigError` if a library for it is missing."""
    if form == ".html":
        return lambda found, spoken, _: page(found, spoken).encode()
    try:
        if form == ".pdf":
            from .pdf import pdf  # noqa: PLC0415 - the other forms don't need its library

            return pdf
        from .sheet import sheet  # noqa: PLC0415 - the other forms don't need its library
    except ImportError as error:
        msg = f"a report in {form} needs {error.name}: run pip install 'trunkline[publish]'"
        raise ConfigError(msg) from None
    return sheet


def _replace(target: Path, content: bytes) -> None:
    """Write a file beside its place first, so that nobody finds half of one under its name."""
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        # With the permissions of any file that the user makes.
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    finally:
        with suppress(OSError):
            beside.unlink()
