"""Entities while they are read: their columns, embedded ones included, and their relations. In: classes. Out: `Entity`s."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from msgspec import Struct
from msgspec.structs import replace

from advisor.model import Location, Name
from advisor.model import Relation as ModelRelation
from advisor.sources.evaluation.containers import ArrayValue, ObjectValue, entry, is_given, text_entry
from advisor.sources.evaluation.evaluator import Evaluator
from advisor.sources.evaluation.symbols import External, Member
from advisor.sources.evaluation.values import UNDEFINED, ClassValue, Function, Place, Value
from advisor.sources.orm.classes import DecoratedClass, Decorator, Field, read_class
from advisor.sources.orm.typeorm.columns import Column, comment_of, maker_of, options_of, read_column
from advisor.sources.orm.typeorm.naming import Naming

RELATIONS = ("ManyToOne", "OneToOne", "OneToMany", "ManyToMany")
OF_TREES = {"TreeParent": "ManyToOne", "TreeChildren": "OneToMany"}
MAX_PARENTS = 8


class Embedding(Struct, frozen=True):
    """Where the properties of an embedded class stand: the path to them, what their columns' names begin with, and the order in
    which TypeORM makes their columns (those of the class itself have 0)."""

    path: str = ""
    prefixes: tuple[str, ...] = ()
    order: int = 0


OWN = Embedding()


@dataclass(slots=True, eq=False)
class Relation:
    """A relation of an entity: the decorator, its options, and the decorators that say which columns or table hold it.

    `field` is the path of the property, `counters.author` in an embedded class.
    """

    field: str
    kind: str
    target: Value
    inverse: str | None
    options: Value
    join: Decorator | None
    location: Location
    columns: list[Column] = dataclass_field(default_factory=list)
    around: Embedding = OWN

    @property
    def name(self) -> str:
        return self.field.rpartition(".")[2]


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
    embedded: list[tuple[Embedding, DecoratedClass]] = dataclass_field(default_factory=list)
    comment: str | None = None
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
    entity = Entity(made, name, made.place.location, classes=lineage(made, evaluator), comment=comment_of(options))
    for one in entity.classes:
        add_fields(entity, one.fields, naming, evaluator)
    return entity


def add_fields(
    entity: Entity,
    fields: Sequence[Field],
    naming: Naming,
    evaluator: Evaluator,
    *,
    optional: bool = False,
    around: Embedding = OWN,
) -> None:
    """The columns and relations of a class; those of a child entity may be missing, so they take NULL."""
    for written in fields:
        found = replace(written, name=around.path + written.name)
        entity.fields = [one for one in entity.fields if one.name != found.name] + [found]
        relation = read_relation(found, evaluator, entity.made.name)
        if relation is not None:
            relation.around = around
            add_relation(entity, relation, optional=optional)
        maker = maker_of(found)
        embedded = embedded_class(maker.argument(0), evaluator) if maker is not None else None
        if maker is not None and embedded is not None:
            add_embedded(entity, embedded, maker, written.name, naming, evaluator, optional=optional, around=around)
        elif maker is not None:
            column = column_of(found, written.name, maker, naming, evaluator, around)
            column.nullable = column.nullable or (optional and not column.primary)
            add_column(entity, column, optional=optional)


def add_column(entity: Entity, column: Column, *, optional: bool) -> None:
    """One more column. What an entity declares again that it extends stays as the parent has it, but for the default.

    Source: `filterByTargetAndWithoutDuplicateProperties` of typeorm/src/metadata-args/MetadataArgsStorage.ts, and `buildColumns`.
    """
    known = next((one for one in entity.columns if one.field == column.field), None)
    if known is None:
        entity.columns.append(column)
    elif not optional and is_given(column.default):
        known.default = column.default


def add_relation(entity: Entity, relation: Relation, *, optional: bool) -> None:
    """One more relation. Declared again, it is what the parent says but for the entity that it refers to."""
    known = next((one for one in entity.relations if one.field == relation.field), None)
    if known is None:
        entity.relations.append(relation)
    elif not optional:
        known.target = relation.target


def column_of(found: Field, name: str, maker: Decorator, naming: Naming, evaluator: Evaluator, around: Embedding) -> Column:
    written = text_entry(options_of(maker), "name")
    column = read_column(found, maker, naming.column(name, written, around.prefixes), evaluator)
    column.order = around.order
    return column


def add_embedded(
    entity: Entity,
    embedded: DecoratedClass,
    maker: Decorator,
    name: str,
    naming: Naming,
    evaluator: Evaluator,
    *,
    optional: bool,
    around: Embedding,
) -> None:
    """The columns and relations of a class that is embedded as a property."""
    if around.path.count(".") >= MAX_PARENTS:
        return
    prefix = entry(options_of(maker), "prefix")
    more = () if prefix is False or prefix == "" else (prefix if isinstance(prefix, str) else name,)
    inside = Embedding(f"{around.path}{name}.", (*around.prefixes, *more), len(entity.embedded) + 1)
    entity.embedded.append((inside, embedded))
    for one in lineage(embedded, evaluator):
        add_fields(entity, one.fields, naming, evaluator, optional=optional, around=inside)


def embedded_class(value: Value, evaluator: Evaluator) -> DecoratedClass | None:
    """The class of `@Column(() => Address)`."""
    made = evaluator.apply(value, ()) if isinstance(value, Function) else None
    return read_class(made.place, evaluator) if isinstance(made, ClassValue) else None


def read_relation(found: Field, evaluator: Evaluator, entity_name: str) -> Relation | None:
    """The relation that a property is; those of trees are to the entity itself."""
    decorator = found.decorator(*RELATIONS, *OF_TREES)
    if decorator is None:
        return None
    if decorator.name in OF_TREES:
        kind, join = OF_TREES[decorator.name], found.decorator("JoinColumn")
        return Relation(found.name, kind, entity_name, None, options_of(decorator), join, found.location)
    target = decorator.argument(0)
    if isinstance(target, Function):
        target = evaluator.apply(target, ())
    inverse = decorator.argument(1)
    if isinstance(inverse, Function):
        inverse = evaluator.apply(inverse, (External("(inverse)", "it"),))
    name = inverse if isinstance(inverse, str) else path_of(inverse)
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


def path_of(value: Value) -> str | None:
    """`counters.author` of `(post) => post.counters.author`."""
    if not isinstance(value, Member):
        return None
    before = path_of(value.owner)
    return f"{before}.{value.name}" if before else value.name
