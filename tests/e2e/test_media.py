"""A person at the media browser: a recorded call plays and seeks in a real browser, which asks no other host for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .home_assistant import home_assistant, hosts, picture, ready

if TYPE_CHECKING:
    from .browser import Browser
    from .conftest import Running

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Opens folders, newest first, down to the first file of the given account.
FIND = """
const [account, part] = given;
let item = {media_content_id: `media-source://trunkline/${account}/${part}`, can_expand: true};
while (item && !item.can_play) {
  const folder = await hass.callWS({type: 'media_source/browse_media', media_content_id: item.media_content_id});
  item = folder.children[0];
}
return item || null;
"""
# Plays a file without sound, seeks to its middle, and says what the browser made of it.
PLAY = """
const media = await hass.callWS({type: 'media_source/resolve_media', media_content_id: given[0]});
const audio = document.createElement('audio');
audio.muted = true;
audio.src = media.url;
const happens = name => new Promise((done, fail) => {
  audio.addEventListener(name, done, {once: true});
  audio.addEventListener('error', () => fail({code: audio.error.code, text: audio.error.message}), {once: true});
});
const playing = audio.play().catch(error => { throw `${error.name}: ${error.message}`; });
await Promise.all([happens('canplay'), playing]);
const middle = audio.duration / 2;
const seeked = happens('seeked');
audio.currentTime = middle;
await seeked;
const at = audio.currentTime;
await happens('timeupdate');
audio.pause();
return {url: media.url, type: media.mime_type, duration: audio.duration, middle, at, playing: audio.currentTime >= at};
"""


@pytest.fixture
def page(socket_enabled: None, browser: Browser) -> Browser:
    """The browser, with sockets allowed for this test."""
    return browser


@pytest.mark.parametrize(
    ("name", "part"), [("Telefonchy", "calls"), ("Simotel", "calls"), ("Simotel", "voicemail/400")]
)
def test_a_browser_plays_and_seeks(page: Browser, demo: Running, name: str, part: str) -> None:
    page.open(demo.dashboard)
    ready(page)
    entries = home_assistant(page, "return hass.callWS({type: 'config_entries/get', domain: 'trunkline'})")
    account = next(entry["entry_id"] for entry in entries if entry["title"].startswith(name))
    item = page.until(lambda: home_assistant(page, FIND, account, part), "a recording")
    played = home_assistant(page, PLAY, item["media_content_id"])
    assert played["type"] in {"audio/mpeg", "audio/wav"}
    assert played["url"].startswith(f"/api/trunkline/media/{account}/")
    assert played["duration"] > 0
    assert abs(played["at"] - played["middle"]) < 1
    assert played["playing"]
    assert hosts(page) <= {demo.url.split("//")[1]}


def test_the_media_browser_shows_the_accounts_and_their_calls(page: Browser, demo: Running) -> None:
    page.open(f"{demo.url}/media-browser/browser")
    ready(page)
    for title in ("Trunkline", "Telefonchy", "Calls"):
        page.press("ha-card, ha-list-item, mwc-list-item, ha-list-item-button", title)
    page.see("ha-card, ha-list-item, mwc-list-item, ha-list-item-button", "(")
    picture(page, "media-days")
    page.press("ha-card, ha-list-item, mwc-list-item, ha-list-item-button", "(")
    page.see("ha-card, ha-list-item, mwc-list-item, ha-list-item-button", "·")
    picture(page, "media-calls")
