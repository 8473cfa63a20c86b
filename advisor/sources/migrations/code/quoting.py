"""Identifiers and values as the tools that run migrations write them for PostgreSQL. In: values. Out: SQL."""

from __future__ import annotations

import json
from dataclasses import dataclass

from advisor.sources.evaluation.conversions import is_known
from advisor.sources.evaluation.values import UNDEFINED, HostObject, NotSeen, Value


@dataclass(frozen=True, slots=True)
class Expression(HostObject):
    """SQL that a migration hands over as it is (`Sequelize.literal`, `knex.raw`)."""

    sql: str

    @property
    def written(self) -> str:
        return self.sql


def quoted(identifier: str) -> str:
    """An identifier in quotes, whatever it is."""
    return '"' + identifier.replace('"', '""') + '"'


def quoted_path(path: str) -> str:
    """`schema.table` with each part in quotes."""
    return ".".join(quoted(part) for part in path.split("."))


def columns(names: list[str]) -> str:
    return ", ".join(quoted(name) for name in names)


def literal(value: Value) -> str:
    """A constant. Objects and lists are JSON."""
    if isinstance(value, Expression):
        return value.sql
    if value is None or value is UNDEFINED:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, str):
        return string(value)
    if isinstance(value, (dict, list)) and is_known(value):
        return string(as_json(value))
    raise NotSeen("a value is not a constant")


def string(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def as_json(value: Value) -> str:
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise NotSeen("a value is not a constant") from error
