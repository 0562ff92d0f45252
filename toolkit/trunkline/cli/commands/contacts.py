"""`trunkline contacts`: imports, lists, exports and removes the names of numbers, and sets which are shown."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from trunkline.cli.arguments import country, one_of
from trunkline.cli.files import Target
from trunkline.cli.output import show, warn
from trunkline.cli.parser import Parser, add_command, add_format
from trunkline.cli.rows import record
from trunkline.cli.status import OK
from trunkline.cli.storage import archived_accounts, open_archive, titles_of
from trunkline.contacts import MAX_BYTES, read_contacts, to_csv, to_vcards
from trunkline.errors import ConfigError, RequestError
from trunkline.model import ContactSource, File
from trunkline.numbers import e164
from trunkline.providers import PROVIDERS

if TYPE_CHECKING:
    import argparse

    from trunkline.archive import Archive
    from trunkline.cli.parser import Commands

_COLUMNS = ("number", "name", "source", "account", "learned_at")


def add_to(commands: Commands) -> None:
    """Add the command and its own commands to the parser."""
    parser = commands.add_parser(
        "contacts",
        help="import, list, export or remove names of numbers",
        description="Import, list, export or remove names of numbers.",
    )
    actions = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)

    action = add_command(actions, "import", _import, "keep the names in a vCard or CSV file")
    add_format(action)
    action.add_argument("file", metavar="FILE", help="vCard 2.1, 3.0 or 4.0, or CSV with a header")
    _add_country(action)

    action = add_command(actions, "list", _list, "list names with their source")
    add_format(action)
    _add_source(action, None, "all")

    action = add_command(actions, "export", _export, "save the names that are shown as a vCard or CSV file")
    action.add_argument("file", metavar="FILE", help="CSV if its name ends with .csv, otherwise vCard 3.0")
    _add_source(action, None, "all")
    action.add_argument("--force", action="store_true", help="replace a file that exists")

    action = add_command(actions, "remove", _remove, "remove names")
    add_format(action)
    action.add_argument("numbers", nargs="*", default=[], metavar="NUMBER", help="numbers whose names are removed")
    action.add_argument("--all", action="store_true", help="remove the names of all numbers")
    _add_source(action, ContactSource.IMPORTED, str(ContactSource.IMPORTED))
    _add_country(action)

    action = add_command(actions, "order", _order, "print or set which source's names are shown first")
    add_format(action)
    action.add_argument(
        "sources",
        nargs="*",
        default=[],
        type=one_of(ContactSource),
        metavar="SOURCE",
        help=f"in this order: {', '.join(ContactSource)}",
    )


def _add_country(parser: Parser) -> None:
    parser.add_argument(
        "--country", type=country, metavar="XX",
        help="country of numbers without a country code, such as IR (default: that of the archived accounts)",
    )  # fmt: skip


def _add_source(parser: Parser, default: ContactSource | None, text: str) -> None:
    parser.add_argument(
        "--source", type=one_of(ContactSource), default=default, metavar="SOURCE",
        help=f"only names of this source: {', '.join(ContactSource)} (default: {text})",
    )  # fmt: skip


def _import(options: argparse.Namespace) -> int:
    content = _content(Path(options.file))
    with closing(open_archive()) as archive:
        found = read_contacts(content, options.country or _country(archive))
        changed = archive.contacts.add(found.names)
    row = {
        "numbers": len(found.names), "new_or_changed": changed, "without_name": found.unnamed,
        "unusable_numbers": found.unusable,
    }  # fmt: skip
    show([row], tuple(row), options.format)
    return OK


def _list(options: argparse.Namespace) -> int:
    with closing(open_archive()) as archive:
        accounts, zone = archived_accounts(archive, ())
        found = archive.contacts.entries(options.source)
    titles = titles_of(accounts)
    rows = [{**record(contact), "account": titles.get(contact.origin, contact.origin) or None} for contact in found]
    show(rows, _COLUMNS, options.format, zone=zone, empty="no names: import a file with `trunkline contacts import`")
    return OK


def _export(options: argparse.Namespace) -> int:
    target = Target(options.file, force=options.force)
    if target.is_folder:
        msg = "name the file to export to, such as contacts.vcf"
        raise RequestError(msg)
    target.check(several=False)
    with closing(open_archive()) as archive:
        if options.source is None:
            names = archive.contacts.names()
        else:
            names = {contact.number: contact.name for contact in archive.contacts.entries(options.source)}
    table = options.file.lower().endswith(".csv")
    text = (to_csv if table else to_vcards)(dict(sorted(names.items())))
    path = target.save(File(text.encode(), "text/csv" if table else "text/vcard", Path(options.file).name))
    warn(f"{len(names):,} numbers are in {path}")
    return OK


def _remove(options: argparse.Namespace) -> int:
    if bool(options.numbers) == options.all:
        msg = "name the numbers whose names are removed, or use --all"
        raise RequestError(msg)
    with closing(open_archive()) as archive:
        if options.all:
            removed = archive.contacts.remove(source=options.source)
        else:
            region = options.country or _country(archive)
            numbers = [_e164(number, region) for number in options.numbers]
            removed = archive.contacts.remove(numbers, source=options.source)
    show([{"removed": removed}], ("removed",), options.format)
    return OK


def _order(options: argparse.Namespace) -> int:
    with closing(open_archive()) as archive:
        if options.sources:
            archive.contacts.set_precedence(options.sources)
        order = archive.contacts.precedence()
    rows = [{"place": place, "source": source} for place, source in enumerate(order, start=1)]
    show(rows, ("place", "source"), options.format)
    return OK


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        msg = f"can't read {path} ({error.strerror or type(error).__name__})"
        raise ConfigError(msg) from None


def _country(archive: Archive) -> str | None:
    """Return the country of the archived accounts, None if they are in several."""
    providers = [PROVIDERS.get(archived.provider) for archived in archive.accounts()]
    countries = {provider.country for provider in providers if provider is not None}
    return countries.pop() if len(countries) == 1 else None


def _e164(text: str, region: str | None) -> str:
    number = e164(text, region)
    if number is None:
        msg = "a number isn't one with a country code: write it like +989120000001, or give --country"
        raise RequestError(msg)
    return number
