"""Modules with TypeORM entities in; the schema that its schema builder would make out, and what could not be read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from advisor.model import Name, Schema, Skipped, Table
from advisor.remedies.sql import quote_name
from advisor.sources.evaluation.containers import ObjectValue, entry, text_entry
from advisor.sources.evaluation.evaluator import Evaluator
from advisor.sources.evaluation.modules import Module
from advisor.sources.orm.classes import DecoratedClass, classes_of
from advisor.sources.orm.ddl import Ddl, Declared, replay
from advisor.sources.orm.typeorm.columns import Column
from advisor.sources.orm.typeorm.entities import Entity, add_fields, lineage, make_entity
from advisor.sources.orm.typeorm.naming import Naming
from advisor.sources.orm.typeorm.relations import Entities, between, holds_key, join, note
from advisor.sources.orm.typeorm.tables import add_entity, add_index, add_junction, add_key
from advisor.sources.typescript.syntax import field

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
    classes = [made for module in modules for made in classes_of(module, evaluator)]
    entities = collect(classes, naming, evaluator)
    ddl = Ddl()
    build(ddl, entities, evaluator)
    for made in classes:
        add_view(ddl, made, naming)
    for module in modules:
        report_entity_schemas(ddl, module)
    return replay(ddl)


def report_entity_schemas(ddl: Ddl, module: Module) -> None:
    """Entities that are objects, not classes."""
    for node in module.tree.captures("(new_expression) @new").get("new", ()):
        made = field(node, "constructor")
        if made is not None and module.tree.text(made) == "EntitySchema":
            ddl.report(module.tree.location(node), "an entity made by `new EntitySchema` is not read")


def collect(classes: Sequence[DecoratedClass], naming: Naming, evaluator: Evaluator) -> Entities:
    """The entities, and the child entities in the tables of their parents."""
    entities = Entities(naming)
    for made in classes:
        if made.decorator("Entity") is not None:
            entity = make_entity(made, naming, "public", evaluator)
            entities.by_class[(made.place.module.path, made.place.node.id)] = entity
    for made in classes:
        if made.decorator("ChildEntity") is None:
            continue
        for ancestor in reversed(lineage(made, evaluator)[:-1]):
            parent = entities.by_class.get((ancestor.place.module.path, ancestor.place.node.id))
            if parent is not None:
                add_fields(parent, made.fields, naming, evaluator, optional=True)
                parent.classes.append(made)
                entities.by_class.setdefault((made.place.module.path, made.place.node.id), parent)
                break
    return entities


def build(ddl: Ddl, entities: Entities, evaluator: Evaluator) -> None:
    """Everything that the schema builder does, in its order."""
    tables = list(dict.fromkeys(entities.by_class.values()))
    discriminators = [found for entity in tables if (found := discriminator(entity)) is not None]
    connect(entities, tables)
    for entity in tables:
        add_entity(ddl, entity, entities, evaluator)
    for entity, column in discriminators:
        add_index(ddl, entity.table, [column.name], column.location, None, None)
    for junction in entities.junctions.values():
        add_junction(ddl, junction, evaluator)
    for key in entities.keys:
        add_key(ddl, key)
    for location, reason in entities.problems:
        ddl.report(location, reason)


def connect(entities: Entities, tables: Sequence[Entity]) -> None:
    """Work out what relations add to the tables, and the tables between them."""
    for entity in primary_first(tables):
        for relation in entity.relations:
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


def discriminator(entity: Entity) -> tuple[Entity, Column] | None:
    """The column that tells child entities apart, added where it is not written."""
    inheritance = entity.made.decorator("TableInheritance")
    if inheritance is None:
        return None
    given = entry(inheritance.argument(0), "column")
    name = given if isinstance(given, str) else text_entry(given, "name") or "type"
    known = next((column for column in entity.columns if column.field == name), None)
    if known is None:
        written = text_entry(given, "type") if isinstance(given, ObjectValue) else None
        known = Column(name, name, written or "varchar", inheritance.location)
        entity.columns.append(known)
    return entity, known


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
