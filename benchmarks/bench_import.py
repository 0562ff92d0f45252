"""What importing Trunkline costs a Home Assistant that has loaded its own parts already."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LIMIT_MS = 100.0

# What is there before any custom integration is loaded.
_BEFORE = """
import sys, time
import aiohttp, sqlalchemy, sqlalchemy.orm
import homeassistant.bootstrap, homeassistant.core, homeassistant.config_entries, homeassistant.loader
import homeassistant.components.recorder, homeassistant.components.http, homeassistant.components.webhook
import homeassistant.components.sensor, homeassistant.components.binary_sensor, homeassistant.components.event
import homeassistant.components.button, homeassistant.components.logbook, homeassistant.components.diagnostics
import homeassistant.components.repairs, homeassistant.components.system_health
import homeassistant.components.media_source
import homeassistant.helpers.selector, homeassistant.helpers.update_coordinator
names = sys.argv[1:]
# an import is work of the processor alone: its time says the same on a machine that does something else as well
began = time.process_time()
for name in names:
    __import__(name)
print((time.process_time() - began) * 1000)
"""


def _milliseconds(names: list[str], cache: str) -> float:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    # warm bytecode is what a running installation has, wherever the sources may be written
    environment["PYTHONPYCACHEPREFIX"] = cache
    done = subprocess.run(
        [sys.executable, "-c", _BEFORE, *names], capture_output=True, text=True, check=True, cwd=ROOT, env=environment
    )
    return float(done.stdout)


def run(n: int = 100_000) -> list[dict[str, Any]]:
    """Import in fresh processes, 9 of them in a full run and 3 in a smaller one, and take the median."""
    integration = ROOT / "custom_components" / "trunkline"
    modules = sorted(f"custom_components.trunkline.{path.stem}" for path in integration.glob("[!_]*.py"))
    rounds = 9 if n >= 100_000 else 3
    results = []
    with tempfile.TemporaryDirectory() as cache:
        for name, names in (
            ("import trunkline", ["trunkline"]),
            ("import trunkline and the integration", ["trunkline", "custom_components.trunkline", *modules]),
        ):
            _milliseconds(names, cache)
            median = statistics.median(_milliseconds(names, cache) for _ in range(rounds))
            results.append(
                {"name": name, "ours": median, "unit": "ms", "peer": None, "limit": LIMIT_MS, "ok": median < LIMIT_MS}
            )
    return results
