"""Which packages Home Assistant would install when the demo starts it for the first time.

Home Assistant installs the requirements of each integration that it loads, of those they depend on or come after, and
of its multi-factor authentication. The demo starts it with `--skip-pip`, so all of them are in the locked environment.

usage: python -m scripts._first_start FOLDER [MARKER]     prints them for the Home Assistant in FOLDER
"""

from __future__ import annotations

import ast
import json
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from ._configuration import CONFIGURATION

# Loaded in any case, beside what the configuration names.
ALWAYS = ("homeassistant", "persistent_notification", "auth", "api", "config", "onboarding", "webhook")
# What an integration that mentions one of these keys in its manifest depends on (homeassistant/requirements.py).
DISCOVERY = {
    "bluetooth": ("bluetooth",),
    "dhcp": ("dhcp",),
    "mqtt": ("mqtt",),
    "ssdp": ("ssdp",),
    "usb": ("usb",),
    "zeroconf": ("zeroconf", "homekit"),
}


def requirements(homeassistant: Path, domains: set[str], custom: Path) -> set[str]:
    """Return the requirements of the domains, of all they depend on, and of the multi-factor authentication.

    `homeassistant` is the folder of Home Assistant's package, `custom` that of the custom integration.
    """
    found: set[str] = set()
    seen: set[str] = set()
    waiting = {custom.name, *domains, *ALWAYS, *_default_domains(homeassistant)}
    while waiting:
        domain = waiting.pop()
        seen.add(domain)
        manifest = _manifest(homeassistant, domain, custom)
        if manifest is None:
            continue
        if domain != custom.name:
            found.update(manifest.get("requirements", ()))
        needed = {*manifest.get("dependencies", ()), *manifest.get("after_dependencies", ())}
        needed |= {name for name, keys in DISCOVERY.items() if any(key in manifest for key in keys)}
        waiting |= needed - seen
    for module in (homeassistant / "auth" / "mfa_modules").glob("*.py"):
        for listed in re.findall(r"^REQUIREMENTS = (\[.*?\])", module.read_text(encoding="utf-8"), re.MULTILINE):
            found.update(ast.literal_eval(listed))
    return found


def missing(needed: set[str]) -> list[str]:
    """Return those requirements that the running environment doesn't satisfy."""

    def satisfied(text: str) -> bool:
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate():
            return True
        try:
            return requirement.specifier.contains(metadata.version(requirement.name), prereleases=True)
        except metadata.PackageNotFoundError:
            return False

    return sorted((text for text in needed if not satisfied(text)), key=str.lower)


def configured_domains(configuration: str) -> set[str]:
    """Return the integrations that a configuration.yaml names: its keys at the left margin."""
    return set(re.findall(r"^([a-z_]+):", configuration, re.MULTILINE))


def _default_domains(homeassistant: Path) -> set[str]:
    """Return what Home Assistant sets up without being asked: `DEFAULT_INTEGRATIONS`, newer ones with all platforms."""
    bootstrap = (homeassistant / "bootstrap.py").read_text(encoding="utf-8")
    listed = re.search(r"^DEFAULT_INTEGRATIONS = \{\n(.*?)^\}", bootstrap, re.MULTILINE | re.DOTALL)
    if listed is None:
        return set()
    domains = set(re.findall(r'^    "(\w+)",', listed[1], re.MULTILINE))
    if "BASE_PLATFORMS" in listed[1]:
        platforms = (homeassistant / "generated" / "entity_platforms.py").read_text(encoding="utf-8")
        domains |= set(re.findall(r'^    [A-Z_]+ = "(\w+)"', platforms, re.MULTILINE))
    return domains


def _manifest(homeassistant: Path, domain: str, custom: Path) -> dict[str, Any] | None:
    folder = custom if domain == custom.name else homeassistant / "components" / domain
    path = folder / "manifest.json"
    if not path.exists():
        return None
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return manifest


def main() -> None:
    """Print the requirements, each with the marker."""
    folder, *marker = sys.argv[1:]
    custom = Path(__file__).parent.parent / "custom_components" / "trunkline"
    for requirement in sorted(requirements(Path(folder), configured_domains(CONFIGURATION), custom), key=str.lower):
        print(f"{requirement}; {marker[0]}" if marker else requirement)


if __name__ == "__main__":
    main()
