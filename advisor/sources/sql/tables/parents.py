"""Commands of ALTER TABLE about partitions and inheritance. In: a `Command`. Out: its operation, and the catalog after it."""

from __future__ import annotations

from collections.abc import Iterator
from json import loads

from msgspec.structs import replace
from pglast.parser import parse_sql_json

from advisor.model import AlterTable, Name, Operation
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.catalog.relations import Kind, find_relation
from advisor.sources.sql.catalog.table_names import parents_of
from advisor.sources.sql.objects.triggers import clone_triggers, forget_clones
from advisor.sources.sql.tables.bounds import bound_check
from advisor.sources.sql.tables.columns import PendingConstraint
from advisor.sources.sql.tables.commands import Command
from advisor.sources.sql.tables.constraints import add_constraint, clone_foreign_key
from advisor.sources.sql.tables.indexes import clone_missing_index
from advisor.sources.sql.tables.partitions import partition_bound
from advisor.sources.sql.text.tree import fields_of


def attach_partition(catalog: Catalog, command: Command) -> Iterator[Operation]:
    child = find_relation(catalog, command.definition["name"])
    yield AlterTable(command.location, command.table, "attach partition")
    parent, table = catalog.table(command.table), catalog.table(child)
    if parent is None or table is None:
        return
    if "bound" not in command.definition:  # ALTER INDEX ... ATTACH PARTITION that names a table
        raise RefusedError(f'ALTER action ATTACH PARTITION cannot be performed on relation "{command.table}"', command.location)
    if table.partition_of is not None:
        raise RefusedError(f'"{child}" is already a partition', command.location)
    if parent.partition_key is None and parent.name not in catalog.incomplete:
        raise RefusedError(f'table "{parent.name}" is not partitioned', command.location)
    if table.inherits or (table.partition_key is None and catalog.children(child)):
        raise RefusedError("cannot attach an inheritance child or parent as partition", command.location)
    refuse_heir(catalog, command, child, parent.name)
    identities = {column.name: column.identity for column in parent.columns}
    columns = tuple(replace(column, identity=identities.get(column.name), identity_options=()) for column in table.columns)
    kind: Kind = table.kind if table.kind in ("partitioned table", "foreign table") else "partition"
    bound = partition_bound(command.definition["bound"], command.location, parent)
    catalog.put(replace(table, columns=columns, partition_of=parent.name, kind=kind, partition_bound=bound))
    for index in parent.indexes:
        clone_missing_index(catalog, index, child, valid=True)
    for key in parent.foreign_keys:
        clone_foreign_key(catalog, key, child)
    clone_triggers(catalog, parent, child)
    # What a partition shares with its parent is never its own (`MergeConstraintsIntoExisting`).
    for not_null in parent.not_nulls:
        catalog.mark_inherited(child, ("not null", not_null.column))


def detach_partition(catalog: Catalog, command: Command) -> Iterator[Operation]:
    child = find_relation(catalog, command.definition["name"])
    yield AlterTable(command.location, command.table, "detach partition")
    table = catalog.table(child)
    if table is None or table.partition_of != command.table:
        return
    condition = bound_check(catalog, table) if "concurrent" in command.definition else None
    columns = tuple(replace(column, identity=None) for column in table.columns)
    indexes = tuple(replace(index, attached_to=None) for index in table.indexes)
    kind: Kind = table.kind if table.kind in ("partitioned table", "foreign table") else "table"
    catalog.put(replace(table, columns=columns, indexes=indexes, partition_of=None, kind=kind, partition_bound=None))
    catalog.remove_parent(child, command.table)
    forget_clones(catalog, child)
    if condition is not None:
        statement = fields_of(loads(parse_sql_json(f"ALTER TABLE part ADD CHECK ({condition})"))["stmts"][0]["stmt"])
        check = fields_of(fields_of(statement["cmds"][0])["def"])
        yield from add_constraint(catalog, child, PendingConstraint(check, command.location))


def add_inheritance(catalog: Catalog, command: Command) -> Iterator[Operation]:
    parent = find_relation(catalog, command.definition)
    yield AlterTable(command.location, command.table, "inherit")
    refuse_heir(catalog, command, command.table, parent)
    table = catalog.table(command.table)
    for one in (table, catalog.table(parent)):
        if one is not None and (one.partition_of is not None or one.partition_key is not None):
            raise RefusedError(f'"{one.name}" is partitioned or a partition: it takes no part in inheritance', command.location)
    if table is not None:
        catalog.put(replace(table, inherits=(*table.inherits, parent)))


def refuse_heir(catalog: Catalog, command: Command, child: Name, parent: Name) -> None:
    """PostgreSQL refuses a table that would be its own forebear, and a parent that is one already."""
    table = catalog.table(child)
    if table is not None and parent in parents_of(table):
        raise RefusedError(f'relation "{parent}" would be inherited from more than once', command.location)
    if child == parent or is_heir(catalog, parent, child):
        raise RefusedError("circular inheritance not allowed", command.location)


def is_heir(catalog: Catalog, name: Name, forebear: Name) -> bool:
    table = catalog.table(name)
    return table is not None and any(parent == forebear or is_heir(catalog, parent, forebear) for parent in parents_of(table))


def drop_inheritance(catalog: Catalog, command: Command) -> Iterator[Operation]:
    parent = find_relation(catalog, command.definition)
    yield AlterTable(command.location, command.table, "no inherit")
    table = catalog.table(command.table)
    if table is not None:
        catalog.put(replace(table, inherits=tuple(name for name in table.inherits if name != parent)))
        catalog.remove_parent(command.table, parent)
