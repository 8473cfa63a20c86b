"""A vector column that does not say how many dimensions it has.

## Why it matters
pgvector cannot index it ("column does not have dimensions"): every search reads all rows. And it takes vectors of any length, so
that one of another model gets in unseen; the distance to it is an error that fails the whole search.

## When it is fine
Vectors of several models are kept in one column on purpose, each with an index over an expression and a predicate:
`((embedding::vector(3)) vector_l2_ops) WHERE (model_id = 123)`. Where there is such an index, nothing is said.

## What to do
See which there are, and give the column that number; it is checked for all rows, and rewrites the table.

## Sources
- pgvector, "Can I store vectors with different dimensions in the same column?"
  https://github.com/pgvector/pgvector#frequently-asked-questions
"""

from collections.abc import Iterator

from advisor.model import Column, Index, Schema, Table
from advisor.model.schema.vectors import METHODS, VectorType
from advisor.remedies import RunSql
from advisor.remedies.sql import quote, quote_name
from advisor.rule import Confidence, Finding, Severity, prisma, rule, sql

BAD = [
    sql("CREATE TABLE docs (id bigint PRIMARY KEY, embedding vector NOT NULL);"),
    sql("CREATE TABLE docs (id bigint PRIMARY KEY, e extensions.halfvec);\nCREATE INDEX ON docs USING hnsw (e halfvec_l2_ops);"),
    sql("CREATE TABLE docs (id bigint PRIMARY KEY, e vector, f vector(3));\nCREATE INDEX ON docs USING hnsw (f vector_l2_ops);"),
    prisma("""
        model Doc {
          id        Int                    @id
          embedding Unsupported("vector")?
        }
    """),
]
GOOD = [
    sql(
        "CREATE TABLE docs (id bigint PRIMARY KEY, embedding vector(1536) NOT NULL, bits bit varying, mask bit, tags vector(3)[]);"
    ),
    sql("""
        CREATE TABLE docs (id bigint PRIMARY KEY, model int, embedding vector);
        CREATE INDEX ON docs USING hnsw ((embedding::vector(3)) vector_l2_ops) WHERE model = 7;
    """),
    prisma("""
        model Doc {
          id        Int                          @id
          embedding Unsupported("vector(1536)")?
        }
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def vector_without_dimensions(table: Table, schema: Schema) -> Iterator[Finding]:
    if schema.parent_of(table) is not None or table.kind not in ("table", "partitioned table"):
        return
    for column in table.columns:
        kind = VectorType.of(column.type)
        if kind is None or kind.dimensions is not None or is_indexed_by_cast(column, table):
            continue
        index = next((index for index in table.indexes if index.method in METHODS and column.name in index.columns), None)
        yield Finding(
            at=column.location,
            subject=table.subject(column.name),
            message=f"{table.name}.{column.name} has no dimensions: no index can be built over it"
            + (f", and {index} fails" if index else ", and vectors of another model get in"),
            remedy=count_them(table, column),
            confidence=Confidence.CERTAIN if index else Confidence.LIKELY,
        )


def is_indexed_by_cast(column: Column, table: Table) -> bool:
    def reads(index: Index) -> bool:
        return any(key.expression is not None and column.name in key.expression.columns for key in index.keys)

    return any(index.method in METHODS and reads(index) for index in table.indexes)


def count_them(table: Table, column: Column) -> RunSql:
    name = quote(column.name)
    sql = f"SELECT vector_dims({name}), count(*) FROM {quote_name(table.name)} GROUP BY 1;"  # noqa: S608 - to paste
    alter = f"-- ALTER TABLE {quote_name(table.name)} ALTER COLUMN {name} TYPE {column.type}(...);"
    return RunSql(f"See which dimensions {table.name}.{column.name} has", f"{sql}\n{alter}")
