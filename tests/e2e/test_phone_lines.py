"""A person at the dashboard "Phone lines": looks at calls, plays one, calls back; on screens of all kinds."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
import pytest_socket
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from .axe import violations
from .home_assistant import control, home_assistant, hosts, own_dashboard, picture, ready
from .looks import LOOKS, PHONE, Look, take, too_wide

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver.remote.webelement import WebElement

    from .browser import Browser
    from .conftest import Running

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CALLS = "trunkline-calls-card"
CARDS = ", ".join(f"trunkline-{kind}-card" for kind in ("calls", "missed", "credit", "costs", "live", "queues"))
# What the provider is asked for a call with.
PLACING = "telefonchy /smartcall"
SIMOTEL = "account-4"
# Its recordings are in a format that browsers do not play.
GSM = "account-3"
# Where elements are: their left edge and their top.
BOXES = (
    "return arguments[0].map(each => each.getBoundingClientRect()).map(box => [Math.round(box.x), Math.round(box.y)]);"
)
DIRECTION = "return getComputedStyle(arguments[0]).direction"
# What has the keyboard, within a card.
ACTIVE = """
let active = document.activeElement;
while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
return active;
"""

# Home Assistant generates the dashboard again, as it does when the browser was disconnected.
GENERATE = """
let root = document.querySelector('home-assistant');
for (const selector of ['home-assistant-main', 'ha-panel-lovelace', 'hui-root']) root = root.shadowRoot.querySelector(selector);
root.dispatchEvent(new CustomEvent('config-refresh', {bubbles: true, composed: true}));
"""
# A link to another page of Home Assistant is followed.
GO = """
history.pushState(null, '', arguments[0]);
window.dispatchEvent(new CustomEvent('location-changed', {detail: {replace: false}}));
"""
# Home Assistant reads the user's formats again.
SAME_FORMATS = """
const main = document.querySelector('home-assistant');
main.hass = {...main.hass, locale: {...main.hass.locale}};
"""


@pytest.fixture
def page(browser: Browser, demo: Running, socket_enabled: None) -> Iterator[Browser]:
    """The browser at the first account's view."""
    browser.be_yourself()
    browser.open(demo.dashboard)
    ready(browser)
    browser.see(".calls .row")
    yield browser
    browser.be_yourself()


def placed(demo: Running) -> int:
    """Return how many calls the provider was asked for."""
    return int(control(demo, "state")["requests"].get(PLACING, 0))


def rows(page: Browser) -> list[str]:
    """Return the texts of the calls that are listed."""
    return [page.words_of(row) for row in page.every(".calls .row")]


def choose(page: Browser, position: int, value: str) -> None:
    """Choose in one of the lists above the calls."""
    field = page.every(".filters select")[position]
    page.driver.execute_script(  # type: ignore[no-untyped-call]
        "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('change'))", field, value
    )


def active(page: Browser) -> WebElement:
    """Return what has the keyboard."""
    found: WebElement = page.driver.execute_script(ACTIVE)  # type: ignore[no-untyped-call]
    return found


def keys(page: Browser, *pressed: str) -> None:
    """Press keys, without looking where the keyboard is."""
    ActionChains(page.driver).send_keys(*pressed).perform()


def tab_to(page: Browser, selector: str) -> WebElement:
    """Press Tab until something has the keyboard."""
    for _ in range(30):
        keys(page, Keys.TAB)
        if page.driver.execute_script("return arguments[0].matches(arguments[1])", active(page), selector):  # type: ignore[no-untyped-call]
            return active(page)
    message = f"Tab never comes to {selector}"
    raise AssertionError(message)


def test_every_card_has_something_to_show(page: Browser, demo: Running) -> None:
    for card in ("calls", "missed", "credit"):
        page.see(f"trunkline-{card}-card", "IRR" if card != "missed" else "missed call")
    page.see("trunkline-costs-card", "Month")
    page.see("hui-heading-card", "Today")
    page.see("hui-tile-card", "Call the workshop")
    assert not page.every("hui-error-card, hui-warning, .message"), page.words()
    assert page.words().count("Phone lines") == 1
    page.open(demo.dashboard.replace("account-1", SIMOTEL))
    page.see("trunkline-live-card", "No phone is ringing")


def test_three_columns_have_no_gaps_between_what_is_in_them(page: Browser) -> None:
    page.be(1600, 1200)
    boxes = page.until(
        lambda: (
            found
            if len(found := page.driver.execute_script(BOXES, page.every("hui-grid-section"))) == 3  # type: ignore[no-untyped-call]
            and len({left for left, _ in found}) == 3
            else None
        ),
        "three columns",
    )
    # Each section is a column: nothing is below another one's end, and within a section cards follow each other.
    assert len({top for _, top in boxes}) == 1


def test_who_rings_is_shown_as_long_as_it_rings_also_after_the_page_was_opened_again(
    page: Browser, demo: Running
) -> None:
    def tell(kind: str, **fields: str) -> None:
        control(
            demo, "event", provider="simotel", account=0, kind=kind, fields={"unique_id": "1773135000.17", **fields}
        )

    page.open(demo.dashboard.replace("account-1", SIMOTEL))
    page.see("trunkline-live-card", "No phone is ringing")
    tell("IncomingCall", number="09120000999")
    page.see("trunkline-live-card", "Calling")
    tell("NewState", exten="1510", state="Ringing", participant="09120000999", direction="in", queue="901")
    page.see("trunkline-live-card", "Ringing")
    page.open(demo.dashboard.replace("account-1", SIMOTEL))
    page.see("trunkline-live-card", "Ringing")
    page.see("trunkline-live-card", "901")
    tell("NewState", exten="1510", state="InUse", participant="09120000999", direction="in", queue="901")
    page.see("trunkline-live-card", "In a call")
    tell("NewState", exten="1510", state="Idle")
    page.see("trunkline-live-card", "No phone is ringing")


def test_calls_are_filtered_and_searched(page: Browser) -> None:
    choose(page, 0, "outgoing")
    page.until(lambda: (shown := rows(page)) and all("Outgoing" in row for row in shown), "outgoing calls only")
    choose(page, 1, "no_answer")
    page.until(lambda: (shown := rows(page)) and all("No answer" in row for row in shown), "unanswered calls only")
    choose(page, 0, "")
    choose(page, 1, "recorded")
    page.until(lambda: (shown := rows(page)) and len(page.every(".calls .play")) == len(shown), "recorded calls only")
    choose(page, 1, "")
    number = page.words_of(page.see(".calls .row .number"))
    page.type(".filters input", number)
    page.until(lambda: (shown := rows(page)) and all(number in row for row in shown), "calls of the number only")
    page.type(".filters input", "no such caller")
    page.see(".filters ~ .status", "No calls.")
    assert not rows(page)


def offered(page: Browser) -> list[str]:
    """Return the outcomes among which one can choose."""
    script = "return [...arguments[0].options].filter(each => !each.hidden && !each.disabled).map(each => each.text)"
    return list(page.driver.execute_script(script, page.every(".filters select")[1]))  # type: ignore[no-untyped-call]


def test_outcomes_and_recordings_are_offered_where_the_provider_tells_them(page: Browser, demo: Running) -> None:
    assert {"Answered", "Missed", "With recording"} < set(offered(page))
    # VoIPano
    page.open(demo.dashboard.replace("account-1", "account-2"))
    page.see(".calls .play")
    assert offered(page) == ["All", "With recording"]
    assert not [row for row in rows(page) if "Unknown" in row]
    # MOR's web pages
    page.open(demo.dashboard.replace("account-1", "account-5"))
    page.see(".calls .row")
    assert "With recording" not in offered(page)
    assert {"All", "Answered", "Missed"} < set(offered(page))


def filters(page: Browser) -> list[str]:
    """Return what is chosen above the calls: what is searched for, the direction and the outcome."""
    return [str(field.get_property("value")) for field in page.every(".filters input, .filters select")]


@pytest.fixture(scope="module")
def missed_callers(demo: Running) -> list[str]:
    """Return the numbers of six callers who were missed just now: at some times nobody else waits for a call."""
    pytest_socket.enable_socket()
    numbers = [f"912000090{at}" for at in range(6)]
    for at, number in enumerate(numbers):
        # each starts after the one before: the list is read again when the time of the last call changes
        control(demo, "call", type="incoming", status="NO ANSWER", number=number, wait=2 * (len(numbers) - at))
    return numbers


def test_what_was_chosen_stays_when_the_dashboard_is_generated_again(page: Browser, missed_callers: list[str]) -> None:
    card = page.see(CALLS)
    choose(page, 0, "incoming")
    choose(page, 1, "answered")
    page.until(lambda: (shown := rows(page)) and all("Incoming" in row for row in shown), "incoming calls only")
    page.press("button.wide", "Show older calls")
    page.until(lambda: len(rows(page)) > 10, "more calls")
    page.press(".periods button", "Week")
    page.press("button.wide", "Show all")
    listed = page.see("trunkline-missed-card")
    page.until(lambda: all(number in page.words_of(listed) for number in missed_callers), "all missed callers")
    missed = len(page.every("button.done"))
    page.driver.execute_script(GENERATE)  # type: ignore[no-untyped-call]
    page.until(lambda: page.every(CALLS) and page.every(CALLS) != [card], "another card")
    page.until(lambda: len(rows(page)) > 10, "more calls again")
    assert filters(page) == ["", "incoming", "answered"]
    assert all("Incoming" in row and "Answered" in row for row in rows(page))
    assert page.see(".periods button", "Week").get_attribute("aria-pressed") == "true"
    page.until(lambda: len(page.every("button.done")) == missed, "all missed callers again")


def test_a_search_goes_on_while_the_dashboard_is_generated_again(page: Browser) -> None:
    card = page.see(CALLS)
    number = page.words_of(page.see(".calls .row .number"))[-6:]
    page.type(".filters input", number)
    # before it is looked for
    page.driver.execute_script(GENERATE)  # type: ignore[no-untyped-call]
    page.until(lambda: page.every(CALLS) and page.every(CALLS) != [card], "another card")
    page.until(lambda: (shown := rows(page)) and all(number in row for row in shown), "calls of the number only")
    assert filters(page) == [number, "", ""]


def generate(page: Browser) -> WebElement:
    """Let Home Assistant make the cards anew, and return the new one with the calls."""
    card = page.see(CALLS)
    page.driver.execute_script(GENERATE)  # type: ignore[no-untyped-call]
    page.until(lambda: page.every(CALLS) and page.every(CALLS) != [card], "another card")
    return page.see(CALLS)


def test_somebody_who_types_goes_on_where_the_cursor_was_when_cards_are_made_anew(page: Browser) -> None:
    page.type(".filters input", "0912")
    keys(page, Keys.LEFT, Keys.LEFT)
    generate(page)
    page.until(lambda: active(page) == page.see(".filters input"), "the keyboard in the new field")
    keys(page, "55")
    assert filters(page) == ["095512", "", ""]


@pytest.mark.parametrize("selector", ["button.done", "button.call", ".periods button", ".filters select"])
def test_the_keyboard_stays_on_a_button_when_cards_are_made_anew(page: Browser, selector: str) -> None:
    page.see("button.done")
    before = page.every(selector)[1]
    label = before.get_attribute("aria-label") or page.words_of(before)
    page.driver.execute_script("arguments[0].focus()", before)  # type: ignore[no-untyped-call]
    generate(page)
    page.until(lambda: page.every(selector) and active(page) == page.every(selector)[1], "the keyboard where it was")
    assert active(page) != before
    assert (active(page).get_attribute("aria-label") or page.words_of(active(page))) == label


def test_cards_that_are_made_anew_take_the_keyboard_from_nobody(page: Browser) -> None:
    page.type(".filters input", "0912")
    # the user has left the field
    page.driver.execute_script("arguments[0].blur()", page.see(".filters input"))  # type: ignore[no-untyped-call]
    generate(page)
    page.until(lambda: filters(page) == ["0912", "", ""] and rows(page) == rows(page), "the new card")
    time.sleep(1)
    assert active(page) == page.driver.execute_script("return document.body")  # type: ignore[no-untyped-call]


def test_the_question_before_a_call_stays_while_cards_are_made_anew(page: Browser, demo: Running) -> None:
    before = placed(demo)
    page.press(".calls .call")
    page.see("dialog[open] [role=status]", "Calls left this hour:")
    dialog = page.see("dialog[open]")
    card = generate(page)
    assert page.every("dialog[open]") == [dialog]
    page.press("dialog[open] button.main", "Call")
    page.see("dialog[open]", "Your phone rings now")
    assert placed(demo) == before + 1
    page.until(lambda: rows(page), "the calls again")
    page.press("dialog[open] button", "Close")
    page.until(lambda: not page.every("dialog[open]"), "no dialog")
    assert active(page).get_attribute("class") == "call"
    assert page.driver.execute_script(
        "return arguments[0].shadowRoot.activeElement === arguments[1]", card, active(page)
    )  # type: ignore[no-untyped-call]


def test_the_question_before_a_call_goes_with_its_page(page: Browser) -> None:
    page.press(".calls .call")
    page.see("dialog[open] [role=status]", "Calls left this hour:")
    page.driver.execute_script(GO, "/trunkline/account-2")  # type: ignore[no-untyped-call]
    page.until(lambda: not page.every("dialog[open]"), "no dialog")
    page.until(lambda: not page.every(".trunkline-dialog"), "no dialog in the page")


def test_what_was_chosen_stays_when_the_page_comes_back(page: Browser, demo: Running) -> None:
    choose(page, 0, "outgoing")
    page.until(lambda: (shown := rows(page)) and all("Outgoing" in row for row in shown), "outgoing calls only")
    # as a link does, without loading the page anew
    for path, there in (("/trunkline/account-2", "VoIPano"), ("/trunkline/account-1", "Telefonchy")):
        page.driver.execute_script(GO, path)  # type: ignore[no-untyped-call]
        page.until(lambda: page.driver.current_url.endswith(path) and page.every(CALLS), there)  # noqa: B023
    page.until(lambda: filters(page) == ["", "outgoing", ""], "what was chosen")
    page.until(lambda: (shown := rows(page)) and all("Outgoing" in row for row in shown), "outgoing calls only")
    page.driver.execute_script(GO, "/trunkline/account-2")  # type: ignore[no-untyped-call]
    page.until(lambda: filters(page) == ["", "", ""], "nothing chosen for the other account")


def test_a_card_stays_when_another_entity_is_renamed_or_the_formats_are_told_again(page: Browser) -> None:
    card = page.see(CALLS)
    page.type(".filters input", "no such caller")
    page.see(".filters ~ .status", "No calls.")
    field = page.see(".filters input")
    rename = "await hass.callWS({type: 'config/entity_registry/update', entity_id: 'person.office', name: given[0]});"
    home_assistant(page, rename, "Somebody")
    known = "return document.querySelector('home-assistant').hass.entities['person.office'].name"
    page.until(lambda: page.driver.execute_script(known) == "Somebody", "the name")  # type: ignore[no-untyped-call]
    home_assistant(page, rename, None)
    page.driver.execute_script(SAME_FORMATS)  # type: ignore[no-untyped-call]
    # as long as Home Assistant waits before it generates a dashboard again
    time.sleep(1)
    assert page.every(CALLS) == [card]
    assert page.every(".filters input") == [field]


def test_a_recording_plays_in_its_row(page: Browser, demo: Running) -> None:
    choose(page, 1, "recorded")
    page.press(".calls .play")
    audio = page.see(".calls li audio")
    page.until(lambda: page.driver.execute_script("return arguments[0].currentTime > 0", audio), "sound")  # type: ignore[no-untyped-call]
    assert page.every(".calls .play[aria-expanded=true]")
    picture(page, "phone-lines-playing")
    page.press(".calls .play[aria-expanded=true]")
    page.until(lambda: not page.every(".calls audio"), "no player")
    assert hosts(page) <= {demo.url.split("//")[1]}


def test_a_call_back_asks_first_and_places_one_call(page: Browser, demo: Running) -> None:
    before = placed(demo)
    number = page.words_of(page.see(".calls li:has(.call) .row .number"))
    page.press(".calls .call")
    dialog = page.see("dialog[open]", "Place this call?")
    page.see("dialog[open] [role=status]", "Calls left this hour:")
    assert number in page.words_of(dialog)
    left, limit = map(int, re.findall(r"(\d+) of (\d+)", page.words_of(dialog))[0])
    assert left <= limit
    picture(page, "phone-lines-confirmation")
    assert violations(page, [page.see("dialog[open]")]) == []
    page.press("dialog[open] button", "Cancel")
    page.until(lambda: not page.every("dialog[open]"), "no dialog")
    assert placed(demo) == before

    page.press(".calls .call")
    page.see("dialog[open] [role=status]", f"{left} of {limit}")
    page.press("dialog[open] button.main", "Call")
    page.see("dialog[open]", "Your phone rings now")
    assert not page.every("dialog[open] button.main")
    page.press("dialog[open] button", "Close")
    assert placed(demo) == before + 1

    page.press(".calls .call")
    page.see("dialog[open] [role=status]", f"{left - 1} of {limit}")
    page.press("dialog[open] button", "Cancel")


def test_everything_works_with_the_keyboard_alone(page: Browser, demo: Running) -> None:
    before = placed(demo)
    first = page.see(".filters input")
    page.driver.execute_script("arguments[0].focus()", first)  # type: ignore[no-untyped-call]
    keys(page, Keys.TAB, "I")
    page.until(lambda: (shown := rows(page)) and all("Incoming" in row for row in shown), "incoming calls only")
    button = tab_to(page, "button.play")
    keys(page, Keys.ENTER)
    page.see(".calls audio")
    assert active(page) == button
    keys(page, Keys.SPACE)
    page.until(lambda: not page.every(".calls audio"), "no player")

    button = tab_to(page, "button.call")
    keys(page, Keys.ENTER)
    page.see("dialog[open] [role=status]", "Calls left this hour:")
    keys(page, Keys.ESCAPE)
    page.until(lambda: not page.every("dialog[open]"), "no dialog")
    assert active(page).get_attribute("value") == button.get_attribute("value")
    assert placed(demo) == before

    keys(page, Keys.ENTER)
    page.see("dialog[open] [role=status]", "Calls left this hour:")
    tab_to(page, "dialog .main")
    keys(page, Keys.ENTER)
    page.see("dialog[open]", "Your phone rings now")
    keys(page, Keys.ENTER)
    page.until(lambda: not page.every("dialog[open]"), "no dialog")
    assert active(page).get_attribute("class") == "call"
    assert placed(demo) == before + 1


@pytest.fixture(scope="module")
def long_name(demo: Running) -> str:
    """Return a name without a place to break it, of a caller who was missed just now."""
    pytest_socket.enable_socket()
    name = "Nebuchadnezzar" * 12
    control(demo, "name", number="9120000888", name=name)
    control(demo, "call", type="incoming", status="NO ANSWER", number="9120000888", wait=4)
    return name


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_everything_fits_and_is_accessible(page: Browser, demo: Running, long_name: str, look: Look) -> None:
    try:
        take(page, look, demo.dashboard)
        page.see(".calls .who", long_name[:20])
        page.see(".line .credit")
        words = page.words_of(page.see(CALLS))
        assert ("تماس‌ها" in words) is (look.language == "fa")
        direction = page.driver.execute_script("return document.documentElement.dir")  # type: ignore[no-untyped-call]
        assert direction == ("rtl" if look.language == "fa" else "ltr")
        check(page, page.every(CARDS), look)
        page.press(".calls .call")
        page.see("dialog[open] [role=status]")
        dialog = page.see("dialog[open]")
        assert page.driver.execute_script(DIRECTION, dialog) == direction  # type: ignore[no-untyped-call]
        check(page, [dialog], look, "dialog")
        page.press("dialog[open] .wide")
        page.type(".filters input", "no such caller")
        page.until(lambda: not rows(page) and page.every(".filters ~ .status"), "no calls")
        check(page, page.every(CALLS), look, "empty")

        take(page, look, demo.dashboard.replace("account-1", SIMOTEL))
        page.see("trunkline-live-card")
        page.see(".calls .row")
        check(page, page.every(CARDS), look, "simotel")
    finally:
        take(page, Look(PHONE, dark=False, language="en"), demo.dashboard)


def check(page: Browser, parts: list[WebElement], look: Look, part: str = "account") -> None:
    """Check that nothing of the view is cut, and that everybody can use these parts.

    The cards of Home Assistant beside ours have flaws of their own, such as tiles without a name.
    """
    picture(page, f"phone-lines-{look}-{part}")
    assert parts
    assert too_wide(page, [*parts, *page.every("hui-sections-view")]) == []
    assert violations(page, parts) == []


def test_persian_dates_are_jalali(page: Browser, demo: Running) -> None:
    try:
        take(page, Look(PHONE, dark=False, language="fa"), demo.dashboard)
        words = page.words_of(page.see("trunkline-credit-card", "زمان انقضا"))
    finally:
        take(page, Look(PHONE, dark=False, language="en"), demo.dashboard)
    months = ["فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند"]
    assert re.search(rf"[۰-۹]+ (?:{'|'.join(months)})", words), words


def test_the_checks_find_what_is_broken(page: Browser) -> None:
    (card,) = page.every(CALLS)
    page.driver.execute_script(  # type: ignore[no-untyped-call]
        "const find = each => arguments[0].shadowRoot.querySelector(each);"
        "find('button.call').removeAttribute('aria-label'); find('button.call').removeAttribute('title');"
        "find('.who').style.whiteSpace = 'nowrap'; find('.who').textContent = 'x'.repeat(300);"
        "find('h2').style.color = '#ccc'; find('h2').style.background = '#fff';",
        card,
    )
    assert {each["rule"] for each in violations(page, [card])} >= {"button-name", "color-contrast"}
    assert too_wide(page, [card])


def test_the_strategy_shows_the_chosen_accounts_on_another_dashboard(page: Browser, demo: Running) -> None:
    accounts = home_assistant(page, "return (await hass.callWS({type: 'trunkline/accounts'})).accounts")
    own_dashboard(page, {"strategy": {"type": "custom:trunkline", "accounts": [accounts[3]["entry_id"]]}})
    page.open(f"{demo.url}/own-lines")
    page.see("trunkline-live-card", "No phone is ringing")
    assert not page.every("trunkline-credit-card")


def test_each_card_works_on_another_dashboard(page: Browser, demo: Running) -> None:
    kinds = ("calls", "missed", "credit", "costs", "live", "queues")
    own_dashboard(
        page, {"views": [{"title": "Own", "cards": [{"type": f"custom:trunkline-{kind}-card"} for kind in kinds]}]}
    )
    page.open(f"{demo.url}/own-lines")
    for kind in kinds:
        page.see(f"trunkline-{kind}-card")
    page.see(".calls .row", "Simotel")


def come(page: Browser, demo: Running, number: str, *, recorded: bool = False) -> str:
    """Let somebody call Voip24h's account; return the button that plays the call, once that is listed."""
    fields = {"type": "incoming", "number": f"0912{number}", "talk": 12, "recorded": recorded}
    control(demo, "call", provider="voip24h", **fields)
    home_assistant(
        page,
        """
        const {accounts} = await hass.callWS({type: 'trunkline/accounts'});
        const {entry_id} = accounts.find(each => each.provider === given[0]);
        await hass.callService('trunkline', 'sync_now', {config_entry: entry_id});
        """,
        "Voip24h",
    )
    at = page.until(lambda: next((at for at, row in enumerate(rows(page), 1) if f"095{number}" in row), 0), "the call")
    return f".calls li:nth-child({at}) .play"


def test_a_recording_that_the_browser_cannot_play_can_be_saved(page: Browser, demo: Running) -> None:
    page.open(demo.dashboard.replace("account-1", GSM))
    page.see(".calls .row")
    choose(page, 1, "recorded")
    # the interface doesn't list which calls were recorded: this one was
    page.press(come(page, demo, "0000777", recorded=True))
    said = page.see(".calls li .unplayable", "can't play the format")
    link = page.see(".unplayable a", "Save the recording")
    assert link.get_attribute("href").startswith(f"{demo.url}/api/trunkline/media/")
    assert violations(page, [said]) == []
    page.press(".calls .play[aria-expanded=true]")
    page.until(lambda: not page.every(".unplayable"), "no message")


def test_what_is_said_about_a_recording_stays_while_calls_come(page: Browser, demo: Running) -> None:
    page.open(demo.dashboard.replace("account-1", GSM))
    page.see(".calls .row")
    page.press(come(page, demo, "0000776"))
    page.see(".message", "does not have this file")
    come(page, demo, "0000775")
    assert page.every(".message", "does not have this file")
    choose(page, 0, "incoming")
    page.until(lambda: not page.every(".message"), "no message about what is no longer shown")


def test_a_recording_that_cannot_be_read_says_why(page: Browser, demo: Running) -> None:
    choose(page, 1, "recorded")
    page.until(lambda: len(page.every(".calls .play")) == len(rows(page)) > 1, "recorded calls only")
    control(demo, "fault", kind="status", provider="telefonchy", code=503)
    try:
        # not the one that another test has played, since that is kept
        page.every(".calls .play")[-1].click()
        page.see(".message", "Telefonchy")
        assert not page.every(".calls audio, .unplayable")
    finally:
        control(demo, "clear")
