"""The command against a sandbox in a process of its own, as a person would have it."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.cli.wires import WIRES, served
from trunkline.cli.main import main


@pytest.fixture(scope="session")
def sandbox():
    """Serve a small office; gives what `trunkline sandbox` prints."""
    with served() as announced:
        yield announced


@pytest.fixture
def home(tmp_path, monkeypatch, socket_enabled):
    """Give the command a home of its own."""
    monkeypatch.setenv("TRUNKLINE_ACCOUNTS", str(tmp_path / "accounts.toml"))
    monkeypatch.setenv("TRUNKLINE_ARCHIVE", str(tmp_path / "archive.db"))
    return tmp_path


@pytest.fixture
def office(home, sandbox):
    """Set up the sandbox's two accounts."""
    lines = []
    for name, account in zip(("office", "branch"), sandbox["telefonchy"]["accounts"], strict=True):
        lines += [f"[{name}]", 'provider = "telefonchy"', f'base_url = "{account["base_url"]}"']
        lines += [f'token = "{account["credentials"]["token"]}"', ""]
    path = home / "accounts.toml"
    path.write_text("\n".join(lines))
    path.chmod(0o600)
    return sandbox["telefonchy"]["accounts"]


@pytest.fixture
def run(capsys):
    """Run a command; gives its status, standard output and standard error.

    A command runs a loop of its own and leaves none behind, which some versions of the Home Assistant plugin would miss
    in the next test: the one that was there is put back.
    """

    def run(*arguments):
        try:
            before = asyncio.get_event_loop()
        except RuntimeError:
            before = None
        status = main(arguments)
        if before is not None:
            asyncio.set_event_loop(before)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


@pytest.fixture
def everything(home, sandbox):
    """Set up an account of each dialect, named after its wire."""
    lines = []
    for wire in WIRES:
        account = sandbox[wire]["accounts"][0]
        lines += [f"[{wire}]", f'provider = "{account["provider"]}"', f'base_url = "{account["base_url"]}"']
        if account["dialect"]:
            lines.append(f'dialect = "{account["dialect"]}"')
        lines += [f"{name} = {json.dumps(value)}" for name, value in account["credentials"].items()]
    path = home / "accounts.toml"
    path.write_text("\n".join(lines) + "\n")
    path.chmod(0o600)
