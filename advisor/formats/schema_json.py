"""Schemas as JSON. In: a Project. Out: everything that the model holds, each object with its place, in the order of the source.

The keys are the model's own names, so that nothing of it can be forgotten; `schema.schema.json` says what they mean. A name in full
is two keys where the object itself is meant (`schema`, `name`), an object of these two where another one is. An expression is its
text. What an object inherits from where it stands (an index its table) is not repeated.
"""

from __future__ import annotations

import json
from typing import Any

from msgspec import Struct

from advisor.formats.migrations_json import migrations_json
from advisor.model import Database, Expression, ForeignKey, IndexKey, Location, Name, Project, Schema

LEFT_OUT = {
    "Index": ("table", "column_names"),
    "ForeignKey": ("table",),
    "Trigger": ("table",),
    "Statistics": ("table",),
    "Table": ("name_location", "left_to_hand"),
    "Column": ("native_type", "ignored", "client_default"),
    "Schema": ("cut_names",),
}
"""Fields that only repeat what stands around them, or that are about how it came to be and not about what it is."""

RENAMED = {("NotNull", "column"): "column_name"}
"""Fields that would be taken for a part of the place."""


def schemas_json(project: Project) -> str:
    content = {"schema_version": "1", "databases": [database_json(database) for database in project.databases]}
    return json.dumps(content, indent=2) + "\n"


def database_json(database: Database) -> dict[str, Any]:
    migrations = migrations_json(database.migrations)
    return {"folder": database.folder, "orm": database.orm, **schema_json(database.schema), "migrations": migrations}


def schema_json(schema: Schema) -> dict[str, Any]:
    content: dict[str, Any] = {name: plain(getattr(schema, name)) for name in schema.__struct_fields__}
    return {**content, "extension_schemas": dict(schema.extension_schemas)}


def plain(value: Any) -> Any:
    """Any value of the model as JSON has it."""
    if isinstance(value, Expression):
        return value.text
    if isinstance(value, Location):
        return place(value)
    if isinstance(value, tuple):
        return [plain(part) for part in value]
    return object_json(value) if isinstance(value, Struct) else value


def object_json(value: Struct) -> dict[str, Any]:
    """An object's fields in their order, its name first and its place last."""
    left_out = LEFT_OUT.get(type(value).__name__, ())
    content: dict[str, Any] = {}
    for name in value.__struct_fields__:
        found = getattr(value, name)
        if name == "name" and isinstance(found, Name):
            content |= {"schema": found.schema, "name": found.name}
        elif name != "location" and name not in left_out:
            content[RENAMED.get((type(value).__name__, name), name)] = plain(found)
    if isinstance(value, IndexKey):
        content["nulls_first"] = value.puts_nulls_first
    if isinstance(value, ForeignKey):
        content |= {"referenced_schema": value.referenced_table.schema, "referenced_table": value.referenced_table.name}
    location = getattr(value, "location", None)
    return {**content, **place(location)} if isinstance(location, Location) else content


def place(location: Location) -> dict[str, Any]:
    return {"path": location.path, "line": location.line, "column": location.column}
