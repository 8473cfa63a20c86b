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

from collections.abc import Iterator

from advisor.model import Expression, Location, Schema, Table
from advisor.remedies import RunSql
from advisor.remedies.sql import quote, quote_name
from advisor.rule import Confidence, Finding, Severity, rule, sql

BAD = [
    sql("CREATE TABLE posts (id bigint PRIMARY KEY, title text NOT NULL);\nCREATE INDEX ON posts USING gin (to_tsvector(title));"),
    sql(
        "CREATE TABLE p (id bigint PRIMARY KEY, t text, words tsvector GENERATED ALWAYS AS (to_tsvector(coalesce(t, ''))) STORED);"
    ),
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
            name = f"{quote_name(table.name)} ADD COLUMN {quote(column.name)} {column.type}"
            up = f"ALTER TABLE {name} GENERATED ALWAYS AS ({configured(column.generated)}) STORED;"
            yield finding(column.location, table.subject(column.name), f"the generated column {column.name}", column.generated, up)
    for index in schema.own_indexes(table):
        for expression in (key.expression for key in index.keys):
            if expression is not None and expression.unconfigured:
                up = f"CREATE INDEX CONCURRENTLY ON {quote_name(table.name)} USING {index.method} (({configured(expression)}));"
                yield finding(index.location, f"{table.subject()}.{index}", f"index {index}", expression, up)
                break


def finding(at: Location, subject: str, what: str, expression: Expression, up: str) -> Finding:
    return Finding(
        at=at,
        subject=subject,
        message=f"{what} calls {expression.unconfigured} without a configuration: a setting decides, and PostgreSQL refuses it",
        remedy=RunSql(f"Name the configuration in {what}", up),
        confidence=Confidence.CERTAIN,
    )


def configured(expression: Expression) -> str:
    function = f"{expression.unconfigured}("
    return expression.text.replace(function, f"{function}'english', ")
