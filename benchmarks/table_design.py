"""What the shape of a table costs: the figures of the rules about design.

Run it against any PostgreSQL that may be written to: it makes a schema of its own, and drops it.

    python benchmarks/table_design.py "host=/tmp user=postgres dbname=postgres"

Prints one line for each question.
"""

from __future__ import annotations

import argparse
import time

import psycopg
from foreign_key import schema

PRODUCTS = 100_000
ATTRIBUTES = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("connection", help="a libpq connection string")
    with psycopg.connect(parser.parse_args().connection, autocommit=True) as connection, schema(connection):
        widths(connection)
        attributes(connection)


def widths(connection: psycopg.Connection) -> None:
    """One counter written in every row, and one column summed up, where rows have few columns and where they have many."""
    for count in (8, 80):
        filling = ", ".join(f"md5((g + {number})::text) AS c{number}" for number in range(count - 2))
        connection.execute(f"CREATE TABLE wide{count} AS SELECT g AS id, 0 AS n, {filling} FROM generate_series(1, {PRODUCTS}) g")
        connection.execute(f"VACUUM ANALYZE wide{count}")
        read = min(milliseconds(connection, f"SELECT sum(n) FROM wide{count}") for _ in range(3))
        before = written(connection)
        took = milliseconds(connection, f"UPDATE wide{count} SET n = n + 1")
        size = (written(connection) - before) / 2**20
        print(f"{count} columns, {PRODUCTS:,} rows: a sum {read:.0f} ms; one counter of each {took:.0f} ms, {size:.0f} MiB of log")


def attributes(connection: psycopg.Connection) -> None:
    """Who has two given values: a row for each attribute, jsonb with GIN, columns with an index."""
    connection.execute(
        f"""
        CREATE TABLE given AS
          SELECT p AS product, 'a' || a AS name, ((p * (a + 7) + p / 13) % (20 * a))::text AS value
          FROM generate_series(1, {PRODUCTS}) p, generate_series(1, {ATTRIBUTES}) a;
        ALTER TABLE given ADD PRIMARY KEY (product, name);
        CREATE INDEX ON given (name, value);
        CREATE TABLE documents AS SELECT product, jsonb_object_agg(name, value) AS given FROM given GROUP BY product;
        ALTER TABLE documents ADD PRIMARY KEY (product);
        CREATE INDEX ON documents USING gin (given jsonb_path_ops);
        """
    )
    columns = ", ".join(f"given ->> 'a{number}' AS a{number}" for number in range(1, ATTRIBUTES + 1))
    connection.execute(f"CREATE TABLE columns AS SELECT product, {columns} FROM documents; CREATE INDEX ON columns (a9, a10)")
    for table in ("given", "documents", "columns"):
        connection.execute(f"VACUUM ANALYZE {table}")
    pair = "SELECT x.product FROM given x JOIN given y USING (product)"
    queries = {
        "given": f"{pair} WHERE (x.name, x.value, y.name, y.value) = ('a9', '17', 'a10', '40')",
        "documents": """SELECT product FROM documents WHERE given @> '{"a9": "17", "a10": "40"}'""",
        "columns": "SELECT product FROM columns WHERE a9 = '17' AND a10 = '40'",
    }
    for table, query in queries.items():
        took = min(milliseconds(connection, query) for _ in range(5))
        row = connection.execute("SELECT pg_size_pretty(pg_total_relation_size(%s::regclass))", (table,)).fetchone()
        print(f"two values of {ATTRIBUTES} in {table}: {took:.2f} ms; {row[0] if row else ''} with indexes")


def written(connection: psycopg.Connection) -> int:
    """Bytes of write-ahead log so far."""
    row = connection.execute("SELECT pg_current_wal_lsn() - '0/0'").fetchone()
    assert row is not None
    return int(row[0])


def milliseconds(connection: psycopg.Connection, statement: str) -> float:
    start = time.perf_counter()
    connection.execute(statement)
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
