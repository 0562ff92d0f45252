"""`python -m trunkline` is the command `trunkline`."""

from __future__ import annotations

import sys

from .cli.entry import main

sys.exit(main())
