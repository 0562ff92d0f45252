"""The notebooks, executed on the sample: their values are those of SQL and plain arithmetic on the archive."""

from __future__ import annotations

import base64
import io
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
import pytest_socket
from PIL import Image

import trunkline
from scripts import _notebooks
from scripts._notebooks import NOTEBOOKS, PAGES, execute
from tests.notebooks import archives
from tests.notebooks.archives import TEHRAN, rows, total
from tests.patience import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nbformat import NotebookNode

D = Decimal
PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
LIVE = "08-live-from-home-assistant"  # it needs a Home Assistant: tests/components/test_notebook.py runs it
OFFLINE = [path.stem for path in PATHS if path.stem != LIVE]
OFFICES = "telefonchy:%"
_LONGEST = 7

type Run = Callable[[str], tuple[NotebookNode, dict[str, Any]]]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest_socket.enable_socket()
    return trunkline.sample(tmp_path_factory.mktemp("sample") / "sample.db", calls=1200, days=80)


@pytest.fixture(scope="module")
def run(sample: Path) -> Run:
    """Return a function that gives a notebook as it is after a run on the sample, which happens once."""
    done: dict[str, tuple[NotebookNode, dict[str, Any]]] = {}

    def once(name: str) -> tuple[NotebookNode, dict[str, Any]]:
        if name not in done:
            done[name] = execute(NOTEBOOKS / f"{name}.ipynb", parameters(name, sample))
        return done[name]

    return once


def parameters(name: str, archive: Path) -> dict[str, object]:
    given: dict[str, object] = {"archive": str(archive)}
    # To start Java would take longer than all the rest.
    return given | ({"mirror": str(archive.with_name("mirror")), "spark": False} if name.startswith("07") else {})


def outputs(notebook: NotebookNode) -> list[Any]:
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def shown(notebook: NotebookNode, kind: str) -> list[str]:
    """Return what was displayed as this media type."""
    return [str(output.data[kind]) for output in outputs(notebook) if kind in output.get("data", {})]


def said(notebook: NotebookNode) -> str:
    streams = [output.text for output in outputs(notebook) if output.output_type == "stream"]
    return "\n".join([*streams, *shown(notebook, "text/markdown"), *shown(notebook, "text/plain")])


def after(notebook: NotebookNode, source: str) -> str:
    """Return what the cell with this text displayed."""
    [cell] = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.endswith(source)]
    return "\n".join(str(output.data["text/plain"]) for output in cell.outputs)


# --- as they are in git ---------------------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_committed_notebook_is_clean_and_takes_parameters(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    [tagged] = [cell.source for cell in code if "parameters" in cell.metadata.get("tags", [])]
    for name in ("archive", "accounts") if path.stem.startswith("07") else ("archive", "period", "accounts"):
        assert re.search(rf"^{name} = ", tagged, re.MULTILINE)
    cells = [cell.source for cell in code if cell.source != tagged and not cell.source.startswith("%%")]
    assert [source for source in cells if len(source.splitlines()) > _LONGEST] == []
    assert notebook.cells[0].source.startswith("# ")
    assert "This notebook answers" in notebook.cells[0].source


def test_a_notebook_leads_only_to_notebooks_that_are_there() -> None:
    texts = [cell.source for path in PATHS for cell in nbformat.read(path, as_version=4).cells]
    assert set(re.findall(r"\]\(([^)]+\.ipynb)\)", "\n".join(texts))) <= {path.name for path in PATHS}


# --- executed on the sample -----------------------------------------------------------------------


@pytest.mark.parametrize("name", OFFLINE)
def test_every_cell_runs_and_shows_no_warning_and_no_whole_number(run: Run, sample: Path, name: str) -> None:
    notebook, _ = run(name)
    assert [output.text for output in outputs(notebook) if output.get("name") == "stderr"] == []
    found = rows(sample)
    trunks = {f"+98{row.trunk}" for row in found}  # one's own lines are shown
    numbers = {number for row in found for number in (row.source, row.destination) if number} - trunks
    everything = "\n".join([said(notebook), *shown(notebook, "text/html")])
    assert len(numbers) > 20
    assert [number for number in numbers if number in everything or number.removeprefix("+98") in everything] == []


@pytest.mark.parametrize(("name", "least"), [("01-cost", 7), ("02-call-status", 6), ("03-traffic-and-lines", 3)])
def test_the_pictures_are_there_and_not_blank(run: Run, name: str, least: int) -> None:
    pictures = shown(run(name)[0], "image/png")
    assert len(pictures) >= least
    for picture in pictures:
        image = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")
        assert image.width > 600
        colours = image.getcolors(maxcolors=1 << 24)
        assert colours is not None
        assert len(colours) > 50


@pytest.mark.slow
def test_the_quick_start_makes_its_own_sample_in_a_kernel(tmp_path: Path) -> None:
    out = tmp_path / "out.ipynb"
    command = [sys.executable, "-m", "papermill", "00-quick-start.ipynb", str(out), "--no-progress-bar"]
    command += ["-p", "archive", str(tmp_path / "sample.db")]
    done = subprocess.run(command, cwd=NOTEBOOKS, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    notebook = nbformat.read(out, as_version=4)
    assert len(shown(notebook, "image/png")) == 3
    # The sample has 3,000 calls of two offices and 2,100 of a wholesale account.
    assert "5,100 calls of Wholesale, Office, Branch" in said(notebook)


def test_the_cost_is_the_archives(run: Run, sample: Path) -> None:
    notebook, names = run("01-cost")
    found = rows(sample)
    rial, euro = total(found, "IRR"), total(found, "EUR")
    words = after(notebook, "calls.cost_in_words()")
    assert f"**{rial:,.0f} IRR** for {sum(row.currency == 'IRR' for row in found):,} calls" in words
    assert f"**{euro:,.2f} EUR**" in words
    calls = names["calls"]
    assert {row["currency"]: row["cost"] for row in calls.cost().frame.to_dict("records")} == {"IRR": rial, "EUR": euro}
    for by in ("month", "trunk", "extension", "status", "day"):
        frame = calls.cost(by=by).frame
        assert frame[frame["currency"] == "IRR"]["cost"].sum() == rial
    unanswered = [row for row in found if row.status != "answered"]
    frame = calls.cost(by="status").frame
    own = frame[(frame["status"] != "answered") & (frame["currency"] == "EUR")]
    assert own["cost"].sum() == total(unanswered, "EUR") > 0


def test_the_comparison_counts_whole_days_only(run: Run, sample: Path) -> None:
    _, names = run("01-cost")
    frame = names["calls"].select("last 28 days").compare().frame
    [cost] = frame[(frame["measure"] == "cost") & (frame["currency"] == "IRR")].to_dict("records")
    today = datetime.now(TEHRAN).date()
    days = {today - timedelta(days=back) for back in range(29, 57)}
    before = [row for row in rows(sample, OFFICES) if datetime.fromtimestamp(row.started, TEHRAN).date() in days]
    assert (cost["days_before"], cost["total_before"]) == (28, total(before, "IRR"))


def test_the_status_is_the_archives(run: Run, sample: Path) -> None:
    notebook, names = run("02-call-status")
    found = rows(sample)
    incoming = [row for row in found if row.direction == "incoming"]
    missed = len(incoming) - archives.answered(incoming)
    words = after(notebook, "calls.status_in_words()")
    assert f"**{archives.answered(found):,} of {len(found):,} calls were answered**" in words
    assert f"{missed:,} of {len(incoming):,} incoming calls were missed" in words
    calls = names["calls"]
    [whole] = calls.status().frame.to_dict("records")
    for status, number in archives.statuses(found).items():
        assert whole[status] == number
    # What the notebook once checked itself: each table adds up to all calls.
    for by in ("month", "day", "direction", "trunk", "extension", "account"):
        assert calls.status(by=by).frame["calls"].sum() == len(found)


def test_open_missed_callers_are_those_that_nobody_reached(run: Run, sample: Path) -> None:
    _, names = run("02-call-status")
    left: dict[tuple[str, str], int] = {}
    for row in rows(sample):
        number = row.source if row.direction == "incoming" else row.destination
        if row.direction == "internal" or number is None:
            continue
        if row.status == "answered":
            left.pop((row.account, number), None)
        elif row.direction == "incoming":
            left[row.account, number] = left.get((row.account, number), 0) + 1
    shown_calls = names["calls"].missed().frame
    assert (
        dict(zip(zip(shown_calls["account"], shown_calls["number"], strict=True), shown_calls["calls"], strict=True))
        == left
    )


def test_the_service_level_is_counted_from_the_waits(run: Run, sample: Path) -> None:
    _, names = run("02-call-status")
    frame = names["calls"].where(account=["Office", "Branch"]).service_level(threshold_s=20).frame
    incoming = [row for row in rows(sample, OFFICES) if row.direction == "incoming"]
    in_time = sum(row.status == "answered" and (row.wait or 0) <= 20 for row in incoming)
    [offered] = frame[frame["denominator"] == "offered"].to_dict("records")
    assert (offered["answered_within"], offered["n"]) == (in_time, len(incoming))


def test_peak_and_lines_are_those_of_a_sweep_and_of_erlangs_sums(run: Run, sample: Path) -> None:
    _, names = run("03-traffic-and-lines")
    calls = names["calls"]
    assert calls.peak().frame["peak"].tolist() == [archives.peak(rows(sample))]
    frame = calls.lines(0.01, present=4).frame
    for row in frame.to_dict("records"):
        assert row["blocked"] == pytest.approx(archives.erlang_b(row["lines"], row["offered"]), rel=1e-9)
    [needed] = frame[frame["needed"].astype(bool)].to_dict("records")
    assert needed["blocked"] <= 0.01 < archives.erlang_b(needed["lines"] - 1, needed["offered"])


def test_the_forecast_is_made_of_the_last_28_days(run: Run, sample: Path) -> None:
    notebook, names = run("04-credit-forecast")
    found = rows(sample, OFFICES)
    frame = names["forecast"].frame
    [whole] = frame[(frame["row"] == "total") & (frame["currency"] == "IRR")].to_dict("records")
    # Of accounts in two zones, days are those of UTC.
    now = names["calls"].now
    day = lambda row: datetime.fromtimestamp(row.started, UTC).date()  # noqa: E731
    days = {now.date() - timedelta(days=back) for back in range(1, 29)}
    paid = total([row for row in found if day(row) in days], "IRR")
    assert whole["per_day"] == pytest.approx(paid / 28)
    month = [row for row in found if (day(row).year, day(row).month) == (now.year, now.month)]
    assert whole["spent"] == total(month, "IRR")
    shown_credits = {row["trunk"]: row["credit"] for row in frame.to_dict("records") if row["trunk"]}
    with trunkline.Archive.open(f"sqlite:///{sample}") as archive:
        for account in archive.accounts():
            for reading in archive.credits(account.account):
                last = reading  # by trunk and time
                if last.at > now - timedelta(hours=1):
                    assert shown_credits[last.trunk] == last.credit.amount
    assert "weekday" in after(notebook, "test")


def test_the_bill_is_checked_as_by_hand(run: Run, sample: Path) -> None:
    notebook, names = run("05-check-the-bill")
    outgoing = [row for row in rows(sample, OFFICES) if row.direction == "outgoing"]
    tehran = [row for row in outgoing if (row.destination or "").startswith("+9821") and row.talk]
    mashhad = [row for row in outgoing if (row.destination or "").startswith("+9851") and row.talk]
    # Charged at 420 for a started minute: 20 too much in Tehran; in Mashhad by the second after the first minute.
    charged = {id(row): 420 * minutes for row in tehran + mashhad for minutes in [archives.minutes(row)]}
    assert all(row.price_talk == charged[id(row)] for row in tehran + mashhad)
    rate = sum(20 * archives.minutes(row) for row in tehran)
    exact = {id(row): rounded(D(420) * max(60, row.talk or 0) / 60) for row in mashhad}
    increment = sum(charged[id(row)] - exact[id(row)] for row in mashhad)
    classes = {row["class"]: row for row in names["checked"].frame.to_dict("records")}
    assert (classes["rate"]["calls"], classes["rate"]["difference"]) == (len(tehran), rate)
    assert classes["increment"]["difference"] == increment if increment else "increment" not in classes
    assert sum(row["calls"] for row in classes.values()) == len(rows(sample, OFFICES))
    assert names["disputes"].frame["amount"].sum() == rate + increment
    assert f"{len(tehran)} calls rate: +{rate:,.0f} IRR" in said(notebook)


def rounded(value: Decimal) -> Decimal:
    return value.quantize(D(1), ROUND_HALF_UP)


def test_the_credit_falls_by_the_cost_of_the_calls(run: Run, sample: Path) -> None:
    _, names = run("05-check-the-bill")
    frame = names["balance"].frame
    # 60 days, on three lines: each has a reading of its own day and the last one.
    assert len(frame) == 3 * 60
    assert set(frame["residual"]) == {0}
    assert frame["top_ups"].sum() > 0
    first = min(frame["after"])
    assert frame["cost"].sum() == total(
        [row for row in rows(sample, OFFICES) if row.trunk and (row.ended or row.started) > first.timestamp()], "IRR"
    )


def test_another_record_lacks_three_calls_and_differs_in_every_200th(run: Run) -> None:
    _, names = run("05-check-the-bill")
    outside, export = names["outside"], names["export"]
    frame = outside.records(export).frame
    found = {row["class"]: row["calls"] for row in frame.to_dict("records")}
    assert found["missing_there"] == 3
    assert found["ok"] + found["duration"] == len(outside) - 3
    assert found["duration"] == len(range(0, len(outside) - 3, 200))


def test_other_cards_cost_what_their_prices_say(run: Run, sample: Path) -> None:
    _, names = run("06-what-if")
    outgoing = [row for row in rows(sample, OFFICES) if row.direction == "outgoing"]
    mobile = {row: (row.destination or "").startswith("+989") for row in outgoing}
    by_second = sum(rounded(D(row.talk or 0) * (1080 if mobile[row] else 500) / 60) for row in outgoing)
    paid = sum(row.price_talk for row in outgoing if row.price_talk is not None)
    frame = names["talk"].what_if(*(str(NOTEBOOKS / card) for card in names["cards"])).frame
    cards = {row["card"]: row for row in frame.to_dict("records")}
    assert cards["by the second"]["cost"] == by_second
    assert cards["by the second"]["increments"] == 0
    assert {row["charged"] for row in cards.values()} == {paid}
    one = sum(rounded(690 * D(billed(row.talk)) / 60 + 120) for row in outgoing if row.talk)
    assert cards["one price"]["cost"] == one


def billed(talk: int) -> int:
    """Return the billed seconds of the increments 30/6."""
    return 30 if talk <= 30 else 30 + -(-(talk - 30) // 6) * 6


def test_all_engines_add_up_to_the_same(run: Run, sample: Path) -> None:
    _, names = run("07-millions-of-calls")
    expected = [(currency, total(rows(sample), currency)) for currency in ("EUR", "IRR")]
    assert names["by_polars"] == names["by_duckdb"] == names["by_figure"] == expected


# --- an archive with little in it -----------------------------------------------------------------


@pytest.mark.parametrize("make", [archives.empty, archives.quiet], ids=["empty", "quiet"])
@pytest.mark.parametrize("name", OFFLINE)
def test_an_archive_with_little_in_it_is_no_error(tmp_path: Path, name: str, make: Callable[[Path], Path]) -> None:
    archive = make(tmp_path / "archive.db")
    notebook, _ = execute(NOTEBOOKS / f"{name}.ipynb", parameters(name, archive) | {"accounts": []})
    assert [output.text for output in outputs(notebook) if output.get("name") == "stderr"] == []


def test_a_cell_that_fails_is_named(tmp_path: Path) -> None:
    with pytest.raises(_notebooks.NotebookError, match=r"01-cost.ipynb, code cell 2: ConfigError: there is no archive"):
        execute(NOTEBOOKS / "01-cost.ipynb", {"archive": str(tmp_path / "absent.db")})


# --- the pages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_page_of_a_notebook_has_its_cells(path: Path) -> None:
    text = (PAGES / f"{path.stem}.md").read_text(encoding="utf-8")
    position = 0
    for source in _notebooks.sources(nbformat.read(path, as_version=4)):
        block = "\n".join(line.rstrip() for line in source.splitlines())
        found = text.find(block, position)
        assert found >= 0, f"python -m scripts._notebooks writes the page anew: it lacks\n{block}"
        position = found + len(block)
    pictures = re.findall(r"\]\(images/([^)]+)\)", text)
    assert all((PAGES / "images" / picture).stat().st_size < 80_000 for picture in pictures)
    kept = {each.name for each in (PAGES / "images").glob(f"{path.stem}-*.png")}
    assert kept == set(pictures)


def test_a_page_shows_tables_sentences_and_pictures(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = _notebooks.page(run("03-traffic-and-lines")[0], "03-traffic-and-lines")
    assert "```text\nBusy hour\ndefinition" in written.text
    assert "](05-check-the-bill.md)" not in written.text
    assert "![Calls by weekday and hour. " in written.text
    monkeypatch.setattr(_notebooks, "PAGES", tmp_path)
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "03-traffic-and-lines-9.png").touch()
    _notebooks.write("03-traffic-and-lines", written)
    assert {each.name for each in (tmp_path / "images").iterdir()} == set(written.pictures)
    assert (tmp_path / "03-traffic-and-lines.md").read_text(encoding="utf-8") == written.text
