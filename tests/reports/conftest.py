"""The engines that every figure runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.reports.frames import ENGINES, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.reports.frames import Row

    type Maker = Callable[[Iterable[Row]], Any]


@pytest.fixture(params=list(ENGINES))
def make(request: pytest.FixtureRequest) -> Maker:
    """Return what turns rows into a frame of one engine."""
    convert = ENGINES[request.param]
    return lambda rows: convert(table(rows))
