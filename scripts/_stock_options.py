"""The options of `scripts/stock`; needs no package, so that `--help` works before anything is set up."""

from __future__ import annotations

import re
from pathlib import Path

from ._parser import Parser

# The oldest that Trunkline supports, the newest of the lock file, and the newest of all.
VERSIONS = ("2025.4.4", "2026.10.4", "2026.11.0")


def _version(text: str) -> str:
    if not re.fullmatch(r"20\d\d\.\d{1,2}\.\d{1,2}", text):
        message = "a version of Home Assistant, such as 2026.11.0"
        raise ValueError(message)
    return text


def parser() -> Parser:
    """Return the parser of the command line."""
    options = Parser(
        prog="scripts/stock",
        description="Installs the release archive in a Home Assistant from PyPI that has nothing of this checkout, and "
        "walks through it in a browser: adds an account of each provider, opens its dashboard, filters, plays, calls "
        "back and ticks off, in English and in Persian. Prints what was seen, and keeps pictures.",
    )
    options.add_argument(
        "versions",
        nargs="*",
        type=_version,
        metavar="VERSION",
        help=f"of Home Assistant ({', '.join(VERSIONS)})",
    )
    options.add_argument(
        "--directory", type=Path, metavar="DIR", help="directory for the installations and pictures (.cache/stock)"
    )
    options.add_argument("--docs", action="store_true", help="replace the pictures of the documentation")
    return options


if __name__ == "__main__":
    parser().parse_args()
