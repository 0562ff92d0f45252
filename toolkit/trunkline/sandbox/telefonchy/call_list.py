"""Where a page of Telefonchy's calls has its parts, for the faults that change them."""

from __future__ import annotations

from trunkline.sandbox.faults import ListForm

CALL_LIST = ListForm(
    rows="data.calls",
    total="paginator.total_items",
    pages=("paginator.total_pages", "paginator.last"),
    page="paginator.current",
    counts=("paginator",),
    ids=("call_id",),
    fields={
        "date": ("created_at",),
        "price": ("price", "price_talk"),
        "duration": ("time_talk",),
        "status": ("status",),
        "direction": ("type",),
    },
    words=("ANSWERED", "BUSY", "NO ANSWER", "CONGESTION"),
)
