"""Entities while they are read: their columns, embedded ones included, and their relations. In: classes. Out: `Entity`s."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from advisor.model import Location, Name
from advisor.model import Relation as ModelRelation
from advisor.sources.evaluation.containers import ArrayValue, ObjectValue, entry, text_entry
from advisor.sources.evaluation.evaluator import Evaluator
from advisor.sources.evaluation.symbols import External, Member
from advisor.sources.evaluation.values import UNDEFINED, ClassValue, Function, Place, Value
from advisor.sources.orm.classes import DecoratedClass, Decorator, Field, read_class
from advisor.sources.orm.typeorm.columns import Column, maker_of, options_of, read_column
from advisor.sources.orm.typeorm.naming import Naming

RELATIONS = ("ManyToOne", "OneToOne", "OneToMany", "ManyToMany")
MAX_PARENTS = 8


@dataclass(slots=True, eq=False)
class Relation:
    """A relation of an entity: the decorator, its options, and the decorators that say which columns or table hold it."""

    field: str
    kind: str
    target: Value
    inverse: str | None
    options: Value
    join: Decorator | None
    location: Location
    columns: list[Column] = dataclass_field(default_factory=list)


@dataclass(slots=True, eq=False)
class Entity:
    """A class with `@Entity`, and the table that it has."""

    made: DecoratedClass
    table: Name
    location: Location
    columns: list[Column] = dataclass_field(default_factory=list)
    relations: list[Relation] = dataclass_field(default_factory=list)
    fields: list[Field] = dataclass_field(default_factory=list)
    classes: list[DecoratedClass] = dataclass_field(default_factory=list)
    """The class, what it extends, and the child entities that share its table."""
    seen: list[ModelRelation] = dataclass_field(default_factory=list)

    @property
    def primary(self) -> list[Column]:
        return [column for column in self.columns if column.primary]

    def columns_of(self, property_name: str) -> list[str]:
        """The columns that a property stands for: its own, or those that join its relation."""
        own = [column.name for column in self.columns if column.field == property_name]
        joined = [column.name for one in self.relations if one.field == property_name for column in one.columns]
        return own or joined


def lineage(made: DecoratedClass, evaluator: Evaluator) -> list[DecoratedClass]:
    """A class and those that it extends, the furthest first."""
    found: list[DecoratedClass] = []
    current: DecoratedClass | None = made
    while current is not None and len(found) < MAX_PARENTS:
        found.insert(0, current)
        value = parent_value(current, evaluator)
        current = read_class(value.place, evaluator) if isinstance(value, ClassValue) else None
    return found


def parent_value(made: DecoratedClass, evaluator: Evaluator) -> Value:
    module = made.place.module
    return evaluator.value_at(Place(module, made.parent)) if made.parent is not None else UNDEFINED


def make_entity(made: DecoratedClass, naming: Naming, schema: str, evaluator: Evaluator) -> Entity:
    """The entity of a class with `@Entity`: names, columns, relations."""
    decorator = made.decorator("Entity")
    given = decorator.argument(0) if decorator is not None else UNDEFINED
    options = given if isinstance(given, ObjectValue) else decorator.argument(1) if decorator is not None else UNDEFINED
    written = given if isinstance(given, str) and given else text_entry(options, "name")
    name = Name(text_entry(options, "schema") or schema, written or naming.table(made.name))
    entity = Entity(made, name, made.place.location, classes=lineage(made, evaluator))
    for one in entity.classes:
        add_fields(entity, one.fields, naming, evaluator)
    return entity


def add_fields(entity: Entity, fields: Sequence[Field], naming: Naming, evaluator: Evaluator, *, optional: bool = False) -> None:
    """The columns and relations of a class; those of a child entity may be missing, so they take NULL."""
    for found in fields:
        entity.fields = [one for one in entity.fields if one.name != found.name] + [found]
        relation = read_relation(found, evaluator)
        if relation is not None:
            entity.relations.append(relation)
        for column in columns_of(found, naming, evaluator, []):
            column.nullable = column.nullable or (optional and not column.primary)
            known = next((one for one in entity.columns if one.field == column.field), None)
            if known is not None:
                entity.columns[entity.columns.index(known)] = column
            else:
                entity.columns.append(column)


def columns_of(found: Field, naming: Naming, evaluator: Evaluator, prefixes: list[str]) -> Iterator[Column]:
    """The column of a field, or those of the class that is embedded in it."""
    maker = maker_of(found)
    if maker is None:
        return
    first, options = maker.argument(0), options_of(maker)
    embedded = embedded_class(first, evaluator)
    if embedded is None:
        name = naming.column(found.name, text_entry(options, "name"), prefixes)
        column = read_column(found, maker, name, evaluator)
        yield column
        return
    prefix = entry(options, "prefix")
    inner = prefixes if prefix is False else [*prefixes, prefix if isinstance(prefix, str) else found.name]
    for one in lineage(embedded, evaluator):
        for field_inside in one.fields:
            for column in columns_of(field_inside, naming, evaluator, inner):
                column.embedded, column.field = True, f"{found.name}.{column.field.rpartition('.')[2]}"
                yield column


def embedded_class(value: Value, evaluator: Evaluator) -> DecoratedClass | None:
    """The class of `@Column(() => Address)`."""
    made = evaluator.apply(value, ()) if isinstance(value, Function) else None
    return read_class(made.place, evaluator) if isinstance(made, ClassValue) else None


def read_relation(found: Field, evaluator: Evaluator) -> Relation | None:
    decorator = found.decorator(*RELATIONS)
    if decorator is None:
        return None
    target = decorator.argument(0)
    if isinstance(target, Function):
        target = evaluator.apply(target, ())
    inverse = decorator.argument(1)
    if isinstance(inverse, Function):
        inverse = evaluator.apply(inverse, (External("(inverse)", "it"),))
    name = inverse if isinstance(inverse, str) else inverse.name if isinstance(inverse, Member) else None
    join = found.decorator("JoinTable" if decorator.name == "ManyToMany" else "JoinColumn")
    return Relation(found.name, decorator.name, target, name, options_of(decorator), join, found.location)


def join_columns(decorator: Decorator | None, key: str = "") -> list[ObjectValue]:
    """The objects of `@JoinColumn({...})` or `@JoinColumn([...])`; with `key`, those under it of `@JoinTable({...})`."""
    if decorator is None:
        return []
    given = decorator.argument(0)
    if key:
        many = entry(given, f"{key}s")
        given = many if isinstance(many, ArrayValue) else entry(given, key)
    listed = given.items if isinstance(given, ArrayValue) else (given,)
    return [one for one in listed if isinstance(one, ObjectValue)]
