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
NAMES = {"Calls", "Calls and costs", "Credit", "Queues", "To call back", "Who is ringing"}
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
    return browser


def test_a_card_is_found_configured_and_saved(page: Browser, demo: Running) -> None:
    page.press("ha-fab, ha-button", "Add card")
    page.press("mwc-tab, sl-tab, ha-tab-group-tab", "By card")
    page.see(OFFERED, "Entities")
    page.press("search-input, ha-input-search")
    ActionChains(page.driver).send_keys("trunkline").perform()
    # Home Assistant offers its card "Manual" with everything that is searched for.
    page.until(lambda: len(page.every(OFFERED)) == len(NAMES) + 1, "our cards only")
    offered = {page.words_of(card) for card in page.every(OFFERED)}
    for name in NAMES:
        (words,) = [words for words in offered if words.startswith((f"{name} The", f"{name} Call", f"{name} Who"))]
        assert words.endswith("."), "the description"
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
