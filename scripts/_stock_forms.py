"""Home Assistant's forms in a browser, as a person fills them in: logging in, and adding an account."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.keys import Keys

from ._stock_installation import OWNER, ROOT

if TYPE_CHECKING:
    from selenium.webdriver.remote.webelement import WebElement

    from tests.e2e.browser import Browser

WRONG = "wrong-credential"
BUTTONS = "ha-button, mwc-button"
# Of elements, those that nothing covers: what a dialog lies above can't be used.
_ON_TOP = """
const around = element => element.assignedSlot || element.parentNode || element.host;
return arguments[0].filter(element => {
  const box = element.getBoundingClientRect();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  let seen = document.elementFromPoint(x, y);
  for (let inner; (inner = seen?.shadowRoot?.elementFromPoint(x, y)) && inner !== seen; ) seen = inner;
  for (let each = seen; each; each = around(each)) if (each === element) return true;
  for (let each = element; each; each = around(each)) if (each === seen) return true;
  return false;
});
"""
# The input of the field with this label.
_INPUT_OF = """
const [fields, label] = arguments;
const inside = root => {
  for (const element of root.querySelectorAll('*')) {
    if (element.matches('input:not([type=checkbox]), textarea')) return element;
    const found = element.shadowRoot && inside(element.shadowRoot);
    if (found) return found;
  }
  return null;
};
const field = fields.find(each => each.label === label);
return field ? inside(field.shadowRoot || field) : null;
"""


@dataclass(frozen=True, slots=True)
class Step:
    """What a person reads in the form of a provider's account."""

    provider: str
    interface: str
    labels: dict[str, str]
    """The label of each field, by its name."""
    advanced: str
    """The heading of the section with the address; empty where the address is no different from the other fields."""


def step_of(texts: dict[str, Any], provider: str, dialect: str) -> Step:
    """Return the texts of a provider's form, from a translation."""
    name = "_".join(filter(None, ("account", provider, dialect)))
    step = texts["config"]["step"][name]
    advanced = step.get("sections", {}).get("advanced", {})
    options = texts["selector"]
    return Step(
        provider=options["provider"]["options"][provider],
        interface=options[f"dialect_{provider}"]["options"][dialect] if dialect else "",
        labels={**step["data"], **advanced.get("data", {})},
        advanced=advanced.get("name", ""),
    )


def translation(language: str) -> dict[str, Any]:
    """Return the integration's texts in a language."""
    path = ROOT / "custom_components" / "trunkline" / "translations" / f"{language}.json"
    texts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return texts


def mistaken(credentials: dict[str, str]) -> dict[str, str]:
    """Return credentials that are refused: each secret is another one."""
    kept = ("account", "username")
    return {name: value if name in kept else WRONG for name, value in credentials.items()}


class Forms:
    """A person at the forms of a Home Assistant."""

    def __init__(self, page: Browser, url: str) -> None:
        self.page = page
        self.url = url

    def log_in(self) -> None:
        """Log in as the owner."""
        self.page.open(self.url)
        self.page.type("input[name=username]", OWNER["username"], patience=60)
        self.page.type("input[name=password]", OWNER["password"])
        self.page.press(f"{BUTTONS}, button", "Log in")
        self.connected()
        # the first start goes on in the background: Home Assistant installs what it needs
        script = "return document.querySelector('home-assistant')?.hass?.config?.state === 'RUNNING'"
        self.page.until(lambda: self.page.driver.execute_script(script), "a Home Assistant that runs", 600)

    def connected(self) -> None:
        """Wait until the page is connected."""
        script = "return !!document.querySelector('home-assistant')?.hass?.connected"
        self.page.until(lambda: self.page.driver.execute_script(script), "Home Assistant", 90)

    def begin(self) -> None:
        """Press "Add integration", look for Trunkline, and choose it."""
        page = self.page
        page.open(f"{self.url}/config/integrations/dashboard")
        page.press("ha-fab, ha-button", "Add integration", patience=90)
        page.see("ha-integration-list-item", patience=60)
        search = page.until(lambda: self._on_top("input"), "the field to search in")[-1]
        search.send_keys("trunkline")
        page.press("ha-integration-list-item", "Trunkline")
        # The first time, Home Assistant installs what the integration requires.
        page.see("ha-selector", "Provider", patience=180)

    def choose(self, label: str) -> None:
        """Choose one of the options, and submit."""
        self.page.press("ha-radio-option, ha-formfield", label)
        self.submit()

    def fill(self, values: dict[str, str], step: Step) -> None:
        """Fill in fields by their name; the address lies in a section for those who need another one."""
        for name, value in values.items():
            if name == "base_url" and step.advanced:
                self.open_section(step.advanced)
            self._write(step.labels[name], value)

    def open_section(self, heading: str) -> None:
        """Open a section unless it is open."""
        panel = self.page.see("ha-expansion-panel", heading)
        if not panel.get_property("expanded"):
            self.page.press("ha-expansion-panel", heading)
            self.page.until(lambda: panel.get_property("expanded"), f"the section {heading} open")

    def submit(self) -> None:
        """Press "Submit"."""
        self.page.press(BUTTONS, "Submit")

    def refusal(self) -> str:
        """Wait for the form to say what is wrong, and return that."""
        return self.page.words_of(self.page.see("ha-alert", patience=60))

    def submit_until_named(self, patience: float = 90) -> None:
        """Submit, again while the provider asks to wait, until the form asks for the account's name."""

        def asked() -> bool:
            if self._labelled("Name"):
                return True
            if self.page.every("ha-alert", "too many requests"):
                # the button of this form: `submit` would wait for one, which may be that of the next form
                for button in self._on_top(BUTTONS, "Submit")[:1]:
                    with suppress(WebDriverException):
                        button.click()
            return False

        self.submit()
        self.page.until(asked, "the account's name", patience)

    def name(self, title: str) -> None:
        """Give the account its name."""
        self._write("Name", title)
        self.submit()
        self.page.see("*", "The account is added", patience=90)

    def finish(self) -> None:
        """End the dialog: the button is "Finish" or "Skip and finish"."""
        self.page.press(BUTTONS, "finish")
        self.page.until(lambda: not self.page.every("*", "The account is added"), "no dialog")

    def _labelled(self, label: str) -> WebElement | None:
        found: WebElement | None = self._ask(_INPUT_OF, self.page.every("ha-selector"), label)
        return found

    def _on_top(self, selector: str, text: str = "") -> list[WebElement]:
        on_top: list[WebElement] | None = self._ask(_ON_TOP, self.page.every(selector, text))
        return on_top or []

    def _ask(self, script: str, *arguments: object) -> Any:
        """Return what a script finds, None if the page has just been drawn anew."""
        with suppress(WebDriverException):
            return self.page.driver.execute_script(script, *arguments)
        return None

    def _write(self, label: str, value: str) -> None:
        def written() -> bool:
            with suppress(WebDriverException):
                element = self._labelled(label)
                if element is None:
                    return False
                self.page.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
                before = len(str(element.get_property("value")))
                element.send_keys(Keys.END + Keys.BACKSPACE * before + value)
                return bool(element.get_property("value") == value)
            return False

        self.page.until(written, f"a field {label}")
