"""The command with an account of every provider, in every dialect."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.cli.wires import WIRES
from trunkline.providers import PROVIDERS, unregister
from trunkline.providers.overview import dialects

PRICED = {"telefonchy", "mor", "mor-api"}


def rows(printed):
    return list(csv.DictReader(io.StringIO(printed)))


def test_the_sandbox_announces_every_dialect(sandbox):
    assert set(WIRES) == set(sandbox) - {"url", "control"}
    announced = {(sandbox[wire]["provider"], sandbox[wire]["dialect"]) for wire in WIRES}
    assert {(provider, dialect) for provider, dialect in announced if dialect} <= {
        (info.provider_id, info.dialect) for info in dialects(PROVIDERS)
    }


def test_accounts_lists_them_with_their_dialects(everything, run):
    status, printed, _ = run("accounts", "--format", "csv")
    assert status == 0
    listed = rows(printed)
    assert [row["name"] for row in listed] == WIRES
    assert {row["credentials"] for row in listed} == {"complete"}


def test_every_account_is_synced_listed_and_reported(everything, run):
    status, printed, complaints = run("sync", "--quiet", "--format", "json")
    assert (status, complaints) == (0, "")
    synced = {row["account"]: row for row in json.loads(printed)}
    assert list(synced) == WIRES
    assert all(row["complete"] for row in synced.values())
    # One company stands behind them all, so every account has the same calls.
    assert len({row["new"] for row in synced.values()}) == 1
    assert synced["telefonchy"]["new"] > 150

    status, printed, _ = run("sync", "--quiet", "--format", "json")
    assert {row["new"] for row in json.loads(printed)} == {0}

    for wire in WIRES:
        status, printed, _ = run("calls", wire, "--limit", "5", "--format", "json")
        assert status == 0
        calls = json.loads(printed)
        assert len(calls) == 5
        assert all(call["started_at"] and call["call_id"] for call in calls)
        assert any(call["price"] for call in calls) <= (wire in PRICED)
        status, printed, _ = run("report", "status", wire, "--by", "total", "--format", "csv")
        assert status == 0
        assert rows(printed)


def test_credit_is_listed_where_it_is_known(everything, run):
    status, printed, complaints = run("credit", "--format", "csv")
    assert status == 0
    listed = rows(printed)
    assert {row["account"] for row in listed if row["credit"]} >= PRICED
    for silent in ("voip24h", "voip24h-v3"):
        assert f"{silent}: Voip24h" in complaints


@pytest.mark.parametrize("wire", WIRES)
def test_a_call_is_placed_once(everything, sandbox, run, wire):
    source = sandbox[wire]["accounts"][0]["extensions"][0] if wire != "voipano" else "09120000123"
    status, printed, complaints = run("call", wire, "--from", source, "--to", "09120000555", "--format", "json")
    assert (status, complaints) == (0, "")
    (placed,) = json.loads(printed)
    assert placed["status"]


def test_a_one_time_code_states_its_price_and_the_credit_is_archived(everything, run):
    status, printed, _ = run("otp", "voipano", "--to", "09120000555", "--purpose", "login", "--format", "json")
    assert status == 0
    (placed,) = json.loads(printed)
    # The document's price of a code.
    assert placed["charged"].startswith("160")
    status, printed, _ = run("credit", "voipano", "--format", "json")
    (line,) = [row for row in json.loads(printed) if row["credit"]]
    assert line["credit"] == placed["remaining_credit"]
    assert line["as_of"]


def test_a_secure_call_states_its_price(everything, run):
    arguments = ("call", "voipano", "--secure", "--from", "09120000123", "--to", "09120000555", "--format", "json")
    status, printed, _ = run(*arguments)
    assert (status, json.loads(printed)[0]["charged"][:3]) == (0, "120")


@pytest.mark.parametrize(
    "arguments", [("otp", "simotel", "--to", "09120000555"), ("call", "mor", "--secure", "--from", "1", "--to", "2")]
)
def test_a_capability_that_the_provider_lacks_is_one_line(everything, run, arguments):
    if "--secure" in arguments:
        arguments = ("call", "mor", "--secure", "--from", "09120000123", "--to", "09120000555")
    status, printed, complaints = run(*arguments)
    assert (status, printed) == (1, "")
    assert " has no " in complaints
    assert len(complaints.splitlines()) == 1


def test_providers_prints_what_each_can_do(run):
    status, printed, _ = run("providers", "--format", "csv")
    assert status == 0
    listed = {row["capability"]: row for row in rows(printed)}
    assert listed["send_otp"]["VoIPano"] == "yes"
    assert listed["send_otp"]["Simotel"] == ""


def test_an_unknown_dialect_is_named(home, run):
    (home / "accounts.toml").write_text('[x]\nprovider = "mor"\ndialect = "soap"\n')
    status, _, complaints = run("accounts")
    assert status == 2
    assert "account x: Kolmisoft MOR has no dialect 'soap'; known: pages, api" in complaints


def test_an_account_that_may_leave_out_each_credential_still_needs_one(home, run):
    address = 'provider = "simotel"\nbase_url = "http://127.0.0.1/api/v4"\n'
    (home / "accounts.toml").write_text(f'[none]\n{address}[key]\n{address}api_key = "0123456789abcdef"\n')
    (home / "accounts.toml").chmod(0o600)
    status, printed, _ = run("accounts", "--format", "csv")
    assert status == 0
    assert {row["name"]: row["credentials"] for row in rows(printed)} == {"none": "missing", "key": "complete"}


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install a distribution with entry points of two providers, one of which can't be loaded."""
    folder = tmp_path / "site"
    metadata = folder / "acme_telecom-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-telecom\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[trunkline.providers]\nacme = acme_telecom:ACME\nbroken = acme_telecom:NOTHING\n"
    )
    (folder / "acme_telecom.py").write_text(
        "from dataclasses import replace\n"
        "from trunkline.providers import PROVIDERS\n"
        "ACME = replace(PROVIDERS['telefonchy'], provider_id='acme', name='Acme Telecom')\n"
    )
    monkeypatch.syspath_prepend(folder)
    yield
    unregister("acme")


def test_an_installed_provider_can_be_used_like_a_built_in_one(installed, home, run, caplog):
    (home / "accounts.toml").write_text('[office]\nprovider = "acme"\ntoken = "t"\n')
    (home / "accounts.toml").chmod(0o600)
    status, printed, _ = run("accounts", "--format", "csv")
    assert status == 0
    assert [(row["provider"], row["credentials"]) for row in rows(printed)] == [("acme", "complete")]
    assert "Acme Telecom" in run("providers")[1]
    assert "'broken'" in caplog.text
