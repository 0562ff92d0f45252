"""What the tests ask of the sandbox, and of Home Assistant in the page that is open."""

from __future__ import annotations

import json
import os
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .browser import Browser
    from .conftest import Running


def control(demo: Running, do: str, **options: Any) -> Any:
    """Send a command to the sandbox, and return its answer."""
    body = json.dumps({"do": do, **options}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{demo.sandbox}/control", body)) as answer:
        answered = json.load(answer)
    assert answered["ok"]
    return answered


def picture(page: Browser, name: str) -> None:
    """Keep what the page looks like, where somebody wants to see it."""
    if directory := os.environ.get("TRUNKLINE_PICTURES"):
        page.picture(Path(directory) / f"{name}.png")


def home_assistant(page: Browser, script: str, *arguments: object) -> Any:
    """Run a script with Home Assistant's own connection of the page as `hass`; it returns a promise."""
    wrapped = (
        "const [...given] = arguments; const done = given.pop();"
        "const hass = document.querySelector('home-assistant').hass;"
        f"(async () => {{ {script} }})().then(value => done({{value}}), error => done({{error: JSON.stringify(error)}}));"
    )
    answer = page.driver.execute_async_script(wrapped, *arguments)
    assert "error" not in answer, answer
    return answer.get("value")


def ready(page: Browser) -> None:
    """Wait until the page is connected."""
    page.until(
        lambda: page.driver.execute_script(
            "performance.setResourceTimingBufferSize(5000);"
            "return !!document.querySelector('home-assistant')?.hass?.connected"
        ),
        "Home Assistant",
    )


def hosts(page: Browser) -> set[str]:
    """Return what the page has loaded something from."""
    found = page.driver.execute_script(
        "return performance.getEntriesByType('resource').map(each => new URL(each.name).host)"
    )
    return {str(host) for host in found} - {""}


def own_dashboard(page: Browser, config: dict[str, Any]) -> None:
    """Keep a dashboard of the user's own at /own-lines."""
    home_assistant(
        page,
        """
        const known = await hass.callWS({type: 'lovelace/dashboards/list'});
        if (!known.some(each => each.url_path === 'own-lines')) {
          await hass.callWS({type: 'lovelace/dashboards/create', url_path: 'own-lines', title: 'Own', mode: 'storage'});
        }
        await hass.callWS({type: 'lovelace/config/save', url_path: 'own-lines', config: given[0]});
        """,
        config,
    )
