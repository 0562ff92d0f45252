"""axe-core, which finds what keeps people from using a page: missing names, too little contrast, wrong roles."""

from __future__ import annotations

import base64
import hashlib
import tarfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from selenium.webdriver.remote.webelement import WebElement

    from .browser import Browser

VERSION = "4.14.1"
# As the registry of npm states it (`npm view axe-core@4.14.1 dist.integrity`).
SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
ARCHIVE = Path(__file__).parents[2] / ".cache" / f"axe-core-{VERSION}.tgz"
# Level AA of the Web Content Accessibility Guidelines 2.2, with all that it builds on.
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa")

_RUN = """
const [elements, tags, done] = arguments;
axe.run(elements, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']}).then(
  found => done({passed: found.passes.length, violations: found.violations.map(each => ({
    rule: each.id, help: each.help, nodes: each.nodes.map(node => `${node.html.slice(0, 200)} ${node.failureSummary}`),
  }))}),
  error => done({error: String(error)}),
);
"""


@cache
def _source() -> str:
    """Return the script, which isn't part of this project: continuous integration fetches it."""
    if not ARCHIVE.exists():
        where = ARCHIVE.parent.name
        pytest.fail(f"axe-core is missing: mkdir -p {where} && cd {where} && npm pack axe-core@{VERSION}")
    digest = hashlib.sha512(ARCHIVE.read_bytes()).digest()
    assert base64.b64encode(digest).decode() == SHA512, (
        f"{ARCHIVE.name} isn't the version that this test was written for"
    )
    with tarfile.open(ARCHIVE) as packed:
        script = packed.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode()


def violations(page: Browser, elements: list[WebElement]) -> list[dict[str, Any]]:
    """Return what axe-core finds wrong with parts of the page."""
    source = _source()
    if not page.driver.execute_script("return !!window.axe"):  # type: ignore[no-untyped-call]
        page.driver.execute_script(source)  # type: ignore[no-untyped-call]
    answer = page.driver.execute_async_script(_RUN, elements, TAGS)  # type: ignore[no-untyped-call]
    assert answer.get("passed"), answer
    found: list[dict[str, Any]] = answer["violations"]
    return found
