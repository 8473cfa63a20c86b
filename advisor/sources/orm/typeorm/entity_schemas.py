"""Entities that are objects. In: `new EntitySchema({...})`. Out: the class with decorators that would say the same.

Source: typeorm/src/entity-schema/EntitySchemaTransformer.ts.
"""

from __future__ import annotations

from collections.abc import Iterator

from advisor.model import Location
from advisor.sources.evaluation.containers import ArrayValue, ObjectValue, entry, items_of, text_entry
from advisor.sources.evaluation.evaluator import Evaluator
from advisor.sources.evaluation.modules import Module
from advisor.sources.evaluation.symbols import Call
from advisor.sources.evaluation.values import UNDEFINED, Place, Value
from advisor.sources.orm.classes import DecoratedClass, Decorator, Field
from advisor.sources.typescript.syntax import field

MADE_BY = {
    "createDate": "CreateDateColumn",
    "updateDate": "UpdateDateColumn",
    "deleteDate": "DeleteDateColumn",
    "version": "VersionColumn",
    "treeLevel": "TreeLevelColumn",
    "primary": "PrimaryColumn",
}
"""The decorator that a mark of a column stands for."""

RELATIONS = {"many-to-one": "ManyToOne", "one-to-one": "OneToOne", "one-to-many": "OneToMany", "many-to-many": "ManyToMany"}

ABOVE = {"indices": "Index", "uniques": "Unique", "checks": "Check", "exclusions": "Exclusion", "foreignKeys": "ForeignKey"}


def entity_schemas(module: Module, evaluator: Evaluator) -> Iterator[DecoratedClass | Location]:
    """The entities of a module; the place of one that cannot be told."""
    for node in module.tree.captures("(new_expression) @new").get("new", ()):
        made = field(node, "constructor")
        if made is None or module.tree.text(made) != "EntitySchema":
            continue
        found = evaluator.value_at(Place(module, node))
        options = found.argument(0) if isinstance(found, Call) else UNDEFINED
        if isinstance(options, ObjectValue) and text_entry(options, "name"):
            yield as_class(options, Place(module, node))
        else:
            yield module.tree.location(node)


def as_class(options: ObjectValue, place: Place) -> DecoratedClass:
    """`tableName` is the table; without it, TypeORM makes one of the name as of a class's."""
    location = place.location
    named = {"name": entry(options, "tableName"), "schema": entry(options, "schema"), "comment": entry(options, "comment")}
    above = [Decorator("Entity", (ObjectValue(named, {}, place),), location)]
    for key, name in ABOVE.items():
        above += [Decorator(name, constraint(one), location) for one in items_of(entry(options, key))]
    above += [Decorator("Tree", (entry(one, "type"), one), location) for one in items_of(entry(options, "trees"))]
    columns, relations = entry(options, "columns"), entry(options, "relations")
    fields = [
        *(column_field(name, one, location, place) for name, one in entries_of(columns)),
        *(embedded_field(name, one, location, place) for name, one in entries_of(entry(options, "embeddeds"))),
        *(relation_field(name, one, location, place) for name, one in entries_of(relations)),
    ]
    return DecoratedClass(text_entry(options, "name") or "", tuple(above), tuple(fields), place, None, location)


def entries_of(value: Value) -> list[tuple[str, ObjectValue]]:
    found = value.items() if isinstance(value, ObjectValue) else ()
    return [(name, one) for name, one in found if isinstance(one, ObjectValue)]


def constraint(options: Value) -> tuple[Value, ...]:
    """The arguments of `@Index` and the like: name, columns or expression, options."""
    given = (entry(options, "name"), entry(options, "columns"), entry(options, "expression"))
    target, columns = entry(options, "target"), entry(options, "columnNames")
    if target is not UNDEFINED:
        return (target, columns, entry(options, "referencedColumnNames"), options)
    return (*(one for one in given if one is not UNDEFINED), options)


def column_field(name: str, options: ObjectValue, location: Location, place: Place) -> Field:
    maker = next((made for mark, made in MADE_BY.items() if entry(options, mark) is True), "Column")
    decorators = [Decorator(maker, (options,), location)] if entry(options, "virtualProperty") is not True else []
    key = entry(options, "foreignKey")
    if isinstance(key, ObjectValue):
        decorators.append(Decorator("ForeignKey", (entry(key, "target"), entry(key, "inverseSide"), key), location))
    return Field(name, "", tuple(decorators), options.place.location, place)


def embedded_field(name: str, options: ObjectValue, location: Location, place: Place) -> Field:
    return Field(name, "", (Decorator("Column", (entry(options, "schema"), options), location),), options.place.location, place)


def relation_field(name: str, options: ObjectValue, location: Location, place: Place) -> Field:
    kind = RELATIONS.get(text_entry(options, "type") or "", "")
    target, inverse = entry(options, "target"), entry(options, "inverseSide")
    decorators = [Decorator(kind, (target, inverse, options), location)]
    for key, made in (("joinColumn", "JoinColumn"), ("joinTable", "JoinTable")):
        given = entry(options, key)
        if given is True or isinstance(given, (ObjectValue, ArrayValue)):
            decorators.append(Decorator(made, () if given is True else (given,), location))
    return Field(name, "", tuple(decorators), options.place.location, place)
