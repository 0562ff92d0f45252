"""The soak finds what it is there to find, plans the same cases for the same seed, and prints how to repeat them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest

from scripts import _soak_readers
from scripts._soak_all import learn, run_cases
from scripts._soak_cases import Case, Hit, Requests
from scripts._soak_interfaces import INTERFACES
from scripts._soak_plan import kind_of, kinds_of, plan
from scripts._soak_proofs import RULES, allowed
from scripts._soak_report import excused, failures, met_table
from scripts._soak_run import Outcome
from scripts._soak_world import Facts, compare
from trunkline.errors import ProviderError
from trunkline.model import Status
from trunkline.sandbox import KINDS, Sandbox
from trunkline.sync import SyncResult

CASE = "telefonchy sync first 7 short_list(rows=3,where=end,total=kept)@4 many_pages@5+"
# A run of each interface asks for four pages after two other things.
REQUESTS = Requests(("/a", "/b", "/calls", "/calls", "/calls", "/calls"), (3, 4, 5, 6))


@pytest.fixture(autouse=True)
def _sockets(socket_enabled):
    """Let every test here use loopback."""


def soaked(text):
    case = Case.read(text)
    (outcome,) = run_cases([case], {kind_of(case): REQUESTS})
    return outcome


def test_a_case_is_read_as_it_is_written():
    case = Case.read(CASE)
    assert str(case) == CASE
    assert case.hits == (
        Hit("short_list", 4, {"rows": 3, "where": "end", "total": "kept"}),
        Hit("many_pages", 5, lasting=True),
    )


@pytest.mark.parametrize(
    "text", ["", "telefonchy", "x sync first 7 cut@1", "mor sync first 7 boom@1", "mor fly first 7"]
)
def test_what_is_no_case_is_refused(text):
    with pytest.raises(ValueError, match="is not a"):
        Case.read(text)


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_clean_run_of_each_interface_gives_the_world(interface):
    known = learn([(interface, "sync", "first"), (interface, "sync", "later")], 7)
    # Several pages, or periods, so that there is something to lose.
    assert len(known[interface, "sync", "first"].lists) >= 4


def test_a_fault_that_the_sync_survives_is_no_failure():
    outcome = soaked("telefonchy sync first 7 status(code=500)@3")
    assert outcome.failures == []
    assert [(run.complete, str(run.difference)) for run in outcome.runs] == [(True, "equal")] * 2
    assert outcome.met == {("status 500", 3): 1}


@pytest.mark.parametrize("via", ["cancel", "kill"])
def test_a_stopped_run_is_continued(via):
    outcome = soaked(f"voipano {via} first 7 stop@6")
    first, *_, last = outcome.runs
    assert outcome.failures == []
    assert first.error
    assert first.difference.missing
    assert last.complete
    assert not last.difference


def test_home_assistant_polls_a_real_account():
    outcome = soaked("telefonchy poll later 7 status(code=500)@1+")
    first, *_, last = outcome.runs
    assert outcome.failures == []
    assert not first.complete
    assert first.difference.missing
    assert last.complete
    assert not last.difference


async def _claims_all(*_args, **_kwargs):
    return SyncResult(complete=True)


async def _claims_nothing(*_args, **_kwargs):
    return SyncResult(complete=False)


async def _escapes(*_args, **_kwargs):
    msg = "index"
    raise IndexError(msg)


async def _refuses(*_args, **_kwargs):
    msg = "no"
    raise ProviderError(msg)


async def _reads_endlessly(account, *_args, **_kwargs):
    while True:
        async for _ in account.pages("sv71001"):
            pass


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (_claims_all, ["complete in run 1 without 350 missing", "complete at the end: 350 missing"]),
        (_claims_nothing, ["not complete at the end: 350 missing"]),
        (_escapes, ["run 1: IndexError: index", "run 2: IndexError: index"]),
        (_refuses, ["run 2: ProviderError", "not complete at the end: 350 missing"]),
        (_reads_endlessly, ["run 1: more than 70 requests"]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_broken_sync_fails(monkeypatch, broken, says):
    monkeypatch.setattr(_soak_readers, "sync_account", broken)
    found = soaked("telefonchy sync first 7 cut@1").failures
    assert set(says) <= set(found)


def test_calls_are_compared_by_every_fact():
    facts = Facts(1000.0, Status.ANSWERED, 30, Decimal(17))
    others = [
        facts._replace(start=1001.0),
        facts._replace(status=Status.BUSY),
        facts._replace(talk=31),
        facts._replace(price=Decimal("17.5")),
        facts._replace(price=None),
    ]
    assert not compare({"1": facts}, {"1": facts})
    assert all(compare({"1": facts}, {"1": other}).wrong == ("1",) for other in others)
    assert compare({"1": facts}, {}).missing == ("1",)
    assert compare({}, {"1": facts, "2": facts}, allowed=["2"]).extra == ("1",)


@pytest.fixture(scope="module")
def known():
    return dict.fromkeys(kinds_of(INTERFACES), REQUESTS)


def test_the_same_seed_plans_the_same_cases(known):
    assert plan(300, 7, known) == plan(300, 7, known)
    assert plan(300, 7, known) != plan(300, 8, known)


def test_a_plan_has_every_kind_at_every_request(known):
    cases = plan(7000, 7, known)
    assert len(cases) == 7000
    assert {case.via for case in cases} == {"sync", "cancel", "kill", "poll"}
    singles = {
        (case.interface, case.scenario, hit.kind, hit.at)
        for case in cases
        if case.via == "sync" and len(case.hits) == 1
        for hit in case.hits
    }
    # What takes time, can't be told from another one, or does a sync no harm isn't there.
    kinds = set(KINDS) - {"delay", "field", "wrong_clock"}
    assert {kind for _, _, kind, _ in singles} == kinds
    for interface in INTERFACES:
        for scenario in ("first", "later"):
            assert {(interface, scenario, "cut", at) for at in range(1, 7)} <= singles
            assert {(interface, scenario, "empty_list", at) for at in REQUESTS.lists} <= singles


def test_a_share_has_every_interface_and_most_faults(known):
    cases = plan(240, 7, known)
    assert len(cases) == 240
    assert {case.interface for case in cases} == set(INTERFACES)
    assert len({hit.kind for case in cases for hit in case.hits}) > 25


def test_every_rule_names_a_fault_and_says_why():
    for rule in RULES:
        assert set(rule.interfaces) <= set(INTERFACES)
        assert not rule.fault or rule.fault.split()[0] in KINDS
        assert len(rule.why) > 20


def test_a_rule_allows_only_what_it_says():
    wrong = Case.read("mor sync first 7 wrong_value(field=status)@7")
    assert allowed(wrong, "full")
    assert not allowed(wrong, "extra")
    assert not allowed(Case.read("mor sync first 7 short_list(rows=3,where=end,total=kept)@7"), "later")
    once, for_ever = (Case.read(f"voip24h sync first 7 empty_list(total=kept)@1{end}") for end in ("", "+"))
    assert allowed(for_ever, "later")
    assert not allowed(once, "later")


def test_the_report_says_what_met_what_and_how_to_repeat_it():
    case = Case.read(CASE)
    failed = Outcome(case, REQUESTS, met=Counter({("short_list 3 end kept", 4): 2, ("many_pages …", 9): 1}))
    failed.failures.append("complete at the end: 3 missing")
    fine = replace(failed, failures=[], excused=["complete in run 1 without 3 missing"])
    lines = list(met_table([failed, fine]))
    assert lines[0] == "telefonchy: how often each fault met each request of a run"
    assert lines[1].split() == ["1", "2", "3", "4", "5", "6", "more"]
    assert lines[2].split() == ["many_pages", "…", *"......", "2"]
    assert lines[3].split() == ["short_list", "3", "end", "kept", ".", ".", ".", "4", ".", ".", "."]
    assert list(failures([failed, fine])) == [
        "FAILED telefonchy: short_list 3 end kept + many_pages: 1",
        "    complete at the end: 3 missing",
        f"    scripts/soak --case '{CASE}'",
    ]
    assert list(excused([failed, fine])) == ["  telefonchy: many_pages + short_list: complete, found by a later run: 1"]


def test_every_interface_of_the_sandbox_is_soaked():
    assert set(INTERFACES) == set(Sandbox(calls=0).wires)
