"""SELECT * from a wide table.

## Why it matters
The star fetches every column there is and every one that a later migration adds: the article's body for a list of
titles, the embedding of 1,536 numbers for a count. Values above about 2 kB lie outside of the row, and each is fetched
and decompressed on its own. No index-only scan can serve it. Code that reads columns by position or spreads the row
into a response changes with the schema: a password hash gets published by whoever added its column.

## When it is fine
Where all columns are wanted, of a narrow table, in a console. Inside of EXISTS the star costs nothing, and a star over
a subquery that lists its columns is as narrow as that: neither is reported. Nor is a table that is known to have few
columns, all small. Migrations, seeds and tests are left alone.

## What to do
Name the columns that are used.

## Sources
- PostgreSQL documentation, "Select Lists"; "TOAST" (values above TOAST_TUPLE_THRESHOLD, normally 2 kB); "Index-Only
  Scans and Covering Indexes"
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.model import FromItem, Part, Query, Schema, Table
from advisor.remedies import RewriteCode
from advisor.remedies.sql import quote
from advisor.rule import Confidence, Finding, Options, Severity, rule, sql, typescript

from ._parts import parts_of, shown, subject, table_of

WIDE = sql("""
    CREATE TABLE articles (id bigint PRIMARY KEY, slug text, title text, body text, settings jsonb, embedding vector(1536));
    CREATE TABLE tags (id int PRIMARY KEY, name text);
""")
POOL = "import { Pool } from 'pg';\nconst pool = new Pool();\n"
BAD = [
    WIDE + sql("SELECT * FROM articles WHERE slug = 'a';", "queries.sql"),
    WIDE + typescript(POOL + "export const titles = () => pool.query('SELECT * FROM articles ORDER BY id LIMIT 20');\n"),
    WIDE + sql("SELECT a.*, t.name FROM articles a JOIN tags t ON t.id = a.id;", "queries.sql"),
    typescript(POOL + "export const one = (id: number) => pool.query('SELECT * FROM accounts WHERE id = $1', [id]);\n"),
]
GOOD = [
    WIDE + sql("SELECT id, title FROM articles WHERE slug = 'a';", "queries.sql"),
    WIDE + sql("SELECT id FROM tags t WHERE EXISTS (SELECT * FROM articles a WHERE a.id = t.id);", "queries.sql"),
    WIDE + sql("SELECT * FROM tags ORDER BY id LIMIT 10;", "queries.sql"),
    WIDE + sql("SELECT * FROM (SELECT id, title FROM articles) a;", "queries.sql"),
    WIDE + sql("SELECT count(*) FROM articles;", "queries.sql"),
    WIDE + sql("SELECT * FROM articles;", "migrations/1_copy/migration.sql"),
]
BULKY = ("json", "jsonb", "bytea", "vector", "halfvec", "xml", "tsvector")
"""Types whose values are often kilobytes each."""


@dataclass(frozen=True)
class StarOptions(Options):
    """When a table is wide."""

    max_columns: int = 12
    """Columns of a table that a star may fetch, none of them of a bulky type (json, bytea, vector, tsvector, xml)."""


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def select_star(query: Query, schema: Schema | None, options: StarOptions) -> Iterator[Finding]:
    for part in parts_of(query):
        if part.role not in ("statement", "branch"):
            continue
        for relation in starred(part):
            table = table_of(relation, schema)
            if table is None or is_wide(table, options):
                yield finding(query, part, relation, table)


def starred(part: Part) -> Iterator[FromItem]:
    """The tables all columns of which a part gives."""
    stars = [output.column.relation if output.column else None for output in part.outputs if output.star]
    for relation in part.relations:
        if relation.kind == "table" and (None in stars or relation.alias in stars):
            yield relation


def is_wide(table: Table, options: StarOptions) -> bool:
    return len(table.columns) > options.max_columns or bool(bulky(table))


def bulky(table: Table) -> list[str]:
    return [column.name for column in table.columns if column.type.startswith(BULKY)]


def finding(query: Query, part: Part, relation: FromItem, table: Table | None) -> Finding:
    name = shown(relation)
    star = next(output.location for output in part.outputs if output.star)
    if table is None:
        what = f"all columns of {name} are fetched, and those that will be added"
    else:
        large = bulky(table)
        what = f"all {len(table.columns)} columns of {name} are fetched" + (
            f", {' and '.join(large[:2])} included" if large else ""
        )
    names = ", ".join(quote(column.name) for column in table.columns if column.name not in bulky(table)) if table else "..."
    return Finding(
        at=star,
        subject=subject(query, f"SELECT * FROM {name}"),
        message=f"{what}: name those that are used",
        remedy=RewriteCode("Name the columns", query.location, f"SELECT {names}", "sql"),
        confidence=Confidence.LIKELY if table else Confidence.POSSIBLE,
    )
