"""What judgements of design are about: tables that somebody designed, and everything that has a name."""

import re
from collections.abc import Iterator

from msgspec import Struct

from advisor.model import Database, Location, Schema, Table

PLAIN = re.compile(r"[^\W\d][\w$]*")


class Named(Struct, frozen=True):
    """A table, a view, a column or an enum type, by its name."""

    shown: str
    """`column posts.title`."""
    text: str
    subject: str
    location: Location

    @property
    def is_plain(self) -> bool:
        """Whether it has letters, digits, underlines and dollars alone, and begins with a letter: quotes are for its capitals."""
        return PLAIN.fullmatch(self.text) is not None


def own_tables(schema: Schema) -> Iterator[Table]:
    """Tables that somebody designed: no views and foreign tables, none of tools or of Prisma's own making, and not those that
    repeat another's columns."""
    for table in schema.tables:
        if table.kind in ("table", "partitioned table") and not (is_made_by_tool(table) or schema.parents_of(table)):
            yield table


def is_made_by_tool(table: Table) -> bool:
    """Also what Prisma's migrations make of two lists: `_PostToTag ("A", "B")`."""
    pairs = table.name.name.startswith("_") and [column.name for column in table.columns] == ["A", "B"]
    return table.implicit or table.of_tool or pairs


def named_objects(database: Database) -> Iterator[Named]:
    """Tables and views, enums, and columns where they are declared."""
    for table in database.schema.tables:
        if not is_made_by_tool(table):
            yield Named(f"{table.kind} {table.name.name}", table.name.name, table.subject(), table.name_location or table.location)
    for enum in database.schema.enums:
        yield Named(f"enum {enum.name.name}", enum.name.name, enum.name.qualified, enum.location)
    for table, column in database.columns():
        if not is_made_by_tool(table):
            yield Named(f"column {table.name}.{column.name}", column.name, table.subject(column.name), column.location)
