"""MOR's pages in the sandbox: sessions, settings, faults on malformed XML, and one world for all wires."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import aiohttp
import pytest

from trunkline.sandbox import Sandbox

NOW = datetime(2026, 6, 17, 12, 0, tzinfo=UTC)
LIST = "/stats/call_list"
PERIOD = {"period_start": "2026-06-01 00:00:00", "period_end": "2026-06-17 23:59:59"}


@pytest.fixture
async def sandbox(socket_enabled):
    async with Sandbox(seed=5, calls=300, days=20, now=NOW) as sandbox:
        sandbox.world.clock.freeze()
        yield sandbox


@pytest.fixture
async def visitor(sandbox):
    """Ask as one user's browser would: (status, text)."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:

        async def ask(method, path, form=None, **more):
            url = f"{sandbox.url}/mor{path}"
            async with session.request(method, url, data=form, allow_redirects=False, **more) as response:
                return response.status, await response.text()

        ask.cookies = session.cookie_jar
        yield ask


async def log_in(sandbox, visitor, at=0):
    credentials = sandbox.accounts["mor"][at].credentials
    return await visitor("POST", "/api/login", {"u": credentials["username"], "p": credentials["password"]})


def texts(name, text):
    return re.findall(rf"<{name}>([^<]*)</{name}>", text)


async def test_two_users_of_one_server(sandbox, visitor):
    first, second = sandbox.accounts["mor"]
    assert (first.provider, first.dialect, first.base_url) == ("mor", "pages", f"{sandbox.url}/mor")
    assert first.credentials != second.credentials
    assert (first.office, second.office) == (0, 1)
    await log_in(sandbox, visitor, at=1)
    assert texts("userid", (await visitor("GET", "/callc/main"))[1]) == [second.service_id]


async def test_what_happens_behind_one_wire_shows_in_the_others(sandbox, visitor):
    await log_in(sandbox, visitor)
    await visitor("POST", "/functions/activate_callback", {"src": "1510", "dst": "989120000999", "acc": "200"})
    sandbox.world.clock.move(30)
    text = (await visitor("GET", LIST))[1]
    assert (texts("called_from", text)[0], texts("called_to", text)[0]) == ("1510", "989120000999")
    row = list(sandbox.world.offices[0].calls)[-1]
    assert sandbox.world.parties[row.peer].number == "9120000999"
    await visitor("POST", "/phonebooks/add_new/2", {"userid": "2", "number": "37060000001", "name": "Ąžuolas"})
    book = sandbox.wires["mor-api"]._server.phonebooks[2]
    assert (book[-1].name, book[-1].number) == ("Ąžuolas", "37060000001")


async def test_a_session_is_asked_for_by_its_cookie(sandbox, visitor):
    await log_in(sandbox, visitor)
    assert sandbox.requests[-1].query == {"u": "vardenis"}
    assert texts("pagename", (await visitor("GET", "/callc/main"))[1]) == ["Main page"]
    assert sandbox.requests[-1].account == 0
    for cookie in ("_mor_session_id=wrong", "=;;=", "a/b=1; _mor_session_id=x"):
        visitor.cookies.clear()
        assert texts("pagename", (await visitor("GET", "/callc/main", headers={"Cookie": cookie}))[1]) == ["Login page"]
        assert sandbox.requests[-1].account is None


async def test_sessions_end_by_control_and_with_the_password(sandbox, visitor):
    wire = sandbox.wires["mor"]
    await log_in(sandbox, visitor)
    wire.change("sessions", "end")
    assert texts("pagename", (await visitor("GET", "/callc/main"))[1]) == ["Login page"]
    await log_in(sandbox, visitor)
    wire.end_sessions(1)
    assert texts("pagename", (await visitor("GET", "/callc/main"))[1]) == ["Main page"]
    before = sandbox.accounts["mor"][0].credentials
    changed = wire.rotate(0)
    assert changed == sandbox.accounts["mor"][0].credentials != before
    assert texts("pagename", (await visitor("GET", "/callc/main"))[1]) == ["Login page"]
    failed = (await visitor("POST", "/api/login", {"u": before["username"], "p": before["password"]}))[1]
    assert texts("status_message", failed) == ["Login failed"]


async def test_the_wait_after_a_failed_login_can_be_turned_off(sandbox, visitor):
    sandbox.wires["mor"].change("throttle", False)
    assert "failed" in (await visitor("POST", "/api/login", {"u": "nobody", "p": "x"}))[1]
    assert "<status>ok</status>" in (await log_in(sandbox, visitor))[1]


async def test_setting_limits_the_calls_on_a_page(sandbox, visitor):
    await log_in(sandbox, visitor)
    whole = (await visitor("POST", LIST, PERIOD))[1]
    sandbox.wires["mor"].change("most", 10)
    part = (await visitor("POST", LIST, PERIOD))[1]
    assert texts("date", part) == texts("date", whole)[:10]
    assert texts("total_calls", part) == texts("total_calls", whole)


async def test_faults_change_the_text_and_leave_its_slips(sandbox, visitor):
    await log_in(sandbox, visitor)
    whole = (await visitor("POST", LIST, PERIOD))[1]
    sandbox.faults.add("unknown_status", provider="mor", text="<Perduota> & \\1")
    changed = (await visitor("POST", LIST, PERIOD))[1]
    assert set(texts("hangup_cause", changed)) == {"&lt;Perduota&gt; &amp; \\1"}
    assert re.sub("<hangup_cause>.*?</", "", changed) == re.sub("<hangup_cause>.*?</", "", whole)
    sandbox.faults.clear()
    sandbox.faults.add("duplicate", provider="mor")
    doubled = (await visitor("POST", LIST, PERIOD))[1]
    dates = texts("date", whole)
    assert texts("date", doubled) == [dates[0], *dates]
    sandbox.faults.clear()
    wire = sandbox.wires["mor"]
    for body in (b"", b"<page></page>", b"<calls>\n</calls>", b"junk"):
        assert wire.with_calls(body, lambda rows: [*rows, *rows]) == body
        assert wire.with_status(body, "x") == body


async def test_an_address_that_is_not_permitted(sandbox, visitor):
    sandbox.faults.add("address", provider="mor")
    assert (await visitor("GET", "/callc/login"))[0] == 403


async def test_periods_that_make_no_sense_are_today(sandbox, visitor):
    await log_in(sandbox, visitor)
    for period in ({"period_start": "x"}, {"period_start": "9999-99-99"}, {"period_start": "", "period_end": "y"}):
        text = (await visitor("POST", LIST, period))[1]
        assert texts("period_start", text) == ["2026-06-17 00:00:00"]
    assert (await visitor("POST", LIST, {**PERIOD, "device": "x"}))[1].count("<call>") == 0


async def test_callbacks_that_are_refused(sandbox, visitor):
    await log_in(sandbox, visitor)
    for form, message in (
        ({"src": "", "acc": "200"}, "Please fill all fields"),
        ({"src": "1510", "acc": "1"}, "Bad device"),
        ({"src": "1510", "dst": "not a number", "acc": "200"}, "Bad number"),
    ):
        text = (await visitor("POST", "/functions/activate_callback", form))[1]
        assert texts("status_message", text) == [message]
    for form in ({"userid": "2", "number": "abc", "name": "x"}, {"userid": "2", "number": "1"}):
        assert "failed" in (await visitor("POST", "/phonebooks/add_new/2", form))[1]
    assert sandbox.world.under_way == 0


def test_unknown_settings_and_events_are_refused():
    wire = Sandbox(calls=0).wires["mor"]
    with pytest.raises(ValueError, match="wellformed"):
        wire.change("colour", "red")
    with pytest.raises(ValueError, match="false, true"):
        wire.change("wellformed", 1)
    with pytest.raises(ValueError, match="no events"):
        wire.event(0, "call", {}, {})
    assert wire.deliveries(wire.world.offices[0], 0, {}) == []
