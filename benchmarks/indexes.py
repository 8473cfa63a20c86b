"""What indexes of the wrong shape cost, and when the planner uses them: the figures of the rules about indexes.

Run it against any PostgreSQL that may be written to: it makes a schema of its own, and drops it.

    python benchmarks/indexes.py "host=/tmp user=postgres dbname=postgres"

Prints one line for each question.
"""

from __future__ import annotations

import argparse
import statistics
import time

import psycopg
from foreign_key import schema

COLUMNS = 16
INSERTED = 100_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("connection", help="a libpq connection string")
    with psycopg.connect(parser.parse_args().connection, autocommit=True) as connection, schema(connection):
        flags_and_predicates(connection)
        deleted_rows(connection)
        containers(connection)
        ranges(connection)
        for indexes in (0, 4, 8, 12):
            print(f"{INSERTED:,} rows into a table with {indexes} indexes beside its key: {inserting(connection, indexes):.2f} s")


def flags_and_predicates(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE flags (id bigint PRIMARY KEY, n int NOT NULL, half boolean NOT NULL, rare boolean NOT NULL)")
    connection.execute("INSERT INTO flags SELECT g, g % 1000, g % 2 = 0, g % 100 = 0 FROM generate_series(1, 1000000) g")
    connection.execute("CREATE INDEX by_n ON flags (n) WHERE n IS NOT NULL")
    connection.execute("CREATE INDEX by_half ON flags (half)")
    connection.execute("CREATE INDEX by_rare ON flags (rare)")
    connection.execute("CREATE INDEX by_rare_alone ON flags (id) WHERE rare")
    connection.execute("VACUUM ANALYZE flags")
    for query in (
        "SELECT * FROM flags WHERE half",
        "SELECT * FROM flags WHERE rare",
        "SELECT * FROM flags WHERE n = 5",
        "SELECT * FROM flags ORDER BY n LIMIT 10",
        "SELECT * FROM flags WHERE n IS NOT NULL ORDER BY n LIMIT 10",
        "SELECT max(n) FROM flags",
    ):
        print(f"{query}: {plan(connection, query)}")
    for index in ("by_half", "by_rare", "by_rare_alone"):
        print(f"{index}: {size(connection, index)}")


def deleted_rows(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE notes (id int PRIMARY KEY, deleted_at timestamptz)")
    connection.execute("INSERT INTO notes SELECT g, CASE WHEN g % 50 = 0 THEN now() END FROM generate_series(1, 500000) g")
    connection.execute("CREATE INDEX by_deleted ON notes (deleted_at)")
    connection.execute("CREATE INDEX by_deleted_alone ON notes (deleted_at) WHERE deleted_at IS NOT NULL")
    connection.execute("VACUUM ANALYZE notes")
    print(f"SELECT * FROM notes WHERE deleted_at IS NULL: {plan(connection, 'SELECT * FROM notes WHERE deleted_at IS NULL')}")
    print(f"by_deleted: {size(connection, 'by_deleted')}, by_deleted_alone: {size(connection, 'by_deleted_alone')}")


def containers(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE tagged (id int, tags text[])")
    connection.execute("INSERT INTO tagged SELECT g, ARRAY['a' || g % 50, 'b' || g % 7] FROM generate_series(1, 200000) g")
    connection.execute("CREATE INDEX by_tags ON tagged (tags)")
    connection.execute("VACUUM ANALYZE tagged")
    query = "SELECT * FROM tagged WHERE tags @> ARRAY['a1']"
    print(f"{query}: {plan(connection, query)}")
    try:
        connection.execute("INSERT INTO tagged SELECT 1, array_agg(md5(g::text)) FROM generate_series(1, 500) g")
    except psycopg.errors.ProgramLimitExceeded as error:
        print(f"500 tags in one row: {error.diag.message_primary}")


def ranges(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE events (id bigint PRIMARY KEY, account int, at timestamptz)")
    connection.execute("INSERT INTO events SELECT g, g % 1000, now() - g * interval '1 s' FROM generate_series(1, 1000000) g")
    query = "SELECT * FROM events WHERE account = 7 AND at > now() - interval '5 days'"
    for keys in ("at, account", "account, at"):
        connection.execute(f"CREATE INDEX by_both ON events ({keys})")
        connection.execute("VACUUM ANALYZE events")
        row = connection.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}").fetchone()
        assert row is not None
        pages = row[0][0]["Plan"]["Shared Hit Blocks"] + row[0][0]["Plan"]["Shared Read Blocks"]
        print(f"five days of one account by ({keys}): {pages:,} pages")
        connection.execute("DROP INDEX by_both")


def inserting(connection: psycopg.Connection, indexes: int) -> float:
    """Seconds for the rows, the median of three tables."""
    took = []
    for _ in range(3):
        columns = ", ".join(f"c{number} int" for number in range(COLUMNS))
        connection.execute(f"CREATE TABLE written (id bigint PRIMARY KEY, {columns})")
        for number in range(indexes):
            connection.execute(f"CREATE INDEX ON written (c{number})")
        values = ", ".join("(random() * 1000000)::int" for _ in range(COLUMNS))
        start = time.perf_counter()
        connection.execute(f"INSERT INTO written SELECT g, {values} FROM generate_series(1, {INSERTED}) g")
        took.append(time.perf_counter() - start)
        connection.execute("DROP TABLE written")
    return statistics.median(took)


def plan(connection: psycopg.Connection, query: str) -> str:
    """The first line of its plan that says how rows are found."""
    lines = [str(row[0]) for row in connection.execute(f"EXPLAIN {query}")]
    return next(line.strip(" ->").partition("  (")[0] for line in lines if "Scan" in line)


def size(connection: psycopg.Connection, index: str) -> str:
    row = connection.execute("SELECT pg_size_pretty(pg_relation_size(%s::regclass))", (index,)).fetchone()
    return str(row[0]) if row else ""


if __name__ == "__main__":
    main()
