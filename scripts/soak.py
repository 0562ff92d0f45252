"""Runs many syncs over failing and lying servers, and checks that the archive equals the simulated world in the end.

Each case has a small world, a run with one or two faults (or one that is stopped or killed), and up to three clean
runs. Every interface is read, by `sync_account` and by Home Assistant's polling. It fails if the archive differs at the
end, if a run says that it is complete although calls are missing, if it doesn't end, or if it raises anything but
Trunkline's own errors. What can't be proven is listed in scripts/_soak_proofs.py.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ._parser import Parser
from ._soak_interfaces import INTERFACES

if TYPE_CHECKING:
    from collections.abc import Sequence

# Enough for each fault at each request of a first and of a later run, and for half as many pairs, stops and polls.
RUNS, SHARE = 12_000, 240
_SEED = 7


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the options and run; return 1 if anything failed."""
    parser = Parser(prog="scripts/soak", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=RUNS, help="number of runs (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=_SEED, help="chooses world and cases (default: %(default)s)")
    parser.add_argument("--interface", choices=INTERFACES, help="only this interface")
    parser.add_argument("--share", action="store_true", help=f"a short soak of {SHARE} runs")
    parser.add_argument("--processes", type=int, default=1, help="how many run at a time (default: %(default)s)")
    parser.add_argument("--case", help="repeat one case, as a failure is printed, and show each of its runs")
    options = parser.parse_args(arguments)
    if min(options.runs, options.processes) < 1:
        parser.error("--runs and --processes must be at least 1")
    # Home Assistant is imported only when it is needed, and the help needs nothing.
    from ._soak_all import repeat, run_soak  # noqa: PLC0415
    from ._soak_cases import Case  # noqa: PLC0415

    if options.case is not None:
        try:
            case = Case.read(options.case)
        except ValueError as error:
            parser.error(str(error))
        return repeat(case)
    interfaces = [options.interface] if options.interface else INTERFACES
    return run_soak(SHARE if options.share else options.runs, options.seed, interfaces, options.processes)


if __name__ == "__main__":
    sys.exit(main())
