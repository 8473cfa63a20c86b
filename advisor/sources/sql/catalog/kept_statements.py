"""What the catalog keeps as the statement that makes it: operators, casts, rules. In: definitions. Out: those of a name."""

from __future__ import annotations

from typing import TypeAlias

from advisor.model import Definition, Name
from advisor.sources.sql.catalog.temporary import TEMPORARY

DefinitionKey: TypeAlias = tuple[str, Name, tuple[str, ...]]
"""A definition's kind, its name, and a function's argument types."""


class KeptStatements:
    """Definitions by kind, name and, where several share a name, arguments."""

    def __init__(self) -> None:
        self.changed = False
        """Whether there was a change since the catalog's last snapshot."""
        self._statements: dict[DefinitionKey, Definition] = {}
        self._named: dict[tuple[str, Name], dict[tuple[str, ...], None]] = {}

    def define(self, definition: Definition, arguments: tuple[str, ...]) -> None:
        """Keep a statement that makes something; `arguments` tell apart what shares a name: an aggregate's types."""
        self._statements[(definition.kind, definition.name, arguments)] = definition
        self._named.setdefault((definition.kind, definition.name), {})[arguments] = None
        self.changed = True

    def called(self, kind: str, name: Name) -> list[tuple[DefinitionKey, Definition]]:
        keys = [(kind, name, arguments) for arguments in self._named.get((kind, name), ())]
        return [(key, self._statements[key]) for key in keys]

    def all(self) -> list[tuple[DefinitionKey, Definition]]:
        return list(self._statements.items())

    def aggregates_in(self, schema: str) -> list[tuple[Name, tuple[str, ...]]]:
        return [(name, types) for kind, name, types in self.in_schema(schema) if kind == "aggregate"]

    def in_schema(self, schema: str) -> list[DefinitionKey]:
        """What is kept as a statement and stands in a schema."""
        return [key for key in self._statements if key[1].schema == schema]

    def forget(self, kind: str, name: Name, arguments: tuple[str, ...] | None = None) -> None:
        """Drop what has a name: all that share it where no arguments are given."""
        for key, _ in self.called(kind, name):
            if arguments is None or key[2] == arguments:
                del self._statements[key]
                del self._named[(kind, name)][key[2]]
                self.changed = True

    def lasting(self) -> tuple[Definition, ...]:
        """All but the rules of temporary tables."""
        return tuple(found for found in self._statements.values() if not is_temporary(found))


def is_temporary(definition: Definition) -> bool:
    """Whether it is a rule of a temporary table."""
    return definition.table is not None and definition.table.schema == TEMPORARY
