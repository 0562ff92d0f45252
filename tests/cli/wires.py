"""The sandbox in a process of its own, and the names of its interfaces."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager

from tests.patience import PATIENCE
from trunkline.providers import PROVIDERS

# A provider, with the dialect unless it is the default one.
WIRES = [
    f"{dialect.provider_id}-{dialect.dialect}" if dialect is not info else dialect.provider_id
    for info in PROVIDERS.values()
    for dialect in info.dialects
]


@contextmanager
def served():
    """Serve a small office; gives what `trunkline sandbox` prints."""
    command = [sys.executable, "-m", "trunkline", "sandbox", "--calls", "300", "--days", "20", "--seed", "5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        yield json.loads(server.stdout.readline())
        server.terminate()
        assert server.wait(PATIENCE) == 0
