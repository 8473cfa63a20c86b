"""An index over vectors of more dimensions than it can hold.

## Why it matters
CREATE INDEX fails: an entry must fit a page of 8 kB. hnsw and ivfflat take up to 2,000 dimensions of `vector`, 4,000 of
`halfvec`, 64,000 of `bit`. OpenAI's text-embedding-3-large has 3,072.

## When it is fine
Never: pgvector refuses it.

## What to do
Index the column cast to `halfvec`, and cast in the query alike; half precision hardly changes which neighbours are nearest.
Beyond 4,000 dimensions: binary quantization, re-ranked by the full distance; or ask the model for fewer dimensions.

## Sources
- pgvector, "HNSW" and "IVFFlat": supported types; "Half-Precision Indexing", "Binary Quantization"
  https://github.com/pgvector/pgvector#hnsw
"""

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.model import Expression, Index, IndexKey, Schema, Table
from advisor.model.schema.vectors import METHODS, VectorType
from advisor.remedies import RunSql
from advisor.remedies.sql import drop_index_sql, index_sql, quote
from advisor.rule import Finding, Severity, project, rule, sql

BAD = [
    sql("CREATE TABLE docs (id int PRIMARY KEY, e vector(3072));\nCREATE INDEX ON docs USING hnsw (e vector_cosine_ops);"),
    sql("CREATE TABLE docs (id bigint PRIMARY KEY, e halfvec(4096));\nCREATE INDEX ON docs USING ivfflat (e halfvec_l2_ops);"),
    sql("CREATE TABLE docs (id bigint PRIMARY KEY, e vector(3072));\nCREATE INDEX ON docs USING ivfflat (e) WITH (lists = 100);"),
    sql("CREATE TABLE docs (id bigint PRIMARY KEY, e vector(5000));\nCREATE INDEX ON docs USING hnsw (e vector_l2_ops);"),
    project(
        {
            "migrations/001.sql": "CREATE TABLE docs (id bigint PRIMARY KEY, e vector(5000));",
            "migrations/002.sql": "CREATE INDEX ON docs USING hnsw ((e::halfvec(5000)) halfvec_cosine_ops);",
        }
    ),
]
GOOD = [
    sql("CREATE TABLE docs (id bigint PRIMARY KEY, e vector(2000));\nCREATE INDEX ON docs USING hnsw (e vector_cosine_ops);"),
    sql("CREATE TABLE d (id int PRIMARY KEY, e vector(3072));\nCREATE INDEX ON d USING hnsw ((e::halfvec(3072)) halfvec_l2_ops);"),
    sql("CREATE TABLE docs (id bigint PRIMARY KEY, e sparsevec(30000));\nCREATE INDEX ON docs USING hnsw (e sparsevec_l2_ops);"),
    sql("CREATE TABLE docs (id bigint PRIMARY KEY, e vector(3072));\nCREATE INDEX ON docs USING diskann (e);"),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def vector_too_wide(table: Table, schema: Schema) -> Iterator[Finding]:
    for index in schema.own_indexes(table):
        key = index.keys[0]
        kind = type_of(key, table) if index.method in METHODS else None
        if kind is None or not kind.too_wide:
            continue
        yield Finding(
            at=index.location,
            subject=f"{table.subject()}.{index}",
            message=f"index {index} is over {kind.dimensions:,} dimensions of {kind.name}: pgvector cannot build it",
            remedy=in_half_precision(index, kind, table),
        )


def type_of(key: IndexKey, table: Table) -> VectorType | None:
    column = table.column(key.column or "")
    text = column.type if column else key.expression.cast_to if key.expression else None
    return VectorType.of(text) if text else None


def in_half_precision(index: Index, kind: VectorType, table: Table) -> RunSql | None:
    """The index that pgvector builds, in place of the one that was refused. None where half precision is too wide as well."""
    (key, *_) = index.keys
    halved = VectorType("halfvec", kind.dimensions)
    if key.column is None or kind.name != "vector" or halved.too_wide:
        return None
    opclass = (key.opclass or "vector_l2_ops").replace("vector_", "halfvec_", 1)
    cast = Expression(f"{quote(key.column)}::halfvec({kind.dimensions})", (key.column,))
    narrow = replace(index, keys=(replace(key, column=None, expression=cast, opclass=opclass),))
    in_use = table.kind == "table"
    up, back = index_sql(narrow, concurrently=in_use), drop_index_sql(narrow, concurrently=in_use)
    return RunSql(f"Index {table.name}.{key.column} in half precision", up, back)
