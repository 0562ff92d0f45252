"""What the fix flows of a push address have in common: they show it, and register it where the provider takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import ConfigEntryState

from trunkline.errors import ConnectionFailedError, RateLimitedError

from ..account.repair_flow import AccountRepairFlow
from .addresses import async_push_url

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.data_entry_flow import FlowResult


class PushRepairFlow(AccountRepairFlow):
    """Fixes an issue of an account's push address; the account has to be loaded."""

    def _obstacle(self) -> FlowResult[Any, Any] | None:
        """Return how the flow ends if the account was removed or is not loaded."""
        entry = self._entry()
        if entry is None:
            return self._removed()
        if entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded", description_placeholders=self._texts)
        return None

    def _loaded_entry(self) -> ConfigEntry:
        """Return the account's entry; only if there is no obstacle."""
        return self.hass.config_entries.async_get_known_entry(self._entry_id)

    async def _async_address_error(self) -> str | None:
        """Put the push address into the texts; return the key of an error if there is none."""
        url = await async_push_url(self.hass, self._loaded_entry())
        # Made inert, as the texts of providers are, it would be another address.
        self._texts["push_url"] = url or "—"
        return None if url else "no_url"

    async def _async_registration_error(self) -> tuple[str, dict[str, str]] | None:
        """Register the address; return the key of an error and its texts if that failed."""
        if error_key := await self._async_address_error():
            return error_key, {}
        error = await self._loaded_entry().runtime_data.registration.async_register_again()
        match error:
            case None:
                return None
            case RateLimitedError():
                return "rate_limited", {}
            case ConnectionFailedError():
                return "cannot_connect", {}
            case _:
                return "failed", {"error": str(error)}
