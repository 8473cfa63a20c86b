"""to_tsvector without a configuration, where its result is kept.

## Why it matters
With one argument, how words are cut and which are left out is for the setting `default_text_search_config` to say, which differs
from server to server and from session to session. So the function is not immutable, and PostgreSQL refuses it in an index and in
a generated column: "functions in index expression must be marked IMMUTABLE".

## When it is fine
In a query, if the setting is pinned for the database; there the query and the index must agree, though, and with a configuration
in both they do.

## What to do
`to_tsvector('english', title)`; `'simple'` for names and for texts of several languages. The queries must name the same one, or
the index is not used.

## Sources
- PostgreSQL documentation, "Tables and Indexes", "Creating Indexes": "Only text search functions that specify a configuration
  name can be used in expression indexes" https://www.postgresql.org/docs/current/textsearch-tables.html#TEXTSEARCH-TABLES-INDEX
"""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from advisor.model import Column, Expression, Index, Schema, Table
from advisor.remedies import RunSql
from advisor.remedies.sql import drop_index_sql, index_sql, quote, quote_name
from advisor.rule import Finding, Severity, rule, sql

BAD = [
    sql("CREATE TABLE posts (id bigint PRIMARY KEY, title text NOT NULL);\nCREATE INDEX ON posts USING gin (to_tsvector(title));"),
    sql(
        "CREATE TABLE p (id bigint PRIMARY KEY, t text, words tsvector GENERATED ALWAYS AS (to_tsvector(coalesce(t, ''))) STORED);"
    ),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, title text NOT NULL, body text NOT NULL, labels tsvector, deleted_at date);
        CREATE INDEX live ON posts USING gin (labels, (to_tsvector('simple', title) || to_tsvector(body))) WHERE deleted_at IS NULL;
    """),
]
GOOD = [
    sql("""
        CREATE TABLE posts (
          id bigint PRIMARY KEY, title text NOT NULL, words tsvector GENERATED ALWAYS AS (to_tsvector('simple', title)) STORED
        );
        CREATE INDEX ON posts USING gin (to_tsvector('english', title));
        CREATE VIEW searched AS SELECT id FROM posts WHERE to_tsvector(title) @@ to_tsquery('a');
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def text_search_without_config(table: Table, schema: Schema) -> Iterator[Finding]:
    for column in table.columns:
        if column.generated is not None and column.generated.unconfigured:
            yield of_column(column, column.generated, table)
    for index in schema.own_indexes(table):
        unconfigured = next((key.expression for key in index.keys if key.expression and key.expression.unconfigured), None)
        if unconfigured is not None:
            yield of_index(index, unconfigured, table)


def of_column(column: Column, expression: Expression, table: Table) -> Finding:
    place, name = f"ALTER TABLE {quote_name(table.name)}", quote(column.name)
    up = f"{place} ADD COLUMN {name} {column.type} GENERATED ALWAYS AS ({configured(expression)}) STORED;"
    what = f"the generated column {column.name}"
    return Finding(
        at=column.location,
        subject=table.subject(column.name),
        message=explain(what, expression),
        remedy=RunSql(f"Name the configuration in {what}", up, f"{place} DROP COLUMN {name};"),
    )


def of_index(index: Index, expression: Expression, table: Table) -> Finding:
    keys = tuple(replace(key, expression=configured(key.expression)) if key.expression else key for key in index.keys)
    up = index_sql(replace(index, keys=keys), concurrently=table.kind == "table")
    back = drop_index_sql(index, concurrently=table.kind == "table")
    return Finding(
        at=index.location,
        subject=f"{table.subject()}.{index}",
        message=explain(f"index {index}", expression),
        remedy=RunSql(f"Name the configuration in index {index}", up, back),
    )


def explain(what: str, expression: Expression) -> str:
    return f"{what} calls {expression.unconfigured} without a configuration: a setting decides, and PostgreSQL refuses it"


def configured(expression: Expression) -> Expression:
    """With 'english' for what each call that names no configuration leaves out."""
    if expression.unconfigured is None:
        return expression
    calls = rf"\b{re.escape(expression.unconfigured)}\((?!'[^']*'(::\w+)?,)"
    return replace(expression, text=re.sub(calls, f"{expression.unconfigured}('english', ", expression.text))
