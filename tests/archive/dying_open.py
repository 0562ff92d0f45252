"""Opens or repairs archives in children of its own that die at a given step: a program for the tests of kills.

Everything is imported once, here; each attempt is a fork, so that it lives and dies quickly. A job is a line of JSON:
what to do (`open` or `repair`), the archive's address, and the number of the step before which the child is killed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event

from trunkline.archive import Archive, repair_archive

if TYPE_CHECKING:
    import sqlite3


class Countdown:
    """Kills this process when it comes to zero."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def step(self, *_: object) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def count_statements(countdown: Countdown) -> None:
    """Count what SQLite carries out, as SQLite itself reports it, and what is sent to PostgreSQL."""

    def connected(connection: sqlite3.Connection | Any, _record: object) -> None:
        if hasattr(connection, "set_trace_callback"):
            connection.set_trace_callback(countdown.step)

    def executed(connection: Any, *_: object) -> None:
        if connection.dialect.name != "sqlite":
            countdown.step()

    event.listen(Engine, "connect", connected)
    event.listen(Engine, "before_cursor_execute", executed)
    event.listen(Engine, "commit", executed)


def count_file_operations(countdown: Countdown) -> None:
    """Count what the repair does to files, beside what SQLite does to the new one."""
    watched = {"os.rename", "os.link", "os.remove", "os.chmod", "shutil.copyfile", "open", "sqlite3.connect"}
    sys.addaudithook(lambda name, _: countdown.step() if name in watched else None)


def attempt(job: dict[str, Any]) -> str:
    """Return whether the child died, and otherwise what it did."""
    child = os.fork()
    if child == 0:
        countdown = Countdown(job["step"])
        status = 1
        try:
            if job["do"] == "open":
                count_statements(countdown)
                Archive.open(job["archive"]).close()
            else:
                count_file_operations(countdown)
                repair_archive(job["archive"])
            status = 0
        finally:
            sys.stderr.flush()
            os._exit(status)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return "killed"
    return "failed" if os.waitstatus_to_exitcode(status) else "finished"


def main() -> None:
    """Answer one job after the other."""
    for line in sys.stdin:
        sys.stdout.write(attempt(json.loads(line)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
