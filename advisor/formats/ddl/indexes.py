"""Indexes that are no constraints. In: a table with its partitions. Out: CREATE INDEX, ATTACH PARTITION.

The indexes of partitions stand before those of what they are partitions of: CREATE INDEX on the whole takes what each partition
has of the kind. Where that would build what was not there, or could take another one, it is made ON ONLY and given its parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from advisor.formats.ddl.constraints import constraint_sql
from advisor.formats.excerpt import one_line
from advisor.model import Index, Table
from advisor.remedies.sql import index_sql, name_of, quote_name


def index_statements(table: Table, partitions: Sequence[Table]) -> Iterator[str]:
    """A table's own indexes, without those of its constraints, unless these are not of the partitions too."""
    for index in table.indexes:
        if index.constraint is not None:
            if lacks_parts(index, table):
                yield f"ALTER TABLE ONLY {quote_name(table.name)} ADD {constraint_sql(index)};"
                yield from attached(index, [part_of(index, partition) for partition in partitions])
            continue
        if is_elsewhere(index.tablespace):
            yield left_out(f"tablespace {index.tablespace} of index {name_of(index).qualified}")
        if table.kind == "partitioned table":
            yield from partitioned_index(index, partitions)
        elif index.valid:
            yield index_sql(index)
        else:
            yield left_out(f"index {name_of(index).qualified}, which is not valid")


def is_elsewhere(tablespace: str | None) -> bool:
    return tablespace not in (None, "pg_default")


def left_out(what: str) -> str:
    return f"-- left out: {one_line(what)}"


def partitioned_index(index: Index, tables: Sequence[Table]) -> Iterator[str]:
    """Of a foreign table as partition PostgreSQL asks for no part."""
    partitions = [table for table in tables if table.kind != "foreign table"]
    parts = [part_of(index, table) for table in partitions]
    alone = any(part is None for part in parts) or not index.valid or any(is_ambiguous(index, table) for table in partitions)
    yield index_sql(index, only=alone)
    yield from attached(index, parts) if alone else ()


def attached(index: Index, parts: Iterable[Index | None]) -> Iterator[str]:
    for part in parts:
        if part is not None:
            yield f"ALTER INDEX {quote_name(name_of(index))} ATTACH PARTITION {quote_name(name_of(part))};"


def lacks_parts(index: Index, table: Table) -> bool:
    """A key of a partitioned table that not all of its partitions have (`ALTER TABLE ONLY`)."""
    return table.kind == "partitioned table" and not index.valid


def part_of(whole: Index, partition: Table) -> Index | None:
    """The index of a partition that belongs to one of the whole: the one that says so, else the first like it that is free."""
    named = next((index for index in partition.indexes if whole.name is not None and index.attached_to == whole.name), None)
    if named is not None or not whole.valid:
        return named
    return next((index for index in partition.indexes if is_like(index, whole)), None)


def is_ambiguous(whole: Index, partition: Table) -> bool:
    return len([index for index in partition.indexes if index.repeats(whole) and index.unique == whole.unique]) > 1


def is_like(index: Index, whole: Index) -> bool:
    free = index.constraint is None and index.attached_to is None
    return free and index.repeats(whole) and index.unique == whole.unique
