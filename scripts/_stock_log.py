"""What Home Assistant's log says about the integration."""

from __future__ import annotations

import re

_RECORD = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S* (WARNING|ERROR|CRITICAL) \(", re.MULTILINE)
# What Home Assistant says of every custom integration.
_OF_ALL = "which has not been tested by Home Assistant"


def ours(log: str) -> list[str]:
    """Return the warnings and errors that the integration logs or causes, each with its traceback.

    A record is ours if it names the integration, or if its traceback or its report of an old way of doing something
    does; the notice that Home Assistant writes about any custom integration is left out.
    """
    starts = [found.start() for found in _RECORD.finditer(log)]
    records = [log[start:end].strip() for start, end in zip(starts, [*starts[1:], len(log)], strict=True)]
    return [record for record in records if "trunkline" in record.lower() and _OF_ALL not in record]
