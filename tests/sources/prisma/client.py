"""A schema as Prisma Client knows it. In: our parsed blocks, or Prisma's own DMMF. Out: the same plain values of both, to compare.

What is ignored is not in the DMMF; so `missing_from` asks for what the DMMF has, not for more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from advisor.model import SourceText
from advisor.sources.prisma.parser import parse
from advisor.sources.prisma.problems import Problems
from advisor.sources.prisma.syntax import (
    Attribute,
    Call,
    Constant,
    Field,
    Model,
    argument,
    attribute_named,
    constant_argument,
    items_of,
    string_argument,
)

Facts = dict[str, Any]


def client_facts(sources: Iterable[SourceText]) -> Facts:
    """Models with their fields, and indexes, of what we read."""
    problems = Problems()
    parsed = [parse(source, problems) for source in sources]
    models = [block for file in parsed for block in file.blocks if isinstance(block, Model) and block.keyword != "type"]
    models = [model for model in models if attribute_named(model.attributes, "ignore") is None]
    return {
        "models": {model.name.text: model_facts(model) for model in models},
        "indexes": {facts for model in models for facts in index_facts(model)},
    }


def model_facts(model: Model) -> Facts:
    key = attribute_named(model.attributes, "id")
    # One with a condition identifies nothing to the client.
    uniques = [one for one in model.attributes if one.name == "unique" and argument(one, "where") is None]
    return {
        "table": mapped(model.attributes),
        "key": (string_argument(key, "name"), tuple(names_in(key, "fields"))) if key else None,
        "uniques": {(string_argument(one, "name"), tuple(names_in(one, "fields"))) for one in uniques},
        "fields": {declared.name.text: field_facts(declared, key, uniques) for declared in model.fields},
    }


def field_facts(declared: Field, key: Attribute | None, uniques: Iterable[Attribute]) -> tuple[Any, ...]:
    own = {attribute.name for attribute in declared.attributes}
    relation = attribute_named(declared.attributes, "relation")
    alone = [declared.name.text]
    is_key = "id" in own or (key is not None and names_in(key, "fields") == alone)
    is_unique = "unique" in own or any(names_in(one, "fields") == alone for one in uniques)
    return (
        declared.type.name,
        declared.type.arity == "list",
        declared.type.arity != "optional",
        is_key,
        is_unique and not is_key,
        "default" in own,
        "updatedAt" in own,
        mapped(declared.attributes),
        tuple(names_in(relation, "fields", default=False)) if relation else (),
        tuple(names_in(relation, "references", default=False)) if relation else (),
        constant_argument(relation, "onDelete") if relation else None,
        constant_argument(relation, "onUpdate") if relation else None,
    )


def index_facts(model: Model) -> Iterator[tuple[Any, ...]]:
    kinds = {"id": "id", "unique": "unique", "index": "normal", "fulltext": "fulltext"}
    for declared in model.fields:
        for one in declared.attributes:
            if one.name in ("id", "unique"):
                key = ((declared.name.text, *options_of(one)),)
                yield (model.name.text, kinds[one.name], True, None, string_argument(one, "map"), None, key)
    for one in model.attributes:
        if one.name in kinds:
            keys = tuple(key_facts(item) for item in items_of(argument(one, "fields", default=True)))
            # `name` is what the client calls a key; of an index it is the old word for `map`.
            name = string_argument(one, "name") if one.name in ("id", "unique") else None
            old = string_argument(one, "name") if name is None else None
            method = constant_argument(one, "type")
            yield (model.name.text, kinds[one.name], False, name, string_argument(one, "map") or old, method, keys)


def key_facts(item: Any) -> tuple[Any, ...]:
    return (item.name, *options_of(item)) if isinstance(item, Call) else (item.name, None, None)


def options_of(node: Attribute | Call) -> tuple[str | None, str | None]:
    """Order and operator class. An ascending one is the default, but `Asc` may be written."""
    ops = argument(node, "ops")
    sort = constant_argument(node, "sort")
    name = string_argument(ops, "value", default=True) if isinstance(ops, Call) else ops.name if isinstance(ops, Constant) else None
    return (sort.lower() if sort else None, name)


def names_in(attribute: Attribute, name: str, *, default: bool = True) -> list[str]:
    items = items_of(argument(attribute, name, default=default))
    return [item.name for item in items if isinstance(item, Constant | Call)]


def mapped(attributes: Iterable[Attribute]) -> str | None:
    attribute = next((one for one in attributes if one.name == "map"), None)
    return string_argument(attribute, "name", default=True) if attribute else None


def dmmf_facts(datamodel: Facts) -> Facts:
    """The same of the DMMF."""
    return {
        "models": {model["name"]: dmmf_model(model) for model in datamodel["models"]},
        "indexes": {dmmf_index(index) for index in datamodel["indexes"]},
    }


def dmmf_model(model: Facts) -> Facts:
    key = model["primaryKey"]
    return {
        "table": model["dbName"],
        "key": (key["name"], tuple(key["fields"])) if key else None,
        "uniques": {(one["name"], tuple(one["fields"])) for one in model["uniqueIndexes"]},
        "fields": {one["name"]: dmmf_field(one) for one in model["fields"]},
    }


def dmmf_field(one: Facts) -> tuple[Any, ...]:
    return (
        one["type"],
        one["isList"],
        one["isRequired"] or one["isList"],
        one["isId"],
        one["isUnique"],
        one["hasDefaultValue"],
        one["isUpdatedAt"],
        one.get("dbName"),
        tuple(one.get("relationFromFields", ())),
        tuple(one.get("relationToFields", ())),
        one.get("relationOnDelete"),
        one.get("relationOnUpdate"),
    )


def dmmf_index(one: Facts) -> tuple[Any, ...]:
    keys = tuple((key["name"], key.get("sortOrder"), key.get("operatorClass")) for key in one["fields"])
    return (
        one["model"],
        one["type"],
        one["isDefinedOnField"],
        one.get("name"),
        one.get("dbName"),
        one.get("algorithm"),
        keys,
    )


def missing_from(ours: Facts, theirs: Facts) -> list[Any]:
    """What the DMMF has and we have not, or otherwise."""
    found: list[Any] = sorted(theirs["indexes"] - ours["indexes"], key=str)
    found += sorted(ours["models"].keys() ^ theirs["models"].keys())
    for name in ours["models"].keys() & theirs["models"].keys():
        mine, model = ours["models"][name], theirs["models"][name]
        found += [(name, part, mine[part], model[part]) for part in ("table", "key", "uniques") if mine[part] != model[part]]
        fields = mine["fields"]
        found += [(name, key, fields.get(key), value) for key, value in model["fields"].items() if fields.get(key) != value]
    return found
