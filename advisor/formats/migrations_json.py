"""Migrations as JSON. In: the migrations of a database. Out: each with its tool, its transaction, its operations and what these do.

An operation's keys are the model's own names, but for its object's `kind`, which is `object_kind`; an index or foreign key in it is
told by its name, columns and tables. What is empty or false is left out, since most of an operation's facts are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from advisor.model import Effect, ForeignKey, Index, Location, Migration, Name, Operation

RENAMED = {"kind": "object_kind"}


def migrations_json(migrations: Iterable[Migration]) -> list[dict[str, Any]]:
    return [migration_json(migration) for migration in migrations]


def migration_json(migration: Migration) -> dict[str, Any]:
    return {
        "name": migration.name,
        "version": migration.version,
        "tool": migration.tool,
        "transaction": migration.transaction,
        "repeatable": migration.repeatable,
        "reversible": migration.has_down,
        "path": migration.location.path,
        "operations": [operation_json(operation, effects) for operation, effects in migration.effects()],
        "down": [operation_json(operation, ()) for operation in migration.down],
    }


def operation_json(operation: Operation, effects: Iterable[Effect]) -> dict[str, Any]:
    names = (name for name in operation.__struct_fields__ if name != "location")
    facts = {RENAMED.get(name, name): value_json(getattr(operation, name)) for name in names}
    return {
        "kind": kind_of(operation),
        **{name: value for name, value in facts.items() if value not in (None, False, "", [])},
        "line": operation.location.line,
        "position": operation.location.column,
        "effects": [effect_json(effect) for effect in effects],
    }


def kind_of(operation: Operation) -> str:
    """`AddForeignKey` as `add-foreign-key`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", type(operation).__name__).lower()


def value_json(value: Any) -> Any:
    match value:
        case Name():
            return value.qualified
        case Location():
            return f"{value.path}:{value.line}:{value.column}"
        case Index():
            keys = [str(key) for key in value.keys]
            return {
                "name": value.name,
                "table": value.table.qualified,
                "keys": keys,
                "unique": value.unique,
                "method": value.method,
            }
        case ForeignKey():
            return {
                "name": value.name,
                "table": value.table.qualified,
                "columns": list(value.columns),
                "referenced_table": value.referenced_table.qualified,
                "referenced_columns": list(value.referenced_columns),
                "validated": value.validated,
            }
        case tuple():
            return [value_json(part) for part in value]
    return value


def effect_json(effect: Effect) -> dict[str, Any]:
    return {
        "relation": effect.relation.qualified,
        "lock": effect.lock.sql if effect.lock is not None else None,
        "rewrites": effect.rewrites,
        "scans": effect.scans,
        "builds_index": effect.builds,
        "existed": effect.existed,
        "source": effect.source,
    }
