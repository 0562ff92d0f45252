"""The command `scripts/demo`."""

from __future__ import annotations

import asyncio
import sys

import aiohttp

from ._check import check
from ._demo_options import parser
from ._demo_start import ROOT, Options, show
from ._process import DemoError


def main() -> int:
    """Run the demo or its check."""
    options = parser().parse_args()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    try:
        if options.check:
            directory = options.directory or ROOT / ".demo" / f"{version}-check"
            return asyncio.run(check(Options(directory, options.port, fresh=not options.keep, live=0, calls=400)))
        directory = options.directory or ROOT / ".demo" / version
        asyncio.run(show(Options(directory, options.port, fresh=options.fresh, live=options.live)))
    except (DemoError, TimeoutError, aiohttp.ClientError) as error:
        print(f"demo: {error or 'something took too long'}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
