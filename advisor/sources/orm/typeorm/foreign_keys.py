"""`@ForeignKey`: a foreign key without a relation. In: an entity's decorators. Out: `Key`s.

Source: typeorm/src/decorator/ForeignKey.ts, and `createForeignKeys` of typeorm/src/metadata-builder/EntityMetadataBuilder.ts.
"""

from __future__ import annotations

from advisor.sources.evaluation.containers import ArrayValue, items_of, text_entry
from advisor.sources.evaluation.evaluator import Evaluator
from advisor.sources.evaluation.symbols import External
from advisor.sources.evaluation.values import Function, Value
from advisor.sources.orm.classes import Decorator
from advisor.sources.orm.typeorm.columns import options_of
from advisor.sources.orm.typeorm.entities import Entity, path_of
from advisor.sources.orm.typeorm.relations import Entities, Key


def add_foreign_keys(entities: Entities, entity: Entity, evaluator: Evaluator) -> None:
    """The foreign keys that decorators of the class and of its properties ask for."""
    above = [("", one) for made in entity.classes for one in made.decorators]
    at_properties = [(found.name, one) for found in entity.fields for one in found.decorators]
    for name, decorator in (*above, *at_properties):
        if decorator.name == "ForeignKey":
            add_foreign_key(entities, entity, name, decorator, evaluator)


def add_foreign_key(entities: Entities, entity: Entity, name: str, decorator: Decorator, evaluator: Evaluator) -> None:
    """`name` is the property; empty above a class, where the columns are listed."""
    target = entities.of(applied(decorator.argument(0), evaluator))
    lists = [list(items_of(one)) for one in decorator.arguments if isinstance(one, ArrayValue)]
    inverse = decorator.argument(1)
    if isinstance(inverse, Function):
        inverse = path_of(evaluator.apply(inverse, (External("(inverse)", "it"),)))
    fields: list[Value] = [name] if name else lists[0] if lists else []
    referenced_fields: list[Value] = [inverse] if name and isinstance(inverse, str) else lists[1] if len(lists) > 1 else []
    columns = names_of(entity, fields)
    referenced = names_of(target, referenced_fields) if target is not None else None
    if target is None or not columns or referenced is None:
        where = f"{entity.made.name}.{name}".rstrip(".")
        entities.problems.append((decorator.location, f"what a foreign key of {where} refers to is not known"))
        return
    options = options_of(decorator)
    key = Key(entity.table, columns, target.table, referenced or [column.name for column in target.primary], decorator.location)
    key.on_delete, key.on_update = text_entry(options, "onDelete"), text_entry(options, "onUpdate")
    key.name, key.deferrable = text_entry(options, "name"), text_entry(options, "deferrable")
    entities.keys.append(key)


def applied(value: Value, evaluator: Evaluator) -> Value:
    return evaluator.apply(value, ()) if isinstance(value, Function) else value


def names_of(entity: Entity, fields: list[Value]) -> list[str] | None:
    """The columns of properties, or of their own names; None where one is not known."""
    found = [next((one.name for one in entity.columns if field in (one.field, one.name)), None) for field in fields]
    return [name for name in found if name is not None] if None not in found else None
