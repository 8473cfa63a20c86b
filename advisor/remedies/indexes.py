"""Changes of indexes: create, drop, replace. Each knows its SQL, its way back, and its Prisma spelling."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from msgspec.structs import replace

from advisor.model import Index, IndexKey, Location, Name, Schema, Table
from advisor.remedies.partitions import Partition, columns_of, free_name, partitioned_index_sql, partitions_for, restored_sql
from advisor.remedies.prisma import (
    attribute_of_index,
    declaration_of_index,
    insertion_into_model,
    removal_of_index,
    replacement_of_index,
)
from advisor.remedies.remedy import Edit, Remedy
from advisor.remedies.sql import (
    default_index_name,
    drop_index_sql,
    index_sql,
    name_of,
    quote,
    quote_name,
    restore_index_sql,
    with_suffix,
)

NOWHERE = Location("", 1, 1, 1, 1)


class CreateIndex(Remedy, frozen=True):
    """A new index. `columns` are column names, or keys with an order (`IndexKey("created_at", descending=True)`).

    `partitions` is given for a partitioned table (empty where none of its partitions is known): it cannot be indexed CONCURRENTLY
    as a whole. `name` is for a default name that is taken.
    """

    kind: ClassVar[str] = "create-index"
    effort: ClassVar[str] = "low"

    table: Name
    columns: tuple[str | IndexKey, ...]
    concurrently: bool = True
    method: str = "btree"
    partitions: tuple[Partition, ...] | None = None
    name: str | None = None

    @classmethod
    def on(cls, table: Table, columns: tuple[str | IndexKey, ...], schema: Schema) -> CreateIndex:
        """For a table that is known: as partitions need it, and under a name that none of the table's indexes has."""
        default = cls(table.name, columns)
        free = free_name(table, columns_of(default.index))
        return replace(default, name=free, partitions=partitions_for(default.index, table, schema))

    @property
    def index(self) -> Index:
        keys = tuple(key if isinstance(key, IndexKey) else IndexKey(key) for key in self.columns)
        default = default_index_name(self.table, [key.column or "expr" for key in keys])
        return Index(self.name or default, self.table, keys, NOWHERE, self.method, name_is_default=self.name is None)

    def title(self) -> str:
        return f"Index {self.table} ({', '.join(str(key) for key in self.index.keys)})"

    def up(self) -> str:
        if self.partitions is not None:
            return partitioned_index_sql(self.index, self.partitions)
        return index_sql(self.index, concurrently=self.concurrently)

    def down(self) -> str:
        dropped = drop_index_sql(self.index, concurrently=self.concurrently and self.partitions is None)
        return "\n".join([dropped, *restored_sql(self.index, self.partitions or ())])

    def prisma(self, schema: Schema) -> str | None:
        table = schema.table(self.table)
        return attribute_of_index(self.index, table) if table else None

    def edits(self, schema: Schema | None) -> tuple[Edit, ...]:
        table = schema.table(self.table) if schema else None
        line = attribute_of_index(self.index, table) if table else None
        return insertion_into_model(table, line) if table and line else ()

    def family(self) -> Hashable:
        return (self.kind, self.table, self.method)

    def serves(self, other: Remedy) -> bool:
        """Its leading columns are all that the other wants; how they are ordered does not matter to an equality look-up."""
        if not isinstance(other, CreateIndex) or (self.table, self.method) != (other.table, other.method):
            return False
        mine, theirs = self.index, other.index
        if mine.keys[: len(theirs.keys)] == theirs.keys:
            return True
        plain = all(isinstance(column, str) for column in other.columns)
        return plain and self.method == "btree" and set(mine.columns[: len(theirs.keys)]) == set(theirs.columns)


class DropIndex(Remedy, frozen=True):
    """Remove an index that nothing needs. One that belongs to a constraint goes by dropping the constraint."""

    kind: ClassVar[str] = "drop-index"
    effort: ClassVar[str] = "low"

    index: Index
    concurrently: bool = True

    @classmethod
    def of(cls, index: Index, table: Table) -> DropIndex:
        """For a table that is known: a partitioned table's index cannot be dropped CONCURRENTLY."""
        return cls(index, concurrently=table.kind != "partitioned table")

    def title(self) -> str:
        return f"Drop {'constraint' if self.index.constraint else 'index'} {self.index}"

    def up(self) -> str:
        return drop_index_sql(self.index, concurrently=self.concurrently)

    def down(self) -> str:
        return restore_index_sql(self.index, concurrently=self.concurrently)

    def prisma(self, schema: Schema) -> str | None:
        table = schema.table(self.index.table)
        line = declaration_of_index(self.index, table) if table and table.model else None
        return f"// remove: {line}" if line else None

    def edits(self, schema: Schema | None) -> tuple[Edit, ...]:
        table = schema.table(self.index.table) if schema else None
        return removal_of_index(self.index, table) if table else ()


class ReplaceIndex(Remedy, frozen=True):
    """Build a better index, then drop the one it replaces. The new one may keep the old one's name.

    `extension` is one that the new index cannot do without; it stays when the change is taken back.
    """

    kind: ClassVar[str] = "replace-index"
    effort: ClassVar[str] = "low"

    old: Index
    new: Index
    concurrently: bool = True
    extension: str | None = None

    @classmethod
    def of(cls, old: Index, new: Index, table: Table) -> ReplaceIndex:
        """For a table that is known: a partitioned table's index is neither built nor dropped CONCURRENTLY."""
        return cls(old, new, concurrently=table.kind != "partitioned table")

    def title(self) -> str:
        return f"Replace index {self.old} by {describe(self.new)}"

    def up(self) -> str:
        """Both stand side by side for a while, so that one of the same name is built under another first."""
        final, built = name_of(self.new), self.new
        if final == name_of(self.old):
            built = replace(self.new, name=with_suffix(final.name, "_new"))
        lines = [f"CREATE EXTENSION IF NOT EXISTS {quote(self.extension)};"] if self.extension else []
        lines += [index_sql(built, concurrently=self.concurrently), drop_index_sql(self.old, concurrently=self.concurrently)]
        if self.new.constraint == "unique":
            table, constraint = quote_name(self.new.table), quote(final.name)
            lines.append(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} UNIQUE USING INDEX {quote(name_of(built).name)};")
        elif built is not self.new:
            lines.append(f"ALTER INDEX {quote_name(name_of(built))} RENAME TO {quote(final.name)};")
        return "\n".join(lines)

    def down(self) -> str:
        return ReplaceIndex(self.new, self.old, self.concurrently).up()

    def prisma(self, schema: Schema) -> str | None:
        table = schema.table(self.new.table)
        return attribute_of_index(self.new, table) if table else None

    def edits(self, schema: Schema | None) -> tuple[Edit, ...]:
        table = schema.table(self.new.table) if schema else None
        return replacement_of_index(self.old, self.new, table) if table else ()


def describe(index: Index) -> str:
    unique = "a unique" if index.unique else "a"
    return f"{unique} {index.method} index on {index.table} ({', '.join(str(key) for key in index.keys)})"
