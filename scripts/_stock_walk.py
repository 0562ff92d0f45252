"""The walk through a stock installation: each account's forms and view, then that in Persian on a dark telephone."""

from __future__ import annotations

import json
import re
import urllib.request
from typing import TYPE_CHECKING

from tests.e2e.looks import PHONE, Look, take, too_wide

from ._demo_accounts import MOBILE
from ._stock_forms import Forms, mistaken, step_of, translation
from ._stock_pictures import keep

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.browser import Browser

    from ._stock_run import Running

# The wires of the sandbox that an account is added for, and what it is called.
WIRES = {"telefonchy": "Telefonchy", "voipano": "VoIPano", "voip24h": "Voip24h", "simotel": "Simotel", "mor": "MOR"}
# What a provider is asked for a call with; Voip24h's partner interface has one address for everything.
PLACING = {
    "telefonchy": "/smartcall",
    "voipano": "/click-to-call",
    "simotel": "/call/originate/act",
    "mor": "/functions/activate_callback",
}
DESK = (1360, 1280)
CARDS = ", ".join(f"trunkline-{kind}-card" for kind in ("calls", "missed", "credit", "costs", "live", "queues"))
# The partner interface of Voip24h has recordings in GSM, which no browser plays.
UNPLAYABLE = ("voip24h",)
# It doesn't list which calls were recorded either, so that some that could have been have no recording.
UNLISTED = ("voip24h",)
PERSIAN = translation("fa")["common"]
_BROKEN = "hui-error-card, hui-warning, hui-error-badge, .message"
# Whether everything that is visible has its icon, fonts are there, and nothing moves or loads.
_SETTLED = """
const [icons, spinners] = arguments;
return !spinners.length && document.fonts.status === 'loaded'
  && icons.every(each => each.shadowRoot?.querySelector('ha-svg-icon'))
  && !document.getAnimations().some(each => each.playState === 'running');
"""


def expect(good: bool, what: str) -> None:  # noqa: FBT001  (a condition)
    """Raise `AssertionError` with what was seen, unless it is as it should be."""
    if not good:
        raise AssertionError(what[:1500])


class Walk:
    """A person who goes through everything once, and says what was seen."""

    def __init__(self, running: Running, page: Browser, pictures: Path, say: Callable[[str], None]) -> None:
        self.running = running
        self.page = page
        self.pictures = pictures
        self.say = say
        self.forms = Forms(page, running.url)

    def everything(self) -> None:
        """Log in, add the accounts, use their views, and look at them in Persian; `AssertionError` where that fails."""
        self.page.be(*DESK)
        self.forms.log_in()
        for wire in WIRES:
            self.add(wire)
        for position, wire in enumerate(WIRES, 1):
            self.use(wire, position)
        for position, wire in enumerate(WIRES, 1):
            self.in_persian(wire, position)
        take(self.page, Look(PHONE, dark=False, language="en"), self.running.url)
        for name, size, dark in (("dark", DESK, True), ("phone", PHONE, False)):
            self.page.be(*size, dark=dark, scale=2 if size == PHONE else 1)
            self.view(1)
            self.picture(f"{name}-telefonchy")

    def add(self, wire: str) -> None:
        """Add an account with wrong credentials, then with the right ones."""
        account, forms = self.running.account(wire), self.forms
        step = step_of(translation("en"), account["provider"], account["dialect"])
        self.page.be(1100, 860)
        forms.begin()
        if wire == "telefonchy":
            self.picture("provider")
        forms.choose(step.provider)
        if step.interface:
            self.page.see("ha-selector", "Interface")
            forms.choose(step.interface)
        self.page.see("ha-selector", next(iter(step.labels.values())), patience=60)
        right = account["credentials"]
        forms.fill({**mistaken(right), "base_url": account["base_url"]}, step)
        forms.submit()
        refused = forms.refusal()
        expect("did not accept these credentials" in refused, refused)
        self.picture(f"refused-{wire}")
        forms.fill(right, step)
        forms.submit_until_named()
        forms.name(WIRES[wire])
        self.picture(f"added-{wire}")
        forms.finish()
        self.say(f"{WIRES[wire]}: refused wrong credentials ({refused}), and took the right ones")

    def use(self, wire: str, position: int) -> None:
        """Use an account's view: filter, play, call back and tick off, as far as its provider has that."""
        page, done = self.page, ["its view"]
        page.be(*DESK)
        self.view(position)
        words = page.words()
        expect(words.count("Phone lines") == 1, words)
        self.picture(f"view-{wire}")
        self.filter()
        done.append("filtered and searched calls")
        if self.recorded():
            done.append(self.play(wire))
        self.view(position)
        self.call_back(wire)
        done.append("called back")
        self.view(position)
        if page.every("button.done"):
            self.tick_off(wire)
            done.append("ticked a caller off")
        self.say(f"{WIRES[wire]}: {', '.join(done)}")

    def view(self, position: int) -> None:
        """Open the view of an account."""
        self.page.open(f"{self.running.url}/trunkline/account-{position}")
        self.forms.connected()
        self.page.see(".calls .row", patience=120)
        # the statistics follow once the whole history has been read
        self.page.see(".figures", patience=180)
        broken = [self.page.words_of(each) for each in self.page.every(_BROKEN)]
        expect(not broken, f"something is broken: {broken}")

    def filter(self) -> None:
        """Look for outgoing calls, then for those of a number."""
        page = self.page
        self._choose(0, "outgoing")
        page.until(lambda: (shown := self._rows()) and all("Outgoing" in row for row in shown), "outgoing calls only")
        self._choose(0, "")
        page.until(lambda: any("Incoming" in row for row in self._rows()), "all calls")
        number = page.words_of(page.see(".calls .row .number"))
        name = page.words_of(page.see(".calls .row:has(.number) .who"))
        page.type(".filters input", number[-6:])
        # of a call without a known direction, both sides are shown by name
        page.until(
            lambda: (shown := self._rows()) and all(number[-6:] in row or name in row for row in shown),
            "calls of the number",
        )
        page.type(".filters input", "no such caller")
        page.see(".filters ~ .status", "No calls.", patience=60)
        page.type(".filters input", "")
        page.until(lambda: len(self._rows()) > 1, "all calls")

    def recorded(self) -> bool:
        """Look for calls with a recording; return whether there are any."""
        page = self.page
        self._choose(1, "recorded")
        found = page.until(
            lambda: (
                "play" if (rows := self._rows()) and len(page.every(".calls .play")) == len(rows)
                else "none" if page.every(".filters ~ .status", "No calls.") else ""
            ),
            "recorded calls only", 60,
        )  # fmt: skip
        return found == "play"

    def play(self, wire: str) -> str:
        """Play a recording until it sounds, or the page says that the browser can't play it; return which."""
        page = self.page
        for row in range(1, len(self._rows()) + 1):
            page.press(f".calls li:nth-child({row}) .play")
            seen = page.until(self._played, "sound, or why there is none", 60)
            if seen != "missing":
                break
            expect(wire in UNLISTED, "a recording is missing")
            script = "for (const each of arguments[0]) each.textContent = ''"
            page.driver.execute_script(script, page.every(".message"))
        self.picture(f"playing-{wire}")
        page.press(".calls .play[aria-expanded=true]")
        page.until(lambda: not page.every(".calls audio, .unplayable"), "no player")
        if seen == "played":
            return "played a recording"
        expect(wire in UNPLAYABLE, "a recording can't be played")
        return "was told that browsers can't play GSM, and offered to save the recording"

    def _played(self) -> str:
        """Return how a recording was played, empty before that is known."""
        page = self.page
        if page.every(".unplayable"):
            return "refused"
        if page.every(".message", "does not have this file"):
            return "missing"
        script = "return arguments[0].some(audio => audio.currentTime > 0 && audio.duration > 0)"
        return "played" if page.driver.execute_script(script, page.every(".calls li audio")) else ""

    def call_back(self, wire: str) -> None:
        """Call somebody back: the provider is asked for one call."""
        page, before = self.page, self.placed(wire)
        page.press(".calls .call")
        page.see("dialog[open]", "Place this call?")
        page.see("dialog[open] [role=status]", "Calls left this hour:")
        if page.every("dialog[open] input"):
            phone = MOBILE if wire == "voipano" else str(self.running.account(wire)["extensions"][0])
            page.type("dialog[open] input", phone)
        expect(self.placed(wire) == before, "a call was placed without being confirmed")
        self.picture(f"call-back-{wire}")
        page.press("dialog[open] button.main", "Call")
        page.see("dialog[open]", "Your phone rings now", patience=60)
        page.press("dialog[open] button", "Close")
        page.until(lambda: not page.every("dialog[open]"), "no dialog")
        asked = self.placed(wire) - before
        expect(wire not in PLACING or asked == 1, f"the provider was asked for {asked} calls")

    def tick_off(self, wire: str) -> None:
        """Tick a caller off."""
        page = self.page
        label = str(page.see("button.done").get_attribute("aria-label"))
        page.press("button.done")
        page.see("p", "is ticked off", patience=60)
        said = page.words_of(page.see("p", "is ticked off"))
        expect(label.removeprefix("Tick off ") in said, said)
        self.picture(f"ticked-{wire}")

    def in_persian(self, wire: str, position: int) -> None:
        """Look at a view in Persian, dark, on a telephone of 360 pixels."""
        page = self.page
        take(page, Look(PHONE, dark=True, language="fa"), f"{self.running.url}/trunkline/account-{position}")
        page.be(*PHONE, dark=True, scale=2)
        page.see(".calls .row", patience=120)
        page.see(".figures", patience=60)
        direction = page.driver.execute_script("return document.documentElement.dir")
        expect(direction == "rtl", f"the page is {direction}")
        expect(PERSIAN["card_calls"] in page.words(), page.words())
        parts = page.every(CARDS)
        found = too_wide(page, [*parts, *page.every("hui-sections-view")])
        expect(bool(parts), page.words())
        expect(not found, f"too wide: {found}")
        untranslated = re.findall(r"\b(?:Calls|Missed|Today|Answered|Credit|Cost)\b", page.words())
        expect(not untranslated, f"not translated: {untranslated}")
        self.picture(f"persian-{wire}")
        self.say(f"{WIRES[wire]}: its view in Persian, dark, 360 pixels wide")

    def placed(self, wire: str) -> int:
        """Return how many calls a provider was asked for, 0 where its requests don't show that."""
        body = json.dumps({"do": "state"}).encode()
        with urllib.request.urlopen(self.running.sandbox["control"], body) as answer:  # noqa: S310  (the sandbox, on loopback)
            requests: dict[str, int] = json.load(answer)["requests"]
        return requests.get(f"{wire} {PLACING[wire]}", 0) if wire in PLACING else 0

    def picture(self, name: str) -> None:
        """Keep what the page shows, once everything is there."""
        page = self.page
        page.until(
            lambda: page.driver.execute_script(
                _SETTLED, page.every("ha-icon"), page.every("ha-spinner, ha-circular-progress, step-flow-progress")
            ),
            "everything loaded",
        )
        keep(page, self.pictures / f"{name}.png")

    def _rows(self) -> list[str]:
        return [self.page.words_of(row) for row in self.page.every(".calls .row")]

    def _choose(self, position: int, value: str) -> None:
        field = self.page.every(".filters select")[position]
        script = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('change'))"
        self.page.driver.execute_script(script, field, value)
