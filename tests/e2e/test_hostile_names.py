"""Names that are HTML or Markdown stay words on every page: a browser that shows them asks no foreign host for anything."""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from trunkline import Archive
from trunkline.model import Call, Direction, Money, Party, Status

from .home_assistant import control, home_assistant, hosts, picture, ready

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .browser import Browser
    from .conftest import Running

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parent.parent.parent
# What a name does, and the words of it that a person has to see.
NAMES = {
    "image": "<img src=HOST/image>",
    "markdown": "![picture](HOST/markdown)",
    "paragraph": "Bank\n\n![picture](HOST/paragraph)\n\n<img src=HOST/second>",
    "cell": "</td></tr></table>\n\n<img src=HOST/cell>",
    "code": "<ha-qr-code data=1 center-image=HOST/code></ha-qr-code>",
    "sound": "<audio src=HOST/sound autoplay></audio><video poster=HOST/video></video>",
    "link": "[Bank](HOST/link) HOST/bare",
    "style": "<b style='background:url(HOST/style)'>Bank</b>",
}


@dataclass
class Listener:
    """A foreign host, and the paths that it was asked for."""

    url: str
    asked: list[str] = field(default_factory=list)

    def name(self, kind: str) -> str:
        return NAMES[kind].replace("HOST", self.url)


@pytest.fixture
def listener(socket_enabled: None) -> Iterator[Listener]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Listener(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(socket_enabled: None, browser: Browser) -> Browser:
    """The browser, with sockets allowed for this test."""
    return browser


def show_notifications(page: Browser) -> None:
    """Open the list of notifications as the sidebar does."""
    page.driver.execute_script(  # type: ignore[no-untyped-call]
        "document.querySelector('home-assistant').shadowRoot.querySelector('home-assistant-main')"
        ".dispatchEvent(new CustomEvent('hass-show-notifications'))"
    )


def words(name: str) -> str:
    """Return the first long word of a name: pages cut long names, and show each line break as a space."""
    return next(word for word in name.split() if len(word) > 10)[:20]


@pytest.fixture
def called(page: Browser, demo: Running, listener: Listener) -> list[str]:
    """Return the hostile names of callers whose calls were missed just now, while an automation notified of each."""
    page.open(demo.dashboard)
    ready(page)
    entries = home_assistant(page, "return hass.callWS({type: 'config_entries/get', domain: 'trunkline'})")
    # All accounts of the demo belong to the same company, and each would notify of the call.
    account = next(entry["entry_id"] for entry in entries if entry["title"].startswith("Telefonchy"))
    home_assistant(
        page,
        "await hass.callApi('POST', 'config/automation/config/missed', given[0])",
        {"alias": "Missed", "use_blueprint": {"path": "trunkline/missed_call.yaml", "input": {"account": account}}},
    )
    page.until(
        lambda: home_assistant(page, "return Object.keys(hass.states).includes('automation.missed')"), "the automation"
    )
    names = [listener.name(kind) for kind in NAMES]
    for at, name in enumerate(names):
        number = f"912000077{at}"
        control(demo, "name", number=number, name=name)
        # Each starts after the one before: the list is read again when the time of the last call changes.
        control(demo, "call", type="incoming", status="NO ANSWER", number=number, wait=2 * (len(names) - at))
    return names


def test_names_of_callers_are_words_on_every_page(
    page: Browser, demo: Running, listener: Listener, called: list[str]
) -> None:
    for name in called:
        page.see(".calls .who", words(name))
    page.see("h2", "To call back")
    picture(page, "hostile-dashboard")
    assert hosts(page) <= {demo.url.split("//")[1]}

    page.until(
        lambda: (
            (found := home_assistant(page, "return hass.callWS({type: 'persistent_notification/get'})"))
            and len(found) >= len(called)
            and found
        ),
        "the notifications",
    )
    show_notifications(page)
    shown = page.until(
        lambda: (found := page.every("persistent-notification-item")) and len(found) >= len(called) and found,
        "the notifications",
    )
    page.until(lambda: all("called at" in page.words_of(each) for each in shown), "their texts")
    assert any("‹img src=http" in page.words_of(each) for each in shown)
    assert not page.every("ha-markdown-element img, ha-markdown-element a, ha-markdown-element audio, .who img, .who a")
    picture(page, "hostile-notifications")

    size = page.driver.get_window_size()
    # The logbook renders only the rows that fit.
    page.driver.set_window_size(1680, 5000)
    page.open(f"{demo.url}/logbook")
    ready(page)
    # Its elements differ between versions of Home Assistant.
    sentences = [" ".join(f"missed a call from {name}".split())[:40] for name in called]
    page.until(lambda: all(sentence in page.words() for sentence in sentences), f"all of {sentences}")
    assert not page.every(f"[src*='{listener.url}'], [href*='{listener.url}']")
    picture(page, "hostile-logbook")
    page.driver.set_window_size(size["width"], size["height"])
    assert hosts(page) <= {demo.url.split("//")[1]}

    assert listener.asked == []

    # The same page does load what a text that is not made inert asks for.
    page.open(demo.dashboard)
    ready(page)
    home_assistant(
        page,
        "await hass.callService('persistent_notification', 'dismiss_all');"
        "await hass.callService('persistent_notification', 'create', {message: given[0]})",
        listener.name("image"),
    )
    show_notifications(page)
    page.until(lambda: listener.asked, "the image of a text that is not inert")
    assert listener.asked == ["/image"]
    home_assistant(page, "await hass.callService('persistent_notification', 'dismiss_all')")


def test_names_are_words_in_a_notebook_as_html(page: Browser, listener: Listener, tmp_path: Path) -> None:
    names = [listener.name(kind) for kind in NAMES]
    archive = tmp_path / "calls.db"
    with Archive.open(f"sqlite:///{archive}") as opened:
        opened.register("x:1", provider="telefonchy", title=names[0], zone="Asia/Tehran", currency="IRR")
        opened.store([hostile_call(at, name) for at, name in enumerate(names)])
    for notebook in ("01-cost", "02-call-status"):
        executed, html = tmp_path / f"{notebook}.ipynb", tmp_path / f"{notebook}.html"
        for command in (
            ["papermill", f"{notebook}.ipynb", str(executed), "--no-progress-bar", "-p", "archive", str(archive),
             "-p", "mask", "False"],
            ["nbconvert", "--to", "html", "--HTMLExporter.mathjax_url=", "--HTMLExporter.require_js_url=",
             str(executed)],
        ):  # fmt: skip
            done = subprocess.run(
                [sys.executable, "-m", *command], cwd=ROOT / "notebooks", capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr[-3000:]
        page.open(html.as_uri())
        page.see("td", words(names[0]))
        assert page.every("strong", f"calls of {names[0]}")
        assert hosts(page) == set()
        picture(page, f"hostile-{notebook}")
    assert listener.asked == []


def hostile_call(at: int, name: str) -> Call:
    return Call(
        account="x:1",
        call_id=str(at),
        direction=Direction.OUTGOING if at % 2 else Direction.INCOMING,
        status=Status.ANSWERED if at % 2 else Status.NO_ANSWER,
        trunk=name,
        extension=name,
        source=Party(number=name, name=name),
        destination=Party(number=name, name=name),
        started_at=datetime(2026, 5, 20, 8, at, tzinfo=UTC),
        ended_at=datetime(2026, 5, 20, 8, at, tzinfo=UTC) + timedelta(seconds=30),
        wait=5,
        talk=25 if at % 2 else 0,
        price=Money(Decimal(100 + at), "IRR"),
    )
