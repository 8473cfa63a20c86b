"""The commands of ALTER TABLE. In: nothing. Out: the shape that each has, and that of what applies it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from msgspec import Struct

from advisor.model import Location, Name, Operation
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, fields_of


class Command(Struct, frozen=True):
    """One command of an ALTER TABLE: `name` is what it names, `end` the offset in the statement behind it."""

    statement: Statement
    table: Name
    fields: Node
    end: int
    only: bool

    @property
    def name(self) -> str:
        return str(self.fields.get("name", ""))

    @property
    def location(self) -> Location:
        return self.statement.location

    @property
    def cascade(self) -> bool:
        return self.fields.get("behavior") == "DROP_CASCADE"

    @property
    def definition(self) -> Node:
        """The fields of the node that the command brings along."""
        return fields_of(self.fields["def"])


Apply: TypeAlias = Callable[[Catalog, Command], Iterator[Operation]]
