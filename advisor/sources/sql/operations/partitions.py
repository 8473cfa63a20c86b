"""Commands of ALTER TABLE about parents and partitions. In: a `Command`. Out: its operations."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.model import AttachPartition, DetachPartition, ForeignKey, Inherit, Operation, PartitionKey, Table
from advisor.sources.sql.catalog.relations import find_relation
from advisor.sources.sql.operations.commands import Command, other_than, others
from advisor.sources.sql.operations.scene import default_partition_of
from advisor.sources.sql.tables.bounds import conditions_of, proves_bound
from advisor.sources.sql.text.quoting import quote_identifier
from advisor.sources.sql.text.tree import Node


def inherit(command: Command) -> Iterator[Operation]:
    ends = command.subtype == "AT_DropInherit"
    parent = find_relation(command.scene.catalog, command.definition)
    yield Inherit(command.scene.location, command.scene.name, "no inherit" if ends else "inherit", parent=parent, ends=ends)


def attach_partition(command: Command) -> Iterator[Operation]:
    scene, partition = command.scene, command.scene.before.names[1]
    key = command.table.partition_key if command.table else None
    child = scene.before.tables.get(partition)
    bound = command.definition.get("bound")
    yield AttachPartition(
        scene.location, scene.name, "attach partition",
        partition=partition,
        bound=after.partition_bound or "" if (after := scene.catalog.table(partition)) else "",
        condition=condition_of(key, bound),
        proven=key is not None and child is not None and bound is not None and proves_bound(child, key, bound),
        default_partition=other_than(partition, default_partition_of(scene.catalog, scene.name)),
        builds=child is not None and command.table is not None and lacks_index(child, command.table),
        references=others(key.referenced_table for key in shared_keys(child, command.table, there=False)),
        merges=others(key.referenced_table for key in shared_keys(child, command.table, there=True)),
    )  # fmt: skip


def condition_of(key: PartitionKey | None, bound: Node | None) -> str | None:
    """The bound of a partition as a CHECK would say it, over the one column of its key."""
    column = key.keys[0].column if key is not None and len(key.keys) == 1 else None
    return " AND ".join(conditions_of(quote_identifier(column), bound)) or None if column and bound else None


def lacks_index(child: Table, parent: Table) -> bool:
    """Whether a partition to be has to build an index. A constraint is made of a like constraint alone."""
    had = {index.definition for index in child.indexes}
    return any(index.definition not in had for index in parent.indexes)


def shared_keys(child: Table | None, parent: Table | None, *, there: bool) -> Iterator[ForeignKey]:
    """The foreign keys of a parent, to other tables, that a partition to be has already, or has not."""
    had = {(key.columns, key.referenced_table, key.referenced_columns) for key in child.foreign_keys} if child else set()
    for key in parent.foreign_keys if parent else ():
        like = (key.columns, key.referenced_table, key.referenced_columns)
        if key.referenced_table != key.table and (like in had) == there:
            yield key


def detach_partition(command: Command) -> Iterator[Operation]:
    scene, partition = command.scene, command.scene.before.names[1]
    concurrently = "concurrent" in command.definition
    default = other_than(partition, default_partition_of(scene.catalog, scene.name))
    keys = command.table.foreign_keys if command.table else ()
    yield DetachPartition(
        scene.location, scene.name, "detach partition",
        partition=partition,
        concurrently=concurrently,
        default_partition=default,
        references=others(key.referenced_table for key in keys if key.referenced_table != scene.name),
    )  # fmt: skip
