"""A parser of command lines for which a wrong option is one line and exit status 2."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """Reports an error in one line. Without `typing.override`, so that Python 3.11 can print the help."""

    def error(self, message: str) -> NoReturn:
        """Print the error and exit."""
        name = self.prog.removeprefix("scripts/")
        print(f"{name}: {message} (see scripts/{name} --help)", file=sys.stderr)
        sys.exit(2)
