"""One command of ALTER TABLE, with what was there before it, and what several descriptions of commands ask."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from advisor.model import AddForeignKey, Name, Operation, Table
from advisor.sources.sql.operations.scene import Scene
from advisor.sources.sql.text.tree import Node, fields_of


class Command(Struct, frozen=True):
    """One command, with the table before the statement (None where it is not known) and the tables that it changes along."""

    scene: Scene
    fields: Node
    table: Table | None
    children: tuple[Name, ...]
    new_keys: Iterator[AddForeignKey]
    """The foreign keys that the statement adds, in order."""

    @property
    def subtype(self) -> str:
        return str(self.fields["subtype"])

    @property
    def name(self) -> str:
        return str(self.fields.get("name", ""))

    @property
    def definition(self) -> Node:
        return fields_of(self.fields["def"]) if "def" in self.fields else {}

    @property
    def guarded(self) -> bool:
        """IF [NOT] EXISTS of the column or the constraint."""
        return "missing_ok" in self.fields

    @property
    def cascade(self) -> bool:
        return self.fields.get("behavior") == "DROP_CASCADE"

    def facts(self, action: str, column: str | None = None) -> tuple[object, ...]:
        """The first fields of every `AlterTable`."""
        return (self.scene.location, self.scene.name, action, column)


Describer = Callable[[Command], Iterator[Operation]]


def words_of(subtype: str) -> str:
    """`AT_SetStatistics` as `set statistics`."""
    return " ".join(re.findall(r"[A-Z][a-z]*", subtype.removeprefix("AT_"))).lower()


def others(names: Iterator[Name]) -> tuple[Name, ...]:
    return tuple(dict.fromkeys(names))


def referring_to(command: Command, columns: list[str]) -> tuple[Name, ...]:
    """The tables with a foreign key to one of the columns, as they were before."""
    scene = command.scene
    found = []
    for name in scene.before.referrers.get(scene.name, ()):
        table = scene.before.tables.get(name) or scene.catalog.table(name)
        keys = table.foreign_keys if table else ()
        gone = not any(key.referenced_table == scene.name for key in keys)
        if gone or any(key.referenced_table == scene.name and set(key.referenced_columns) & set(columns) for key in keys):
            found.append(name)
    return tuple(found)


def other_than(name: Name, found: Name | None) -> Name | None:
    return None if found == name else found
