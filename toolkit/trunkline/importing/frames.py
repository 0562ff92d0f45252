"""DataFrames: the user says which column holds what, as for CSV. A value is read as the text that a person would write.

Any frame that narwhals knows is read in its own types, a piece at a time. The libraries load with the first frame.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, cast

from trunkline.errors import ConfigError, DataError

from .cells import call_reader, check_columns
from .rows import Rejected, check_text, checked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import narwhals as nw
    import pyarrow as pa

    from trunkline.model import Call

    from .rows import Place

OWN_COLUMNS: Final = {
    "id": "call_id", "started": "started_at", "ended": "ended_at", "wait": "wait_s", "talk": "talk_s",
    **{name: name for name in (
        "direction", "status", "trunk", "extension", "source", "source_name", "destination", "destination_name",
        "price", "currency",
    )},
}  # fmt: skip
"""The columns of `Archive.frame`, by field."""

_PIECE = 10_000
# As of a cell of CSV.
_LONGEST = 1 << 17
# So many digits of a decimal number are the same after it was a float of 64 or 32 bits.
_DIGITS: Final = {64: 15, 32: 6}
_TIMES = frozenset({"started", "ended"})
_SPANS = frozenset({"wait", "talk"})
_NUMBERS: Final = _SPANS | {"price"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_PER_SECOND: Final = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}

type _Cell = str | DataError | None


def read_frame(frame: Any, columns: Mapping[str, str] | None, place: Place) -> Iterator[Call | Rejected]:
    """Yield the calls of a DataFrame, and the rows that make no sense; `Rejected.line` is the row, counted from 0.

    Takes a pandas or polars DataFrame, a pyarrow Table, and the lazy frames of polars, DuckDB and Spark, which are
    computed. `columns` are the names of columns by `FIELDS`, None if they are those of `Archive.frame`. Text is read as
    `read_csv` reads it; other types say by themselves what they mean:

    - Times with a zone are instants; those without one, and dates, are on the place's wall clock.
    - `wait` and `talk` are durations of whole seconds, or whole numbers of seconds.
    - Prices are decimals or integers. A float is the decimal that it is written as, if that has at most 15 digits (6 of
      a float of 32 bits): more may be something else than the price.
    - Numbers of phones and trunks are text: integers and floats have lost leading zeros. Ids are text or integers.
    - What is missing (`None`, NaN, `NaT`, `NA`, null) is unknown.

    Raises `ConfigError` for a field or a column that there isn't, for what is no frame, and for a frame with calls of
    several accounts, `DataError` for a column of a type that can't hold its field.
    """
    data = _opened(frame)
    chosen = {field: (column, data.get_column(column)) for field, column in _chosen(data, columns).items()}
    for field, (column, series) in chosen.items():
        _check_type(field, column, series)
    return _calls({field: series for field, (_, series) in chosen.items()}, len(data), place)


def _opened(frame: Any) -> nw.DataFrame[Any]:
    try:
        import narwhals as nw  # noqa: PLC0415
        from narwhals.exceptions import NarwhalsError  # noqa: PLC0415
    except ImportError:
        msg = "DataFrames require the extra reports: pip install 'trunkline[reports]'"
        raise ConfigError(msg) from None
    try:
        wrapped = nw.from_native(frame)
    except (TypeError, NarwhalsError):
        msg = f"this is no DataFrame with columns of different names, but a {type(frame).__name__}"
        raise ConfigError(msg) from None
    if isinstance(wrapped, nw.LazyFrame):
        wrapped = wrapped.collect(backend="polars" if wrapped.implementation.is_polars() else "pyarrow")
    return cast("nw.DataFrame[Any]", wrapped)


def _chosen(data: nw.DataFrame[Any], columns: Mapping[str, str] | None) -> dict[str, str]:
    if columns is not None:
        check_columns(columns, data.columns, "the frame")
        return dict(columns)
    chosen = {field: column for field, column in OWN_COLUMNS.items() if column in data.columns}
    if "started" not in chosen:
        msg = "say which column holds what (columns): without that, a frame needs the columns of Archive.frame()"
        raise ConfigError(msg)
    if "account" in data.columns and data["account"].n_unique() > 1:
        msg = "the frame has calls of several accounts: import those of one account at a time"
        raise ConfigError(msg)
    return chosen


def _check_type(field: str, column: str, series: nw.Series[Any]) -> None:
    """Raise `DataError` if no value of this type can be what the field holds; a column without values is of no type."""
    dtype = series.dtype
    what = _what(dtype)
    if _takes(field, what) or series.null_count() == len(series):
        return
    if what == "floats" and bool(series.is_nan().fill_null(value=True).all()):
        return
    raise DataError(f"the column {column!r} holds {what}: {_wanted(field, what)}", field=column)


def _what(dtype: nw.dtypes.DType) -> str:
    import narwhals as nw  # noqa: PLC0415

    # Objects, and categories of whatever: each value is looked at.
    if isinstance(dtype, nw.String | nw.Categorical | nw.Enum | nw.Object):
        return "text"
    if isinstance(dtype, nw.Datetime | nw.Date):
        return "times"
    if isinstance(dtype, nw.Duration | nw.Time):
        return "durations"
    if isinstance(dtype, nw.Decimal):
        return "decimals"
    if dtype.is_integer():
        return "integers"
    return "floats" if dtype in {nw.Float32, nw.Float64} else f"values of the type {dtype}"


def _takes(field: str, what: str) -> bool:
    match what:
        case "text":
            return True
        case "times":
            return field in _TIMES
        case "durations":
            return field in _SPANS
        case "decimals" | "floats":
            return field in _NUMBERS
        case "integers":
            return field in _NUMBERS or field == "id"
    return False


def _wanted(field: str, what: str) -> str:
    """Return what a field takes, for somebody who gave something else."""
    if field in _TIMES:
        return f"{field} is a time, or text of a date and time"
    if field in _SPANS:
        return f"{field} is a duration, or a number of seconds"
    if field == "price":
        return "price is a decimal, an integer, or text of one"
    if field == "id":
        return "id is text or an integer. Read the column as text, because floats lose digits"
    if what in {"integers", "floats", "decimals"}:
        return f"{field} is text. Read the column as text, because numbers lose leading zeros"
    return f"{field} is text"


def _calls(columns: Mapping[str, nw.Series[Any]], rows: int, place: Place) -> Iterator[Call | Rejected]:
    read = call_reader(place)
    fields = tuple(columns)
    for start in range(0, rows, _PIECE):
        cells = [_cells(series[start : start + _PIECE], field) for field, series in columns.items()]
        for number, row in enumerate(zip(*cells, strict=True), start):
            yield _call(dict(zip(fields, row, strict=True)), number, read, place)


def _call(
    cells: dict[str, _Cell], number: int, read: Callable[[Mapping[str, str | None]], Call], place: Place
) -> Call | Rejected:
    texts: dict[str, str | None] = {}
    try:
        for field, cell in cells.items():
            if isinstance(cell, DataError):
                raise cell
            texts[field] = cell
        check_text([text for text in texts.values() if text is not None])
        return checked(read(texts), place)
    except DataError as error:
        return Rejected(number, str(error))


def _cells(series: nw.Series[Any], field: str) -> list[_Cell]:
    """Return the values as cells of CSV; an error where a value can't be one."""
    import narwhals as nw  # noqa: PLC0415

    bits = 32 if series.dtype == nw.Float32 else 64
    missing = series.is_null().to_list()
    return [
        None if absent else _cell(value, field, bits) for value, absent in zip(_values(series), missing, strict=True)
    ]


def _values(series: nw.Series[Any]) -> list[Any]:
    import narwhals as nw  # noqa: PLC0415

    if series.implementation.is_pyarrow() and isinstance(series.dtype, nw.Datetime | nw.Duration):
        return _moments(series.to_native())
    try:
        return series.to_list()
    except (ValueError, OverflowError):
        raise DataError(f"the column {series.name!r} has times that no call has", field=series.name) from None


def _moments(values: pa.ChunkedArray) -> list[Any]:
    """Return times and durations of Arrow, which itself makes none of nanoseconds; of times these are cut off."""
    import pyarrow as pa  # noqa: PLC0415

    kind = values.type
    factor = _PER_SECOND[kind.unit]
    integers = values.cast(pa.int64()).to_pylist()
    if pa.types.is_duration(kind):
        return [None if each is None else Decimal(each) / factor for each in integers]
    zone = UTC if kind.tz is not None else None
    return [None if each is None else _moment(each * 1_000_000 // factor, zone) for each in integers]


def _moment(micros: int, zone: Any) -> datetime | str:
    try:
        return (_EPOCH + timedelta(microseconds=micros)).replace(tzinfo=zone)
    except OverflowError:
        return "out of range"


def _cell(value: Any, field: str, bits: int) -> _Cell:
    match value:
        case str():
            return _text(value, field)
        case bool():
            return _misfit(field, "bool")
        case datetime() if field in _TIMES:
            return value.isoformat(" ")
        case date() | time() if field in (_SPANS if isinstance(value, time) else _TIMES):
            return value.isoformat()
        case timedelta() if field in _SPANS:
            return str(value // _SECOND) if not value % _SECOND else str(value)
    return _number(value, field, bits)


def _text(value: str, field: str) -> _Cell:
    text = value.strip()
    if len(text) > _LONGEST:
        return DataError(f"{field} is too long", field=field)
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        return DataError(f"{field} has a character that no text has", field=field)
    return text or None


def _number(value: Any, field: str, bits: int) -> _Cell:
    import numpy as np  # noqa: PLC0415

    if isinstance(value, int | np.integer) and (field in _NUMBERS or field == "id"):
        return str(int(value))
    if isinstance(value, float | np.floating):
        if value != value:  # noqa: PLR0124 - NaN
            return None
        if field in _NUMBERS:
            return _float(value, field, 32 if isinstance(value, np.float32) else bits)
    if isinstance(value, Decimal) and field in _NUMBERS:
        return _plain(value)
    return _misfit(field, type(value).__name__)


def _float(value: Any, field: str, bits: int) -> _Cell:
    import numpy as np  # noqa: PLC0415

    number = Decimal(str(np.float32(value))) if bits == 32 else Decimal(repr(float(value)))  # noqa: PLR2004
    if len("".join(map(str, number.as_tuple().digits)).strip("0")) > _DIGITS[bits]:
        return DataError(
            f"{field} is a float with more than {_DIGITS[bits]} digits, which may be another number", field=field
        )
    return _plain(number)


def _plain(number: Decimal) -> str:
    """Return a number as a person writes it, whole ones without a point."""
    text = format(number, "f") if number else "0"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _misfit(field: str, kind: str) -> DataError:
    return DataError(f"{field} can't be a value of the type {kind}", field=field)
