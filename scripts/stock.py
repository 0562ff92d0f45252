"""The command `scripts/stock`."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from selenium.common.exceptions import WebDriverException

from tests.e2e.browser import chromium, installed

from ._demo import say
from ._process import DemoError
from ._stock_installation import ROOT, Installation
from ._stock_log import ours
from ._stock_options import VERSIONS, parser
from ._stock_pictures import copy_to_docs
from ._stock_run import run
from ._stock_walk import Walk

if TYPE_CHECKING:
    from collections.abc import Iterable


def main() -> int:
    """Walk through each version; 1 where something was not as it should be."""
    options = parser().parse_args()
    if not installed():
        print(
            "stock: chromium and chromedriver are needed (on Debian: apt install chromium chromium-driver)",
            file=sys.stderr,
        )
        return 1
    directory = (options.directory or ROOT / ".cache" / "stock").resolve()
    good = [asyncio.run(walk(Installation(version, directory / version))) for version in options.versions or VERSIONS]
    if options.docs and all(good):
        copy_to_docs(directory)
    return 0 if all(good) else 1


async def walk(installation: Installation) -> bool:
    """Walk through one installation; return whether all was well, after saying what was not."""
    say(f"=== Home Assistant {installation.version}")
    problems: list[str] = []
    try:
        async with run(installation) as running:
            before = await asyncio.to_thread(installation.packages)
            with tempfile.TemporaryDirectory() as files, chromium(Path(files), (1400, 1500)) as page:
                walking = Walk(running, page, installation.directory / "pictures", say)
                try:
                    await asyncio.to_thread(walking.everything)
                except (AssertionError, WebDriverException) as error:
                    page.picture(installation.directory / "failed.png")
                    problems.append(f"{error} (see {installation.directory / 'failed.png'})")
            say(f"Home Assistant installed for it: {_listed(await asyncio.to_thread(installation.packages) - before)}")
    except (DemoError, TimeoutError) as error:
        problems.append(str(error) or "something took too long")
    if installation.log.exists():
        problems += ours(installation.log.read_text(errors="replace"))
    for problem in problems:
        say(f"PROBLEM: {problem}")
    return not problems


def _listed(packages: Iterable[str]) -> str:
    return ", ".join(sorted(packages)) or "nothing"


if __name__ == "__main__":
    sys.exit(main())
