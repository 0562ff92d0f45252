"""A person ticks a caller off in the card, with the keyboard, and takes it back."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.keys import Keys

if TYPE_CHECKING:
    from .browser import Browser
    from .conftest import Running

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def page(socket_enabled: None, browser: Browser) -> Browser:
    """The browser, with sockets allowed for this test."""
    return browser


def labels(page: Browser) -> list[str]:
    """Return the labels of the buttons that tick off, from the top."""
    while True:
        # The list may be drawn anew while it is read.
        with suppress(StaleElementReferenceException):
            return [str(button.get_attribute("aria-label")) for button in page.every("button.done", "Tick off")]


def focus(page: Browser, label: str) -> bool:
    """Return whether the keyboard is at the button with this label."""
    return page.driver.execute_script(  # type: ignore[no-untyped-call, no-any-return]
        """
        let element = document.activeElement;
        while (element && element.shadowRoot && element.shadowRoot.activeElement) element = element.shadowRoot.activeElement;
        return Boolean(element) && element.getAttribute("aria-label") === arguments[0];
        """,
        label,
    )


def test_a_caller_is_ticked_off_with_the_keyboard_and_taken_back(page: Browser, demo: Running) -> None:
    page.open(f"{demo.url}/trunkline")
    page.see("button.done", "Tick off")
    before = labels(page)
    assert len(before) > 1
    page.see("button.done", before[0]).send_keys(Keys.ENTER)
    page.until(lambda: before[0] not in labels(page), "the list without the caller")
    page.see("p", f"{before[0].removeprefix('Tick off ')} is ticked off.")
    # The keyboard is where the next caller has moved to.
    page.until(lambda: focus(page, before[1]), "the keyboard at the next caller")
    page.see("button", "Undo").send_keys(Keys.SPACE)
    page.until(lambda: before[0] in labels(page), "the caller again")
    page.until(lambda: focus(page, before[0]), "the keyboard at the caller again")
    assert not page.every("button", "Undo")
