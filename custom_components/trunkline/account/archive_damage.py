"""The repair issue of a damaged archive, which all accounts share."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from homeassistant.core import callback
from homeassistant.helpers import issue_registry as ir

from trunkline.errors import DamagedArchiveError

from ..const import DOMAIN
from ..errors import placeholders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from homeassistant.core import HomeAssistant

ARCHIVE_DAMAGED = "archive_damaged"


@callback
def async_report_damage(hass: HomeAssistant, error: DamagedArchiveError) -> None:
    """Create the issue, whose fix flow repairs the archive."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        ARCHIVE_DAMAGED,
        is_fixable=True,
        severity=ir.IssueSeverity.ERROR,
        translation_key=ARCHIVE_DAMAGED,
        translation_placeholders=placeholders(error=str(error)),
    )


@callback
def async_delete_damage(hass: HomeAssistant) -> None:
    """Delete the issue: the archive can be opened. If a row is still damaged, the next poll that reads it says so."""
    ir.async_delete_issue(hass, DOMAIN, ARCHIVE_DAMAGED)


@contextmanager
def damage_reported(hass: HomeAssistant) -> Iterator[None]:
    """Create the issue if the archive turns out to be damaged; the error goes on. For the event loop."""
    try:
        yield
    except DamagedArchiveError as error:
        async_report_damage(hass, error)
        raise
