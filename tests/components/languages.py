"""The languages that every text is in."""

from typing import Final

LANGUAGES: Final = ("en", "fa", "lt", "ru", "vi")
