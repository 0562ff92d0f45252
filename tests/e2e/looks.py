"""The looks of a page: a screen, light or dark, a language; and what doesn't fit into one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .home_assistant import home_assistant, ready

if TYPE_CHECKING:
    from selenium.webdriver.remote.webelement import WebElement

    from .browser import Browser

PHONE = (360, 740)
TABLET = (1280, 800)


@dataclass(frozen=True, slots=True)
class Look:
    """How somebody looks at a page."""

    size: tuple[int, int]
    dark: bool
    language: str

    def __str__(self) -> str:
        screen = "phone" if self.size == PHONE else "tablet"
        return f"{screen}-{'dark' if self.dark else 'light'}-{self.language}"


# All that there is in two languages of different directions, and the others where there is the least room.
LOOKS = (
    *(Look(size, dark, language) for language in ("en", "fa") for size in (TABLET, PHONE) for dark in (False, True)),
    *(Look(PHONE, dark=False, language=language) for language in ("lt", "ru", "vi")),
)

_LANGUAGE = """
localStorage.selectedLanguage = JSON.stringify(given[0]);
const same = 'language';
await hass.callWS({type: 'frontend/set_user_data', key: 'language', value: {
  language: given[0], number_format: same, time_format: same, date_format: same, first_weekday: same, time_zone: 'local',
}});
"""

# The page and each element that is wider than its place, that stands out of it, or whose text is cut.
_TOO_WIDE = """
const [parts] = arguments;
const found = [];
const page = document.scrollingElement;
if (page.scrollWidth > page.clientWidth) found.push(`the page: ${page.scrollWidth} > ${page.clientWidth}`);
const name = element => `${element.localName}.${element.className}: ${(element.textContent || '').trim().slice(0, 60)}`;
const canvas = document.createElement('canvas').getContext('2d');
const look = (element, frame) => {
  const box = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  if (!box.width || style.visibility === 'hidden' || element.matches('.unseen, svg, svg *, ha-ripple')) return;
  if (element.clientWidth && element.scrollWidth > element.clientWidth + 1 && style.display !== 'inline') {
    found.push(`${name(element)}: ${element.scrollWidth} > ${element.clientWidth}`);
  }
  if (box.left < frame.left - 1 || box.right > frame.right + 1) found.push(`${name(element)} stands out`);
  if (element.localName === 'select') {
    canvas.font = style.font;
    const words = Math.max(...[...element.options].map(option => canvas.measureText(option.text).width));
    // The arrow takes some of the width.
    if (words > element.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - 16) {
      found.push(`${name(element)} is cut`);
    }
  }
  for (const child of [...(element.shadowRoot ? element.shadowRoot.children : []), ...element.children]) {
    if (!['STYLE', 'SCRIPT', 'OPTION', 'DIALOG'].includes(child.tagName)) look(child, frame);
  }
};
for (const part of parts) look(part, part.getBoundingClientRect());
return found;
"""


def take(page: Browser, look: Look, url: str) -> None:
    """Open a page in a look."""
    width, height = look.size
    page.be(width, height, dark=look.dark)
    home_assistant(page, _LANGUAGE, look.language)
    page.open(url)
    ready(page)


def too_wide(page: Browser, parts: list[WebElement]) -> list[str]:
    """Return what doesn't fit into its place, of the page itself and of these parts of it."""
    found: list[str] = page.driver.execute_script(_TOO_WIDE, parts)
    return found
