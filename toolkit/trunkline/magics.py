"""Magics for IPython and Jupyter: `%load_ext trunkline`, then `%trunkline` and `%%calls`."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

import narwhals as nw
from IPython.core.error import UsageError

from .cli.main import main
from .errors import TrunklineError
from .exporting.numbers import Numbers, hidden
from .figures import calls as selected

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import pyarrow as pa
    from IPython.core.interactiveshell import InteractiveShell


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Add the magics to IPython; it calls this for `%load_ext trunkline`."""
    register: Any = shell.register_magic_function  # typed as if it were unbound
    register(run_command, "line", "trunkline")
    register(query, "cell", "calls")


def run_command(line: str) -> None:
    """Run the command `trunkline`, as in `%trunkline sync` or `%trunkline report cost --by month`.

    Raises `UsageError` for a line that ends within quotes.
    """
    with suppress(SystemExit):  # of --help, which would end IPython
        main(_split(line))


def query(line: str, cell: str) -> pd.DataFrame:
    """Return what the SQL of the cell finds in the table `calls`; the line selects its period, accounts and archive.

    For example `%%calls 1405-08 --accounts office`. The columns are those of `Archive.frame()`, the SQL is DuckDB's,
    and times with a zone are UTC. Amounts stay exact: decimals are those of Arrow, whole numbers `Int64`. The archive
    can't be changed. Numbers are whole; with `--numbers masked` or `--numbers pseudonyms`, those of others are hidden,
    and names are unknown, as in an export.
    Raises `UsageError` for a line or an SQL that can't be, which IPython shows without a traceback.
    """
    import duckdb  # noqa: PLC0415 - a library of its own, which only this needs

    options = _parser().parse_args(_split(line))
    accounts = [name.strip() for name in options.accounts.split(",")]
    try:
        found = selected(" ".join(options.period), accounts=accounts, archive=options.archive)
        with duckdb.connect(":memory:", config={"enable_external_access": "false"}) as connection:
            # Otherwise days would begin at midnight of the machine's clock.
            connection.execute("set TimeZone = 'UTC'")
            table = nw.from_native(found.frame, eager_only=True).to_arrow()
            connection.register("calls", hidden(table, Numbers(options.numbers), found.masking))
            answer = connection.sql(cell)
            if answer is None:
                msg = "the cell has no SQL with a result, such as: select status, count(*) from calls group by status"
                raise UsageError(msg)
            return _exact(answer.to_arrow_table(), [str(kind) for kind in answer.types])
    except TrunklineError as error:
        raise UsageError(str(error)) from None
    except duckdb.Error as error:
        # What follows an empty line shows the SQL again.
        raise UsageError(" ".join(str(error).partition("\n\n")[0].split())) from None


def _split(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        msg = "a quotation mark is missing in the line"
        raise UsageError(msg) from None


def _exact(table: pa.Table, kinds: Sequence[str]) -> pd.DataFrame:
    """Return a table of columns of these types of DuckDB as pandas, which would make floats of amounts and of sums."""
    import pandas as pd  # noqa: PLC0415 - only this needs it
    import pyarrow as pa  # noqa: PLC0415 - likewise

    def whole(column: pa.ChunkedArray, own: str) -> pa.ChunkedArray:
        # The sum of whole numbers has 128 bits, which Arrow holds as a decimal.
        try:
            return column.cast(pa.int64()) if own == "HUGEINT" else column
        except pa.ArrowException:
            return column

    def kind(dtype: pa.DataType) -> Any:
        if pa.types.is_integer(dtype):
            return pd.Int64Dtype() if dtype != pa.uint64() else pd.UInt64Dtype()
        return pd.ArrowDtype(dtype) if pa.types.is_decimal(dtype) else None

    columns = [whole(column, own) for column, own in zip(table.columns, kinds, strict=True)]
    found: pd.DataFrame = pa.table(columns, names=table.column_names).to_pandas(types_mapper=kind)
    return found


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def _parser() -> Any:
    parser = _Parser(prog="%%calls", add_help=False)
    parser.add_argument("period", nargs="*")
    parser.add_argument("--accounts", default="")
    parser.add_argument("--archive", default="")
    parser.add_argument("--numbers", choices=[*map(str, Numbers)], default=Numbers.WHOLE)
    return parser
