"""The archive's calls as a DataFrame: the only module of the archive that loads pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .finished import CATEGORIES, SECONDS, TIMES
from .rows import PRICE_FIELDS
from .tables import whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import numpy as np
    import pandas as pd
    import pyarrow as pa
    from sqlalchemy import Connection

    from .finished import Calls


def frame(
    connections: Sequence[Connection], accounts: Sequence[str] | None, since: datetime | None, until: datetime | None
) -> pd.DataFrame:
    """Return the calls with `since <= started_at < until`, as `Archive.frame` says; the connections see one state."""
    import pandas as pd  # noqa: PLC0415

    calls = whole(connections, accounts, since, until)
    return pd.DataFrame({name: _taken(calls, name) for name in calls.names}, copy=False)


def to_pandas(table: pa.Table) -> pd.DataFrame:
    """Return a table of calls in the types of `Archive.frame`."""
    import pandas as pd  # noqa: PLC0415

    return pd.DataFrame({name: _typed(name, table.column(name)) for name in table.column_names}, copy=False)


def _taken(calls: Calls, name: str) -> Any:
    """Return a column of calls, without a copy where that can be."""
    if name in SECONDS or name in TIMES:
        return _integers(name, *calls.integers(name))
    return _typed(name, calls.column(name))


def _integers(name: str, values: np.ndarray[Any, Any], missing: np.ndarray[Any, Any]) -> Any:
    import pandas as pd  # noqa: PLC0415

    if name in SECONDS:
        return pd.arrays.IntegerArray(values, missing)
    moments = values.view("M8[us]")
    moments[missing] = "NaT"
    return pd.array(moments, None if name == "started_local" else pd.DatetimeTZDtype("us", "UTC"), copy=False)


def _typed(name: str, values: pa.ChunkedArray) -> Any:
    import pandas as pd  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    if name in CATEGORIES:
        return _categorical(values)
    if name in PRICE_FIELDS:
        return pd.arrays.ArrowExtensionArray(values)
    if name in SECONDS or name in TIMES:
        return _integers(name, *_together(values))
    return values.to_pandas(types_mapper={pa.string(): pd.StringDtype("pyarrow")}.get)


def _together(values: pa.ChunkedArray) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return integers, 0 where they are missing, and which are: arrays of their own, because Arrow's can't change."""
    import numpy as np  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    integers, missing = np.empty(len(values), np.int64), np.zeros(len(values), bool)
    begin = 0
    for chunk in values.chunks:
        end, whole = begin + len(chunk), chunk.view(pa.int64())
        if whole.null_count:
            missing[begin:end] = whole.is_null().to_numpy(zero_copy_only=False)
            whole = whole.fill_null(0)
        integers[begin:end] = whole.to_numpy()
        begin = end
    return integers, missing


def _categorical(values: pa.ChunkedArray) -> pd.Categorical:
    """Return the column as a categorical whose categories are sorted."""
    import numpy as np  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415

    chunks = values.unify_dictionaries().chunks
    words = chunks[0].dictionary.to_pylist() if chunks else []
    categories = sorted(words)
    places = {word: place for place, word in enumerate(categories)}
    # The last one is for null, whose code is -1 for both.
    codes = np.array([*(places[word] for word in words), -1], np.min_scalar_type(-len(words) - 1))
    found = [_at(codes, chunk.indices) for chunk in chunks]
    return pd.Categorical.from_codes(np.concatenate([codes[:0], *found]), pd.Index(categories))


def _at(codes: np.ndarray[Any, Any], indices: pa.Array) -> Any:
    if indices.null_count:
        return codes[indices.fill_null(-1).to_numpy()]
    # None is outside, and numpy takes half the time if it needn't look.
    return codes.take(indices.to_numpy(), mode="clip")
