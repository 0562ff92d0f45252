"""Runs the notebooks on the sample, and writes what they show into docs/notebooks: `python -m scripts._notebooks`.

Names of notebooks as arguments choose some of them. The pages are Markdown with pictures in PNG. The notebook about a
running Home Assistant needs one, such as the demo: its configuration folder in `HASS_CONFIG`, its address in `HASS_URL`
and an access token in `HASS_TOKEN`. Without them, its page stays as it is.
"""

from __future__ import annotations

import base64
import contextlib
import io
import os
import re
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from IPython.core.displayhook import CapturingDisplayHook
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from PIL import Image
from traitlets.config import Config

import trunkline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nbformat import NotebookNode

ROOT = Path(__file__).parent.parent
NOTEBOOKS = ROOT / "notebooks"
PAGES = ROOT / "docs" / "notebooks"
LIVE = "08-live-from-home-assistant"
_COLOURS = 96
# Text has no room for as many columns as a notebook shows, unless it is told.
_WIDE = "__import__('pandas').set_option('display.width', 240, 'display.max_columns', 20);"
_AS_BEFORE = "__import__('pandas').reset_option('^display.(width|max_columns)$');"
_NOTE = (
    "*This page is [the notebook {name}](../../notebooks/{name}.ipynb) with what it shows for invented calls. "
    "`python -m scripts._notebooks` writes it.*"
)


class NotebookError(Exception):
    """A cell that raised an exception."""


class _Outputs(list[dict[str, Any]]):
    """What a cell displays, in the form that IPython's capturing hooks give it."""


@contextlib.contextmanager
def _shell(shown: _Outputs) -> Iterator[InteractiveShell]:
    """Provide an IPython of its own, without a history on disk, that puts what it displays into `shown`."""
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    publisher: Any = CapturingDisplayPublisher()  # type: ignore[no-untyped-call]
    publisher.outputs = shown
    shell.display_pub = publisher
    shell.display_trap.hook = CapturingDisplayHook(shell, shown)  # type: ignore[no-untyped-call]
    try:
        yield shell
    finally:
        InteractiveShell.clear_instance()


def execute(path: Path, parameters: Mapping[str, object]) -> tuple[NotebookNode, dict[str, Any]]:
    """Return a notebook with the outputs of its cells, and its variables, run in this process in the notebook's folder.

    `parameters` replace those of the cell with the tag. Raises `NotebookError` with the cell that failed.
    """
    notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    shown = _Outputs()
    with _shell(shown) as shell, contextlib.chdir(path.parent):
        running: Any = shell  # its methods have no types
        running.run_cell(_WIDE, store_history=False)
        for number, cell in enumerate((each for each in notebook.cells if each.cell_type == "code"), 1):
            shown.clear()
            with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
                result = running.run_cell(cell.source, store_history=False)
            if error := result.error_before_exec or result.error_in_exec:
                message = f"{path.name}, code cell {number}: {type(error).__name__}: {error}\n{cell.source}"
                raise NotebookError(message) from error
            cell.execution_count = number
            cell.outputs = [*_streams(stdout=out.getvalue(), stderr=err.getvalue()), *map(_displayed, shown)]
            if "parameters" in cell.metadata.get("tags", ()):
                running.push(dict(parameters))
        running.run_cell(_AS_BEFORE, store_history=False)
        variables = dict(shell.user_ns)
    return notebook, variables


def _streams(**texts: str) -> Iterator[Any]:
    for name, text in texts.items():
        if text:
            yield nbformat.v4.new_output("stream", name=name, text=text)  # type: ignore[no-untyped-call]


def _displayed(output: dict[str, Any]) -> Any:
    data = {
        kind: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for kind, value in output["data"].items()
    }
    return nbformat.v4.new_output("display_data", data=data)  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Page:
    """A notebook as Markdown, and the pictures in it by the name of their file."""

    text: str
    pictures: dict[str, bytes]


def sources(notebook: NotebookNode) -> list[str]:
    """Return the cells as they stand in a page, in their order."""
    return [
        re.sub(r"\]\((\d\d-[a-z-]+)\.ipynb\)", r"](\1.md)", cell.source)
        if cell.cell_type == "markdown"
        else f"```python\n{cell.source}\n```"
        for cell in notebook.cells
    ]


def page(notebook: NotebookNode, name: str) -> Page:
    """Return the page of an executed notebook: text for tables, Markdown for sentences, files for pictures."""
    pictures: dict[str, bytes] = {}
    blocks = [_NOTE.format(name=name)]
    for cell, source in zip(notebook.cells, sources(notebook), strict=True):
        blocks.append(source)
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if "image/png" in data:
                file = f"{name}-{len(pictures) + 1}.png"
                pictures[file] = _small(base64.b64decode(data["image/png"]))
                blocks.append(f"![{_alternative(data.get('text/plain', ''))}](images/{file})")
            elif "text/markdown" in data:
                blocks.append(data["text/markdown"])
            else:
                text = output.get("text", "") or data.get("text/plain", "")
                blocks.append(f"```text\n{text.rstrip()}\n```")
    text = "\n\n".join(blocks)
    return Page("\n".join(line.rstrip() for line in text.splitlines()) + "\n", pictures)


def _alternative(text: str) -> str:
    """Return the words of a picture as the text in its place."""
    return " ".join(re.sub(r"[\[\]]", "", text).split())


def _small(png: bytes) -> bytes:
    """Return a picture with so few colours that it takes little room."""
    written = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(_COLOURS).save(written, format="PNG", optimize=True)
    return written.getvalue()


def write(name: str, written: Page) -> None:
    """Write a page and its pictures, and remove pictures that it no longer has."""
    images = PAGES / "images"
    images.mkdir(parents=True, exist_ok=True)
    for old in images.glob(f"{name}-*.png"):
        old.unlink()
    for file, picture in written.pictures.items():
        (images / file).write_bytes(picture)
    (PAGES / f"{name}.md").write_text(written.text, encoding="utf-8")


def main(arguments: list[str]) -> None:
    """Write the pages of the named notebooks, or of all."""
    paths = [NOTEBOOKS / f"{name}.ipynb" for name in arguments] or sorted(NOTEBOOKS.glob("*.ipynb"))
    live = {"archive": os.environ.get("HASS_CONFIG", ""), "url": os.environ.get("HASS_URL", "")}
    with tempfile.TemporaryDirectory() as folder:
        archive = trunkline.sample(Path(folder) / "sample.db")
        for path in paths:
            if path.stem == LIVE and not all(live.values()):
                print(f"{path.stem}: HASS_CONFIG and HASS_URL are not set: its page stays as it is")
                continue
            given = live if path.stem == LIVE else {"archive": str(archive)}
            if path.stem.startswith("07"):
                given |= {"mirror": str(Path(folder) / "mirror")}
            notebook, _ = execute(path, given)
            write(path.stem, page(notebook, path.stem))
            print(PAGES / f"{path.stem}.md")


if __name__ == "__main__":
    main(sys.argv[1:])
