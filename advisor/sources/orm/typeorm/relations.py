"""Relations of entities as columns, keys and tables between. Source: typeorm/src/metadata-builder (`RelationJoinColumnBuilder`,
`JunctionEntityMetadataBuilder`)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from advisor.model import Location, Name
from advisor.model import Relation as ModelRelation
from advisor.sources.evaluation.containers import entry, text_entry
from advisor.sources.evaluation.symbols import External, Member
from advisor.sources.evaluation.values import UNDEFINED, ClassValue, Unknown, Value
from advisor.sources.orm.typeorm.columns import Column
from advisor.sources.orm.typeorm.entities import Entity, Relation, join_columns
from advisor.sources.orm.typeorm.naming import Naming


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
        if isinstance(value, ClassValue):
            found = self.by_class.get((value.place.module.path, value.place.node.id))
            if found is not None:
                return found
        name = value if isinstance(value, str) else getattr(value, "name", "")
        if isinstance(value, Unknown) and value.place is not None:
            name = value.place.module.tree.text(value.place.node).rpartition(".")[2]
        named = (ClassValue, External, Member, Unknown, str)
        found_by_name = [one for one in self.by_class.values() if one.made.name == name]
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
    wanted = [text_entry(one, "referencedColumnName") for one in given]
    named = [column for column in target.columns if column.field in wanted]
    referenced = named if any(wanted) else target.primary
    for column in referenced:
        options = next((one for one in given if text_entry(one, "referencedColumnName") in (None, column.field)), UNDEFINED)
        name = text_entry(options, "name") or entities.naming.join_column(relation.field, column.field)
        relation.columns.append(join_column(entity, relation, column, name))
    names = [column.name for column in relation.columns]
    if not names:
        return
    if relation.kind == "OneToOne":
        entities.unique.append((entity, names, relation.location))
    if entry(relation.options, "createForeignKeyConstraints") is not False:
        key = Key(entity.table, names, target.table, [column.name for column in referenced], relation.location)
        key.on_delete, key.on_update = text_entry(relation.options, "onDelete"), text_entry(relation.options, "onUpdate")
        written = [text_entry(one, "foreignKeyConstraintName") for one in given]
        key.name = next((one for one in written if one), None)
        entities.keys.append(key)


def join_column(entity: Entity, relation: Relation, referenced: Column, name: str) -> Column:
    """The column of that name where the entity has one, which takes the type that it refers to; else a new one."""
    known = next((column for column in entity.columns if column.name == name), None)
    if known is not None:
        known.type, known.enum, known.enum_name = referenced.type, referenced.enum, referenced.enum_name
        return known
    nullable = entry(relation.options, "nullable") is not False and entry(relation.options, "primary") is not True
    made = copied(referenced, relation.field, name, relation.location)
    made.nullable, made.primary = nullable, entry(relation.options, "primary") is True
    entity.columns.append(made)
    return made


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


def between(entities: Entities, entity: Entity, relation: Relation) -> None:
    """The table of a many-to-many relation, which the side with `@JoinTable` makes."""
    target = entities.of(relation.target)
    if target is None:
        entities.problems.append((relation.location, f"the entity that {entity.made.name}.{relation.field} refers to is not known"))
        return
    options = relation.join.argument(0) if relation.join is not None else UNDEFINED
    name = text_entry(options, "name") or entities.naming.join_table(entity.table.name, relation.field, target.table.name)
    table = Name(text_entry(options, "schema") or entity.table.schema, name)
    if table in entities.junctions:
        return
    sides = []
    for side, key in ((entity, "joinColumn"), (target, "inverseJoinColumn")):
        sides.append(side_columns(entities, side, relation, key))
    own, other = sides
    for index, column in enumerate(own):
        twin = next((one for one in other if one.name == column.name), None)
        if twin is not None:
            own[index], other[other.index(twin)] = (replace(column, name=f"{column.name}_1"), replace(twin, name=f"{twin.name}_2"))
    back = next((one for one in target.relations if one.field == relation.inverse), None)
    keys = []
    if entry(relation.options, "createForeignKeyConstraints") is not False:
        mine = Key(table, [one.name for one in own], entity.table, [one.name for one in entity.primary], relation.location)
        mine.on_delete = text_entry(relation.options, "onDelete") or "CASCADE"
        mine.on_update = text_entry(relation.options, "onUpdate") or "CASCADE"
        theirs = Key(table, [one.name for one in other], target.table, [one.name for one in target.primary], relation.location)
        theirs.on_delete = text_entry(back.options, "onDelete") if back is not None else "CASCADE"
        theirs.on_update = text_entry(back.options, "onUpdate") if back is not None else "CASCADE"
        keys = [mine, theirs]
    entities.junctions[table] = Junction(table, [*own, *other], keys, relation.location)


def side_columns(entities: Entities, side: Entity, relation: Relation, key: str) -> list[Column]:
    given = join_columns(relation.join, key)
    columns = []
    for column in side.primary:
        options = next((one for one in given if text_entry(one, "referencedColumnName") in (None, column.field)), UNDEFINED)
        name = text_entry(options, "name") or entities.naming.join_table_column(side.table.name, column.name)
        made = copied(column, name, name, relation.location)
        made.primary = True
        columns.append(made)
    return columns
