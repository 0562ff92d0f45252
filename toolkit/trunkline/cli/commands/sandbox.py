"""`trunkline sandbox`: serves simulated providers on a loopback address."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from trunkline.cli.arguments import count, port
from trunkline.cli.parser import add_command
from trunkline.cli.status import OK
from trunkline.errors import ConfigError

if TYPE_CHECKING:
    import argparse

    from trunkline.cli.parser import Commands


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(commands, "sandbox", _sandbox, "serve simulated providers on this machine, to test for free")
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=port, default=0, help="port to listen on (default: any free port)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the simulated office (default: %(default)s)")
    parser.add_argument("--calls", type=count, default=500, help="number of past calls (default: %(default)s)")
    parser.add_argument("--days", type=count, default=30, help="days that they are spread over (default: %(default)s)")
    parser.add_argument("--live", type=float, default=0.0, help="new calls per minute (default: %(default)s)")


def _sandbox(options: argparse.Namespace) -> int:
    from trunkline.sandbox.run import serve  # noqa: PLC0415  (no other command needs the server)

    with suppress(RuntimeError):
        asyncio.get_running_loop()
        msg = "the sandbox serves until it is stopped: run `trunkline sandbox` in a terminal"
        raise ConfigError(msg)
    arguments = options.host, options.port, options.seed, options.calls, options.days, options.live
    try:
        with closing(_Folder()) as folder:
            serve(*arguments, ready=folder.introduce)
    except (ValueError, OverflowError) as error:
        raise ConfigError(str(error)) from None
    except OSError as error:
        msg = f"can't listen on port {options.port} ({error.strerror or type(error).__name__}): choose another port"
        raise ConfigError(msg) from None
    return OK


class _Folder:
    """A new folder with the accounts of this sandbox, so that the user's own accounts and archive stay as they are."""

    def __init__(self) -> None:
        self._accounts: Path | None = None

    def introduce(self, line: dict[str, Any]) -> None:
        """Write the accounts and print what to type next."""
        folder = Path(tempfile.mkdtemp(prefix="trunkline-sandbox-"))
        self._accounts = folder / "accounts.toml"
        self._accounts.write_text(_toml(line), encoding="utf-8")
        self._accounts.chmod(0o600)
        archive = folder / "calls.db"
        sys.stderr.write(
            "The sandbox is running until you press Ctrl-C. In another terminal:\n\n"
            f"export TRUNKLINE_ACCOUNTS={quote(str(self._accounts))} TRUNKLINE_ARCHIVE={quote(str(archive))}\n"
            "trunkline sync && trunkline report cost --by month\n\n"
        )

    def close(self) -> None:
        """Remove the accounts, which no longer exist; the archive stays."""
        if self._accounts is not None:
            self._accounts.unlink(missing_ok=True)
            with suppress(OSError):
                self._accounts.parent.rmdir()


def _toml(line: dict[str, Any]) -> str:
    """Return an accounts file with the first account of each simulated provider."""
    tables = []
    for wire, described in line.items():
        if not isinstance(described, dict):
            continue
        settings = {"provider": described["provider"], "base_url": described["base_url"]}
        if described["dialect"]:
            settings["dialect"] = described["dialect"]
        settings |= described["credentials"]
        # A JSON string is a TOML string.
        tables.append("\n".join([f"[{wire}]", *(f"{key} = {json.dumps(value)}" for key, value in settings.items())]))
    return "\n\n".join(tables) + "\n"
