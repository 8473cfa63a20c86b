"""What a policy's calls cost a query, for each row and once for the statement; and what two policies cost beside one.

Run it against a throw-away PostgreSQL, as a superuser: it makes a schema and a role, and drops them.

    python benchmarks/policy_calls.py "host=/tmp user=postgres dbname=postgres" --rows 1000000

Prints milliseconds, the best of three runs: `SELECT count(*)` under each policy, and 100,000 rows inserted under CHECK.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

SCHEMA, ROLE, USER = "advisor_benchmark", "advisor_reader", "8f14e45f-ceea-467f-9d2e-9d1b3c9a0f10"
BY_SETTING = "current_setting('app.user_id')::uuid"
POLICIES = {
    "no policy to speak of": "true",
    "uid() = user_id": "uid() = user_id",
    "(SELECT uid()) = user_id": "(SELECT uid()) = user_id",
    "current_setting()": f"user_id = {BY_SETTING}",
    "(SELECT current_setting())": f"user_id = (SELECT {BY_SETTING})",
    "is_admin(), PL/pgSQL": "is_admin()",
    "(SELECT is_admin())": "(SELECT is_admin())",
    "now()": "created_at < now()",
    "EXISTS (... = uid())": "EXISTS (SELECT FROM members WHERE team_id = posts.team_id AND user_id = uid())",
    "EXISTS (... = (SELECT uid()))": "EXISTS (SELECT FROM members WHERE team_id = posts.team_id AND user_id = (SELECT uid()))",
}
TWO = ("(SELECT uid()) = user_id", "team_id IN (SELECT team_id FROM members WHERE user_id = (SELECT uid()))")
# `uid` is auth.uid() as Supabase makes it.
SETUP = f"""
CREATE FUNCTION uid() RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''),
    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'))::uuid $$;
CREATE TABLE members (team_id int, user_id uuid);
INSERT INTO members SELECT i % 500, md5((i % 1000)::text)::uuid FROM generate_series(1, 5000) i;
INSERT INTO members VALUES (1, '{USER}'), (2, '{USER}');
CREATE INDEX ON members (user_id);
CREATE FUNCTION is_admin() RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = {SCHEMA}, pg_temp AS $$
  BEGIN RETURN EXISTS (SELECT FROM members WHERE user_id = uid()); END $$;
CREATE TABLE posts (id bigint PRIMARY KEY, user_id uuid NOT NULL, team_id int NOT NULL, created_at timestamptz NOT NULL);
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("connection", help="a libpq connection string")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the protected table (default %(default)s)")
    arguments = parser.parse_args()
    with psycopg.connect(arguments.connection, autocommit=True) as connection, schema(connection):
        connection.execute(SETUP)
        connection.execute(
            "INSERT INTO posts SELECT i, md5((i %% 1000)::text)::uuid, i %% 500, now() - '1 day'::interval"
            " FROM generate_series(1, %s) i",
            (arguments.rows,),
        )
        connection.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {ROLE}")
        connection.execute(f"GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA {SCHEMA} TO {ROLE}")
        connection.execute("VACUUM ANALYZE posts, members")
        print(f"count(*) of {arguments.rows:,} rows")
        for name, condition in POLICIES.items():
            print(f"{name:<36}{counting(connection, condition):>10.1f} ms", flush=True)
        print(f"{'own OR team, one policy':<36}{counting(connection, ' OR '.join(TWO)):>10.1f} ms")
        print(f"{'own OR team, two policies':<36}{counting(connection, *TWO):>10.1f} ms")
        print("100,000 rows inserted under WITH CHECK")
        for check in ("uid() = user_id", "(SELECT uid()) = user_id", "is_admin()", "(SELECT is_admin())"):
            print(f"{check:<36}{inserting(connection, check):>10.1f} ms", flush=True)


@contextmanager
def schema(connection: psycopg.Connection) -> Iterator[None]:
    """A schema and a role of our own for as long as it takes; an error where there are such already."""
    connection.execute(f"CREATE SCHEMA {SCHEMA}")
    connection.execute(f"CREATE ROLE {ROLE}")
    try:
        connection.execute(f"SET search_path = {SCHEMA}")
        connection.execute("SET max_parallel_workers_per_gather = 0")
        connection.execute("SELECT set_config('request.jwt.claims', jsonb_build_object('sub', %s::text)::text, false)", (USER,))
        connection.execute("SELECT set_config('app.user_id', %s, false)", (USER,))
        yield
    finally:
        connection.execute("RESET ROLE")
        connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE")
        connection.execute(f"DROP ROLE {ROLE}")


@contextmanager
def policies(connection: psycopg.Connection, *clauses: str) -> Iterator[None]:
    """As the role that these policies bind."""
    for number, clause in enumerate(clauses):
        connection.execute(f"CREATE POLICY p{number} ON posts {clause}")
    connection.execute(f"SET ROLE {ROLE}")
    try:
        yield
    finally:
        connection.execute("RESET ROLE")
        for number in range(len(clauses)):
            connection.execute(f"DROP POLICY p{number} ON posts")


def counting(connection: psycopg.Connection, *conditions: str) -> float:
    with policies(connection, *(f"FOR SELECT USING ({condition})" for condition in conditions)):
        return min(milliseconds(connection, "SELECT count(*) FROM posts") for _ in range(3))


def inserting(connection: psycopg.Connection, check: str) -> float:
    figures = []
    with policies(connection, f"FOR INSERT WITH CHECK ({check})"):
        for _ in range(3):
            with connection.transaction(force_rollback=True):
                rows = f"SELECT -i, '{USER}'::uuid, 1, now() FROM generate_series(1, 100000) i"
                figures.append(milliseconds(connection, f"INSERT INTO posts {rows}"))
    return min(figures)


def milliseconds(connection: psycopg.Connection, statement: str) -> float:
    start = time.perf_counter()
    connection.execute(statement)
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
