"""Writes calls to a file or a folder in any of the formats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals as nw
from narwhals.exceptions import DuplicateError

from trunkline.errors import ConfigError, DataError
from trunkline.reports.masking import of_calls

from .files import is_folder, whole_file, whole_folder
from .numbers import Numbers, hidden
from .parquet import write_file, write_months
from .rows import write_csv, write_json_lines
from .sheets import write_xlsx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from trunkline.reports.masking import Mask, Masking


class Format(StrEnum):
    """What kind of file; its ending is the name."""

    PARQUET = "parquet"
    CSV = "csv"
    JSON_LINES = "jsonl"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: the file or folder, in which format, and how many calls."""

    path: Path
    format: Format
    calls: int


_WRITERS: dict[Format, Callable[[Path, Iterable[pa.Table]], int]] = {
    Format.PARQUET: write_file,
    Format.CSV: write_csv,
    Format.JSON_LINES: write_json_lines,
    Format.XLSX: write_xlsx,
}


def export(
    calls: Any,
    output: str | Path,
    *,
    form: Format | str | None = None,
    numbers: Numbers | str = Numbers.WHOLE,
    masking: Masking | None = None,
    replace: bool = False,
) -> Exported:
    """Write calls to a file, or as Parquet to a folder with a file for each month (UTC).

    `calls` are a frame of calls (pandas, polars, pyarrow, DuckDB or Spark), what has one as its `frame`
    (`trunkline.calls()`), or an iterable of frames of the same columns, such as `Archive.tables()`, which are
    written one after the other. Without `form`, the ending of the file's name says which format. Of Parquet, a
    name that doesn't end with `.parquet` is a folder; calls without a start are in its `unknown.parquet`.

    Times in UTC end with Z in CSV and JSON lines; `started_local` is the account's wall clock. Amounts are exact.
    `masking` has the key of the pseudonyms and the numbers that stay whole; by default that of `trunkline.calls()`,
    and a key of this process for frames. Trunks and extensions of a single frame stay whole anyway.

    Nothing is left of an export that fails. Raises `RequestError` if `output` exists and `replace` is not set, or is a
    folder that isn't empty, or a file where a folder is to be; `ConfigError` if it can't be written, or `form` or
    `numbers` is unknown; `DataError` for no frame, and for frames whose columns differ, of Parquet also those whose
    types differ.
    """
    path = Path(output)
    kind = _format(path, form)
    wanted = _numbers(numbers)
    mask: Mask = masking or getattr(calls, "masking", None) or True
    frame = getattr(calls, "frame", calls)
    if wanted is not Numbers.WHOLE and _is_frame(frame):
        mask = of_calls(mask, frame)
    tables = (hidden(table, wanted, mask) for table in _tables(frame))
    if kind is Format.PARQUET and path.suffix.lower() != f".{kind}":
        with whole_folder(path) as folder:
            return Exported(path, kind, write_months(folder, tables))
    if is_folder(path) or str(output).endswith("/"):
        msg = f"{output} is a folder: name a file for the format {kind}"
        raise ConfigError(msg)
    with whole_file(path, replace=replace) as file:
        return Exported(path, kind, _WRITERS[kind](file, tables))


def _format(path: Path, form: Format | str | None) -> Format:
    try:
        return Format(form if form is not None else path.suffix.lower().removeprefix("."))
    except ValueError:
        msg = f"which format? Choose one of {', '.join(Format)}, or a file name that ends with one of them"
        raise ConfigError(msg) from None


def _numbers(numbers: Numbers | str) -> Numbers:
    try:
        return Numbers(numbers)
    except ValueError:
        msg = f"how are the numbers written? Choose one of {', '.join(Numbers)}"
        raise ConfigError(msg) from None


def _wrapped(frame: Any) -> Any:
    """Return a frame as narwhals has it, anything else as it is."""
    try:
        return nw.from_native(frame, pass_through=True)
    except DuplicateError:
        msg = "the frame to export has two columns of the same name: rename one of them"
        raise DataError(msg) from None


def _is_frame(frame: Any) -> bool:
    return isinstance(_wrapped(frame), nw.DataFrame | nw.LazyFrame)


def _tables(frame: Any) -> Iterator[pa.Table]:
    """Yield the frame, or each of several, as a table; `DataError` for no frame, and for other columns than before."""
    if _is_frame(frame) or isinstance(frame, str | bytes | Mapping) or not isinstance(frame, Iterable):
        yield _table(frame)
        return
    names: list[str] | None = None
    for each in frame:
        table = _table(each)
        if names is None:
            names = table.column_names
        elif table.column_names != names:
            msg = "the frames to export have different columns: give all of them the same ones, in the same order"
            raise DataError(msg)
        yield table
    if names is None:
        msg = "an export needs a frame of calls, and there is none"
        raise DataError(msg)


def _table(frame: Any) -> pa.Table:
    data = _wrapped(frame)
    if not isinstance(data, nw.DataFrame | nw.LazyFrame):
        msg = f"an export needs a frame of calls, not a {type(frame).__name__}"
        raise DataError(msg)
    if isinstance(data, nw.LazyFrame):
        return data.collect(backend="pyarrow").to_native()
    # An index of pandas is no column.
    return data.to_arrow().select(data.columns)
