"""What an index on a foreign key is worth, and what building it blocks: the figures of two rules' pages.

Run it against any PostgreSQL that may be written to: it makes a schema of its own, and drops it.

    python benchmarks/foreign_key.py "host=/tmp user=postgres dbname=postgres" --rows 1000000

Prints a table: milliseconds of three statements before and after, as EXPLAIN ANALYZE tells them, and the longest that one insert
waited while the index was built plainly and CONCURRENTLY.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

SCHEMA = "advisor_benchmark"
ROWS_OF_A_CUSTOMER = 10

STATEMENTS = {
    "orders of one customer": "SELECT * FROM orders WHERE customer_id = 42",
    "delete a customer": "DELETE FROM customers WHERE id = 43",
    "join from 100 customers": "SELECT count(*) FROM customers c JOIN orders o ON customer_id = c.id WHERE c.id BETWEEN 1 AND 100",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("connection", help="a libpq connection string")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the child table (default %(default)s)")
    arguments = parser.parse_args()
    with psycopg.connect(arguments.connection, autocommit=True) as connection, schema(connection):
        fill(connection, arguments.rows)
        before = {name: milliseconds(connection, statement) for name, statement in STATEMENTS.items()}
        plain = longest_wait(
            arguments.connection, lambda: build(connection, "CREATE INDEX orders_customer ON orders (customer_id)")
        )
        after = {name: milliseconds(connection, statement) for name, statement in STATEMENTS.items()}
        connection.execute("DROP INDEX orders_customer")
        concurrent = longest_wait(
            arguments.connection, lambda: build(connection, "CREATE INDEX CONCURRENTLY orders_customer ON orders (customer_id)")
        )
        print(f"{arguments.rows:,} rows{'':<24}{'without':>12}{'with index':>12}")
        for name in STATEMENTS:
            print(f"{name:<32}{before[name]:>9.2f} ms{after[name]:>9.2f} ms")
        for name, (took, waited) in {"CREATE INDEX": plain, "CREATE INDEX CONCURRENTLY": concurrent}.items():
            print(f"{name:<32}{took:>9.0f} ms, an insert waited up to {waited:.0f} ms")


@contextmanager
def schema(connection: psycopg.Connection) -> Iterator[None]:
    """A schema of our own for as long as it takes; an error where there is one of that name already."""
    connection.execute(f"CREATE SCHEMA {SCHEMA}")
    try:
        connection.execute(f"SET search_path = {SCHEMA}")
        yield
    finally:
        connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


def fill(connection: psycopg.Connection, rows: int) -> None:
    """Customers, and orders that are spread over them at random."""
    customers = max(rows // ROWS_OF_A_CUSTOMER, 1000)
    connection.execute("CREATE TABLE customers (id bigint PRIMARY KEY, name text)")
    connection.execute("INSERT INTO customers SELECT i, 'customer ' || i FROM generate_series(1, %s) i", (customers,))
    connection.execute("CREATE TABLE orders (id bigint, customer_id bigint, total numeric, note text)")
    connection.execute(
        "INSERT INTO orders SELECT i, 1 + floor(random() * %s), i %% 1000, 'order ' || i FROM generate_series(1, %s) i",
        (customers, rows),
    )
    connection.execute("ALTER TABLE orders ADD PRIMARY KEY (id)")
    connection.execute("ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers ON DELETE CASCADE")
    connection.execute("VACUUM ANALYZE customers, orders")


def milliseconds(connection: psycopg.Connection, statement: str) -> float:
    """Execution time, triggers included, the second of two runs; what it changes is rolled back."""
    figures = []
    for _ in range(2):
        with connection.transaction(force_rollback=True):
            row = connection.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}").fetchone()
            assert row is not None
            figures.append(float(row[0][0]["Execution Time"]))
    return figures[-1]


def build(connection: psycopg.Connection, statement: str) -> None:
    connection.execute(statement)


def longest_wait(conninfo: str, work: Callable[[], None]) -> tuple[float, float]:
    """How long the work took, and the longest that one of the inserts beside it waited, in milliseconds."""
    done, waits = threading.Event(), [0.0]

    def insert() -> None:
        with psycopg.connect(conninfo, autocommit=True) as other:
            number = -1
            while not done.is_set():
                start = time.perf_counter()
                other.execute(f"INSERT INTO {SCHEMA}.orders VALUES (%s, 1, 0, '')", (number,))
                waits.append((time.perf_counter() - start) * 1000)
                other.execute(f"DELETE FROM {SCHEMA}.orders WHERE id = %s", (number,))
                number -= 1
                time.sleep(0.005)

    writer = threading.Thread(target=insert)
    writer.start()
    time.sleep(0.1)
    start = time.perf_counter()
    try:
        work()
    finally:
        took = (time.perf_counter() - start) * 1000
        done.set()
        writer.join()
    return took, max(waits)


if __name__ == "__main__":
    main()
