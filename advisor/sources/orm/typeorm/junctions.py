"""The table between two entities with a many-to-many relation. In: the relation with `@JoinTable`. Out: a `Junction`.

Source: typeorm/src/metadata-builder/JunctionEntityMetadataBuilder.ts.
"""

from __future__ import annotations

from advisor.model import Name
from advisor.sources.evaluation.containers import entry, text_entry
from advisor.sources.evaluation.values import UNDEFINED
from advisor.sources.orm.typeorm.columns import Column
from advisor.sources.orm.typeorm.entities import Entity, Relation, join_columns
from advisor.sources.orm.typeorm.naming import Naming, shortened
from advisor.sources.orm.typeorm.relations import Entities, Junction, Key, copied, referred_to


def between(entities: Entities, entity: Entity, relation: Relation) -> None:
    """The table of a many-to-many relation, which the side with `@JoinTable` makes."""
    target = entities.of(relation.target)
    if target is None:
        entities.problems.append((relation.location, f"the entity that {entity.made.name}.{relation.field} refers to is not known"))
        return
    options = relation.join.argument(0) if relation.join is not None else UNDEFINED
    made = entities.naming.join_table(entity.table.name, relation.field, target.table.name)
    name = shortened(text_entry(options, "name") or made)
    table = Name(text_entry(options, "schema") or entity.table.schema, name)
    if table in entities.junctions:
        return
    own = side_columns(entities.naming, entity, relation, "joinColumn")
    other = side_columns(entities.naming, target, relation, "inverseJoinColumn")
    tell_apart(own, other)
    back = next((one for one in target.relations if one.field == relation.inverse), None)
    keys = []
    if entry(relation.options, "createForeignKeyConstraints") is not False:
        mine, theirs = key_of(table, entity, own, relation), key_of(table, target, other, relation)
        mine.on_delete, mine.on_update = action(relation, "onDelete") or "CASCADE", action(relation, "onUpdate") or "CASCADE"
        theirs.on_delete = action(back, "onDelete") if back is not None else "CASCADE"
        theirs.on_update = action(back, "onUpdate") if back is not None else "CASCADE"
        mine.name, theirs.name = key_name(relation, "joinColumn"), key_name(relation, "inverseJoinColumn")
        keys = [mine, theirs]
    entities.junctions[table] = Junction(table, [column for column, _ in (*own, *other)], keys, relation.location)


def side_columns(naming: Naming, side: Entity, relation: Relation, key: str) -> list[tuple[Column, Column]]:
    """The columns of one side, each with the one that it refers to."""
    given = join_columns(relation.join, key)
    columns = []
    for column in referred_to(side, given):
        options = next((one for one in given if text_entry(one, "referencedColumnName") in (None, column.field)), UNDEFINED)
        name = text_entry(options, "name") or naming.join_table_column(side.table.name, column.name)
        made = copied(column, name, name, relation.location)
        made.primary = True
        columns.append((made, column))
    return columns


def tell_apart(own: list[tuple[Column, Column]], other: list[tuple[Column, Column]]) -> None:
    """Columns of one name on both sides get a number."""
    for column, _ in own:
        for twin, _ in other:
            if twin.name == column.name:
                column.name, twin.name = f"{column.name}_1", f"{twin.name}_2"


def key_of(table: Name, side: Entity, columns: list[tuple[Column, Column]], relation: Relation) -> Key:
    names, referenced = [column.name for column, _ in columns], [column.name for _, column in columns]
    return Key(table, names, side.table, referenced, relation.location)


def action(relation: Relation, event: str) -> str | None:
    return text_entry(relation.options, event)


def key_name(relation: Relation, side: str) -> str | None:
    """The name that `@JoinTable` gives to a foreign key; it counts where the column is named too."""
    named = (one for one in join_columns(relation.join, side) if text_entry(one, "name"))
    written = (text_entry(one, "foreignKeyConstraintName") for one in named)
    return next((name for name in written if name), None)
