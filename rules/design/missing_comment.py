"""A table, or a column, without a comment.

## Why it matters
A name says what something is called, not what it means: which unit, which zone, who writes it, what NULL stands for. Whoever reads
the database without its code (reports, data teams, the next maintainer in psql's \\d+) has nothing else, and every catalog of data
is filled from these comments.

## When it is fine
The schema is read by the code alone that makes it, and its meaning is written down there.

## What to do
`COMMENT ON TABLE orders IS '...'`. The option `columns = true` asks for comments on columns too, but not on those whose name and
constraint say it: keys, foreign keys, and timestamps that end in _at. Prisma does not write its `///` comments to the database: add
COMMENT statements to a migration.

## Sources
- PostgreSQL documentation, COMMENT https://www.postgresql.org/docs/current/sql-comment.html
- Prisma: https://github.com/prisma/prisma/issues/8703
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.habits import each_or_all
from advisor.model import Column, Database, Table
from advisor.rule import Finding, Options, Severity, prisma_migrations, project, rule, sql

from ._tables import own_tables

BAD = [
    sql("CREATE TABLE orders (id bigint PRIMARY KEY, total numeric);"),
    project(
        {
            "advisor.toml": "[rules.missing-comment]\ncolumns = true\n",
            "schema.sql": """
                CREATE TABLE orders (id bigint PRIMARY KEY, total numeric);
                COMMENT ON TABLE orders IS 'what customers bought';
            """,
        }
    ),
    prisma_migrations('CREATE TABLE "Order" (id bigint PRIMARY KEY, total numeric);'),
]
GOOD = [
    sql("CREATE TABLE orders (id bigint PRIMARY KEY, total numeric); COMMENT ON TABLE orders IS 'what customers bought';"),
    project(
        {
            "advisor.toml": "[rules.missing-comment]\ncolumns = true\n",
            "schema.sql": """
                CREATE TABLE orders (id bigint PRIMARY KEY, total numeric, created_at timestamptz);
                COMMENT ON TABLE orders IS 'what customers bought';
                COMMENT ON COLUMN orders.total IS 'in the currency of the shop, with tax';
                CREATE TABLE schema_migrations (version text PRIMARY KEY);
            """,
        }
    ),
]


@dataclass(frozen=True)
class Asked(Options):
    columns: bool = False


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def missing_comment(database: Database, options: Asked) -> Iterator[Finding]:
    tables = list(own_tables(database.schema))
    findings = [
        Finding(at=table.name_location or table.location, subject=table.subject(), message=f"table {table.name} has no comment")
        for table in tables
        if not table.comment
    ]
    yield from each_or_all(findings, len(tables), "comments on tables", f"{len(findings)} of {len(tables)} tables have no comment")
    if options.columns:
        columns = [(table, column) for table, column in database.columns() if not says_it_itself(table, column)]
        findings = [
            Finding(
                at=column.location, subject=table.subject(column.name), message=f"column {table.name}.{column.name} has no comment"
            )
            for table, column in columns
            if not column.comment
        ]
        message = f"{len(findings)} of {len(columns)} columns have no comment"
        yield from each_or_all(findings, len(columns), "comments on columns", message)


def says_it_itself(table: Table, column: Column) -> bool:
    key = table.primary_key
    return (
        (key is not None and column.name in key.columns)
        or any(column.name in other.columns for other in table.foreign_keys)
        or (column.type.startswith("timestamp") and column.words[-1:] == ("at",))
    )
