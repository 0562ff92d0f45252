"""A headless Chromium for Home Assistant's pages, whose elements lie in many nested shadow roots."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING

from selenium import webdriver
from selenium.common.exceptions import JavascriptException, StaleElementReferenceException, WebDriverException
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.patience import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# Every element that a selector finds, through all open shadow roots, that is visible and shows the text.
_FIND = """
const [selector, text, all] = arguments;
const found = [];
const visible = element => {
  const box = element.getBoundingClientRect();
  return box.width > 0 && box.height > 0 && getComputedStyle(element).visibility !== 'hidden';
};
const words = element => {
  // what a person reads: the text of the element, its shadow roots and what is slotted into them
  let read = '';
  const walk = node => {
    if (node.nodeType === Node.TEXT_NODE) { read += node.textContent; return; }
    if (node.nodeType === Node.ELEMENT_NODE && ['STYLE', 'SCRIPT'].includes(node.tagName)) return;
    if (node.shadowRoot) node.shadowRoot.childNodes.forEach(walk);
    node.childNodes.forEach(walk);
  };
  walk(element);
  return [read, element.label || '', element.getAttribute('aria-label') || '', element.heading || ''].join(' ');
};
const search = root => {
  for (const element of root.querySelectorAll('*')) {
    if (element.matches(selector) && visible(element) && (!text || words(element).toLowerCase().includes(text.toLowerCase()))) {
      found.push(element);
    }
    if (element.shadowRoot) search(element.shadowRoot);
  }
};
search(document);
return all ? found : (found[0] || null);
"""
_FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"),
    *("--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"),
    # a test that plays audio presses nothing before
    "--autoplay-policy=no-user-gesture-required",
    *("--disable-quic", "--disable-features=Translate", "--lang=en-US", "--force-device-scale-factor=1"),
)
# The command of chromedriver for Chromium's own protocol.
_DEVTOOLS = ("devtools", "POST", "/session/$sessionId/goog/cdp/execute")


def installed() -> bool:
    """Return whether there is a browser to drive."""
    return bool(shutil.which("chromium") and shutil.which("chromedriver"))


@contextlib.contextmanager
def chromium(directory: Path, size: tuple[int, int] = (1600, 1200)) -> Iterator[Browser]:
    """Start the driver on a loopback address given in digits, and a browser without any past."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "HOME": str(directory), "XDG_CONFIG_HOME": str(directory / "config")}
    # the zone of the demo's Home Assistant, so that both tell the same hour
    environment["TZ"] = "Asia/Tehran"
    with (directory / "chromedriver.log").open("w") as log:
        process = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=log, stderr=log, env=environment)
    options = webdriver.ChromeOptions()
    for flag in (*_FLAGS, f"--user-data-dir={directory / 'profile'}", f"--window-size={size[0]},{size[1]}"):
        options.add_argument(flag)
    try:
        _wait_for(port)
        driver = webdriver.Remote(f"http://127.0.0.1:{port}", options=options)
        connection = driver.command_executor
        assert not isinstance(connection, str)
        connection.add_command(*_DEVTOOLS)
        try:
            yield Browser(driver)
        finally:
            driver.quit()
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while not _listens(port):
        if time.monotonic() > deadline:
            message = "chromedriver doesn't start"
            raise AssertionError(message)
        time.sleep(0.1)


# how long a page may take to show something, in seconds; a busy machine needs much less
_SECONDS = 180


class Browser:
    """What a person does with a page: look for something, press it, type into it."""

    def __init__(self, driver: webdriver.Remote) -> None:
        self.driver = driver

    def open(self, url: str) -> None:
        """Go to an address."""
        self.driver.get(url)

    def be(self, width: int, height: int, *, dark: bool = False, scale: float = 1) -> None:
        """Show pages as a screen of this size does, also one smaller than a window can be, for somebody who likes it dark."""
        size: dict[str, object] = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 600}
        self._devtools("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._devtools("Emulation.setEmulatedMedia", {"features": [scheme]})

    def be_yourself(self) -> None:
        """Take back what `be` did."""
        self._devtools("Emulation.clearDeviceMetricsOverride", {})
        self._devtools("Emulation.setEmulatedMedia", {"features": []})

    def _devtools(self, command: str, parameters: dict[str, object]) -> None:
        self.driver.execute("devtools", {"cmd": command, "params": parameters})

    def every(self, selector: str, text: str = "") -> list[WebElement]:
        """Return what is visible of a CSS selector just now, in all shadow roots."""
        with contextlib.suppress(JavascriptException):
            found = self.driver.execute_script(_FIND, selector, text, True)
            return [item for item in found if isinstance(item, WebElement)]
        return []

    def see(self, selector: str, text: str = "", patience: float = _SECONDS) -> WebElement:
        """Wait for an element that shows the text."""
        found = self.until(lambda: self.every(selector, text), f"{selector} with {text!r}", patience)
        return found[0]

    def press(self, selector: str, text: str = "", patience: float = _SECONDS) -> None:
        """Press such an element."""
        self._hold(lambda element: element.click(), selector, text, patience)

    def type(self, selector: str, words: str, text: str = "", patience: float = _SECONDS) -> None:
        """Replace what an input field holds."""

        def write(field: WebElement) -> None:
            field.click()
            # key by key, since the page takes no notice of a field that is emptied in one go
            field.send_keys(Keys.END + Keys.BACKSPACE * len(str(field.get_property("value"))) + words)
            if field.get_property("value") != words:
                message = "the page wrote over it"
                raise WebDriverException(message)

        self._hold(write, selector, text, patience)

    def _hold(self, act: Callable[[WebElement], None], selector: str, text: str, patience: float) -> None:
        """Do something to an element, again if the page moved or redrew it meanwhile."""

        def done() -> bool:
            with contextlib.suppress(WebDriverException):
                element = self.see(selector, text, patience)
                self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
                act(element)
                return True
            return False

        self.until(done, f"{selector} with {text!r} in reach", patience)

    def until[T](self, look: Callable[[], T], what: str, patience: float = _SECONDS) -> T:
        """Look until there is something; say what was missing otherwise, and what the page showed."""
        deadline = time.monotonic() + patience
        while True:
            # an element may be drawn anew while it is looked at
            with contextlib.suppress(StaleElementReferenceException):
                if seen := look():
                    return seen
            if time.monotonic() > deadline:
                message = f"the page never showed {what}; it shows: {self.words()[:1500]}"
                raise AssertionError(message)
            time.sleep(0.2)

    def words(self) -> str:
        """Return all text of the page."""
        return self.words_of(None)

    def words_of(self, element: WebElement | None) -> str:
        """Return the text of an element with that of its shadow roots; nothing if it has just been replaced."""
        script = _FIND.replace("search(document);\nreturn all ? found : (found[0] || null);", "return words(all);")
        script = script.replace("words(all)", "words(all || document.body)")
        with contextlib.suppress(JavascriptException, StaleElementReferenceException):
            return " ".join(str(self.driver.execute_script(script, "none", "", element)).split())
        return ""

    def picture(self, path: Path) -> None:
        """Keep what the page looks like."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(path))
