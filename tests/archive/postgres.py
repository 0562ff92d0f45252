"""The databases of the tests: a file, and a PostgreSQL server of our own where its programs are installed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from sqlalchemy import create_engine, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server; without one, tests are skipped, but fail in continuous integration."""
    folder = programs()
    if folder is None:
        give_up(os.environ)
    import psycopg  # noqa: F401  (a failure rather than a skip: the test environment has it)

    with server(folder) as address:
        yield address


def give_up(environ: Mapping[str, str]) -> NoReturn:
    """Skip the test, but let it fail in continuous integration."""
    if environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail("CI is set, but no PostgreSQL server is installed: install it (apt-get install postgresql)")
    pytest.skip("no PostgreSQL server is installed")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'archive.db'}"
    address: str = request.getfixturevalue("postgres")
    empty(address)
    return address


@contextmanager
def fresh(url: str) -> Iterator[str]:
    """Give the address of an empty database of the same kind, for tests that need one after another."""
    if url.startswith("sqlite"):
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/archive.db"
    else:
        empty(url)
        yield url


def empty(address: str) -> None:
    """Remove everything from a PostgreSQL database."""
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()


def programs() -> Path | None:
    """Return the folder of `initdb` and `pg_ctl`, `None` where there is none."""
    found = shutil.which("pg_ctl")
    if found:
        return Path(found).resolve().parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Run a server on a socket in a folder of its own; give the URL of its database."""
    home = Path(tempfile.mkdtemp(prefix="trunkline-pg-", dir="/tmp"))
    # The server refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        os.chown(home, pwd.getpwnam(user).pw_uid, -1)
    data = home / "data"

    def run(program: str, *arguments: str) -> None:
        command = [str(folder / program), "-D", str(data), *arguments]
        subprocess.run(command, user=user, cwd=home, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    try:
        run("initdb", "-U", "trunkline", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-k {home} -c listen_addresses='' -c fsync=off"
        run("pg_ctl", "-w", "-l", str(home / "log"), "-o", options, "start")
        try:
            yield f"postgresql+psycopg://trunkline@/postgres?host={home}"
        finally:
            run("pg_ctl", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)
