"""A vector column without an index for searches by distance.

## Why it matters
`ORDER BY embedding <=> $1 LIMIT 10` computes the distance to every row and sorts them: the time grows with the table, and each
search reads every vector, 6 kB of 1,536 dimensions.

## When it is fine
Each search is first confined to few rows, those of one document or one small tenant, by an index of its own: then the exact
search is right, and finds what an approximate index may miss. A few thousand rows. The vectors are only stored.

## What to do
hnsw, built CONCURRENTLY, with the operator class of the operator that the queries use: `vector_cosine_ops` for `<=>`,
`vector_l2_ops` for `<->`, `vector_ip_ops` for `<#>`. Beyond 2,000 dimensions, over the cast to `halfvec`. Give the build
`maintenance_work_mem` enough for the graph.

## Sources
- pgvector, "Indexing": "By default, pgvector performs exact nearest neighbor search"; "HNSW", "Filtering"
  https://github.com/pgvector/pgvector#indexing
"""

from collections.abc import Iterator

from advisor.model import Column, Expression, IndexKey, Schema, Table
from advisor.model.schema.vectors import VectorType
from advisor.remedies import CreateIndex
from advisor.remedies.sql import quote
from advisor.rule import Confidence, Finding, Severity, prisma, rule, sql

BAD = [
    sql("CREATE TABLE docs (id bigint PRIMARY KEY, embedding vector(1536));"),
    sql("CREATE TABLE docs (id bigint PRIMARY KEY, embedding vector(3072));\nCREATE INDEX ON docs (id) WHERE embedding IS NULL;"),
    sql("CREATE TABLE docs (id bigint PRIMARY KEY, e vector(5000));\nCREATE INDEX ON docs USING btree (e);"),
    prisma("""
        model Doc {
          id        Int                          @id
          embedding Unsupported("vector(1536)")?
        }
    """),
]
GOOD = [
    sql("CREATE TABLE docs (id bigint PRIMARY KEY, e vector(1536));\nCREATE INDEX ON docs USING hnsw (e vector_cosine_ops);"),
    sql("CREATE TABLE d (id int PRIMARY KEY, e vector(3072));\nCREATE INDEX ON d USING hnsw ((e::halfvec(3072)) halfvec_l2_ops);"),
    # extensions of other makers index it too
    sql("CREATE TABLE docs (id bigint PRIMARY KEY, e vector(1536));\nCREATE INDEX ON docs USING diskann (e);"),
    sql("CREATE TABLE flags (id bigint PRIMARY KEY, mask bit(8), e vector);"),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def vector_without_index(table: Table, schema: Schema) -> Iterator[Finding]:
    if schema.parent_of(table) is not None or table.kind not in ("table", "partitioned table"):
        return
    for column in table.columns:
        kind = VectorType.of(column.type)
        if kind is None or kind.name == "bit" or kind.dimensions is None or is_indexed(column, table):
            continue
        yield Finding(
            at=column.location,
            subject=table.subject(column.name),
            message=f"{table.name}.{column.name} has no index for searches by distance: each computes the distance to every row",
            remedy=index_of(column, kind, table),
            confidence=Confidence.POSSIBLE,
        )


def is_indexed(column: Column, table: Table) -> bool:
    """By pgvector's methods or another extension's: of PostgreSQL's own, only btree takes vectors, and finds no near ones."""
    read = [
        name
        for index in table.indexes
        if index.method != "btree"
        for key in index.keys
        for name in (key.column, *(key.expression.columns if key.expression else ()))
    ]
    return column.name in read


def index_of(column: Column, kind: VectorType, table: Table) -> CreateIndex | None:
    """By cosine distance, which is what most embeddings are made for; None where no cast is narrow enough."""
    if not kind.too_wide:
        key = IndexKey(column.name, opclass=f"{kind.name}_cosine_ops")
    elif kind.name == "vector" and not VectorType("halfvec", kind.dimensions).too_wide:
        cast = Expression(f"{quote(column.name)}::halfvec({kind.dimensions})", (column.name,))
        key = IndexKey(expression=cast, opclass="halfvec_cosine_ops")
    else:
        return None
    return CreateIndex(table.name, (key,), method="hnsw") if table.kind == "table" else None
