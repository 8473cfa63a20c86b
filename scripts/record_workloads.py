"""Record the plans of `fixtures/plans/workloads` on a throw-away PostgreSQL.

In: cases, each an SQL file with the sections setup, fault and mended. Out: beside each its two plans, as psql prints them.

    python scripts/record_workloads.py                       every case
    python scripts/record_workloads.py sort-of-a-report      one of them
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from msgspec import Struct

from advisor.sandbox.server import find_binaries, running_postgres

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "plans" / "workloads"
DEBIAN = Path("/usr/lib/postgresql")
SECTIONS = ("setup", "fault", "mended")
HEADER = re.compile(r"-- (finds|fault|explain|server|warm-ups): +(.+)")
MARK = re.compile(rf"^-- ({'|'.join(SECTIONS)})[ \t]*$", re.MULTILINE)
WARM_UPS = 2
"""Runs before the one that is kept: caches are warm, and plans of prepared statements made."""
SETTINGS = {
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "on",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "max_wal_size": "4GB",
    "shared_buffers": "256MB",
    # VACUUM calls a page visible to all once the WAL of its rows has been flushed.
    "synchronous_commit": "on",
    "TimeZone": "UTC",
}
"""A case that wants workers, or JIT, sets them itself."""


class Case(Struct, frozen=True):
    """One workload: its headers, and its sections as lists of statements."""

    name: str
    headers: Mapping[str, str]
    sections: Mapping[str, list[str]]

    @property
    def options(self) -> str:
        return self.headers.get("explain", "ANALYZE, BUFFERS")

    @property
    def warm_ups(self) -> int:
        return int(self.headers.get("warm-ups", WARM_UPS))


def read_case(path: Path) -> Case:
    text = path.read_text(encoding="utf-8")
    headers = {match[1]: match[2].strip() for match in HEADER.finditer(text)}
    parts = MARK.split(text)[1:]
    sections = {name: statements(body) for name, body in zip(parts[::2], parts[1::2], strict=True)}
    if tuple(sections) != SECTIONS or not {"finds", "fault"} <= headers.keys():
        raise ValueError(f"{path.name}: it needs `-- finds:`, `-- fault:` and the sections {', '.join(SECTIONS)}, in this order")
    return Case(path.stem, headers, sections)


def statements(text: str) -> list[str]:
    """The statements of a section, split by PostgreSQL's own parser."""
    from pglast import split

    return [statement for statement in split(text, with_parser=False) if statement.strip()]


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """Connection strings by version, each server started when it is first asked for."""
    from contextlib import ExitStack

    with ExitStack() as running:

        class Servers(dict[str, str]):
            def __missing__(self, version: str) -> str:
                binaries = DEBIAN / version / "bin" if version != "18" else find_binaries()
                if binaries is None or not binaries.is_dir():
                    raise FileNotFoundError(f"no PostgreSQL {version} here")
                self[version] = running.enter_context(running_postgres(binaries, SETTINGS))
                return self[version]

        yield Servers()


def record(case: Case, connection_string: str) -> Iterator[tuple[str, str]]:
    """The section's name and its plan, each in a database of its own."""
    for section in ("fault", "mended"):
        with psycopg.connect(connection_string, autocommit=True) as server:
            server.execute(f'DROP DATABASE IF EXISTS "{case.name}" WITH (FORCE)')
            server.execute(f'CREATE DATABASE "{case.name}"')
        with psycopg.connect(connection_string, dbname=case.name, autocommit=True) as database:
            yield section, plan_of(database, case, section)


def plan_of(database: psycopg.Connection, case: Case, section: str) -> str:
    """As psql prints it. Each run is rolled back."""
    for statement in case.sections["setup"]:
        database.execute(statement)
    *preparations, explained = case.sections[section]
    for statement in preparations:
        database.execute(statement)
    for _ in range(case.warm_ups + 1):
        with database.transaction(force_rollback=True):
            lines = [row[0] for row in database.execute(f"EXPLAIN ({case.options}) {explained}")]
    return as_psql_prints(lines)


def as_psql_prints(lines: list[str]) -> str:
    width = max(map(len, lines)) + 2
    count = f"({len(lines)} row{'s' * (len(lines) != 1)})"
    return "\n".join([f"{'QUERY PLAN':^{width}}".rstrip(), "-" * width, *(f" {line}" for line in lines), count, ""])


def main(names: Iterable[str]) -> None:
    chosen = [FOLDER / f"{name}.sql" for name in names] or sorted(FOLDER.glob("*.sql"))
    with servers() as running:
        for case in map(read_case, chosen):
            for section, plan in record(case, running[case.headers.get("server", "18")]):
                (FOLDER / f"{case.name}.{section}.txt").write_text(plan, encoding="utf-8")
            print(case.name, file=sys.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", help="names of cases; all of them without one")
    main(parser.parse_args().cases)
