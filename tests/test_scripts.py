"""What the scripts promise to whoever types them: help, one line for a mistake, and a plain word where Python is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts._check import Table
from scripts.bench import measure, status, table
from scripts.coverage_floor import below_floor
from tests.patience import PATIENCE

ROOT = Path(__file__).parent.parent


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
        timeout=PATIENCE,
    )


@pytest.mark.parametrize("script", ["setup", "lint", "test", "demo", "bench", "soak", "stock"])
def test_help_says_how_the_script_is_used(script: str) -> None:
    done = run(f"scripts/{script}", "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: scripts/{script}")


@pytest.mark.parametrize("module", ["demo", "bench", "soak", "stock"])
def test_help_of_a_program_says_how_it_is_used(module: str) -> None:
    done = run(sys.executable, "-m", f"scripts.{module}", "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: scripts/{module}")


@pytest.mark.parametrize(
    "command",
    [
        ("scripts/setup", "--no-such-option"),
        ("scripts/lint", "--no-such-option"),
        (sys.executable, "-m", "scripts.demo", "--no-such-option"),
        (sys.executable, "-m", "scripts.demo", "--port", "70000"),
        (sys.executable, "-m", "scripts.demo", "--port", "none"),
        (sys.executable, "-m", "scripts.demo", "--keep", "--fresh"),
        (sys.executable, "-m", "scripts.bench", "--no-such-option"),
        (sys.executable, "-m", "scripts.bench", "no_such_benchmark"),
        (sys.executable, "-m", "scripts.soak", "--no-such-option"),
        (sys.executable, "-m", "scripts.stock", "newest"),
        (sys.executable, "-m", "scripts.soak", "--runs", "0"),
        (sys.executable, "-m", "scripts.soak", "--interface", "no_such_interface"),
    ],
    ids=" ".join,
)
def test_a_wrong_option_is_one_line_and_status_2(command: tuple[str, ...]) -> None:
    done = run(*command)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


@pytest.fixture
def bare_checkout(tmp_path: Path) -> Path:
    """The files that setting up needs, where nothing has been set up."""
    for name in ("scripts/lib.sh", "scripts/setup", "pyproject.toml", "requirements/locked.txt"):
        copy = tmp_path / "checkout" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((ROOT / name).read_bytes())
        copy.chmod(0o755)
    return tmp_path / "checkout"


@pytest.fixture
def bare_machine(tmp_path: Path) -> dict[str, str]:
    """A machine with a shell and its tools, and no Python at all."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in (
        "bash",
        "env",
        "cat",
        "cut",
        "dirname",
        "basename",
        "mkdir",
        "mv",
        "rm",
        "sha256sum",
        "readlink",
        "flock",
        "tail",
    ):
        for folder in ("/usr/bin", "/bin"):
            if Path(folder, name).exists():
                (tools / name).symlink_to(Path(folder, name))
                break
    return {"PATH": str(tools), "HOME": str(tmp_path), "PYENV_ROOT": str(tmp_path / "none")}


def set_up(checkout: Path, machine: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(checkout / "scripts" / "setup")],
        env=machine,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def tool(machine: dict[str, str], name: str, script: str) -> None:
    path = Path(machine["PATH"]) / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_machine_where_uv_is_missing_and_no_python_has_pip_is_told_so(
    bare_checkout: Path, bare_machine: dict[str, str]
) -> None:
    # whether the system's own Python has pip is not ours to say: this one stands before it and hasn't
    setup = bare_checkout / "scripts" / "lib.sh"
    setup.write_text(setup.read_text().replace(" /usr/bin/python3 ", " "))
    done = set_up(bare_checkout, bare_machine)
    assert done.returncode == 1
    assert "neither uv nor a Python with pip was found" in done.stderr
    assert "python3-pip" in done.stderr


def test_a_machine_without_python_3_13_is_told_what_to_do(bare_checkout: Path, bare_machine: dict[str, str]) -> None:
    tool(bare_machine, "uv", 'case "$1" in --version) echo uv 1 ;; *) echo "no download" >&2; exit 1 ;; esac')
    # a version manager's shim for a version that is not active
    tool(bare_machine, "python3.13", 'echo "pyenv: python3.13: command not found" >&2; exit 127')
    done = set_up(bare_checkout, bare_machine)
    assert done.returncode == 1
    assert "no download" in done.stderr
    assert "Python 3.13 is needed" in done.stderr
    assert "TRUNKLINE_PYTHON" in done.stderr


@pytest.mark.parametrize(
    ("wish", "answer"),
    [
        ("3.12", "needs 3.13 or 3.14"),
        ("newest", "needs 3.13 or 3.14"),
        ("/nowhere/python", "doesn't start"),
    ],
)
def test_a_python_that_cannot_be_used_is_refused_plainly(
    bare_checkout: Path, bare_machine: dict[str, str], wish: str, answer: str
) -> None:
    done = set_up(bare_checkout, {**bare_machine, "TRUNKLINE_PYTHON": wish})
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert answer in done.stderr


def test_modules_below_the_floor_are_named(tmp_path: Path) -> None:
    report = tmp_path / "coverage.json"
    report.write_text(
        '{"files": {"a.py": {"summary": {"percent_covered": 94.9}}, "b.py": {"summary": {"percent_covered": 95.0}}}}'
    )
    assert below_floor(report, 95) == ["a.py: 94.9 %"]


def test_the_checks_table_fails_as_a_whole_if_one_row_fails() -> None:
    rows = Table()
    assert not rows.passed
    rows.add("credit", 5, 5)
    assert rows.passed
    rows.add("calls", 1, 2)
    assert not rows.passed
    assert "FAILED  calls" in str(rows)


def test_the_benchmarks_table_says_which_limit_was_missed() -> None:
    rows = [
        {"name": "a", "ours": 1200.0, "peer": 1000.0, "unit": "calls/s", "ratio": 1.2, "limit": 1.0, "ok": True},
        {"name": "b", "ours": 120.5, "peer": None, "unit": "ms", "limit": 100.0, "ok": False},
    ]
    lines = table(rows).splitlines()
    assert lines[1].split() == ["a", "1,200", "1,000", "calls/s", "1.2", "1", "ok"]
    assert lines[2].split() == ["b", "120", "ms", "100", "MISSED"]


def test_a_benchmark_that_raises_is_a_row_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(_n: int) -> None:
        raise ValueError("no\nsuch thing")

    monkeypatch.setattr("benchmarks.bench_poll.run", raises)
    (row,) = measure("poll", 1)
    assert row["name"] == "poll failed: ValueError: no such thing"
    assert "poll failed" in table([row])
    assert status([row], quick=True) == status([row], quick=False) == 1


def test_a_missed_limit_fails_a_full_run_only() -> None:
    assert status([{"ok": False}], quick=False) == 1
    assert status([{"ok": False}], quick=True) == 0
    assert status([{"ok": True}], quick=False) == 0


def test_uv_uses_the_index_and_the_certificate_that_only_pip_was_told_of(tmp_path: Path) -> None:
    certificate, settings = tmp_path / "certificate.pem", tmp_path / "pip.conf"
    certificate.write_text("")
    settings.write_text(f"[global]\nindex-url = https://packages.example/simple\ncert = {certificate}\n")
    # Whichever Python of this machine has pip: the environment of the tests may have none.
    command = (
        "set -eu; source scripts/lib.sh; python=$(pythons_with_pip | sed -n 1p); "
        'if [[ -z $python ]]; then exit 77; fi; adopt_pip_settings "$python"; echo "$UV_DEFAULT_INDEX $SSL_CERT_FILE"'
    )
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PIP_CONFIG_FILE": str(settings)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 77:
        pytest.skip("no Python of this machine has pip")
    assert done.stdout == f"https://packages.example/simple {certificate}\n", done.stderr
