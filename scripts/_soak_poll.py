"""Home Assistant as a reader of a soak: a real instance with the integration, which its own timer makes poll."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from aiohttp.resolver import ThreadedResolver
from homeassistant import loader
from homeassistant.config_entries import ConfigEntryState
from homeassistant.helpers import aiohttp_client, frame
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_test_home_assistant,
)

import custom_components.trunkline as integration
from trunkline.archive import Archive
from trunkline.errors import TrunklineError

from ._soak_bench import QUICK
from ._soak_world import archived

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from homeassistant.core import HomeAssistant

    from trunkline.sandbox import SandboxAccount

    from ._soak_world import Facts

_DOMAIN = "trunkline"
# Longer than the interval between two polls.
_DUE = timedelta(minutes=3)


class Household:
    """A Home Assistant with one account."""

    def __init__(self, hass: HomeAssistant, entry: Any, folder: Path) -> None:
        """Take an instance, and an entry that isn't set up."""
        self._hass, self._entry = hass, entry
        self._url = f"sqlite:///{folder / 'trunkline.db'}"

    async def read(self, *, full: bool = False) -> bool:
        """Let a poll come due, or set the account up where it isn't; return whether the history counts as complete.

        With `full` the whole history is read again, as by the button.
        """
        hass, entry = self._hass, self._entry
        await self._answer_reauth()
        if entry.state is not ConfigEntryState.LOADED:
            if entry.state is ConfigEntryState.NOT_LOADED:
                await hass.config_entries.async_setup(entry.entry_id)
            else:
                await hass.config_entries.async_reload(entry.entry_id)
        elif full:
            await entry.runtime_data.async_sync(full=True)
        else:
            async_fire_time_changed(hass, dt_util.utcnow() + _DUE)
        await hass.async_block_till_done(wait_background_tasks=True)
        if entry.state is not ConfigEntryState.LOADED:
            return False
        history, coordinator = entry.runtime_data.history, entry.runtime_data.coordinator
        # A failure in the background is kept for the next poll, whose run would forget it.
        failure = history._failure  # noqa: SLF001
        if failure is not None and not isinstance(failure, TrunklineError):
            raise failure
        return bool(coordinator.last_update_success and failure is None and history.state.complete)

    async def _answer_reauth(self) -> None:
        """Enter the same credentials again where they are asked for, which loads the account anew."""
        asked = [flow for flow in self._hass.config_entries.flow.async_progress() if flow["handler"] == _DOMAIN]
        for flow in asked:
            self._hass.config_entries.flow.async_abort(flow["flow_id"])
        if asked:
            await self.give_up()

    def kill(self) -> bool:
        """Do nothing."""
        return False

    async def give_up(self) -> None:
        """Unload the account, so that nothing goes on in the background."""
        if self._entry.state is ConfigEntryState.LOADED:
            await self._hass.config_entries.async_unload(self._entry.entry_id)
        await self._hass.async_block_till_done(wait_background_tasks=True)

    def archived(self, wire: str) -> tuple[dict[str, Facts], int]:
        """Return the archive's calls, and the number of rows kept aside."""
        with Archive.open(self._url) as archive:
            aside = sum(len(archive.unreadable_rows(account.account)) for account in archive.accounts())
            return archived(wire, archive.calls()), aside


@contextlib.asynccontextmanager
async def household(described: SandboxAccount, key: str, folder: Path) -> AsyncIterator[Household]:
    """Start an instance in a folder of its own, and stop it."""
    with patch.object(integration, "LIMITS", QUICK), _plain_resolver():
        async with async_test_home_assistant(config_dir=str(folder)) as hass:
            frame.async_setup(hass)
            hass.data.pop(loader.DATA_CUSTOM_COMPONENTS, None)
            entry = MockConfigEntry(
                domain=_DOMAIN,
                title="Soak",
                unique_id=key,
                data={
                    "provider": described.provider,
                    "dialect": described.dialect,
                    "base_url": described.base_url,
                    "credentials": dict(described.credentials),
                    "webhook_id": "0" * 64,
                },
            )
            entry.add_to_hass(hass)
            made = Household(hass, entry, folder)
            try:
                yield made
            finally:
                await made.give_up()
                await hass.async_stop(force=True)


class _PlainResolver(ThreadedResolver):
    """Has the method by which newer Home Assistant closes its resolver."""

    async def real_close(self) -> None:
        """Close the resolver."""
        await self.close()


def _plain_resolver() -> Any:
    """Resolve no name by multicast: the sandbox has an address, and nothing else is asked."""
    return patch.object(aiohttp_client, "_async_make_resolver", lambda _: _PlainResolver(), create=True)
