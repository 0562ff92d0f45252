"""Your phone lines and your phone bill: clients, call archive and figures for web telephony providers.

Names are imported when they are first used, so that `import trunkline` is fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lazy import names_of_modules
from .version import __version__

if TYPE_CHECKING:
    from .archive import Archive
    from .figures import Calls, Figure, calls
    from .importing import import_calls
    from .magics import load_ipython_extension
    from .model import Call, Capability, Direction, Money, Status
    from .providers import PROVIDERS, Account, open_account
    from .sample import sample
    from .sync import sync_account

__all__ = [
    "PROVIDERS",
    "Account",
    "Archive",
    "Call",
    "Calls",
    "Capability",
    "Direction",
    "Figure",
    "Money",
    "Status",
    "__version__",
    "calls",
    "import_calls",
    "load_ipython_extension",
    "open_account",
    "sample",
    "sync_account",
]

__getattr__ = names_of_modules(
    __name__,
    {
        "archive": ("Archive",),
        "figures": ("Calls", "Figure", "calls"),
        "importing": ("import_calls",),
        "magics": ("load_ipython_extension",),
        "model": ("Call", "Capability", "Direction", "Money", "Status"),
        "providers": ("PROVIDERS", "Account", "open_account"),
        "sample": ("sample",),
        "sync": ("sync_account",),
    },
)
