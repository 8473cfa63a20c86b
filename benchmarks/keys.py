"""What the type of a key costs, and what a foreign key does that fits badly or stands twice: the figures of the rules on keys.

Run it against any PostgreSQL 18 that may be written to: it makes a schema of its own, and drops it.

    python benchmarks/keys.py "host=/tmp user=postgres dbname=postgres"

Prints one line for each question. What random keys cost shows only with full_page_writes on, as it is by default.
"""

from __future__ import annotations

import argparse
import time

import psycopg
from foreign_key import schema

ROWS = 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("connection", help="a libpq connection string")
    with psycopg.connect(parser.parse_args().connection, autocommit=True) as connection, schema(connection):
        widths(connection)
        random_keys(connection)
        mismatches(connection)
        doubled(connection)


def widths(connection: psycopg.Connection) -> None:
    """Table and index with an integer and with a bigint key; then from one to the other."""
    for kind in ("integer", "bigint"):
        connection.execute(f"CREATE TABLE posts_{kind} (id {kind} PRIMARY KEY, at timestamptz, title text)")
        connection.execute(f"INSERT INTO posts_{kind} SELECT g, now(), 'abcdefgh' FROM generate_series(1, {ROWS}) g")
        print(f"{kind}: table {megabytes(connection, f'posts_{kind}')}, index {megabytes(connection, f'posts_{kind}_pkey')}")
    print(f"integer to bigint: {milliseconds(connection, 'ALTER TABLE posts_integer ALTER id TYPE bigint'):.0f} ms")


def random_keys(connection: psycopg.Connection) -> None:
    """Two million rows keyed by each kind of UUID: time, size, and what the next 10,000 rows write behind a checkpoint."""
    for name, call in (("random", "gen_random_uuid()"), ("ordered", "uuidv7()")):
        table = f"events_{name}"
        connection.execute(f"CREATE TABLE {table} (id uuid PRIMARY KEY DEFAULT {call}, pad text)")
        took = milliseconds(connection, f"INSERT INTO {table} (pad) SELECT 'abcdefghij' FROM generate_series(1, {2 * ROWS})")
        connection.execute("CHECKPOINT")
        before = connection.execute("SELECT pg_current_wal_insert_lsn()").fetchone()
        rows = f"INSERT INTO {table} (pad) SELECT 'abcdefghij' FROM generate_series(1, 100)"
        more = sum(milliseconds(connection, rows) for _ in range(100))
        assert before is not None
        written = connection.execute("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), %s) / 1000000", before).fetchone()
        assert written is not None
        size = megabytes(connection, f"{table}_pkey")
        print(f"{call}: {took:.0f} ms, index {size}; 10,000 more: {more:.0f} ms, {written[0]:.1f} MB of WAL")


def mismatches(connection: psycopg.Connection) -> None:
    """Deleting a row that an indexed column of another type refers to."""
    for parent, child in (("bigint", "bigint"), ("bigint", "integer"), ("numeric", "integer"), ("text", "char(7)")):
        connection.execute(f"CREATE TABLE parents (id {parent} PRIMARY KEY)")
        connection.execute(f"INSERT INTO parents SELECT (1000000 + g)::{parent} FROM generate_series(1, {ROWS}) g")
        connection.execute(f"CREATE TABLE children (parent_id {child} REFERENCES parents)")
        connection.execute(f"INSERT INTO children SELECT (1000000 + g)::{child} FROM generate_series(2, {ROWS}) g")
        connection.execute("CREATE INDEX ON children (parent_id)")
        connection.execute("VACUUM ANALYZE parents, children")
        took = milliseconds(connection, f"DELETE FROM parents WHERE id = '1000001'::{parent}")
        print(f"delete from a {parent} key that an indexed {child} refers to: {took:.1f} ms")
        connection.execute("DROP TABLE parents, children")


def doubled(connection: psycopg.Connection) -> None:
    """The same foreign key once and twice."""
    connection.execute("CREATE TABLE authors AS SELECT g::bigint AS id FROM generate_series(1, 1000) g")
    connection.execute("ALTER TABLE authors ADD PRIMARY KEY (id)")
    for times in (1, 2):
        connection.execute(f"CREATE TABLE books_{times} (author_id bigint{' REFERENCES authors' * times})")
        took = milliseconds(connection, f"INSERT INTO books_{times} SELECT 1 + g % 1000 FROM generate_series(1, 200000) g")
        print(f"200,000 rows with the foreign key {times} times: {took:.0f} ms")


def milliseconds(connection: psycopg.Connection, statement: str) -> float:
    start = time.perf_counter()
    connection.execute(statement)
    return (time.perf_counter() - start) * 1000


def megabytes(connection: psycopg.Connection, relation: str) -> str:
    row = connection.execute("SELECT pg_relation_size(%s::regclass) / 1000000", [relation]).fetchone()
    assert row is not None
    return f"{row[0]} MB"


if __name__ == "__main__":
    main()
