"""A person watches the queues on the dashboard: who waits, for how long, and who is free."""

from __future__ import annotations

import time
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from .axe import violations
from .home_assistant import control, home_assistant, picture, ready
from .looks import LOOKS, PHONE, Look, take, too_wide

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .browser import Browser
    from .conftest import Running

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CARD = "trunkline-queues-card"
SIMOTEL = "account-4"
CALLER = "09120000777"
# An event that says the same as one before is taken for its copy.
CALLS = count(100)
# What the card shows of each queue, and of each of its agents.
QUEUES = """
const text = (from, selector) => from.querySelector(selector).textContent;
return [...arguments[0].shadowRoot.querySelectorAll('section')].map(section => ({
  name: text(section, 'h3'),
  figures: Object.fromEntries([...section.querySelectorAll('dl > div')].map(each => [text(each, 'dt'), text(each, 'dd')])),
  callers: [...section.querySelectorAll('.row .who')].map(each => each.textContent),
  agents: [...section.querySelectorAll('.agents > li')].map(each => text(each, 'span.soft')),
}));
"""


@pytest.fixture
def page(browser: Browser, demo: Running, socket_enabled: None) -> Iterator[Browser]:
    """The browser at the view of the telephone system."""
    browser.be_yourself()
    browser.open(demo.dashboard)
    ready(browser)
    take(browser, Look(PHONE, dark=False, language="en"), demo.dashboard.replace("account-1", SIMOTEL))
    browser.be_yourself()
    browser.see(CARD, "sale")
    yield browser
    browser.be_yourself()


def queues(page: Browser) -> list[dict[str, Any]]:
    """Return what the card shows."""
    found: list[dict[str, Any]] = page.driver.execute_script(QUEUES, page.see(CARD))  # type: ignore[no-untyped-call]
    return found


def extensions(page: Browser) -> list[str]:
    """Return the extensions of the telephone system, all of which are agents of both queues."""
    accounts = home_assistant(page, "return (await hass.callWS({type: 'trunkline/accounts'})).accounts")
    return [phone["number"] for phone in accounts[3]["phones"]]


def tell(
    demo: Running, extension: str, state: str, call: int | None = None, *, queue: str = "", number: str = CALLER
) -> None:
    """Let the telephone system push what a phone does, in a call or beside calls."""
    fields = {"unique_id": f"1773135000.{next(CALLS) if call is None else call}", "exten": extension, "state": state}
    if queue:
        fields |= {"participant": number, "direction": "in", "queue": queue}
    control(demo, "event", provider="simotel", account=0, kind="NewState", fields=fields)


def leave(demo: Running, call: int) -> None:
    """Let a caller leave the queue."""
    fields = {"unique_id": f"1773135000.{call}", "queue": "901"}
    control(demo, "event", provider="simotel", account=0, kind="CdrQueue", fields=fields)


def wait_of(page: Browser) -> int:
    """Return for how many seconds the first caller of the first queue waits, as the card shows it."""
    minutes, _, seconds = queues(page)[0]["figures"].get("Longest wait", "0:00").partition(":")
    return 60 * int(minutes) + int(seconds)


def idle(page: Browser) -> int:
    """Return how many agents of the first queue are idle, 0 while that isn't known."""
    shown = queues(page)[0]["figures"].get("Idle agents", "0").split()[0]
    return 0 if shown == "Unknown" else int(shown)


def idle_for_a_second(page: Browser) -> int:
    """Return how many agents are idle, 0 if that has just changed: others may still be in calls of other tests."""
    before = idle(page)
    time.sleep(1)
    return before if idle(page) == before else 0


def test_a_caller_waits_on_the_card_until_somebody_answers(page: Browser, demo: Running) -> None:
    first, *others = extensions(page)
    for extension in (first, *others):
        tell(demo, extension, "Idle")
    agents = page.until(lambda: idle_for_a_second(page), "idle agents")
    assert queues(page)[0]["figures"]["Idle agents"] == f"{agents} of {1 + len(others)}"
    page.until(lambda: queues(page)[0]["figures"]["Waiting"] == "0", "nobody who waits")

    call = next(CALLS)
    tell(demo, first, "Ringing", call, queue="901")
    page.until(lambda: queues(page)[0]["figures"]["Waiting"] == "1", "a caller who waits")
    sale, support = queues(page)
    assert sale["name"].startswith("Queue sale")
    assert len(sale["callers"]) == 1
    assert sale["agents"][0].startswith("Ringing")
    assert sale["figures"]["Idle agents"] == f"{agents - 1} of {1 + len(others)}"
    assert (support["figures"]["Waiting"], support["callers"]) == ("0", [])
    # It counts while one watches, without any further event.
    waited = wait_of(page)
    page.until(lambda: wait_of(page) >= waited + 2, "a longer wait")

    # It is the same wait after the page was opened again.
    page.open(demo.dashboard.replace("account-1", SIMOTEL))
    page.see(CARD, "Longest wait")
    assert wait_of(page) >= waited + 2

    tell(demo, first, "InUse", call, queue="901")
    page.until(lambda: queues(page)[0]["figures"]["Waiting"] == "0", "nobody who waits")
    sale, _ = queues(page)
    assert sale["callers"] == []
    assert "Longest wait" not in sale["figures"]
    assert sale["agents"][0].startswith("In a call")
    tell(demo, first, "Idle", call)
    page.until(lambda: queues(page)[0]["agents"][0] == "Idle", "an idle agent")


def test_a_wait_is_right_on_a_screen_whose_clock_is_wrong(page: Browser, demo: Running) -> None:
    first, *_ = extensions(page)
    page.driver.execute_script("const now = Date.now; Date.now = () => now() + 3600000")  # type: ignore[no-untyped-call]
    call = next(CALLS)
    tell(demo, first, "Ringing", call, queue="901")
    page.see(CARD, "Longest wait")
    assert wait_of(page) < 60
    leave(demo, call)
    tell(demo, first, "Idle", call)
    page.until(lambda: "Longest wait" not in queues(page)[0]["figures"], "nobody who waits")


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_queues_fit_and_are_accessible(page: Browser, demo: Running, look: Look) -> None:
    first, second, third, *others = extensions(page)
    calls = [next(CALLS) for _ in range(7)]
    try:
        tell(demo, second, "InUse", queue="902")
        tell(demo, third, "Pause")
        for extension in others[:2]:
            tell(demo, extension, "Idle")
        for number, call in enumerate(calls):
            tell(demo, first, "Ringing", call, queue="901", number=f"0912000060{number}")
        take(page, look, demo.dashboard.replace("account-1", SIMOTEL))
        card = page.see(CARD, "sale")
        page.until(lambda: len(queues(page)[0]["callers"]) == 5, "five callers")
        assert ("کارشناسان آزاد" in page.words_of(card)) is (look.language == "fa")
        picture(page, f"queues-{look}")
        assert too_wide(page, [card]) == []
        assert violations(page, [card]) == []
    finally:
        for call in calls:
            leave(demo, call)
        for extension in (first, second, third):
            tell(demo, extension, "Idle")
        take(page, Look(PHONE, dark=False, language="en"), demo.dashboard)
