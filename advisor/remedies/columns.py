"""Changes of columns. Each knows its SQL, its way back, and its Prisma spelling."""

from __future__ import annotations

from typing import ClassVar

from advisor.model import Name, Schema
from advisor.remedies.prisma import prisma_type
from advisor.remedies.remedy import Remedy
from advisor.remedies.sql import quote, quote_name


class ChangeColumnType(Remedy, frozen=True):
    """Another type for a column. `using` and `back_using` are expressions over the column, where no cast will do.

    `rewrites`: PostgreSQL writes the whole table anew under ACCESS EXCLUSIVE, which the SQL says in a comment.
    """

    kind: ClassVar[str] = "change-column-type"
    effort: ClassVar[str] = "medium"

    table: Name
    column: str
    old: str
    new: str
    using: str | None = None
    back_using: str | None = None
    rewrites: bool = True

    def title(self) -> str:
        return f"Make {self.table}.{self.column} {self.new}"

    def up(self) -> str:
        note = "-- Writes the whole table anew while nobody can read it: on a large table, add a column and fill it instead.\n"
        return (note if self.rewrites else "") + self.statement(self.new, self.using)

    def down(self) -> str:
        return self.statement(self.old, self.back_using)

    def statement(self, type_name: str, using: str | None) -> str:
        cast = f" USING {using}" if using else ""
        return f"ALTER TABLE {quote_name(self.table)} ALTER COLUMN {quote(self.column)} TYPE {type_name}{cast};"

    def prisma(self, schema: Schema) -> str | None:
        table = schema.table(self.table)
        column = table.column(self.column) if table and table.model else None
        declared = prisma_type(self.new)
        if column is None or declared is None:
            return None
        scalar, native = declared
        return f"{column.field or column.name} {scalar}{'?' if column.nullable else ''}{f' {native}' if native else ''}"
