"""Magics for IPython and Jupyter: `%load_ext trunkline`, then `%trunkline` and `%%calls`."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser
from typing import TYPE_CHECKING, Any, NoReturn

import narwhals as nw
from IPython.core.error import UsageError

from .cli.main import main
from .errors import TrunklineError
from .exporting.numbers import Numbers, hidden
from .figures import calls as selected

if TYPE_CHECKING:
    import pandas as pd
    from IPython.core.interactiveshell import InteractiveShell


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Add the magics to IPython; it calls this for `%load_ext trunkline`."""
    register: Any = shell.register_magic_function  # typed as if it were unbound
    register(run_command, "line", "trunkline")
    register(query, "cell", "calls")


def run_command(line: str) -> None:
    """Run the command `trunkline`, as in `%trunkline sync` or `%trunkline report cost --by month`."""
    main(shlex.split(line))


def query(line: str, cell: str) -> pd.DataFrame:
    """Return what the SQL of the cell finds in the table `calls`; the line selects its period, accounts and archive.

    For example `%%calls 1405-08 --accounts office`. The columns are those of `Archive.frame()`, the SQL is DuckDB's.
    Numbers are whole; with `--numbers masked` or `--numbers pseudonyms`, those of others are hidden in the table, and
    names are unknown, as in an export.
    Raises `UsageError` for a line or an SQL that can't be, which IPython shows without a traceback.
    """
    import duckdb  # noqa: PLC0415 - a library of its own, which only this needs

    options = _parser().parse_args(shlex.split(line))
    accounts = [name.strip() for name in options.accounts.split(",")]
    try:
        found = selected(" ".join(options.period), accounts=accounts, archive=options.archive)
        with duckdb.connect(":memory:", config={"enable_external_access": "false"}) as connection:
            table = nw.from_native(found.frame, eager_only=True).to_arrow()
            connection.register("calls", hidden(table, Numbers(options.numbers), found.masking))
            return connection.execute(cell).df()
    except (TrunklineError, duckdb.Error) as error:
        # IPython shows it as one line, without the code that it came through.
        raise UsageError(str(error)) from None


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def _parser() -> Any:
    parser = _Parser(prog="%%calls", add_help=False)
    parser.add_argument("period", nargs="*")
    parser.add_argument("--accounts", default="")
    parser.add_argument("--archive", default="")
    parser.add_argument("--numbers", choices=[*Numbers], default=Numbers.WHOLE)
    return parser
