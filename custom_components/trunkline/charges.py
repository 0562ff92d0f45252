"""What the reply to a paid request says of the credit goes into the archive at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from homeassistant.util import dt as dt_util

from trunkline.errors import ArchiveError

from .const import LOGGER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from homeassistant.core import HomeAssistant

    from trunkline.archive import Archive
    from trunkline.model import PlacedCall, Trunk


async def async_record_charge(
    hass: HomeAssistant, archive: Archive, account_key: str, trunks: Sequence[Trunk], placed: PlacedCall
) -> None:
    """Write down what is left after a paid request, where the reply said it and the account has one line to it.

    The request has been paid by then: an archive that can't be written is no failure of it.
    """
    if placed.remaining_credit is None or len(trunks) != 1:
        # Of several lines nobody knows whose credit that is; the next poll reads each one's own.
        return
    reading = [replace(trunks[0], credit=placed.remaining_credit)]
    try:
        await hass.async_add_executor_job(archive.record_credit, account_key, reading, dt_util.utcnow())
    except ArchiveError as error:
        LOGGER.warning("The credit after a paid request could not be written down: %s", error)
