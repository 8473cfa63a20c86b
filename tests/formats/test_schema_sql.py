"""`advisor schema` prints SQL that builds the same schema again: both are loaded into PostgreSQL, whose own listings must agree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from advisor.formats.schema_sql import schema_sql
from advisor.model import Column, ForeignKey, Grant, Location, Name, Schema, SourceText, Table
from advisor.sandbox.listings import built_by, differences, listings, make_roles, new_database, printed_builds_the_same
from advisor.sources.postgres import read_schema
from advisor.sources.prisma import read_prisma
from advisor.sources.sql import read_sql
from advisor.sources.sql.text.statements import Statement, read_statements
from tests.postgres import throwaway_postgres

__all__ = ["throwaway_postgres"]

FIXTURES = Path(__file__).parents[2] / "fixtures"
SCRIPTS = sorted([*(FIXTURES / "ddl").glob("*.sql"), *(FIXTURES / "sql").glob("*.sql")])

ROLES = ("reader", "Writer")
"""Whom the scripts name."""


SAID_OTHERWISE = {"sql-views": ("views: - v3 ", "views: + v3 ")}
"""A view of a table whose columns were renamed has the new names; the replay keeps the old ones with an alias."""

ONLY_BY_HISTORY = {"sql-generated"}
"""Scripts that leave what no statement makes anew: a replica identity whose index is gone, a range type's functions in
the schema that it was moved out of, a child without the compression that its parent got later. The replay is held
against the server on them."""

WITHOUT_CASTS = (
    (re.compile(r"('(?:[^']|'')*')::[a-z ]+(?= \|)"), r"\1"),
    (re.compile(r"\(('(?:[^']|'')*')::[a-z ]+\)(?=::)"), r"\1"),
    (re.compile(r"('(?:[^']|'')*')::[a-z ]+(?=::)"), r"\1"),
    (re.compile(r"(?<=\| )NULL::[a-z ]+(?:\[\])*(?= \|)"), ""),
    (re.compile(r" 00:00:00\+00(?=')"), ""),
    (re.compile(r"\((-?[\d.]+)\)::(?:double precision|[a-z]+)"), r"\1"),
    (re.compile(r"\((ARRAY\[[^]]*\])\)::[a-z ]+\[\]"), r"\1"),
)


def name_of(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


def read_script(text: str) -> Schema:
    reading = read_sql([SourceText("schema.sql", text)])
    assert reading.problems == ()
    return reading.schema


def statements_of(text: str) -> list[str]:
    found = list(read_statements(SourceText("schema.sql", text)))
    return [statement.text for statement in found if isinstance(statement, Statement)]


@pytest.mark.parametrize("path", [path for path in SCRIPTS if name_of(path) not in ONLY_BY_HISTORY], ids=name_of)
def test_the_printed_schema_builds_what_the_script_builds(path: Path, throwaway_postgres: str) -> None:
    text = path.read_text(encoding="utf-8")
    found = printed_builds_the_same(statements_of(text), schema_sql(read_script(text)), throwaway_postgres, ROLES)
    known = SAID_OTHERWISE.get(name_of(path), ())
    assert [row for row in without_casts_of_constants(found) if not row.startswith(known)] == []


def without_casts_of_constants(found: list[str]) -> list[str]:
    """The schema model keeps no casts of constants, and PostgreSQL keeps the old one when a column gets another type."""
    plain = [without_casts(row) for row in found]
    signs = {row.replace(": + ", ": - ") for row in plain if ": + " in row} & {row for row in plain if ": - " in row}
    return [row for row in plain if row.replace(": + ", ": - ") not in signs]


def without_casts(row: str) -> str:
    """Casts may stand in one another: `((0)::numeric)::double precision`."""
    found = row
    for pattern, plain in WITHOUT_CASTS:
        found = pattern.sub(plain, found)
    return found if found == row else without_casts(found)


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
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
    assert differences(ours, theirs) == []


UUID_OSSP = "CREATE FUNCTION uuid_generate_v4() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()';"
"""For the extension, which small builds of PostgreSQL lack."""


def source(path: Path) -> SourceText:
    return SourceText(path.name, path.read_text(encoding="utf-8"))


def test_what_the_model_does_not_hold_is_a_comment(throwaway_postgres: str) -> None:
    place = Location("schema.sql", 1, 1, 1, 1)
    unknown = Name("public", "elsewhere")
    key = ForeignKey("b_other_fkey", Name("public", "b"), ("other",), unknown, ("id",), place)
    printed = schema_sql(
        Schema(
            (
                Table(Name("public", "totals"), (), place, kind="materialized view"),
                Table(Name("public", "copied"), (), place, complete=False),
                Table(Name("public", "b"), (Column("other", "integer", place),), place, foreign_keys=(key,)),
            )
        )
    )
    assert [line for line in printed.splitlines() if "model" in line] == [
        "-- table public.copied: its columns are not part of the schema model",
        "-- materialized view public.totals: its definition is not part of the schema model",
        "-- foreign key b_other_fkey of public.b: the model does not have public.elsewhere, which it refers to",
    ]
    assert [row.split(" | ")[0] for row in built_by([printed], throwaway_postgres)["relations"]] == ["b"]


@pytest.mark.parametrize(
    "name", ["circles_of_code", "comments", "functions", "others", "partitions", "privileges", "settings", "views"]
)
def test_the_printed_schema_of_a_server_builds_what_the_server_has(name: str, throwaway_postgres: str) -> None:
    statements = statements_of((FIXTURES / "ddl" / f"{name}.sql").read_text(encoding="utf-8"))
    with new_database(throwaway_postgres) as connection:
        make_roles(connection, ROLES)
        for statement in statements:
            connection.execute(statement.encode())
        wanted, found = listings(connection), read_schema(connection)
    assert found.problems == ()
    assert differences(wanted, built_by([schema_sql(found.schema)], throwaway_postgres, ROLES)) == []


def test_a_circle_through_a_table_is_made_in_two_steps() -> None:
    printed = schema_sql(read_script((FIXTURES / "ddl" / "circles_of_code.sql").read_text(encoding="utf-8")))
    steps = [
        "CREATE TABLE orders", "CREATE FUNCTION is_valid", "ALTER TABLE orders ADD CONSTRAINT valid", "CREATE INDEX orders_valid",
        "CREATE VIEW listed", "CREATE FUNCTION of_listed", "CREATE OR REPLACE VIEW listed",
    ]  # fmt: skip
    places = [printed.index(step) for step in steps]
    assert places == sorted(places)


def test_ten_thousand_objects_are_printed_in_the_order_of_their_source() -> None:
    place = Location("schema.sql", 1, 1, 1, 1)
    names = [Name("public", f"t{number}") for number in range(10_000)]
    schema = Schema(tuple(Table(name, (Column("id", "bigint", place),), place) for name in names))
    lines = [line for line in schema_sql(schema).splitlines() if line.startswith("CREATE TABLE")]
    assert lines == [f"CREATE TABLE {name.name} (" for name in names]


def test_an_empty_schema_is_an_empty_text() -> None:
    assert schema_sql(Schema()) == ""


def test_privileges_are_joined_and_the_roles_named_first() -> None:
    grants = [
        Grant("table", "public.posts", privilege, grantee) for grantee in ("reader", "Writer") for privilege in ("SELECT", "INSERT")
    ]
    column = Grant("table", "public.posts", "UPDATE", "reader", column="Title")
    place = Location("schema.sql", 1, 1, 1, 1)
    table = Table(Name("public", "posts"), (Column("Title", "text", place),), place)
    text = schema_sql(Schema((table,), grants=(*grants, column)))
    assert text.startswith("-- These roles must exist: Writer, reader\n")
    assert [line for line in text.splitlines() if line.startswith("GRANT")] == [
        'GRANT INSERT, SELECT ON posts TO "Writer";',
        'GRANT INSERT, SELECT, UPDATE ("Title") ON posts TO reader;',
    ]


def test_a_view_of_another_search_path_is_made_under_that() -> None:
    printed = schema_sql(
        read_script("CREATE SCHEMA app; SET search_path TO app; CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t;")
    )
    assert schema_sql(read_script(printed)) == printed
