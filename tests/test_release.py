"""The archive that HACS installs works where nothing of ours is installed, and is the same each time."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOOK = """
import json, pathlib, pkgutil, sys
sys.path[:] = [place for place in sys.path if not pathlib.Path(place, "trunkline", "model.py").is_file()]
sys.path.insert(0, sys.argv[1])
import homeassistant.components.http, homeassistant.components.recorder
import custom_components.trunkline as component
for module in pkgutil.iter_modules(component.__path__):
    if module.name != "_lib":
        __import__(f"{component.__name__}.{module.name}")
import trunkline
print(json.dumps([component.__file__, trunkline.__file__, sorted(sys.modules)]))
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("release")
    done = subprocess.run(
        [sys.executable, ROOT / "scripts/release", "--output", folder], capture_output=True, text=True, check=True
    )
    assert re.match(r"trunkline \d+\.\d+\.\d+: ", done.stdout)
    return folder / "trunkline.zip"


def test_every_module_loads_from_the_archive_alone(archive, tmp_path):
    place = tmp_path / "custom_components" / "trunkline"
    with zipfile.ZipFile(archive) as content:
        content.extractall(place)
    (tmp_path / "custom_components" / "__init__.py").touch()
    # What is loaded from the archive is a copy, which the measurement of coverage must not take for the source.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV_")}
    done = subprocess.run(
        [sys.executable, "-c", LOOK, tmp_path],
        capture_output=True, text=True, check=False, cwd=tmp_path, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    component, core, loaded = json.loads(done.stdout.splitlines()[-1])
    assert Path(component).is_relative_to(place)
    assert Path(core).is_relative_to(place / "_lib")
    assert not {"pandas", "matplotlib", "narwhals", "tqdm", "pyarrow", "trunkline.sandbox", "trunkline.cli.main"} & set(
        loaded
    )


def test_what_home_assistant_never_needs_is_left_out(archive):
    with zipfile.ZipFile(archive) as content:
        names = content.namelist()
    assert {"manifest.json", "__init__.py", "translations/en.json", "brand/icon.png", "LICENSE"} <= set(names)
    assert "frontend/trunkline.js" in names
    assert "_lib/trunkline/providers/telefonchy/wire.py" in names
    assert not [
        name
        for name in names
        if re.search(r"trunkline/(sandbox|reports|plots|cli|arguments|settings|output)\b|__pycache__|\.pyc$", name)
    ]


def test_the_same_commit_gives_the_same_bytes(archive, tmp_path):
    subprocess.run([sys.executable, ROOT / "scripts/release", "--output", tmp_path], capture_output=True, check=True)
    assert (tmp_path / "trunkline.zip").read_bytes() == archive.read_bytes()


def test_requirements_are_others_packages_only(archive):
    with zipfile.ZipFile(archive) as content:
        manifest = json.loads(content.read("manifest.json"))
    assert not [name for name in manifest["requirements"] if "trunkline" in name]
