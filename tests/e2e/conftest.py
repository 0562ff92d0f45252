"""A running demo and a browser, for the tests that look at pages as a person does."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_socket

from tests.patience import PATIENCE

from .browser import Browser, chromium, installed

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
READY = "Press Ctrl-C to stop"


@dataclass(frozen=True, slots=True)
class Running:
    """What the demo printed."""

    dashboard: str
    token: str
    base_url: str
    sandbox: str

    @property
    def url(self) -> str:
        """Home Assistant's address."""
        return "/".join(self.dashboard.split("/")[:3])


def _children(group: int) -> list[str]:
    listed = subprocess.run(["ps", "-eo", "sid,args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if line.split()[0] == str(group)]


@pytest.fixture(scope="session")
def browser_installed() -> None:
    """Skip where there is no browser; in continuous integration there has to be one."""
    if installed():
        return
    message = "chromium and chromedriver are needed (on Debian: apt install chromium chromium-driver)"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def demo(browser_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run `scripts/demo` as a person would, and end it as a person would."""
    pytest_socket.enable_socket()
    directory = tmp_path_factory.mktemp("demo")
    printed = directory / "printed"
    # a port of its own: a demo that somebody looks at has the usual one
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    files = str(directory / "files")
    # no calls but those that the tests make
    command = [sys.executable, "-m", "scripts.demo", "--fresh", "--live", "0", "--directory", files, "--port", port]
    with printed.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        deadline = time.monotonic() + PATIENCE
        while READY not in printed.read_text():
            assert process.poll() is None, printed.read_text()
            assert time.monotonic() < deadline, printed.read_text()
            time.sleep(0.3)
        text = printed.read_text()
        values = [re.search(rf"{name}\s+(\S+)", text) for name in ("dashboard:", "token", "Address", "answers:")]
        yield Running(*(value[1] for value in values if value))
    finally:
        process.send_signal(signal.SIGINT)
        status = process.wait(PATIENCE)
    assert status == 0, printed.read_text()
    assert not _children(process.pid)


@pytest.fixture(scope="session")
def browser(demo: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all of them; the test plugin's ban on sockets is lifted for loopback."""
    pytest_socket.enable_socket()
    with chromium(tmp_path_factory.mktemp("browser"), (1680, 1300)) as running:
        yield running
        pytest_socket.enable_socket()
