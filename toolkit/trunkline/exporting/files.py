"""Writes files and folders whole or not at all: beside their place first, readable by their owner only."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from trunkline.errors import ConfigError, RequestError

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = ".trunkline-"


def check_free(path: Path, *, replace: bool) -> None:
    """Raise `RequestError` for a file that exists and may not be replaced, and for a folder that isn't empty."""
    if path.is_dir():
        if any(path.iterdir()):
            msg = f"the folder {path} isn't empty: name a new one"
            raise RequestError(msg)
    elif os.path.lexists(path) and not replace:
        msg = f"{path} exists already: choose another name, or replace it with --force"
        raise RequestError(msg)


def is_folder(path: Path) -> bool:
    """Return whether there is a folder; `ConfigError` for a path that can't be one."""
    with _written(path):
        return path.is_dir()


@contextmanager
def whole_file(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """Give the path of a file to write, which takes the place of `path` when everything is written.

    If anything is raised, nothing is left. `RequestError` if there is such a file already and `replace` is not set,
    `ConfigError` if it can't be written.
    """
    with _written(path):
        check_free(path, replace=replace)
        # mkstemp creates a file that only its owner can read and write.
        descriptor, name = tempfile.mkstemp(prefix=_PREFIX, dir=path.parent)
        os.close(descriptor)
        written = Path(name)
        try:
            yield written
            _flush(written)
            check_free(path, replace=replace)
            written.replace(path)
        finally:
            written.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give a folder to write files in, which takes the place of `path` when everything is written.

    If anything is raised, nothing is left. `RequestError` if `path` is a file, or a folder that isn't empty;
    `ConfigError` if it can't be written.
    """
    with _written(path):
        _check_folder(path)
        with _made(path.parent):
            written = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=path.parent))
            try:
                yield written
                for file in written.iterdir():
                    _flush(file)
                _check_folder(path)
                with suppress(FileNotFoundError):
                    # Windows replaces no folder, not even an empty one.
                    path.rmdir()
                written.replace(path)
            finally:
                shutil.rmtree(written, ignore_errors=True)


def _check_folder(path: Path) -> None:
    """Raise `RequestError` for a file, which no folder replaces, and for a folder that isn't empty."""
    if not path.is_dir() and os.path.lexists(path):
        msg = f"{path} is a file: name a new folder, or a file that ends with .parquet"
        raise RequestError(msg)
    check_free(path, replace=False)


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder and those that it is in; if anything is raised, those that were made are deleted."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for each in missing:
            with suppress(OSError):
                each.rmdir()
        raise


@contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        msg = f"can't write {path} ({error.strerror or type(error).__name__})"
        raise ConfigError(msg) from None


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
