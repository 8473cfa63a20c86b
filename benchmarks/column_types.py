"""What a column's type costs, and what changing it does: the figures of the rules about types.

Run it against any PostgreSQL that may be written to: it makes a schema of its own, and drops it.

    python benchmarks/column_types.py "host=/tmp user=postgres dbname=postgres"

Prints one line for each question.
"""

from __future__ import annotations

import argparse
import time

import psycopg
from foreign_key import schema

ROWS = 1_000_000
DOCUMENTS = 100_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("connection", help="a libpq connection string")
    with psycopg.connect(parser.parse_args().connection, autocommit=True) as connection, schema(connection):
        timestamps(connection)
        characters(connection)
        documents(connection)
        fractions(connection)


def timestamps(connection: psycopg.Connection) -> None:
    """From timestamp to timestamptz and back, in two zones, without and with an index."""
    connection.execute(
        "CREATE TABLE moments AS SELECT g AS id, now()::timestamp + g * interval '1 s' AS at, repeat('x', 40) AS pad"
        f" FROM generate_series(1, {ROWS}) g"
    )
    for index in ("", "CREATE INDEX moments_at ON moments (at)"):
        if index:
            connection.execute(index)
        for zone in ("UTC", "Europe/Berlin"):
            connection.execute(f"SET TimeZone = '{zone}'")
            report(connection, "moments", "timestamptz", f"{zone}{', with an index' if index else ''}")
            connection.execute("ALTER TABLE moments ALTER at TYPE timestamp")
    connection.execute("SET TimeZone = 'UTC'")
    report(connection, "moments", "timestamptz USING at AT TIME ZONE 'UTC'", "UTC, with an index")
    connection.execute("ALTER TABLE moments ALTER at TYPE timestamp(3)")
    report(connection, "moments", "timestamptz(3)", "from timestamp(3), UTC, with an index")


def report(connection: psycopg.Connection, table: str, kind: str, how: str) -> None:
    before = node(connection, table)
    took = milliseconds(connection, f"ALTER TABLE {table} ALTER at TYPE {kind}")
    print(f"TYPE {kind}, {how}: {took:.1f} ms, table {'kept' if node(connection, table) == before else 'written anew'}")


def characters(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE codes (code char(10), plain text)")
    connection.execute(f"INSERT INTO codes SELECT t, t FROM generate_series(1, {ROWS}) g, lpad(g::text, 6, '0') t")
    connection.execute("CREATE INDEX codes_code ON codes (code)")
    connection.execute("VACUUM ANALYZE codes")
    for kind in ("text", "unknown"):
        connection.execute(f"PREPARE by_{kind} ({kind}) AS SELECT * FROM codes WHERE code = $1")
        took = min(milliseconds(connection, f"EXECUTE by_{kind} ('000777')") for _ in range(3))
        print(f"char(10) = a parameter of type {kind}: {took:.1f} ms")
    row = connection.execute("SELECT pg_column_size(code), pg_column_size(plain) FROM codes LIMIT 1").fetchone()
    print(f"six characters take {row} bytes as char(10) and as text")


def documents(connection: psycopg.Connection) -> None:
    connection.execute(
        "CREATE TABLE texts AS SELECT g AS id, json_build_object('n', g, 'body', repeat('lorem ipsum ', 150)) AS doc"
        f" FROM generate_series(1, {DOCUMENTS}) g"
    )
    connection.execute("CREATE TABLE trees AS SELECT id, doc::jsonb AS doc FROM texts")
    for table in ("texts", "trees"):
        took = min(milliseconds(connection, f"SELECT count(*) FROM {table} WHERE doc ->> 'n' = '77'") for _ in range(3))
        print(f"one key of {DOCUMENTS:,} documents as {'json' if table == 'texts' else 'jsonb'}: {took:.0f} ms")


def fractions(connection: psycopg.Connection) -> None:
    sums = f"(SELECT sum(0.1::float8) FROM generate_series(1, {ROWS})), (SELECT sum(0.1::real) FROM generate_series(1, {ROWS}))"
    row = connection.execute(f"SELECT {sums}, 0.1::float8 + 0.2 = 0.3::float8, floor(19.99::float8 * 100)").fetchone()
    print(f"{ROWS:,} times 0.1 in double precision and in real, whether 0.1 + 0.2 = 0.3, floor(19.99 * 100): {row}")


def node(connection: psycopg.Connection, table: str) -> int:
    """The file that a table lies in: another one after a rewrite."""
    row = connection.execute("SELECT pg_relation_filenode(%s::regclass)", (table,)).fetchone()
    assert row is not None
    return int(row[0])


def milliseconds(connection: psycopg.Connection, statement: str) -> float:
    start = time.perf_counter()
    connection.execute(statement)
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
