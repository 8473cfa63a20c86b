"""Relations of entities as columns and foreign keys. Source: typeorm/src/metadata-builder/RelationJoinColumnBuilder.ts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from advisor.model import Location, Name
from advisor.model import Relation as ModelRelation
from advisor.sources.evaluation.containers import entry, text_entry
from advisor.sources.evaluation.symbols import Call, External, Member
from advisor.sources.evaluation.values import UNDEFINED, ClassValue, Unknown, Value
from advisor.sources.orm.typeorm.columns import Column
from advisor.sources.orm.typeorm.entities import Entity, Relation, join_columns
from advisor.sources.orm.typeorm.naming import Naming

WITH_LENGTH = frozenset({"varchar", "character varying", "char", "character", "bit", "varbit", "bit varying"})


@dataclass(slots=True, eq=False)
class Key:
    """A foreign key to be."""

    table: Name
    columns: list[str]
    referenced: Name
    referenced_columns: list[str]
    location: Location
    on_delete: str | None = None
    on_update: str | None = None
    name: str | None = None
    deferrable: str | None = None


@dataclass(slots=True, eq=False)
class Junction:
    """The table of a many-to-many relation."""

    table: Name
    columns: list[Column]
    keys: list[Key]
    location: Location


@dataclass(slots=True)
class Entities:
    """All entities of a schema, and what their relations add."""

    naming: Naming
    by_class: dict[tuple[str, int], Entity] = field(default_factory=dict)
    keys: list[Key] = field(default_factory=list)
    unique: list[tuple[Entity, list[str], Location]] = field(default_factory=list)
    junctions: dict[Name, Junction] = field(default_factory=dict)
    problems: list[tuple[Location, str]] = field(default_factory=list)

    def of(self, value: Value) -> Entity | None:
        """The entity that a value is: its class, or the last name written."""
        if isinstance(value, (ClassValue, Call)):  # the call is `new EntitySchema(...)`
            found = self.by_class.get((value.place.module.path, value.place.node.id))
            if found is not None:
                return found
        name = value if isinstance(value, str) else getattr(value, "name", "")
        if isinstance(value, Unknown) and value.place is not None:
            name = value.place.module.tree.text(value.place.node).rpartition(".")[2]
        named = (ClassValue, External, Member, Unknown, str)
        found_by_name = [one for one in self.by_class.values() if name in (one.made.name, one.table.name)]
        return found_by_name[0] if isinstance(value, named) and found_by_name else None


def holds_key(relation: Relation) -> bool:
    return relation.kind == "ManyToOne" or (relation.kind == "OneToOne" and relation.join is not None)


def join(entities: Entities, entity: Entity, relation: Relation) -> None:
    """Give an entity the columns that join a relation, and the foreign key."""
    target = entities.of(relation.target)
    if target is None:
        entities.problems.append((relation.location, f"the entity that {entity.made.name}.{relation.field} refers to is not known"))
        return
    given = join_columns(relation.join)
    referenced = referred_to(target, given)
    for column in referenced:
        options = next((one for one in given if text_entry(one, "referencedColumnName") in (None, column.field)), UNDEFINED)
        name = text_entry(options, "name") or entities.naming.join_column(relation.name, column.property_name)
        if relation.around.prefixes:
            name = entities.naming.column(relation.name, name, relation.around.prefixes)
        relation.columns.append(join_column(entity, relation, column, name))
    names = [column.name for column in relation.columns]
    if not names:
        return
    if entry(relation.options, "createForeignKeyConstraints") is not False:
        if relation.kind == "OneToOne" and not all(column.primary for column in relation.columns):
            entities.unique.append((entity, names, relation.location))
        key = Key(entity.table, names, target.table, [column.name for column in referenced], relation.location)
        key.on_delete, key.on_update = text_entry(relation.options, "onDelete"), text_entry(relation.options, "onUpdate")
        written = [text_entry(one, "foreignKeyConstraintName") for one in given]
        key.name = next((one for one in written if one), None)
        key.deferrable = text_entry(relation.options, "deferrable")
        entities.keys.append(key)


def join_column(entity: Entity, relation: Relation, referenced: Column, name: str) -> Column:
    """The column of that name where the entity has one, which takes the type that it refers to (not its length); else a new one."""
    known = next((column for column in entity.columns if column.name == name), None)
    if known is not None:
        known.type, known.enum, known.enum_name = type_to_join(known.type, referenced.type), referenced.enum, referenced.enum_name
        return known
    nullable = entry(relation.options, "nullable") is not False and entry(relation.options, "primary") is not True
    made = copied(referenced, relation.field, name, relation.location)
    made.nullable, made.primary = nullable, entry(relation.options, "primary") is True
    entity.columns.append(made)
    return made


def type_to_join(own: str | None, referenced: str | None) -> str | None:
    """`varchar(36)` referred to by a column `text` makes that a `varchar`, by `varchar(20)` leaves it so."""
    if own is None or referenced is None:
        return referenced
    base, length = referenced.partition("(")[0], re.search(r"\(.*\)", own)
    return f"{base}{length[0]}" if length is not None and base in WITH_LENGTH else base if base in WITH_LENGTH else referenced


def copied(column: Column, field_name: str, name: str, location: Location) -> Column:
    """A column of another's type, and of nothing else of it."""
    return Column(field_name, name, column.type, location, column.enum, column.enum_name, column.array, collation=column.collation)


def note(entities: Entities, entity: Entity, relation: Relation) -> None:
    """The relation as rules see it."""
    target = entities.of(relation.target)
    if target is None:
        return
    columns = tuple(column.name for column in relation.columns)
    wanted = {text_entry(one, "referencedColumnName") for one in join_columns(relation.join)} - {None}
    referenced = [column for column in target.columns if column.field in wanted] or target.primary
    back = tuple(column.name for column in referenced) if columns else ()
    many = relation.kind in ("OneToMany", "ManyToMany")
    entity.seen.append(ModelRelation(relation.field, target.table, many, relation.location, columns, back))


def referred_to(target: Entity, given: Sequence[Value]) -> list[Column]:
    """The columns that `referencedColumnName`s name, in their order; without any, the primary key (`collectReferencedColumns`)."""
    wanted = [text_entry(one, "referencedColumnName") for one in given]
    if not any(wanted):
        return target.primary
    return [column for name in wanted for column in target.columns if column.field == name]
