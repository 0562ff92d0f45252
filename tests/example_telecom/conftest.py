"""Example Telecom, registered and served; for Home Assistant, with the second custom integration beside ours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import custom_components
from tests.components.conftest import (
    _integrations,
    _own_folder,
    _quick,
    entity_id,
    later,
    now,
    setup,
    state,
)
from tests.example_telecom import INFO
from tests.example_telecom.server import ExampleTelecomServer
from trunkline.providers import PROVIDERS, unregister
from trunkline.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from datetime import datetime

__all__ = ["_integrations", "_own_folder", "_quick", "entity_id", "later", "now", "setup", "state"]

FOLDER = Path(__file__).parent


@pytest.fixture(autouse=True)
def _forget_the_provider() -> Iterator[None]:
    assert INFO.provider_id not in PROVIDERS
    yield
    unregister(INFO.provider_id)


@pytest.fixture(autouse=True)
def _second_integration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Home Assistant find the integration that registers the provider."""
    folders = [*custom_components.__path__, str(FOLDER / "home_assistant")]
    monkeypatch.setattr(custom_components, "__path__", folders)


@pytest.fixture
async def sandbox(socket_enabled: None, now: datetime) -> AsyncIterator[Sandbox]:
    """Serve two small offices with three weeks of calls behind them, by Example Telecom's server among the others."""
    async with Sandbox(seed=7, calls=800, days=21, now=now, extra_wires=[ExampleTelecomServer]) as sandbox:
        yield sandbox
