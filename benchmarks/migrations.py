"""What forms of migration cost on a million rows, and how long a writer waits: the figures of the migration rules' pages.

    python benchmarks/migrations.py [--rows 1000000] [--rounds 3]

A throw-away server is started for it. Prints a table of medians, in milliseconds: how long the statement took, and the longest that
one of the updates of single rows waited which another session made meanwhile.
"""

from __future__ import annotations

import argparse
import statistics
import threading
import time

import psycopg

from advisor.sandbox.server import find_binaries, running_postgres

TABLES = (
    "CREATE TABLE authors (id bigint PRIMARY KEY)",
    "INSERT INTO authors SELECT generate_series(1, {rows} / 10)",
    "CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint NOT NULL, n int)",
    "INSERT INTO posts SELECT g, 1 + g % ({rows} / 10), g FROM generate_series(1, {rows}) g",
    "VACUUM ANALYZE",
)
FORMS = (
    ("ADD FOREIGN KEY", "ALTER TABLE posts ADD CONSTRAINT f FOREIGN KEY (author_id) REFERENCES authors", None),
    (None, "ALTER TABLE posts DROP CONSTRAINT f", None),
    ("ADD FOREIGN KEY NOT VALID", "ALTER TABLE posts ADD CONSTRAINT f FOREIGN KEY (author_id) REFERENCES authors NOT VALID", None),
    ("VALIDATE (foreign key)", "ALTER TABLE posts VALIDATE CONSTRAINT f", "ALTER TABLE posts DROP CONSTRAINT f"),
    ("ADD CHECK", "ALTER TABLE posts ADD CONSTRAINT k CHECK (n > -1)", "ALTER TABLE posts DROP CONSTRAINT k"),
    ("ADD CHECK NOT VALID", "ALTER TABLE posts ADD CONSTRAINT k CHECK (n > -1) NOT VALID", None),
    ("VALIDATE (check)", "ALTER TABLE posts VALIDATE CONSTRAINT k", "ALTER TABLE posts DROP CONSTRAINT k"),
    ("SET NOT NULL", "ALTER TABLE posts ALTER n SET NOT NULL", "ALTER TABLE posts ALTER n DROP NOT NULL"),
    ("ADD UNIQUE", "ALTER TABLE posts ADD CONSTRAINT u UNIQUE (author_id, id)", "ALTER TABLE posts DROP CONSTRAINT u"),
    ("CREATE UNIQUE INDEX CONCURRENTLY", "CREATE UNIQUE INDEX CONCURRENTLY u ON posts (author_id, id)", None),
    (
        "ADD UNIQUE USING INDEX",
        "ALTER TABLE posts ADD CONSTRAINT u UNIQUE USING INDEX u",
        "ALTER TABLE posts DROP CONSTRAINT u",
    ),
    ("ADD EXCLUDE", "ALTER TABLE posts ADD CONSTRAINT x EXCLUDE (id WITH =)", "ALTER TABLE posts DROP CONSTRAINT x"),
    ("TYPE bigint (from integer)", "ALTER TABLE posts ALTER n TYPE bigint", "ALTER TABLE posts ALTER n TYPE int"),
    ("ADD COLUMN, constant default", "ALTER TABLE posts ADD v int NOT NULL DEFAULT 3", "ALTER TABLE posts DROP v"),
    ("ADD COLUMN, gen_random_uuid()", "ALTER TABLE posts ADD v uuid DEFAULT gen_random_uuid()", "ALTER TABLE posts DROP v"),
    ("ADD COLUMN serial", "ALTER TABLE posts ADD v serial", "ALTER TABLE posts DROP v"),
    ("ADD COLUMN GENERATED, STORED", "ALTER TABLE posts ADD v int GENERATED ALWAYS AS (n * 2) STORED", "ALTER TABLE posts DROP v"),
    ("SET UNLOGGED", "ALTER TABLE posts SET UNLOGGED", "ALTER TABLE posts SET LOGGED"),
    ("CREATE INDEX", "CREATE INDEX i ON posts (n)", None),
    ("DROP INDEX", "DROP INDEX i", None),
    ("CREATE INDEX CONCURRENTLY", "CREATE INDEX CONCURRENTLY i ON posts (n)", None),
    ("DROP INDEX CONCURRENTLY", "DROP INDEX CONCURRENTLY i", None),
    ("REINDEX TABLE", "REINDEX TABLE posts", None),
    ("REINDEX TABLE CONCURRENTLY", "REINDEX TABLE CONCURRENTLY posts", None),
    ("VACUUM FULL", "VACUUM FULL posts", None),
    ("CLUSTER", "CLUSTER posts USING posts_pkey", None),
    ("UPDATE of every row", "UPDATE posts SET n = n + 1", None),
)
"""A name, the statement, and what undoes it, which is not measured; a form without a name is not measured either."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    found: dict[str, list[tuple[float, float]]] = {}
    with running_postgres(find_binaries()) as place, psycopg.connect(place, autocommit=True) as connection:
        for statement in TABLES:
            connection.execute(statement.format(rows=arguments.rows))
        for _ in range(arguments.rounds):
            for name, statement, back in FORMS:
                took = measured(place, connection, statement)
                if back is not None:
                    connection.execute(back)
                if name is not None:
                    found.setdefault(name, []).append(took)
    print(f"{arguments.rows:,} rows{'':<24}{'took':>10}{'a write waited':>18}")
    for name, times in found.items():
        took, waited = (statistics.median(column) for column in zip(*times, strict=True))
        print(f"{name:<34}{took:>7.0f} ms{waited:>15.0f} ms")


def measured(place: str, connection: psycopg.Connection, statement: str) -> tuple[float, float]:
    """How long a statement took, and the longest that a writer waited meanwhile."""
    done, waits = threading.Event(), [0.0]
    writer = threading.Thread(target=write, args=(place, done, waits))
    writer.start()
    time.sleep(0.3)
    waits.clear()
    start = time.perf_counter()
    connection.execute(statement)
    took = time.perf_counter() - start
    time.sleep(0.1)
    done.set()
    writer.join()
    return 1000 * took, 1000 * max(waits)


def write(place: str, done: threading.Event, waits: list[float]) -> None:
    with psycopg.connect(place, autocommit=True) as connection:
        for number in range(1_000_000):
            if done.is_set():
                return
            start = time.perf_counter()
            connection.execute("UPDATE posts SET n = n + 1 WHERE id = %s", (number % 1000 + 1,))
            waits.append(time.perf_counter() - start)
            time.sleep(0.002)


if __name__ == "__main__":
    main()
