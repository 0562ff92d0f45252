"""The command `scripts/demo`: its options, and what it says when the demo can't start."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import NoReturn, override

import aiohttp

from ._check import check
from ._demo import ROOT, Wishes, show
from ._process import DemoError


class _Parser(argparse.ArgumentParser):
    @override
    def error(self, message: str) -> NoReturn:
        print(f"demo: {message} (see scripts/demo --help)", file=sys.stderr)
        sys.exit(2)


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65535:
        message = "a port is between 1 and 65535"
        raise ValueError(message)
    return port


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    options = _Parser(
        prog="scripts/demo",
        description="Starts a sandbox that speaks the interfaces of five providers, and a real Home Assistant with an "
        "account of each, and shows where to look. Nothing leaves this machine, and nothing is downloaded.",
    )
    options.add_argument("--check", action="store_true", help="without a person: try everything, print a table, stop")
    options.add_argument(
        "--port", type=_port, default=8123, metavar="N", help="Home Assistant's port (8123, or a free one)"
    )
    options.add_argument("--directory", type=Path, metavar="DIR", help="where it keeps its files (.demo)")
    again = options.add_mutually_exclusive_group()
    again.add_argument("--keep", action="store_true", help="go on with the last start's Home Assistant (default)")
    again.add_argument("--fresh", action="store_true", help="begin with a new Home Assistant (what --check does)")
    return options


def main() -> int:
    """Run the demo or its check."""
    wishes = parser().parse_args()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    try:
        if wishes.check:
            directory = wishes.directory or ROOT / ".demo" / f"{version}-check"
            return asyncio.run(check(Wishes(directory, wishes.port, fresh=not wishes.keep, live=0, calls=400)))
        asyncio.run(show(Wishes(wishes.directory or ROOT / ".demo" / version, wishes.port, fresh=wishes.fresh)))
    except (DemoError, TimeoutError, aiohttp.ClientError) as error:
        print(f"demo: {error or 'something took too long'}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
