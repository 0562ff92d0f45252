"""The page of graphs among MOR's web pages: the server's own figures of a period.

Source: the provider's document, section Graphs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.errors import NotFoundError
from trunkline.providers.common import fields
from trunkline.providers.mor.plain_data import figures

if TYPE_CHECKING:
    from datetime import datetime

    from trunkline.providers.mor.xml_reader import Node

    from .client import WebClient

_STATISTICS = "stats/user_stats"


async def statistics(client: WebClient, *, since: datetime | None, until: datetime | None) -> dict[str, Any]:
    """Return the figures of a period.

    In the document, the address for a period starts with `/billing`. A server that doesn't know it is asked without.
    """
    if since is None and until is None:
        return read_statistics(await client.session.page(_STATISTICS))
    form = client.period(since, until)
    try:
        root = await client.session.page(f"billing/{_STATISTICS}", method="POST", form=form)
    except NotFoundError:
        root = await client.session.page(_STATISTICS, method="POST", form=form)
    return read_statistics(root)


def read_statistics(root: Node) -> dict[str, Any]:
    """Return the figures by the page's names; `detailed_by_date` is a list with an item for each day."""
    details = root.first("details")
    if details is None:
        raise fields.missing("details")
    found: dict[str, Any] = {"start_date": root.text_at("start_date"), "end_date": root.text_at("end_date")}
    for group in details.nodes():
        days = group.all("call_by_date")
        found[group.name] = [figures(day) for day in days] if days else figures(group)
    found["detailed_by_date"] = found.get("detailed_by_date") or []
    return found
