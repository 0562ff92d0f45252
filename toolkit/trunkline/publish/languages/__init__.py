"""The languages that reports are written in: one module for each, with its words and how it writes numbers and days."""

from __future__ import annotations

from trunkline.errors import ConfigError

from . import english, persian
from .language import Language

__all__ = ["LANGUAGES", "Language", "language"]

LANGUAGES: dict[str, Language] = {"en": english.LANGUAGE, "fa": persian.LANGUAGE}


def language(code: str) -> Language:
    """Return a language by its code (ISO 639-1); `ConfigError` for one that there isn't."""
    if code not in LANGUAGES:
        msg = f"reports are not written in {code[:20]!r}; choose one of {', '.join(LANGUAGES)}"
        raise ConfigError(msg)
    return LANGUAGES[code]
