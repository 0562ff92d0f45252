"""Writes the tables of providers and capabilities into the README and the docs."""

from __future__ import annotations

from pathlib import Path

from trunkline.providers import PROVIDERS
from trunkline.providers.overview import short_table, whole_table

ROOT = Path(__file__).parent.parent
BEGIN, END = "<!-- capabilities: written by scripts/capabilities -->\n", "<!-- end of capabilities -->\n"


def tables() -> dict[Path, str]:
    """Return the table of each file, with links relative to the file."""
    return {
        ROOT / "README.md": short_table(PROVIDERS).replace("](providers/", "](docs/providers/"),
        ROOT / "docs" / "providers.md": whole_table(PROVIDERS),
    }


def with_table(text: str, table: str) -> str:
    """Return the text with the table between its two markers; ValueError if they aren't there once each."""
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        msg = "the two markers of the table must be there once each"
        raise ValueError(msg)
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}{table}{END}{rest.partition(END)[2]}"


def main() -> None:
    """Write the tables."""
    for path, table in tables().items():
        path.write_text(with_table(path.read_text(encoding="utf-8"), table), encoding="utf-8")


if __name__ == "__main__":
    main()
