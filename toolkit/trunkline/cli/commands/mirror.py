"""`trunkline mirror`: keeps a Parquet file of each closed month beside the archive."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from trunkline.cli.output import show
from trunkline.cli.parser import add_command, add_format
from trunkline.cli.status import OK
from trunkline.cli.storage import open_archive
from trunkline.errors import ConfigError

if TYPE_CHECKING:
    import argparse

    from trunkline.cli.parser import Commands


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(commands, "mirror", _mirror, "write or renew a Parquet file for each closed month")
    add_format(parser)
    parser.add_argument("directory", metavar="DIR", help="folder of the mirror, which is made if it doesn't exist")


def _mirror(options: argparse.Namespace) -> int:
    try:
        with closing(open_archive()) as archive:
            done = archive.mirror(options.directory)
    except ImportError as error:
        msg = f"a mirror needs {error.name}: run pip install 'trunkline[reports]'"
        raise ConfigError(msg) from None
    row = {"written": done.written, "unchanged": done.unchanged, "removed": done.removed, "calls": done.calls}
    show([{"mirror": options.directory} | row], ("mirror", *row), options.format)
    return OK
