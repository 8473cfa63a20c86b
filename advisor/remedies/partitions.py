"""Indexing a partitioned table in use. In: the index wanted, and the partitions as a schema knows them. Out: the statements.

CREATE INDEX CONCURRENTLY works on single partitions only: the parent gets its index ON ONLY itself, which locks it for an instant
and leaves the index invalid until every partition's is attached. A partition that is divided itself is treated in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from advisor.model import Index, Name, Schema, Table
from advisor.remedies.sql import default_index_name, index_sql, name_of, quote_name, with_suffix


class Partition(Struct, frozen=True):
    """A partition that is to get an index. `index` is one that it has already, and needs only to be attached.

    `partitions` is given where it is divided itself; `free_name` where the default name of an index is taken.
    """

    name: Name
    index: str | None = None
    partitions: tuple[Partition, ...] | None = None
    free_name: str | None = None


def partitions_for(
    index: Index, table: Table, schema: Schema, above: frozenset[Name] = frozenset()
) -> tuple[Partition, ...] | None:
    """What a table's partitions have of an index that it is to get; None for a table that is not partitioned."""
    if table.kind != "partitioned table" or table.name in above:
        return None
    found = []
    for name in schema.partitions_of(table.name):
        partition = schema.table(name)
        if partition is not None:
            present = next((other.name for other in partition.indexes if other.definition == index.definition), None)
            below = None if present else partitions_for(index, partition, schema, above | {table.name})
            found.append(Partition(name, present, below, free_name(partition, columns_of(index))))
    return tuple(found)


def columns_of(index: Index) -> list[str]:
    return [key.column or "expr" for key in index.keys]


def free_name(table: Table, columns: Sequence[str]) -> str | None:
    """A name in the style of the default one that no index of the table has; None where the default one is free."""
    default = default_index_name(table.name, columns)
    taken = {index.name for index in table.indexes}
    numbered = (with_suffix(default.removesuffix("_idx"), f"_idx{number}") for number in range(1, 100))
    return next((name for name in numbered if name not in taken), None) if default in taken else None


def partitioned_index_sql(index: Index, partitions: Sequence[Partition]) -> str:
    """The statements that index a partitioned table and all below it, one partition at a time."""
    if not partitions:
        note = "-- then, for each partition: CREATE INDEX CONCURRENTLY on it, and ALTER INDEX ... ATTACH PARTITION"
        return f"{index_sql(index, only=True)}\n{note}"
    return "\n".join(statements(index, partitions))


def restored_sql(index: Index, partitions: Sequence[Partition]) -> list[str]:
    """What brings the partitions' earlier indexes back: attached to a parent's index, they go when that is dropped."""
    lines = []
    for partition in partitions:
        if partition.index is not None:
            lines.append(index_sql(replace(index, table=partition.name, name=partition.index), concurrently=True))
        lines += restored_sql(index, partition.partitions or ())
    return lines


def statements(index: Index, partitions: Sequence[Partition]) -> Iterator[str]:
    yield index_sql(index, only=True)
    for partition in partitions:
        name = partition.index or partition.free_name or default_index_name(partition.name, columns_of(index))
        part = replace(index, table=partition.name, name=name)
        if partition.partitions is not None:
            yield from statements(part, partition.partitions)
        elif partition.index is None:
            yield index_sql(part, concurrently=True)
        yield f"ALTER INDEX {quote_name(name_of(index))} ATTACH PARTITION {quote_name(name_of(part))};"
