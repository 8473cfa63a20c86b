"""`advisor schema` prints SQL that builds the same schema again: both are loaded into PostgreSQL, whose own listings must agree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from advisor.formats.schema_sql import schema_sql
from advisor.model import Schema, SourceText
from advisor.sources.prisma import read_prisma
from advisor.sources.sql import read_sql
from advisor.sources.sql.statements import Statement, read_statements
from tests.postgres import throwaway_postgres

__all__ = ["throwaway_postgres"]

FIXTURES = Path(__file__).parents[2] / "fixtures"
SCRIPTS = sorted((FIXTURES / "ddl").glob("*.sql"))

OURS = "n.nspname !~ '^(pg_|information_schema)'"
LISTINGS = {
    "columns": f"""
        SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
               a.attidentity::text, a.attgenerated::text, l.collname, col_description(c.oid, a.attnum)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (c.oid, a.attnum)
        LEFT JOIN pg_collation l ON l.oid = a.attcollation
        WHERE c.relkind IN ('r', 'p') AND {OURS} ORDER BY 1, 2, a.attnum
    """,
    "tables": f"""
        SELECT n.nspname, c.relname, c.relkind::text, c.relpersistence::text, obj_description(c.oid, 'pg_class'),
               pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid),
               (SELECT array_agg(i.inhparent::regclass::text ORDER BY inhseqno) FROM pg_inherits i WHERE i.inhrelid = c.oid)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND {OURS} ORDER BY 1, 2
    """,
    "indexes": f"""
        SELECT pg_get_indexdef(i.indexrelid), i.indisvalid,
               (SELECT h.inhparent::regclass::text FROM pg_inherits h WHERE h.inhrelid = i.indexrelid)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND {OURS} ORDER BY 1
    """,
    "constraints": f"""
        SELECT o.conrelid::regclass::text, o.conname, pg_get_constraintdef(o.oid)
        FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace
        WHERE o.contype <> 'n' AND o.conrelid <> 0 AND {OURS} ORDER BY 1, 2
    """,
    "enums": """
        SELECT t.oid::regtype::text, array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
        FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid GROUP BY t.oid ORDER BY 1
    """,
    "sequences": f"""
        SELECT s.seqrelid::regclass::text, s.seqtypid::regtype::text, s.seqincrement, s.seqstart, s.seqmin, s.seqmax, s.seqcycle,
               s.seqcache, d.refobjid::regclass::text, d.refobjsubid
        FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_depend d ON (d.classid, d.objid) = ('pg_class'::regclass, s.seqrelid) AND d.deptype IN ('a', 'i')
        WHERE {OURS} ORDER BY 1
    """,
    "types": f"""
        SELECT t.oid::regtype::text, t.typtype::text, format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault,
               (SELECT array_agg(pg_get_constraintdef(o.oid) ORDER BY o.conname) FROM pg_constraint o WHERE o.contypid = t.oid),
               (SELECT array_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum)
                FROM pg_attribute a WHERE a.attrelid = c.oid)
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
        WHERE {OURS} AND (t.typtype IN ('d', 'r') OR c.relkind = 'c')
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e') ORDER BY 1
    """,
}

names = count(1)


@contextmanager
def new_database(connection_string: str) -> Iterator[Any]:
    import psycopg

    name = f"schema_sql_{next(names)}"
    with psycopg.connect(connection_string, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    with psycopg.connect(connection_string.replace("dbname=postgres", f"dbname={name}"), autocommit=True) as connection:
        yield connection


def built_by(statements: list[str], connection_string: str) -> dict[str, list[Any]]:
    """What PostgreSQL lists after the statements."""
    with new_database(connection_string) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.execute("SET search_path TO public")
        return {name: connection.execute(query).fetchall() for name, query in LISTINGS.items()}


def read_script(text: str) -> Schema:
    reading = read_sql([SourceText("schema.sql", text)])
    assert reading.problems == ()
    return reading.schema


def statements_of(text: str) -> list[str]:
    found = list(read_statements(SourceText("schema.sql", text)))
    return [statement.text for statement in found if isinstance(statement, Statement)]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_the_printed_schema_builds_what_the_script_builds(path: Path, throwaway_postgres: str) -> None:
    text = path.read_text(encoding="utf-8")
    printed = schema_sql(read_script(text))
    assert built_by([printed], throwaway_postgres) == built_by(statements_of(text), throwaway_postgres)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_the_printed_schema_is_printed_the_same_when_it_is_read(path: Path) -> None:
    once = read_script(schema_sql(read_script(path.read_text(encoding="utf-8"))))
    assert schema_sql(read_script(schema_sql(once))) == schema_sql(once)


def test_the_printed_prisma_schema_builds_what_prisma_builds(throwaway_postgres: str) -> None:
    schema = read_prisma([source(FIXTURES / "prisma" / "everything.prisma")]).schema
    prisma = (FIXTURES / "prisma" / "everything.sql").read_text(encoding="utf-8")
    ours, theirs = (
        built_by([re.sub(r'CREATE EXTENSION IF NOT EXISTS "uuid-ossp"[^;]*;', UUID_OSSP, text)], throwaway_postgres)
        for text in (schema_sql(schema), prisma)
    )
    assert {name: sorted(map(str, rows)) for name, rows in ours.items()} == {
        name: sorted(map(str, rows)) for name, rows in theirs.items()
    }


UUID_OSSP = "CREATE FUNCTION uuid_generate_v4() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()';"
"""For the extension, which small builds of PostgreSQL lack."""


def source(path: Path) -> SourceText:
    return SourceText(path.name, path.read_text(encoding="utf-8"))


def test_what_the_model_does_not_hold_is_a_comment(throwaway_postgres: str) -> None:
    printed = schema_sql(
        read_script("""
            CREATE TABLE a (id int PRIMARY KEY);
            CREATE MATERIALIZED VIEW totals AS SELECT count(*) FROM a;
            CREATE UNIQUE INDEX ON totals (count);
            CREATE TABLE copied AS SELECT * FROM a;
            CREATE INDEX ON copied (id);
            CREATE TABLE b (id int PRIMARY KEY, other int REFERENCES elsewhere (id));
        """)
    )
    assert [line for line in printed.splitlines() if line.startswith("--")] == [
        "-- materialized view public.totals: its definition is not part of the schema model",
        "-- table public.copied: its columns are not part of the schema model",
        "-- foreign key b_other_fkey of public.b: the model does not have public.elsewhere, which it refers to",
    ]
    assert [name for _, name, *_ in built_by([printed], throwaway_postgres)["tables"]] == ["a", "b"]
