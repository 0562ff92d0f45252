"""The toolkit that a release contains."""

from __future__ import annotations

import sys

from custom_components.trunkline import _bundle


def test_a_bundled_toolkit_comes_first_on_the_import_path(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    folder = tmp_path / "_lib"
    assert _bundle.use_bundle(folder) is False
    folder.mkdir()
    assert _bundle.use_bundle(folder) is True
    assert _bundle.use_bundle(folder) is True
    assert sys.path[0] == str(folder)
    assert sys.path.count(str(folder)) == 1
