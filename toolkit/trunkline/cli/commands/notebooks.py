"""`trunkline notebooks`: copies the notebooks, and the rate cards that they use, into a folder."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from trunkline.cli.output import write
from trunkline.cli.parser import add_command
from trunkline.cli.status import OK
from trunkline.errors import ConfigError

if TYPE_CHECKING:
    import argparse

    from trunkline.cli.parser import Commands

_PACKAGE = Path(__file__).parents[2]
# In the wheel, the notebooks lie in the package; a checkout has them beside it.
_PLACES = (_PACKAGE / "notebooks", _PACKAGE.parents[1] / "notebooks")


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(commands, "notebooks", _notebooks, "copy the notebooks into a folder")
    parser.add_argument("folder", metavar="DIR", help="the folder, made if it doesn't exist; files in it are kept")


def _notebooks(options: argparse.Namespace) -> int:
    folder = Path(options.folder).expanduser()
    source = next((place for place in _PLACES if place.is_dir()), None)
    if source is None:
        msg = "this installation has no notebooks: install trunkline again with pip"
        raise ConfigError(msg)
    try:
        for file in (*sorted(source.glob("*.ipynb")), *sorted(source.glob("cards/*.toml"))):
            copy = folder / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            kept = copy.exists()
            if not kept:
                shutil.copyfile(file, copy)
            write(f"{copy}{' exists already and is kept' if kept else ''}\n")
    except OSError as error:
        msg = f"can't write to {folder} ({error.strerror or type(error).__name__})"
        raise ConfigError(msg) from None
    write(f"\nOpen them with: jupyter lab {folder}\n")
    return OK
