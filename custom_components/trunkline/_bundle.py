"""Finds the toolkit: a release contains it in this folder, in a checkout it is installed."""

from __future__ import annotations

import sys
from pathlib import Path

BUNDLE = Path(__file__).parent / "_lib"


def use_bundle(folder: Path = BUNDLE) -> bool:
    """Put the bundled toolkit first on the import path, if there is one; return whether there is."""
    if not folder.is_dir():
        return False
    path = str(folder)
    if path not in sys.path:
        sys.path.insert(0, path)
    return True


use_bundle()
