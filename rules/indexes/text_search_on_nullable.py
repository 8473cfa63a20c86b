"""A text search index over a concatenation in which one NULL makes the whole text NULL.

## Why it matters
`title || ' ' || content` is NULL where title or content is. The search vector of such a row is NULL too, so that the row is
found by no word at all, not even by those of the column that has text. Nothing fails; rows are just missing from the answers. (A
generated column that is NOT NULL refuses such rows.)

## When it is fine
The nullable column is never NULL in fact: then say so with NOT NULL. One nullable column by itself is fine: where it is NULL,
there is no text to find.

## What to do
Wrap each nullable column in `coalesce(column, '')`, in the index and in the same words in the queries: an expression index
serves only queries that repeat its expression. A stored generated column spares the queries that; on PostgreSQL 17 and later
its expression is changed by ALTER COLUMN ... SET EXPRESSION, which rewrites the table; before, the column is dropped and
added again.

## Sources
- PostgreSQL documentation, "Tables and Indexes" of full text search: "coalesce is used to ensure that one field will be
  indexed when the other is NULL" https://www.postgresql.org/docs/current/textsearch-tables.html
- "Indexes on Expressions" https://www.postgresql.org/docs/current/indexes-expressional.html
"""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from advisor.model import Column, Expression, Index, IndexKey, Schema, Table
from advisor.remedies import ReplaceIndex, RunSql
from advisor.remedies.sql import coalesced, quote, quote_name
from advisor.rule import Finding, Severity, rule, sql

BAD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, title text NOT NULL, content text);
        CREATE INDEX posts_search ON posts USING gin (to_tsvector('english', title || ' ' || content));
    """),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, title text NOT NULL, content text);
        CREATE INDEX posts_search ON posts USING gin ((to_tsvector('english', title) || to_tsvector('english', content)));
    """),
    sql("""
        CREATE TABLE posts (
            id bigint PRIMARY KEY, title text, content text NOT NULL,
            search tsvector GENERATED ALWAYS AS (to_tsvector('english', title || ' ' || content)) STORED
        );
    """),
    sql("""
        CREATE TABLE posts (
            id bigint PRIMARY KEY, title text, content text,
            search tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('english', title || ' ' || content)) STORED
        );
    """),
]
GOOD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, title text NOT NULL, content text, note text CHECK (note IS NOT NULL));
        CREATE INDEX a ON posts USING gin (to_tsvector('english', title || content)) WHERE content IS NOT NULL;  -- says so itself
        CREATE INDEX b ON posts USING gin (to_tsvector('english', title || note));
    """),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, title text NOT NULL, content text);
        CREATE INDEX a ON posts USING gin (to_tsvector('english', title || ' ' || coalesce(content, '')));
        CREATE INDEX b ON posts USING gin (to_tsvector('english', content));  -- no text, nothing to find
    """),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, language regconfig NOT NULL, title text NOT NULL, content text NOT NULL);
        CREATE INDEX ON posts USING gin (to_tsvector(language, title || ' ' || content));
    """),
]

TEXT_TYPES = ("text", "citext", "character")


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def text_search_on_nullable(table: Table, schema: Schema) -> Iterator[Finding]:
    for index in schema.own_indexes(table):
        required = index.predicate.implied_not_null if index.predicate else ()
        for key in index.keys:
            if key.expression and (nullable := nullable_parts(key.expression, table, required)):
                message = f"index {index} {explain(nullable)}"
                yield Finding(index.location, message, f"{table.subject()}.{index}", with_coalesce(index, key, nullable, table))
    inherited = {column.name for parent in schema.parents_of(table) for column in parent.columns}
    for column in table.columns:
        if column.name not in inherited and column.generated and (nullable := nullable_parts(column.generated, table)):
            message = f"generated column {column.name} {explain(nullable) if column.nullable else refuses(nullable)}"
            yield Finding(column.location, message, table.subject(column.name), generated_with_coalesce(column, nullable, table))


def nullable_parts(expression: Expression, table: Table, required: Iterable[str] = ()) -> list[Column]:
    """The columns whose NULL hides the text of another one. `required` are those in which the index takes no NULL anyway."""
    if "to_tsvector" not in expression.functions:
        return []
    columns = [column for name in expression.columns if (column := table.column(name))]
    texts = {column.name for column in columns if column.type != "regconfig"}
    never_null = {*required, *(name for check in table.checks if check.validated for name in check.expression.implied_not_null)}
    hiding = set(expression.strict_columns) - never_null
    return [column for column in columns if column.nullable and column.name in hiding and texts - {column.name}]


def explain(nullable: list[Column]) -> str:
    return f"has no words at all for a row whose {either(nullable)} is NULL, so that no search finds it"


def refuses(nullable: list[Column]) -> str:
    return f"is NULL for a row whose {either(nullable)} is NULL: being NOT NULL, it refuses the row"


def either(columns: list[Column]) -> str:
    return " or ".join(column.name for column in columns)


def with_coalesce(index: Index, key: IndexKey, nullable: list[Column], table: Table) -> ReplaceIndex | None:
    expression = key.expression and mended(key.expression, nullable)
    if expression is None:
        return None
    keys = tuple(replace(other, expression=expression) if other is key else other for other in index.keys)
    return ReplaceIndex.of(index, replace(index, keys=keys), table)


def generated_with_coalesce(column: Column, nullable: list[Column], table: Table) -> RunSql | None:
    expression = column.generated and mended(column.generated, nullable)
    if expression is None:
        return None
    what = f"Rebuild {table.name}.{column.name} with coalesce (PostgreSQL 17 or later; rewrites the table)"
    change = f"ALTER TABLE {quote_name(table.name)} ALTER COLUMN {quote(column.name)} SET EXPRESSION AS"
    return RunSql(what, f"{change} ({expression});", f"{change} ({column.generated});")


def mended(expression: Expression, nullable: list[Column]) -> Expression | None:
    """The expression with '' for NULL; None where a column is no text, so that '' is not its empty value."""
    if not all(column.type.startswith(TEXT_TYPES) for column in nullable):
        return None
    names = {column.name for column in nullable}
    strict = tuple(name for name in expression.strict_columns if name not in names)
    return replace(expression, text=coalesced(expression.text, names), strict_columns=strict)
