"""Changes of columns. Each knows its SQL, its way back, and its Prisma spelling."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar

from advisor.model import Column, Location, Name, Schema, Table
from advisor.remedies.prisma import prisma_type
from advisor.remedies.remedy import Edit, Remedy
from advisor.remedies.sql import quote, quote_name

REWRITES = "-- Writes the whole table anew while nobody can read it: on a large table, add a column and fill it instead.\n"
PATIENCE = "SET LOCAL lock_timeout = '5s';\n"


class ChangeColumnType(Remedy, frozen=True):
    """Another type for a column. `using` and `back_using` are expressions over the column, where no cast will do.

    `rewrites`: PostgreSQL writes the whole table anew under ACCESS EXCLUSIVE, which the SQL says in a comment. `time_zone` is the
    one in which values are read: the session's, for the time of the change. `note` is a line of comment above the SQL; `views` read
    the table: PostgreSQL refuses to change the type of a column that a view shows.
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
    default: str | None = None
    """The column's default in terms of the new type, where PostgreSQL cannot cast the old one."""
    back_default: str | None = None
    time_zone: str | None = None
    note: str | None = None
    views: tuple[Name, ...] = ()
    native_type: Location | None = None
    """Where the Prisma schema names the old type; only there is an edit of it mechanical."""

    @classmethod
    def of(cls, table: Table, column: Column, new: str, schema: Schema) -> ChangeColumnType | None:
        """For a column that is known; None where PostgreSQL refuses to change the type, because something is made from it, and for
        one that is generated, whose expression must change."""
        if table.makes_use_of(column.name) or column.generated:
            return None
        views = schema.views_of(table.name)
        return cls(table.name, column.name, column.type, new, views=views, native_type=column.native_type)

    def title(self) -> str:
        return f"Make {self.table}.{self.column} {self.new}"

    def up(self) -> str:
        return comments_for([self]) + alteration([self], back=False)

    def down(self) -> str:
        return alteration([self], back=True)

    def action(self, *, back: bool) -> str:
        """The change as ALTER TABLE says it."""
        using, default = (self.back_using, self.back_default) if back else (self.using, self.default)
        place = f"ALTER COLUMN {quote(self.column)}"
        cast = f" USING {using}" if using else ""
        change = f"{place} TYPE {self.old if back else self.new}{cast}"
        return f"{place} DROP DEFAULT, {change}, {place} SET DEFAULT {default}" if default else change

    def prisma(self, schema: Schema) -> str | None:
        table = schema.table(self.table)
        column = table.column(self.column) if table and table.model else None
        declared = prisma_type(self.new.removesuffix("[]"))
        if column is None or column.field is None or declared is None:
            return None
        scalar, native = declared
        arity = "[]" if self.new.endswith("[]") else "?" if column.nullable else ""
        return f"{column.field} {scalar}{arity}{f' {native}' if native else ''}"

    def edits(self, schema: Schema | None) -> tuple[Edit, ...]:  # noqa: ARG002 - others need it
        """The `@db.` attribute written anew, or taken out with the blank before it, where Prisma's own type stays the same."""
        before, after = prisma_type(self.old.removesuffix("[]")), prisma_type(self.new.removesuffix("[]"))
        place = self.native_type
        if place is None or before is None or after is None or before[0] != after[0] or not place.path.endswith(".prisma"):
            return ()
        if after[1]:
            return (Edit(place, after[1]),)
        return (Edit(Location(place.path, place.line, max(place.column - 1, 1), place.end_line, place.end_column), ""),)


class ChangeColumnTypes(Remedy, frozen=True):
    """Other types for many columns: each table is altered once."""

    kind: ClassVar[str] = "change-column-types"
    effort: ClassVar[str] = "high"

    what: str
    changes: tuple[ChangeColumnType, ...]

    def title(self) -> str:
        return self.what

    def up(self) -> str:
        return "\n".join([comments_for(self.changes).rstrip(), *self.alterations(back=False)]).lstrip()

    def down(self) -> str:
        return "\n".join(self.alterations(back=True))

    def alterations(self, *, back: bool) -> list[str]:
        ordered = sorted(self.changes, key=lambda change: change.table)
        return [alteration(list(changes), back=back) for _, changes in groupby(ordered, key=lambda change: change.table)]

    def edits(self, schema: Schema | None) -> tuple[Edit, ...]:
        found = [change.edits(schema) for change in self.changes]
        return tuple(edit for edits in found for edit in edits) if all(found) else ()


def comments_for(changes: Sequence[ChangeColumnType]) -> str:
    """What must be known before the SQL is run, each thing once."""
    notes = dict.fromkeys(f"-- {change.note}\n" for change in changes if change.note)
    rewrites = REWRITES if any(change.rewrites for change in changes) else ""
    views = sorted({view for change in changes for view in change.views})
    named = ", ".join(map(str, views))
    blocked = f"-- A view that shows such a column must be dropped before and made again after it. Views of the table: {named}.\n"
    return "".join(notes) + rewrites + (blocked if views else "")


def alteration(changes: Sequence[ChangeColumnType], *, back: bool) -> str:
    """One ALTER TABLE for changes of one table, in a transaction with the time zone that it needs."""
    first = changes[0]
    actions = [change.action(back=back) for change in changes]
    place = f"ALTER TABLE {quote_name(first.table)}"
    statement = f"{place} {actions[0]};" if len(actions) == 1 else f"{place}\n  " + ",\n  ".join(actions) + ";"
    if first.time_zone is None:
        return statement
    return f"BEGIN;\n{PATIENCE}SET LOCAL TimeZone = '{first.time_zone}';\n{statement}\nCOMMIT;"
