"""Texts joined by `||` where one may be NULL.

## Why it matters
`first_name || ' ' || last_name` is NULL, all of it, for whoever has no last name: the name on the invoice is missing, the
search finds nobody, and the NOT NULL column that it is written to refuses the row.

## When it is fine
NULL is what is wanted if a part is missing, as in `', ' || suffix` within a coalesce. Where the query asks for rows with a value
(`IS NOT NULL`, or any comparison), where coalesce, concat or concat_ws stands around it, and where the column is declared NOT
NULL, nothing is reported. Without the schema that is not known, and the rule is silent.

## What to do
`concat_ws(' ', first_name, last_name)` leaves NULLs out, separators too; `coalesce(last_name, '')` where the rest stays.

## Sources
- PostgreSQL documentation, "String Functions and Operators": `||`; `concat` and `concat_ws` ignore NULL arguments
"""

from collections.abc import Iterator

from advisor.model import Concatenation, Part, Query, Schema
from advisor.remedies import RewriteCode
from advisor.rule import Confidence, Finding, Severity, rule, sql, typescript

from ._parts import parts_of, subject, table_of

SCHEMA = sql("CREATE TABLE people (id int PRIMARY KEY, first_name text NOT NULL, last_name text, tags text[], data jsonb);")
BAD = [
    SCHEMA + sql("SELECT first_name || ' ' || last_name FROM people;", "queries.sql"),
    SCHEMA + sql("UPDATE people SET first_name = first_name || last_name WHERE id = 1;", "queries.sql"),
    SCHEMA + sql("SELECT id FROM people WHERE first_name || ' ' || last_name ILIKE $1;", "queries.sql"),
    SCHEMA
    + typescript("""
        import { Pool } from 'pg';
        const pool = new Pool();
        export const names = () => pool.query("SELECT p.first_name || ' ' || p.last_name AS name FROM people p ORDER BY p.id");
    """),
]
GOOD = [
    SCHEMA + sql("SELECT first_name || ' ' || coalesce(last_name, '') FROM people;", "queries.sql"),
    SCHEMA + sql("SELECT concat_ws(' ', first_name, last_name) FROM people;", "queries.sql"),
    SCHEMA + sql("SELECT first_name || ' ' || last_name FROM people WHERE last_name IS NOT NULL;", "queries.sql"),
    SCHEMA + sql("SELECT coalesce(first_name || ' ' || last_name, first_name) FROM people;", "queries.sql"),
    SCHEMA + sql("UPDATE people SET tags = tags || 'new'::text, data = data || '{}'::jsonb WHERE id = 1;", "queries.sql"),
    SCHEMA + sql("SELECT first_name || '!' FROM people;", "queries.sql"),
]
TEXTS = ("text", "character", "citext")


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def nullable_concatenation(query: Query, schema: Schema | None) -> Iterator[Finding]:
    for part in parts_of(query):
        for found in part.concatenations:
            nullable = [
                column.column for column in found.columns if may_be_null(found, column.relation, column.column, part, schema)
            ]
            if nullable and not is_indexed(found, part, schema):
                yield Finding(
                    at=found.location,
                    subject=subject(query, found.text),
                    message=f"{found.text} is NULL as a whole where {' or '.join(nullable)} is",
                    remedy=RewriteCode("Put in what stands for NULL", query.location, guarded(found, nullable), "sql"),
                    confidence=Confidence.LIKELY,
                )


def may_be_null(found: Concatenation, alias: str, name: str, part: Part, schema: Schema | None) -> bool:
    table = table_of(part.relation(alias), schema)
    column = table.column(name) if table is not None else None
    texts = all(is_text(one.relation, one.column, part, schema) for one in found.columns)
    asked = any(
        predicate.column == name
        and not predicate.under_or
        and not predicate.joins
        and (predicate.operator != "is null" or predicate.negated)
        for predicate in part.predicates
        if predicate.around is None
    )
    return column is not None and column.nullable and texts and not asked


def is_indexed(found: Concatenation, part: Part, schema: Schema | None) -> bool:
    """Whether an index is on the same expression, which is to be changed with it: text-search-on-nullable says so."""
    tables = (table_of(part.relation(column.relation), schema) for column in found.columns)
    keys = [key for table in tables if table is not None for index in table.indexes for key in index.keys]
    return any(key.expression is not None and found.text in str(key.expression) for key in keys)


def is_text(alias: str, name: str, part: Part, schema: Schema | None) -> bool:
    table = table_of(part.relation(alias), schema)
    column = table.column(name) if table is not None else None
    return column is not None and column.type.startswith(TEXTS) and not column.type.endswith("[]")


def guarded(found: Concatenation, nullable: list[str]) -> str:
    return f"{', '.join(f'''coalesce({name}, '')''' for name in nullable)} -- in {found.text}"
