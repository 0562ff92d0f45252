"""A person adds a card of ours to a dashboard of their own, with the card picker of Home Assistant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.action_chains import ActionChains

from .home_assistant import home_assistant, own_dashboard, picture, ready

if TYPE_CHECKING:
    from .browser import Browser
    from .conftest import Running

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OFFERED = ".cards-container .card"
OURS = {
    "Calls The calls of your phone lines, with search, recordings and call back.",
    "Calls and costs Calls and costs by day, week and month, compared with the period before.",
    "Credit The credit of each line, when it runs out and when it expires.",
    "Queues Who waits in the queues of a phone system, since when, and what their agents are doing.",
    "To call back Callers that were not reached since, to call back or tick off.",
    "Who is ringing Calls and phones of a phone system as they change.",
}
LOADED = "return window.customCards.every(card => card.description)"
SAVED = "return (await hass.callWS({type: 'lovelace/config', url_path: 'own-lines', force: true})).views[0].cards"


@pytest.fixture
def page(socket_enabled: None, browser: Browser, demo: Running) -> Browser:
    """The browser at an empty dashboard that is being edited."""
    browser.be_yourself()
    browser.open(demo.dashboard)
    ready(browser)
    own_dashboard(browser, {"views": [{"title": "Own", "type": "masonry", "cards": []}]})
    browser.open(f"{demo.url}/own-lines?edit=1")
    ready(browser)
    # Whoever is faster than the texts sees names in English, without descriptions.
    browser.until(lambda: browser.driver.execute_script(LOADED), "the texts")  # type: ignore[no-untyped-call]
    return browser


def offered(page: Browser) -> set[str]:
    """Return the names of the cards that are offered, with their descriptions."""
    return {page.words_of(card) for card in page.every(OFFERED)}


def test_a_card_is_found_configured_and_saved(page: Browser, demo: Running) -> None:
    page.press("ha-fab, ha-button", "Add card")
    page.press("mwc-tab, sl-tab, ha-tab-group-tab", "By card")
    page.see(OFFERED, "Entities")
    page.press("search-input, ha-input-search")
    ActionChains(page.driver).send_keys("trunkline").perform()
    # Home Assistant offers its card "Manual" with everything that is searched for.
    page.until(lambda: len(cards := offered(page)) == len(OURS) + 1 and cards > OURS, f"{OURS}, but {offered(page)}")
    picture(page, "card-picker")

    page.press(OFFERED, "The credit of each line")
    for label in ("Account", "Title"):
        page.see("ha-form", label)
    page.see("trunkline-credit-card", "IRR")
    picture(page, "card-editor")
    page.press("mwc-button, ha-button", "Save")
    page.until(lambda: home_assistant(page, SAVED) == [{"type": "custom:trunkline-credit-card"}], "the saved card")
    page.open(f"{demo.url}/own-lines")
    page.see("trunkline-credit-card", "IRR")
