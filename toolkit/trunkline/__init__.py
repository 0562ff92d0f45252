"""Your phone lines and your phone bill: clients, call archive and figures for web telephony providers.

Names are imported when they are first used, so that `import trunkline` is fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .version import __version__

if TYPE_CHECKING:
    from .archive import Archive
    from .model import Call, Capability, Direction, Money, Status
    from .providers import PROVIDERS, Account, open_account
    from .sync import sync_account

__all__ = [
    "PROVIDERS",
    "Account",
    "Archive",
    "Call",
    "Capability",
    "Direction",
    "Money",
    "Status",
    "__version__",
    "open_account",
    "sync_account",
]

_MODULES = {
    "Archive": "archive",
    "Call": "model",
    "Capability": "model",
    "Direction": "model",
    "Money": "model",
    "Status": "model",
    "PROVIDERS": "providers",
    "Account": "providers",
    "open_account": "providers",
    "sync_account": "sync",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use (PEP 562)."""
    if name not in _MODULES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value
