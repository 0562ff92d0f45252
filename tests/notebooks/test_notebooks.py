"""The notebooks, run by papermill in a kernel of their own on an archive that was synced from the sandbox."""

from __future__ import annotations

import base64
import io
import logging
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbconvert import HTMLExporter
from PIL import Image

from trunkline import Archive
from trunkline.reports.masking import Masking, labels

if TYPE_CHECKING:
    from nbformat import NotebookNode

ROOT = Path(__file__).parent.parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
QUICK = "00-quick-start.ipynb"
COST, STATUS = ("01-cost.ipynb", "02-call-status.ipynb")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive that a sync filled from the sandbox."""
    path = tmp_path_factory.mktemp("synced") / "trunkline.db"
    subprocess.run([sys.executable, "-m", "tests.notebooks.office", str(path)], cwd=ROOT, check=True, timeout=120)
    return path


@pytest.fixture(scope="module")
def executed(synced: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, NotebookNode]:
    """Return both notebooks as they are after a run."""
    folder = tmp_path_factory.mktemp("executed")
    return {name: run(name, folder, archive=synced) for name in (COST, STATUS)}


def run(name: str, folder: Path, **parameters: Any) -> NotebookNode:
    """Return the executed notebook; a cell that fails fails the test, with its error."""
    out = folder / name
    given = [part for key, value in parameters.items() for part in ("-p", key, str(value))]
    command = [sys.executable, "-m", "papermill", name, str(out), "--no-progress-bar", *given]
    done = subprocess.run(command, cwd=ROOT / "notebooks", capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return nbformat.read(out, as_version=4)


def outputs(notebook: NotebookNode) -> list[Any]:
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def shown(notebook: NotebookNode, kind: str) -> list[str]:
    """Return what was displayed as this media type."""
    return [str(output.data[kind]) for output in outputs(notebook) if kind in output.get("data", {})]


def said(notebook: NotebookNode) -> str:
    streams = [output.text for output in outputs(notebook) if output.output_type == "stream"]
    return "\n".join([*streams, *shown(notebook, "text/markdown"), *shown(notebook, "text/plain")])


def captions(notebook: NotebookNode) -> list[str]:
    found = [re.search(r"<caption[^>]*>([^<]*)</caption>", html) for html in shown(notebook, "text/html")]
    return [each[1] for each in found if each]


def assert_every_picture_has_words(notebook: NotebookNode, number: int) -> None:
    """Check the page that nbconvert makes: it logs a warning, and writes a text of its own, where words are missing."""
    logged = io.StringIO()
    log = logging.Logger("nbconvert")  # noqa: LOG001 - apart from the ones that are kept
    log.addHandler(logging.StreamHandler(logged))
    page, _ = HTMLExporter(log=log).from_notebook_node(notebook)
    assert "lternative text" not in logged.getvalue()
    words = re.findall(r'<img alt="([^"]+)"', page)
    assert len(words) == page.count("<img ") == number
    assert all(re.search(r"\d", each) for each in words)
    assert page.count('<source media="(prefers-color-scheme: dark)"') == number


def in_archive(path: Path, query: str) -> Any:
    with sqlite3.connect(path) as connection:
        return connection.execute(query).fetchone()[0]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_committed_notebook_has_no_outputs_and_takes_parameters(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    tagged = [cell.source for cell in code if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1
    old = path.name in {COST, STATUS}
    for name in ("archive", "since", "until", "accounts", "zone") if old else ("archive", "period", "accounts"):
        assert re.search(rf"^{name} = ", tagged[0], re.MULTILINE)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_committed_notebook_opens_with_what_it_is_for_and_defines_its_figures(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    assert cells[0].source.startswith("# ")
    assert "This notebook answers" in cells[0].source
    for before, cell, after in zip(cells, cells[1:], cells[2:], strict=False):
        if cell.cell_type == "code" and "plots." in cell.source:
            assert before.cell_type == "markdown"
            assert after.source.startswith("*"), f"no definition below: {cell.source}"


def test_the_quick_start_makes_its_own_sample(tmp_path: Path) -> None:
    notebook = run(QUICK, tmp_path, archive=tmp_path / "sample.db")
    assert [output for output in outputs(notebook) if output.output_type == "error"] == []
    assert [output.text for output in outputs(notebook) if output.get("name") == "stderr"] == []
    assert len(shown(notebook, "image/png")) == 3
    # The sample has 3,000 calls of two offices and again the 2,100 of the larger one.
    assert "5,100 calls of Wholesale, Office, Branch" in said(notebook)
    assert_every_picture_has_words(notebook, 3)
    assert {"Cost by month", "Cost by contact", "Status by direction", "Peak by trunk"} <= set(captions(notebook))


@pytest.mark.parametrize("name", [COST, STATUS])
def test_every_cell_ran_without_an_error_or_a_warning(executed: dict[str, NotebookNode], name: str) -> None:
    notebook = executed[name]
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
    assert [output for output in outputs(notebook) if output.output_type == "error"] == []
    assert [output.text for output in outputs(notebook) if output.get("name") == "stderr"] == []


@pytest.mark.parametrize("name", [COST, STATUS])
def test_the_checks_against_the_archive_passed(executed: dict[str, NotebookNode], synced: Path, name: str) -> None:
    calls = in_archive(synced, "select count(*) from calls")
    assert calls == 600
    assert f"{calls:,} calls" in said(executed[name])
    assert "agree with the archive" in said(executed[name])


def test_the_cost_that_is_shown_is_the_archives(executed: dict[str, NotebookNode], synced: Path) -> None:
    total = in_archive(synced, "select sum(price) from calls")
    assert in_archive(synced, "select group_concat(distinct price_scale) from calls") == "0"
    assert f"**{total:,} IRR** for 600 calls" in said(executed[COST])


def test_the_answered_calls_that_are_shown_are_the_archives(executed: dict[str, NotebookNode], synced: Path) -> None:
    answered = in_archive(synced, "select count(*) from calls where status = 'answered'")
    assert f"**{answered:,} of 600 calls were answered**" in said(executed[STATUS])


def test_the_tables_of_cost_are_there(executed: dict[str, NotebookNode]) -> None:
    found = captions(executed[COST])
    for caption in ("All calls", "Jalali months", "Months", "Trunks", "Extensions", "Parts of the price",
                    "Calls that nobody answered", "By the first five digits", "The dearest calls",
                    "Credit and its end (Asia/Tehran)"):  # fmt: skip
        assert caption in found
    assert any(caption.startswith("Cost of a day") for caption in found)


def test_the_tables_of_call_status_are_there(executed: dict[str, NotebookNode]) -> None:
    found = captions(executed[STATUS])
    for caption in ("Accounts", "Months", "Directions", "Trunks", "Extensions", "How calls of each direction ended",
                    "Time to answer, incoming calls", "Service level", "Abandonment", "Missed calls that were reached",
                    "Busy hour", "Most calls at once", "Most calls at once, by trunk"):  # fmt: skip
        assert caption in found


@pytest.mark.parametrize(("name", "number"), [(COST, 4), (STATUS, 6)])
def test_the_pictures_are_there_and_not_blank(executed: dict[str, NotebookNode], name: str, number: int) -> None:
    pictures = shown(executed[name], "image/png")
    assert len(pictures) == number
    for picture in pictures:
        image = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")
        assert image.width > 600
        colours = image.getcolors(maxcolors=1 << 24)
        assert colours is not None
        assert len(colours) > 50


@pytest.mark.parametrize("name", [COST, STATUS])
def test_no_whole_phone_number_is_shown(executed: dict[str, NotebookNode], synced: Path, name: str) -> None:
    everything = "\n".join([said(executed[name]), *shown(executed[name], "text/html")])
    with sqlite3.connect(synced) as connection:
        rows = connection.execute("select source, source_e164, destination, destination_e164 from calls").fetchall()
        trunks = {trunk for (trunk,) in connection.execute("select distinct trunk from calls")}
    # One's own lines are shown.
    numbers = {number for row in rows for number in row if number and len(number) > 5} - trunks
    assert len(numbers) > 20
    assert [number for number in numbers if number in everything] == []


def test_a_number_has_the_same_pseudonym_in_every_table(executed: dict[str, NotebookNode], synced: Path) -> None:
    with Archive.open(f"sqlite:///{synced}") as archive:
        masking, frame = Masking(archive.masking_key()), archive.frame()
    known = set(labels([*frame["source"].dropna(), *frame["destination"].dropna()], mask=masking).values())
    for name in (COST, STATUS):
        html = "".join(shown(executed[name], "text/html"))
        masked = set(re.findall(r"[+0-9]+•+ [A-Z2-7]{6}", html))
        assert masked
        assert masked <= known


def test_a_period_and_an_account_can_be_chosen(synced: Path, tmp_path: Path) -> None:
    account = in_archive(synced, "select min(account) from calls")
    # Two weeks from local midnight, +03:30: 30 April 2026 20:30 UTC.
    own = in_archive(
        synced,
        f"select count(*) from calls where account = '{account}' and started_at >= "
        "strftime('%s', '2026-04-30 20:30') * 1000000 and started_at < strftime('%s', '2026-05-14 20:30') * 1000000",
    )
    notebook = run(STATUS, tmp_path, archive=synced, since="2026-05-01", until="2026-05-15", accounts=account)
    assert 0 < own < 600
    assert f"**{own} calls**" in said(notebook)
    assert f"{own} calls agree with the archive" in said(notebook)


@pytest.mark.parametrize("name", [COST, STATUS])
def test_an_empty_archive_is_called_empty_and_nothing_else_is_shown(tmp_path: Path, name: str) -> None:
    path = tmp_path / "empty.db"
    Archive.open(f"sqlite:///{path}").close()
    notebook = run(name, tmp_path, archive=path)
    assert "is empty: no call has been synced yet" in said(notebook)
    assert shown(notebook, "image/png") == []
    assert shown(notebook, "text/html") == []
    assert [output for output in outputs(notebook) if output.output_type == "error"] == []
