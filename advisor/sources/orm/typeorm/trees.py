"""`@Tree`: entities that are their own parents. In: an entity. Out: the columns that the way of keeping trees adds, or its table.

Source: typeorm/src/metadata-builder (`EntityMetadataBuilder`, `ClosureJunctionEntityMetadataBuilder`); the names are those of
typeorm/src/naming-strategy/DefaultNamingStrategy.ts.
"""

from __future__ import annotations

from advisor.model import Name
from advisor.sources.evaluation.containers import ObjectValue, entry, text_entry
from advisor.sources.evaluation.evaluator import Evaluator
from advisor.sources.evaluation.values import Function, Value
from advisor.sources.orm.classes import Decorator
from advisor.sources.orm.typeorm.columns import Column
from advisor.sources.orm.typeorm.entities import Entity
from advisor.sources.orm.typeorm.relations import Entities, Junction, Key, copied


def tree_of(entity: Entity) -> Decorator | None:
    return entity.made.decorator("Tree")


def add_tree_columns(entity: Entity) -> None:
    """What nested sets and materialized paths keep in the table itself."""
    tree = tree_of(entity)
    kind = tree.argument(0) if tree is not None else None
    if tree is None:
        return
    if kind == "materialized-path":
        entity.columns.append(Column("mpath", "mpath", "varchar", tree.location, nullable=True, default=""))
    elif kind == "nested-set":
        entity.columns.append(Column("nsleft", "nsleft", "integer", tree.location, default=1))
        entity.columns.append(Column("nsright", "nsright", "integer", tree.location, default=2))


def add_closure(entities: Entities, entity: Entity, evaluator: Evaluator) -> None:
    """The table of a closure: every ancestor of every row."""
    tree = tree_of(entity)
    if tree is None or tree.argument(0) != "closure-table" or not entity.primary:
        return
    options = tree.argument(1)
    name = text_entry(options, "closureTableName") or entity.table.name
    table = Name(text_entry(options, "closureTableSchema") or entity.table.schema, f"{name}_closure")
    columns: list[Column] = []
    for primary in entity.primary:
        for option, ending in (("ancestorColumnName", "_ancestor"), ("descendantColumnName", "_descendant")):
            written = called_with(entry(options, option), primary, evaluator) or primary.property_name + ending
            made = copied(primary, written, entities.naming.column(written, None, ()), tree.location)
            made.primary = True
            columns.append(made)
    referenced = [column.name for column in entity.primary]
    keys = [Key(table, [column.name], entity.table, referenced, tree.location, on_delete="CASCADE") for column in columns[:2]]
    if any(found.decorator("TreeLevelColumn") is not None for found in entity.fields):
        columns.append(Column("level", "level", "integer", tree.location))
    entities.junctions[table] = Junction(table, columns, keys, tree.location)


def called_with(function: Value, column: Column, evaluator: Evaluator) -> str | None:
    """What a project's own function names the column that refers to a column."""
    if not isinstance(function, Function):
        return None
    told = {"propertyName": column.property_name, "databaseName": column.name}
    name = evaluator.apply(function, (ObjectValue(told, {}, function.place),))
    return name if isinstance(name, str) else None
