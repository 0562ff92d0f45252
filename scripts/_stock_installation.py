"""A Home Assistant as a user has it: from PyPI in an environment of its own, with the release archive unpacked into it.

Nothing of this checkout is on its path. What the integration's manifest requires, Home Assistant installs itself.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from . import _hass
from ._process import DemoError, tail

ROOT = Path(__file__).resolve().parent.parent
OWNER = {"name": "Office", "username": "office", "password": "stock-office-1", "language": "en"}
# What a user's configuration.yaml loads by `default_config`, without what looks around in the network or asks a cloud.
CONFIGURATION = """\
homeassistant:
  name: Office
  time_zone: Asia/Tehran
  country: IR
  currency: IRR
  unit_system: metric
  latitude: 35.7
  longitude: 51.4
  elevation: 1200
{http}frontend:
config:
conversation:
history:
logbook:
media_source:
recorder:
system_health:
logger:
  default: warning
automation: !include automations.yaml
script: !include scripts.yaml
scene: !include scenes.yaml
"""
# Variables of this environment that are about the network and the machine, not about this checkout.
_KEPT = ("UV_", "PIP_", "SSL_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "LANG", "LC_", "CPATH", "OPENBLAS_")


@dataclass(frozen=True, slots=True)
class Installation:
    """A version of Home Assistant and the directory that it is in."""

    version: str
    directory: Path

    @property
    def environment(self) -> Path:
        """The virtual environment."""
        return self.directory / "venv"

    @property
    def config(self) -> Path:
        """The configuration directory."""
        return self.directory / "config"

    @property
    def log(self) -> Path:
        """What Home Assistant writes to its error output."""
        return self.directory / "home-assistant.log"

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.environment / "bin" / "python"

    @property
    def package(self) -> Path:
        """The folder of Home Assistant's package."""
        return next(self.environment.glob("lib/python3.*/site-packages/homeassistant"))

    def prepare(self, port: int) -> None:
        """Make the environment unless it is there, and a new configuration directory with the release archive."""
        if not (self.directory / "made").exists():
            self._make()
        _hass.forget(self.config)
        _hass.write_settings(self.config, port, CONFIGURATION, self.package)
        integration = self.config / "custom_components" / "trunkline"
        unpack(self.directory, integration)
        self._forget_requirements(integration / "manifest.json")

    def variables(self) -> dict[str, str]:
        """Return the variables that Home Assistant is started with."""
        home = self.directory / "home"
        home.mkdir(exist_ok=True)
        path = f"{self.environment / 'bin'}:/usr/local/bin:/usr/bin:/bin"
        own = {"PATH": path, "HOME": str(home), "VIRTUAL_ENV": str(self.environment)}
        return {**kept(os.environ), **headers(self.python), **own}

    def packages(self) -> set[str]:
        """Return what is installed in the environment, as `name==version`."""
        listed = subprocess.run(
            [_uv(), "pip", "freeze", "--python", str(self.python)], capture_output=True, text=True, check=True, cwd="/"
        )
        return set(listed.stdout.splitlines())

    def _make(self) -> None:
        log = self.directory / "installation.log"
        shutil.rmtree(self.environment, ignore_errors=True)
        self.directory.mkdir(parents=True, exist_ok=True)
        for command in (
            ["venv", "--python", interpreter(self.version), str(self.environment)],
            ["pip", "install", "--python", str(self.python), f"homeassistant=={self.version}"],
        ):
            with log.open("a") as output:
                done = subprocess.run([_uv(), *command], stdout=output, stderr=output, check=False, cwd="/")
            if done.returncode:
                message = f"Home Assistant {self.version} could not be installed:\n{tail(log, 5)}"
                raise DemoError(message)
        (self.directory / "made").write_text("\n".join(sorted(self.packages())))

    def _forget_requirements(self, manifest: Path) -> None:
        """Remove what the manifest requires, unless Home Assistant came with it: it has to install that itself."""
        came = {line.partition("==")[0].lower() for line in (self.directory / "made").read_text().splitlines()}
        needed = [Requirement(each).name for each in json.loads(manifest.read_text())["requirements"]]
        if added := [name for name in needed if name.lower() not in came]:
            command = [_uv(), "pip", "uninstall", "--quiet", "--python", str(self.python), *added]
            subprocess.run(command, check=True, capture_output=True, cwd="/")


def unpack(work: Path, target: Path) -> None:
    """Make the release archive and extract it, as HACS does; `target` is new afterwards."""
    command = [sys.executable, str(ROOT / "scripts" / "release"), "--output", str(work)]
    subprocess.run(command, check=True, capture_output=True)
    shutil.rmtree(target, ignore_errors=True)
    with zipfile.ZipFile(work / "trunkline.zip") as archive:
        archive.extractall(target)


def python_of(version: str) -> str:
    """Return the minor version of Python that a version of Home Assistant is run with."""
    year, month, _ = map(int, version.split("."))
    return "3.14" if (year, month) >= (2026, 3) else "3.13"


def interpreter(version: str) -> str:
    """Return the interpreter for a version of Home Assistant: that of scripts/setup, or what uv finds."""
    minor = python_of(version)
    own = ROOT / ".venvs" / minor / "bin" / "python"
    return str(own.resolve()) if own.exists() else minor


def headers(python: Path) -> dict[str, str]:
    """Return the variable by which compilers find an interpreter's headers, where they need it."""
    command = f'source {ROOT / "scripts" / "lib.sh"} && find_headers "$1" && printf %s "${{CPATH:-}}"'
    found = subprocess.run(["bash", "-c", command, "bash", python], capture_output=True, text=True, check=True)
    return {"CPATH": found.stdout} if found.stdout else {}


def kept(variables: os._Environ[str] | dict[str, str]) -> dict[str, str]:
    """Return those variables that a Home Assistant of its own may have, none that leads to this checkout's code."""
    return {name: value for name, value in variables.items() if name.upper().startswith(_KEPT)}


def _uv() -> str:
    return os.environ.get("UV") or shutil.which("uv") or "uv"
