"""The dashboard in the sidebar, which is there as long as an account wants to be shown in it.

It is a dashboard of Home Assistant whose whole configuration is the strategy of our module, and is kept in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from homeassistant.components import frontend
from homeassistant.helpers.translation import async_get_translations

from ..const import CONF_SHOW_IN_DASHBOARD, DOMAIN, LOGGER
from .module import FRONTEND

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

# Without a hyphen, which the address of a dashboard that a user adds must have.
PATH: Final = DOMAIN
ICON: Final = "mdi:phone-log"
LOVELACE: Final = "lovelace"


async def async_update_panel(hass: HomeAssistant, *, without: str | None = None) -> None:
    """Show the dashboard if an account wants that, else remove it; `without` is an account that is being removed.

    What Home Assistant has for dashboards isn't meant for integrations: if it changes, there is no dashboard in the
    sidebar, and everything else works.
    """
    if FRONTEND not in hass.config.components:
        return
    wanted = any(
        entry.options.get(CONF_SHOW_IN_DASHBOARD, True)
        for entry in hass.config_entries.async_entries(DOMAIN, include_disabled=False, include_ignore=False)
        if entry.entry_id != without
    )
    try:
        if wanted:
            await _async_show(hass)
        else:
            _remove(hass)
    except (AttributeError, ImportError, KeyError, TypeError, ValueError) as error:
        LOGGER.warning(
            "The dashboard can't be shown in the sidebar of this version of Home Assistant (%s). Add a dashboard with "
            "`strategy: {type: custom:trunkline}` instead",
            error,
        )


async def _async_show(hass: HomeAssistant) -> None:
    # Home Assistant may rename or move this, so that it is imported only here, where a failure is caught.
    from homeassistant.components.lovelace.const import LOVELACE_DATA  # noqa: PLC0415

    from .strategy import StrategyDashboard  # noqa: PLC0415

    dashboards = hass.data[LOVELACE_DATA].dashboards
    before = dashboards.get(PATH)
    if before is not None and not isinstance(before, StrategyDashboard):
        LOGGER.warning("The dashboard can't be shown in the sidebar: there is another one at /%s", PATH)
        return
    texts = await async_get_translations(hass, hass.config.language, "common", {DOMAIN})
    title = texts[f"component.{DOMAIN}.common.dashboard_title"]
    if before is not None and before.title == title:
        return
    dashboards[PATH] = StrategyDashboard(
        hass,
        PATH,
        title,
        {"mode": "yaml", "icon": ICON, "show_in_sidebar": True, "require_admin": False, "filename": DOMAIN},
    )
    frontend.async_register_built_in_panel(
        hass,
        LOVELACE,
        frontend_url_path=PATH,
        sidebar_title=title,
        sidebar_icon=ICON,
        config={"mode": "yaml"},
        update=True,
    )


def _remove(hass: HomeAssistant) -> None:
    from homeassistant.components.lovelace.const import LOVELACE_DATA  # noqa: PLC0415

    from .strategy import StrategyDashboard  # noqa: PLC0415

    dashboards = hass.data[LOVELACE_DATA].dashboards
    if isinstance(dashboards.get(PATH), StrategyDashboard):
        del dashboards[PATH]
        frontend.async_remove_panel(hass, PATH)
