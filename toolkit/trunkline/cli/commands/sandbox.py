"""`trunkline sandbox`: serves simulated providers on a loopback address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.cli.arguments import count
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
    parser.add_argument("--port", type=count, default=0, help="port to listen on (default: any free port)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the simulated office (default: %(default)s)")
    parser.add_argument("--calls", type=count, default=500, help="number of past calls (default: %(default)s)")
    parser.add_argument("--days", type=count, default=30, help="days that they are spread over (default: %(default)s)")
    parser.add_argument("--live", type=float, default=0.0, help="new calls per minute (default: %(default)s)")


def _sandbox(options: argparse.Namespace) -> int:
    from trunkline.sandbox.run import serve  # noqa: PLC0415  (no other command needs the server)

    try:
        serve(options.host, options.port, options.seed, options.calls, options.days, options.live)
    except (ValueError, OverflowError) as error:
        raise ConfigError(str(error)) from None
    except OSError as error:
        msg = f"can't listen on port {options.port} ({error.strerror or type(error).__name__}): choose another port"
        raise ConfigError(msg) from None
    return OK
