"""Real sockets on loopback for the providers' tests, and patience that a test can afford."""

from __future__ import annotations

import pytest

from trunkline.transport import Limits

QUICK = Limits(connect=2, total=2, attempts=3, backoff=0.001, backoff_cap=0.01, patience=5, body=1 << 20)


@pytest.fixture(autouse=True)
def _sockets(socket_enabled):
    """Let every test here use loopback."""


@pytest.fixture
def limits():
    return QUICK
