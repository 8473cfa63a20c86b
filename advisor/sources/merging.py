"""A Prisma schema and the history that builds it, as one schema.

The Prisma schema is what people edit, so its places are the ones to report. Its history adds what Prisma cannot say: indexes with
expressions or predicates, and tables that it does not model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from advisor.model import Index, Schema, Table


def merge_schemas(declared: Schema, built: Schema) -> Schema:
    """The declared schema with the indexes and tables that only the history makes."""
    tables = [with_indexes_of(table, other) if (other := built.table(table.name)) else table for table in declared.tables]
    names = {table.name for table in declared.tables}
    extra = [table for table in built.tables if table.name not in names]
    return replace(declared, tables=(*tables, *extra), extensions=declared.extensions or built.extensions)


def with_indexes_of(declared: Table, built: Table) -> Table:
    """A declared table with the built one's further indexes, and the generated columns that Prisma sees as plain ones."""
    extra = tuple(only_built(declared.indexes, built.indexes))
    columns = tuple(
        replace(column, generated=other.generated) if (other := built.column(column.name)) and other.generated else column
        for column in declared.columns
    )
    return (
        replace(declared, indexes=declared.indexes + extra, columns=columns) if extra or columns != declared.columns else declared
    )


def only_built(declared: Sequence[Index], built: Sequence[Index]) -> list[Index]:
    """The built indexes that no declared one stands for: by name, or by shape where the names differ (one for one, so that a real
    duplicate stays one)."""
    names = {index.name for index in declared}
    built_names = {index.name for index in built}
    renamed = Counter(shape(index) for index in declared if index.name not in built_names)
    extra = []
    for index in built:
        if index.name in names:
            continue
        if renamed[shape(index)]:
            renamed[shape(index)] -= 1
        else:
            extra.append(index)
    return extra


def shape(index: Index) -> tuple[object, ...]:
    """What an index is, apart from its name and where it was written."""
    predicate = index.predicate.text if index.predicate else None
    return (index.keys, index.method, index.unique, predicate, index.include)
