"""The archive's calls as a DataFrame: the only module of the archive that loads pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .rows import PRICE_FIELDS
from .tables import CATEGORIES, whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import pandas as pd
    import pyarrow as pa
    from sqlalchemy import Connection


def frame(
    connection: Connection, accounts: Sequence[str] | None, since: datetime | None, until: datetime | None
) -> pd.DataFrame:
    """Return the calls with `since <= started_at < until`, as `Archive.frame` says."""
    return to_pandas(whole(connection, accounts, since, until))


def to_pandas(table: pa.Table) -> pd.DataFrame:
    """Return a table of calls in the types of `Archive.frame`."""
    import pandas as pd  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    plain = {pa.int64(): pd.Int64Dtype(), pa.string(): pd.StringDtype("pyarrow")}
    columns: dict[str, Any] = {}
    for name in table.column_names:
        values = table.column(name)
        if name in CATEGORIES:
            columns[name] = _categorical(values)
        elif name in PRICE_FIELDS:
            columns[name] = pd.arrays.ArrowExtensionArray(values)
        else:
            columns[name] = values.to_pandas(types_mapper=plain.get)
    return pd.DataFrame(columns, columns=table.column_names, copy=False)


def _categorical(values: pa.ChunkedArray) -> pd.Categorical:
    """Return the column as a categorical whose categories are sorted."""
    import pandas as pd  # noqa: PLC0415

    column = values.unify_dictionaries().to_pandas()
    categories = sorted(column.cat.categories)
    return pd.Categorical(column).reorder_categories(categories)
