"""Runs `dying_open` and asks it for one death after another."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]


@contextmanager
def killer() -> Iterator[Callable[[str, str, int], str]]:
    """Give a function that opens or repairs an archive in a process that dies before a step, and says how it ended."""
    command = [sys.executable, "tests/archive/dying_open.py"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as running:

        def attempt(do: str, archive: str, step: int) -> str:
            running.stdin.write(json.dumps({"do": do, "archive": archive, "step": step}) + "\n")
            running.stdin.flush()
            return running.stdout.readline().strip()

        try:
            yield attempt
        finally:
            running.terminate()


def deaths(prepare: Callable[[], str], do: str, check: Callable[[int], None]) -> int:
    """Prepare an archive, kill what is done to it before its first step, and check it; then before the second, and so on.

    Return how often it died: as often as it has steps.
    """
    with killer() as attempt:
        for step in count(1):
            archive = prepare()
            ended = attempt(do, archive, step)
            assert ended in {"killed", "finished"}, ended
            check(step)
            if ended == "finished":
                return step - 1
    raise AssertionError
