"""The part of the options about names of numbers: which are shown first, and a file to import.

All accounts share the names: they are in the archive, and not among the options of an entry.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import voluptuous as vol
from homeassistant.config_entries import ConfigEntryState
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import FileSelector, FileSelectorConfig, SelectSelector, SelectSelectorConfig

from trunkline.errors import TrunklineError
from trunkline.model import ContactSource

from ..account.contact_import import async_import, async_show
from ..errors import placeholders

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.core import HomeAssistant

    from ..runtime import TrunklineConfigEntry

CONF_CONTACTS: Final = "contacts"
CONF_NAME_ORDER: Final = "name_order"
CONF_CONTACTS_FILE: Final = "contacts_file"


async def async_contacts_fields(hass: HomeAssistant, entry: TrunklineConfigEntry) -> dict[vol.Marker, Any]:
    """Return the section of the form; nothing while the account, and with it the archive, isn't loaded."""
    if entry.state is not ConfigEntryState.LOADED:
        return {}
    try:
        order = await hass.async_add_executor_job(entry.runtime_data.archive.contacts.precedence)
    except TrunklineError:
        # The repair of a damaged archive says what to do.
        return {}
    fields = {
        vol.Optional(CONF_NAME_ORDER, default=[source.value for source in order]): SelectSelector(
            SelectSelectorConfig(
                options=[source.value for source in ContactSource], multiple=True, translation_key=CONF_NAME_ORDER
            )
        ),
        vol.Optional(CONF_CONTACTS_FILE): FileSelector(FileSelectorConfig(accept=".vcf,.csv")),
    }
    return {vol.Optional(CONF_CONTACTS): section(vol.Schema(fields), {"collapsed": True})}


async def async_save_contacts(
    hass: HomeAssistant, entry: TrunklineConfigEntry, given: Mapping[str, Any]
) -> tuple[dict[str, str], dict[str, str]]:
    """Set the order and import the file; return the errors of the form, and their placeholders."""
    if not given or entry.state is not ConfigEntryState.LOADED:
        return {}, {}
    runtime = entry.runtime_data
    contacts = runtime.archive.contacts
    try:
        if CONF_NAME_ORDER in given:
            order = [ContactSource(source) for source in given[CONF_NAME_ORDER]]
            await hass.async_add_executor_job(contacts.set_precedence, order)
            await async_show(hass, runtime.names)
        if CONF_CONTACTS_FILE in given:
            read = partial(_uploaded, hass, given[CONF_CONTACTS_FILE])
            await async_import(hass, runtime.archive, runtime.names, runtime.account.info.country, read)
    except (OSError, ValueError):
        # The upload is kept for a while only.
        return {CONF_CONTACTS: "file_gone"}, {}
    except TrunklineError as error:
        return {CONF_CONTACTS: "contacts_not_imported"}, placeholders(error=str(error))
    return {}, {}


def _uploaded(hass: HomeAssistant, file_id: str, most: int) -> bytes:
    # Not every installation has loaded it, and the options are changed seldom.
    from homeassistant.components.file_upload import process_uploaded_file  # noqa: PLC0415

    with process_uploaded_file(hass, file_id) as path, path.open("rb") as file:
        return file.read(most)
