"""A person at the demo: the dashboard without a log-in form, a call by its button, a second account by its form."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .browser import Browser
    from .conftest import Running

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FRIEND = "2155500199"


@pytest.fixture
def page(socket_enabled: None, browser: Browser) -> Browser:
    """The browser, with sockets allowed for this test."""
    return browser


@pytest.fixture(autouse=True)
def picture(request: pytest.FixtureRequest, socket_enabled: None, browser: Browser) -> Iterator[None]:
    """Keep what the page looked like at the end of each test, where somebody wants to see it."""
    yield
    if directory := os.environ.get("TRUNKLINE_PICTURES"):
        browser.picture(Path(directory) / f"{request.node.name}.png")


def credit(page: Browser) -> int:
    """Add up the credit of all lines, as the dashboard shows it."""
    lines = page.until(lambda: page.every(".line .credit"), "the credit")
    amounts = [re.search(r"([\d,]{4,})", page.words_of(line)) for line in lines]
    return sum(int(amount[1].replace(",", "")) for amount in amounts if amount)


def test_the_dashboard_opens_without_a_log_in_form(page: Browser, demo: Running) -> None:
    page.open(demo.dashboard)
    for heading in ("Today", "Speed dials"):
        page.see("hui-heading-card", heading)
    for heading in ("Calls", "To call back", "Credit", "Calls and costs"):
        page.see("h2", heading)
    assert page.driver.current_url.startswith(demo.dashboard)
    assert not page.every("input[type=password]")
    assert not page.every("hui-error-card, hui-warning"), page.words()
    page.see("hui-tile-card", "Answered")
    assert credit(page) > 0


def test_the_button_places_a_call_that_appears_and_costs(page: Browser, demo: Running) -> None:
    page.open(demo.dashboard)
    page.see(".calls .who")
    page.until(lambda: credit(page), "the credit")
    assert not page.every(".calls .who", FRIEND)
    before = credit(page)
    page.press("hui-tile-card", "Call the workshop")
    page.until(lambda: "Place the call Call the workshop?" in page.words(), "the question")
    page.press("mwc-button, ha-button", "OK")
    page.see(".calls .who", FRIEND)
    page.until(lambda: credit(page) < before, f"less credit than {before}")


def test_a_second_account_is_added_in_the_user_interface(page: Browser, demo: Running) -> None:
    page.open(f"{demo.url}/config/integrations/dashboard/add?domain=trunkline")
    page.press("mwc-button, ha-button", "OK")
    page.press("ha-formfield, ha-radio-option", "Telefonchy")
    page.press("mwc-button, ha-button", "Submit")
    page.type("input[type=password]", demo.token)
    page.press("ha-expansion-panel", "Advanced")
    page.type("input[type=url]", "panel")
    page.press("mwc-button, ha-button", "Submit")
    page.see("ha-alert", "Try https://panel.telefonchy.com/webservice/v1")
    # the section is open, and everything that was typed is still there
    assert page.see("input[type=url]").get_property("value") == "panel"
    assert page.see("input[type=password]").get_property("value") == demo.token
    if directory := os.environ.get("TRUNKLINE_PICTURES"):
        page.picture(Path(directory) / "wrong_address.png")
    page.type("input[type=url]", demo.base_url)
    page.press("mwc-button, ha-button", "Submit")
    # the account answers: its own name is proposed
    page.see("dialog-data-entry-flow, ha-dialog, step-flow-form", "Choose a name for it")
    page.press("mwc-button, ha-button", "Submit")
    page.press("mwc-button, ha-button", "finish")
    # the dashboard has a view for it, without being told
    page.open(demo.dashboard.replace("account-1", "account-6"))
    page.see(".line", "5100000010")
