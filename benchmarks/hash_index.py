"""What a hash index costs and gives beside a btree, by kind of value: the figures of the page of hash-index-misuse.

Run it against any PostgreSQL that may be written to: it makes a schema of its own, and drops it.

    python benchmarks/hash_index.py "host=/tmp user=postgres dbname=postgres" --rows 500000

Prints a table: seconds to build, megabytes, and microseconds of a look-up by `=` through the driver (for distinct values).
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import psycopg

SCHEMA = "advisor_benchmark"
LOOK_UPS = 1000

VALUES = {
    "boolean": "i % 2 = 0",
    "5 statuses": "'status ' || i % 5",
    "1,000 rows a value": "'tag ' || i / 1000",
    "bigint": "i::bigint",
    "uuid": "md5(i::text)::uuid",
    "cuid, 25 characters": "'c' || substr(md5(i::text), 1, 24)",
    "title, 45 characters": "'A title ' || md5(i::text) || ' .....'",
    "URL, 150 characters": "'https://example.com/some/path/' || md5(i::text) || repeat(md5((i * 7)::text), 3)",
}
DISTINCT = ("bigint", "uuid", "cuid", "title", "URL")


@dataclass(frozen=True)
class Figures:
    seconds: float
    megabytes: float
    microseconds: float | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("connection", help="a libpq connection string")
    parser.add_argument("--rows", type=int, default=500_000, help="rows of the table (default %(default)s)")
    arguments = parser.parse_args()
    print(f"{arguments.rows:,} rows{'':<14}{'':>8}{'build':>10}{'size':>11}{'look-up':>12}")
    with psycopg.connect(arguments.connection, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
        try:
            connection.execute(f"SET search_path = {SCHEMA}; SET max_parallel_maintenance_workers = 0; SET enable_seqscan = off")
            for name, expression in VALUES.items():
                fill(connection, expression, arguments.rows)
                for method in ("btree", "hash"):
                    show(name, method, measure(connection, method, distinct=name.startswith(DISTINCT)))
        finally:
            connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


def fill(connection: psycopg.Connection, expression: str, rows: int) -> None:
    connection.execute("DROP TABLE IF EXISTS t")
    connection.execute(f"CREATE TABLE t AS SELECT i AS id, {expression} AS v FROM generate_series(1, {rows}) i")
    connection.execute("VACUUM ANALYZE t")


def measure(connection: psycopg.Connection, method: str, *, distinct: bool) -> Figures:
    start = time.perf_counter()
    connection.execute(f"CREATE INDEX t_v ON t USING {method} (v)")
    seconds = time.perf_counter() - start
    size = connection.execute("SELECT pg_relation_size('t_v')").fetchone()
    assert size is not None
    microseconds = look_up(connection) if distinct else None
    connection.execute("DROP INDEX t_v")
    return Figures(seconds, size[0] / 1e6, microseconds)


def look_up(connection: psycopg.Connection) -> float:
    """Mean of look-ups in random order, after one round that warms the cache."""
    wanted = connection.execute("SELECT v FROM t ORDER BY md5(id::text) LIMIT %s", (LOOK_UPS,)).fetchall()
    for _ in range(2):
        start = time.perf_counter()
        for row in wanted:
            connection.execute("SELECT id FROM t WHERE v = %s", row).fetchall()
    return (time.perf_counter() - start) / len(wanted) * 1e6


def show(name: str, method: str, figures: Figures) -> None:
    look_up = "" if figures.microseconds is None else f"{figures.microseconds:.0f} us"
    print(f"{name:<24}{method:>8}{figures.seconds:>8.2f} s{figures.megabytes:>8.1f} MB{look_up:>12}")


if __name__ == "__main__":
    main()
