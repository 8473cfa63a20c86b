"""Modules with TypeORM entities in; the schema that its schema builder would make out, and what could not be read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from advisor.model import Location, Name, Schema, Skipped, Table
from advisor.remedies.sql import quote_name
from advisor.sources.evaluation.containers import ObjectValue, entry, items_of, text_entry
from advisor.sources.evaluation.evaluator import Evaluator
from advisor.sources.evaluation.modules import Module
from advisor.sources.orm.classes import DecoratedClass, Decorator, Field, classes_of
from advisor.sources.orm.ddl import Ddl, Declared, replay
from advisor.sources.orm.typeorm.columns import Column, read_column
from advisor.sources.orm.typeorm.entities import Entity, add_fields, lineage, make_entity
from advisor.sources.orm.typeorm.entity_schemas import entity_schemas
from advisor.sources.orm.typeorm.foreign_keys import add_foreign_keys
from advisor.sources.orm.typeorm.junctions import between
from advisor.sources.orm.typeorm.naming import Naming
from advisor.sources.orm.typeorm.relations import Entities, holds_key, join, note
from advisor.sources.orm.typeorm.tables import add_entity, add_index, add_junction, add_key, key_name
from advisor.sources.orm.typeorm.trees import add_closure, add_tree_columns

CONNECTION = re.compile(r"\bnew DataSource\(|\bTypeOrmModule\s*\.\s*forRoot|\bcreateConnection\(|\bDataSourceOptions\b")
OTHER_DATABASE = re.compile(
    r"""\btype\s*:\s*["'](mysql|mariadb|sqlite|better-sqlite3|sqljs|mssql|oracle|mongodb|cordova|expo|spanner|sap)["']"""
)
SNAKE = "SnakeNamingStrategy"


def read_typeorm(modules: Sequence[Module], evaluator: Evaluator) -> tuple[Schema, list[Skipped]]:
    """The schema of some modules. Nothing is read of a project whose connection is to another database."""
    connections = [module.tree.source.text for module in modules if CONNECTION.search(module.tree.source.text)]
    others = [match[1] for text in connections if (match := OTHER_DATABASE.search(text))]
    if others and not any("postgres" in text for text in connections):
        return Schema(), [Skipped(module.path, f"entities of another database ({others[0]})", "left alone") for module in modules]
    naming = Naming(snake=any(SNAKE in text for text in connections))
    schemas = [made for module in modules for made in entity_schemas(module, evaluator)]
    classes = [made for module in modules for made in classes_of(module, evaluator)]
    classes += [made for made in schemas if isinstance(made, DecoratedClass)]
    entities = collect(classes, naming, evaluator)
    ddl = Ddl()
    for place in schemas:
        if isinstance(place, Location):
            ddl.report(place, "what this `new EntitySchema` says is not known")
    build(ddl, entities, evaluator)
    for made in classes:
        add_view(ddl, made, naming)
    return replay(ddl)


def collect(classes: Sequence[DecoratedClass], naming: Naming, evaluator: Evaluator) -> Entities:
    """The entities, and the child entities in the tables of their parents."""
    entities = Entities(naming)
    for made in classes:
        if made.decorator("Entity") is not None:
            entity = make_entity(made, naming, "public", evaluator)
            entities.by_class[(made.place.module.path, made.place.node.id)] = entity
    for made in children_of(classes, evaluator):
        for ancestor in reversed(lineage(made, evaluator)[:-1]):
            parent = entities.by_class.get((ancestor.place.module.path, ancestor.place.node.id))
            if parent is not None:
                add_fields(parent, made.fields, naming, evaluator, optional=True)
                parent.classes.append(made)
                entities.by_class.setdefault((made.place.module.path, made.place.node.id), parent)
                break
    return entities


def children_of(classes: Sequence[DecoratedClass], evaluator: Evaluator) -> list[DecoratedClass]:
    """The child entities; one that others extend before them."""
    lines = [one for made in classes if made.decorator("ChildEntity") is not None for one in lineage(made, evaluator)]
    found = {(one.place.module.path, one.place.node.id): one for one in lines if one.decorator("ChildEntity") is not None}
    return list(found.values())


def build(ddl: Ddl, entities: Entities, evaluator: Evaluator) -> None:
    """Everything that the schema builder does, in its order."""
    tables = list(dict.fromkeys(entities.by_class.values()))
    discriminators = [found for entity in tables if (found := discriminator(entity, evaluator)) is not None]
    for entity in tables:
        add_tree_columns(entity)
    connect(entities, tables)
    for entity in tables:
        add_foreign_keys(entities, entity, evaluator)
        add_closure(entities, entity, evaluator)
    for entity in tables:
        add_entity(ddl, entity, entities, evaluator)
    for entity, column in discriminators:
        add_index(ddl, entity.table, [column.name], column.location, None, None)
    for junction in entities.junctions.values():
        add_junction(ddl, junction, evaluator)
    for key in {key_name(key): key for key in entities.keys}.values():
        add_key(ddl, key)
    for location, reason in entities.problems:
        ddl.report(location, reason)


def connect(entities: Entities, tables: Sequence[Entity]) -> None:
    """Work out what relations add to the tables, and the tables between them."""
    for entity in primary_first(tables):
        for relation in sorted(entity.relations, key=lambda one: one.around.order):
            if holds_key(relation):
                join(entities, entity, relation)
    for entity in tables:
        for relation in entity.relations:
            if relation.kind == "ManyToMany" and relation.join is not None:
                between(entities, entity, relation)
            note(entities, entity, relation)


def primary_first(tables: Sequence[Entity]) -> Iterator[Entity]:
    """Entities whose own columns are their key before those whose key is a relation."""
    yield from (entity for entity in tables if entity.primary)
    yield from (entity for entity in tables if not entity.primary)


def discriminator(entity: Entity, evaluator: Evaluator) -> tuple[Entity, Column] | None:
    """The column that tells child entities apart, added where it is not written, where TypeORM makes an index of it."""
    inheritance = entity.made.decorator("TableInheritance")
    if inheritance is None:
        return None
    given = entry(inheritance.argument(0), "column")
    name = given if isinstance(given, str) else text_entry(given, "name") or "type"
    known = next((column for column in entity.columns if column.field == name), None)
    if known is None:
        maker = Decorator("Column", (given,), inheritance.location)
        known = read_column(Field(name, "string", (maker,), inheritance.location, entity.made.place), maker, name, evaluator)
        entity.columns.append(known)
    return None if has_index(entity, known) else (entity, known)


def has_index(entity: Entity, column: Column) -> bool:
    """Whether `@Index` stands at the property of a column, or names it alone above the class."""
    at_property = any(found.decorator("Index") is not None for found in entity.fields if found.name == column.field)
    above = (one for made in entity.classes for one in made.decorators if one.name == "Index")
    return at_property or any(list(items_of(given)) == [column.field] for one in above for given in one.arguments)


def add_view(ddl: Ddl, made: DecoratedClass, naming: Naming) -> None:
    """`@ViewEntity`: with its query where that is SQL, by its name alone where the query builder makes it."""
    decorator = made.decorator("ViewEntity")
    if decorator is None:
        return
    first = decorator.argument(0)
    options = first if isinstance(first, ObjectValue) else decorator.argument(1)
    written = first if isinstance(first, str) else text_entry(options, "name")
    name = Name(text_entry(options, "schema") or "public", written or naming.table(made.name))
    query = entry(options, "expression")
    kind = "MATERIALIZED VIEW" if entry(options, "materialized") is True else "VIEW"
    if isinstance(query, str):
        ddl.declared[name] = Declared(made.name, made.place.location, made.name_location)
        ddl.afterwards(name, f"CREATE {kind} {quote_name(name)} AS {query}", made.place.location)
        return
    known = "materialized view" if kind.startswith("M") else "view"
    ddl.views.append(Table(name, (), made.place.location, kind="view" if known == "view" else "materialized view", model=made.name))
