"""An ivfflat index built before there are rows.

## Why it matters
ivfflat learns its lists from the rows that are there when it is built, by k-means. In an empty table it learns nothing: all later
vectors are dealt out to lists at random, and a search, which looks into a few lists only, misses most of the nearest neighbours.
It does not say so, and it does not get better with more rows.

## When it is fine
The migration fills the table before it builds the index.

## What to do
hnsw, which needs no rows to begin with. Or build ivfflat when the table has been filled, with `lists` of rows / 1000 (their
square root above a million), and anew when the data has changed much.

## Sources
- pgvector, "IVFFlat": "Create the index after the table has some data" https://github.com/pgvector/pgvector#ivfflat
"""

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.model import AddColumn, ChangeRows, CreateIndex, Index, Migration
from advisor.remedies import ReplaceIndex
from advisor.rule import Finding, Severity, project, rule

DOCS = "CREATE TABLE docs (id bigint PRIMARY KEY, e vector(1536));"
INDEX = "CREATE INDEX docs_e ON docs USING ivfflat (e vector_cosine_ops) WITH (lists = 100);"
BAD = [
    project({"migrations/001_docs.sql": f"{DOCS}\n{INDEX}"}),
    project(
        {
            "migrations/001_docs.sql": "CREATE TABLE docs (id bigint PRIMARY KEY);",
            "migrations/002_e.sql": f"ALTER TABLE docs ADD COLUMN e vector(1536);\n{INDEX}",
        }
    ),
    project({"migrations/001_docs.sql": f"{DOCS}\nCREATE INDEX docs_e ON docs USING ivfflat (e);"}),
]
GOOD = [
    project({"migrations/001_docs.sql": DOCS, "migrations/002_index.sql": INDEX}),
    project({"migrations/001_docs.sql": f"{DOCS}\nINSERT INTO docs TABLE old_docs;\n{INDEX}"}),
    project({"migrations/001_docs.sql": f"{DOCS}\nCREATE INDEX ON docs USING hnsw (e vector_cosine_ops);"}),
    project({"dump.sql": f"-- PostgreSQL database dump\nSET client_encoding = 'UTF8';\n{DOCS}\n{INDEX}"}),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def ivfflat_on_empty_table(step: CreateIndex, migration: Migration) -> Iterator[Finding]:
    index = step.index
    if index.method != "ivfflat" or not has_nothing_to_learn_from(step, migration):
        return
    yield Finding(
        at=step.location,
        subject=f"{index.table.qualified}.{index}",
        message=f"index {index} learns its lists from an empty table: searches will miss most of the nearest rows",
        remedy=as_hnsw(index),
    )


def has_nothing_to_learn_from(step: CreateIndex, migration: Migration) -> bool:
    """Whether its table or its column comes with the migration, and nothing has filled it before."""
    before = migration.operations[: migration.operations.index(step)]
    filled = any(isinstance(other, ChangeRows) and other.table == step.table for other in before)
    columns = {other.column for other in before if isinstance(other, AddColumn) and other.table == step.table}
    return not filled and (migration.creates(step.table) or not columns.isdisjoint(step.index.columns))


def as_hnsw(index: Index) -> ReplaceIndex | None:
    """ivfflat takes l2 for granted, hnsw takes nothing."""
    keys = tuple(replace(key, opclass=key.opclass or "vector_l2_ops") for key in index.keys)
    return ReplaceIndex(index, replace(index, method="hnsw", keys=keys, storage=()))
