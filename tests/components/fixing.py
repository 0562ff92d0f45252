"""Goes through the fix flow of a repair issue, as the frontend does: with requests to Home Assistant's own interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.setup import async_setup_component

from .conftest import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.core import HomeAssistant

URL = "/api/repairs/issues/fix"


class Fix:
    """One fix flow."""

    def __init__(self, hass: HomeAssistant, connect: Callable[[], Any]) -> None:
        self._hass = hass
        self._connect = connect
        self._client: Any = None
        self._flow = ""

    async def start(self, issue_id: str) -> dict[str, Any]:
        """Select the issue."""
        return await self._post(URL, {"handler": DOMAIN, "issue_id": issue_id})

    async def submit(self, **given: Any) -> dict[str, Any]:
        """Submit the form that is shown."""
        return await self._post(f"{URL}/{self._flow}", given)

    async def _post(self, url: str, given: dict[str, Any]) -> dict[str, Any]:
        self._client = self._client or await self._connect()
        reply = await self._client.post(url, json=given)
        assert reply.status == 200, await reply.text()
        result: dict[str, Any] = await reply.json()
        self._flow = result["flow_id"]
        await self._hass.async_block_till_done(wait_background_tasks=True)
        return result


@pytest.fixture
async def fix(hass: HomeAssistant, socket_enabled: None, hass_client: Callable[[], Any]) -> Fix:
    """Return a fix flow that has not started; all routes are there before the socket is."""
    for domain in ("http", "webhook", "repairs"):
        assert await async_setup_component(hass, domain, {})
    return Fix(hass, hass_client)
