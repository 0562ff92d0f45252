"""The options of `scripts/demo`; needs no package, so that `--help` works before anything is set up."""

from __future__ import annotations

from pathlib import Path

from ._parser import Parser


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65535:
        message = "a port is between 1 and 65535"
        raise ValueError(message)
    return port


def _rate(text: str) -> float:
    rate = float(text)
    if not 0 <= rate <= 60:
        message = "at most 60 calls a minute"
        raise ValueError(message)
    return rate


def parser() -> Parser:
    """Return the parser of the command line."""
    options = Parser(
        prog="scripts/demo",
        description="Starts simulated providers and a real Home Assistant with an account of each, and prints "
        "the address of the dashboard. Nothing leaves this machine, and nothing is downloaded.",
    )
    options.add_argument("--check", action="store_true", help="run all checks, print a table, and stop")
    options.add_argument(
        "--port",
        type=_port,
        default=8123,
        metavar="N",
        help="port of Home Assistant (8123, or any free port)",
    )
    options.add_argument(
        "--live",
        type=_rate,
        default=5.0,
        metavar="N",
        help="calls a minute that happen by themselves (5; 0: none, and always none with --check)",
    )
    options.add_argument("--directory", type=Path, metavar="DIR", help="directory for the files of the demo (.demo)")
    again = options.add_mutually_exclusive_group()
    again.add_argument("--keep", action="store_true", help="use the Home Assistant of the last start (default)")
    again.add_argument("--fresh", action="store_true", help="use a new Home Assistant (default with --check)")
    return options


if __name__ == "__main__":
    parser().parse_args()
