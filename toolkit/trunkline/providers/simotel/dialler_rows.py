"""Rows of Simotel's lists about the automatic dialler.

Source: "Simotel API", autodialer/campaigns, autodialer/groups, autodialer/reports and autodialer/contacts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.model import Campaign, Contact, DialGroup, DialReport
from trunkline.providers.common import fields

from . import row_values

if TYPE_CHECKING:
    from .dates import RowDates


class DiallerRows:
    """Reads the rows of one server; each method raises `DataError` that names a field which can't be read."""

    def __init__(self, dates: RowDates) -> None:
        """Keep the reader of times."""
        self._utc = dates.utc

    def campaign(self, record: object) -> Campaign:
        """Return a campaign."""
        row = fields.mapping(record, "campaign")
        return Campaign(
            campaign_id=row_values.object_id(row.get("_id"), "_id"),
            name=fields.text(row.get("name"), "name") or "",
            status=row_values.text(row.get("status"), "status"),
            starts_at=self._utc(row.get("isoStart") or row.get("start"), "start"),
            ends_at=self._utc(row.get("isoEnd") or row.get("end"), "end"),
            created_at=self._utc(row.get("date"), "date"),
            count=fields.integer(row.get("count"), "count"),
            description=row_values.text(row.get("description"), "description"),
        )

    def group(self, record: object) -> DialGroup:
        """Return a group of numbers."""
        row = fields.mapping(record, "group")
        return DialGroup(
            group_id=row_values.object_id(row.get("_id"), "_id"),
            name=fields.text(row.get("name"), "name") or "",
            count=fields.integer(row.get("count"), "count"),
            description=row_values.text(row.get("description"), "description"),
            created_at=self._utc(row.get("date"), "date"),
        )

    def report(self, record: object) -> DialReport:
        """Return the result for a dialled number."""
        row = fields.mapping(record, "report")
        status = row_values.status(row.get("disposition"))
        return DialReport(
            row_id=row_values.object_id(row.get("_id"), "_id"),
            status=status,
            campaign=row_values.text(row.get("campaign"), "campaign"),
            campaign_id=row_values.optional_id(row.get("campaign_id"), "campaign_id"),
            number=row_values.text(row.get("number"), "number"),
            at=self._utc(row.get("date"), "date"),
            attempts=fields.integer(row.get("try"), "try"),
            talk=row_values.talk(status, row.get("billsec"))[0],
            wait=fields.seconds(row.get("wait"), "wait"),
        )


def read_contact(record: object) -> Contact:
    """Return an entry of the dialler's phonebook."""
    row = fields.mapping(record, "contact")
    number = row_values.text(row.get("number"), "number")
    return Contact(
        contact_id=row_values.object_id(row.get("_id"), "_id"),
        name=row_values.text(row.get("name"), "name"),
        note=row_values.text(row.get("description"), "description"),
        numbers=(number,) if number else (),
    )
