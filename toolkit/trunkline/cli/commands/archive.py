"""`trunkline archive`: checks an archive, saves what a damaged one holds, and copies one to another database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.archive import check_archive, copy_archive, is_sound, repair_archive
from trunkline.archive.location import archive_url
from trunkline.cli.output import show, warn
from trunkline.cli.parser import Parser, add_command, add_format
from trunkline.cli.status import FAILED, OK

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from trunkline.cli.parser import Commands

_URL = "a file, or a database URL such as postgresql+psycopg://host/calls"


def add_to(commands: Commands) -> None:
    """Add the command and its own commands to the parser."""
    parser = commands.add_parser(
        "archive", help="check, repair or copy the archive", description="Check, repair or copy the archive."
    )
    actions = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
    for name, run, text in (
        ("check", _check, "check the file, the schema, the indexes and every row, and change nothing"),
        ("repair", _repair, "save what can be read of a damaged file in a new one, and keep the old one"),
    ):
        action = add_command(actions, name, run, text)
        add_format(action)
        action.add_argument("url", nargs="?", default="", metavar="URL", help=f"{_URL} (default: the usual archive)")
    action = add_command(actions, "copy", _copy, "copy everything to an empty archive, in SQLite or PostgreSQL")
    add_format(action)
    action.add_argument("source", metavar="FROM", help=_URL)
    action.add_argument("target", metavar="TO", help="an archive that is empty or doesn't exist yet")


def _check(options: argparse.Namespace) -> int:
    findings = check_archive(archive_url(options.url))
    rows = [{"check": found.check, "ok": found.ok, "found": found.detail} for found in findings]
    show(rows, ("check", "ok", "found"), options.format)
    if is_sound(findings):
        return OK
    warn("the archive is damaged: run `trunkline archive repair`, or restore a backup of the PostgreSQL server")
    return FAILED


def _repair(options: argparse.Namespace) -> int:
    repaired = repair_archive(archive_url(options.url))
    show(_counts(repaired.rows), ("table", "rows"), options.format)
    if repaired.complete:
        warn(f"nothing is lost. The old file is {repaired.kept}")
    else:
        rows, pages = _counted(repaired.damaged_rows, "row"), _counted(repaired.damaged_pages, "page")
        again = "run `trunkline sync`, which reads all calls again that the provider still lists"
        warn(f"{rows} and {pages} couldn't be read: {again}. The old file is {repaired.kept}")
    return OK


def _copy(options: argparse.Namespace) -> int:
    copied = copy_archive(archive_url(options.source), archive_url(options.target))
    show(_counts(copied.rows), ("table", "rows"), options.format)
    return OK


def _counted(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count:,} {what}s"


def _counts(rows: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"table": table, "rows": count} for table, count in rows.items()]
