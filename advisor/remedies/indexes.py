"""Changes of indexes: create, drop, replace. Each knows its SQL, its way back, and its Prisma spelling."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from advisor.model import Index, IndexKey, Location, Name, Schema
from advisor.remedies.prisma import attribute_of_index, insertion_into_model
from advisor.remedies.remedy import Edit, Remedy
from advisor.remedies.sql import default_index_name, index_sql, quote, quote_name

NOWHERE = Location("", 1, 1, 1, 1)


@dataclass(frozen=True, slots=True)
class CreateIndex(Remedy):
    """A new index. `columns` are column names, or keys with an order (`IndexKey("created_at", descending=True)`)."""

    kind: ClassVar[str] = "create-index"
    effort: ClassVar[str] = "low"

    table: Name
    columns: tuple[str | IndexKey, ...]
    concurrently: bool = True
    method: str = "btree"

    @property
    def index(self) -> Index:
        keys = tuple(key if isinstance(key, IndexKey) else IndexKey(key) for key in self.columns)
        names = tuple(key.column or "expr" for key in keys)
        return Index(default_index_name(self.table, names), self.table, keys, NOWHERE, method=self.method)

    def title(self) -> str:
        return f"Index {self.table} ({', '.join(str(key) for key in self.index.keys)})"

    def up(self) -> str:
        return index_sql(self.index, concurrently=self.concurrently)

    def down(self) -> str:
        return DropIndex(self.index, concurrently=self.concurrently).up()

    def prisma(self, schema: Schema) -> str | None:
        table = schema.table(self.table)
        return attribute_of_index(self.index, table) if table else None

    def edits(self, schema: Schema | None) -> tuple[Edit, ...]:
        table = schema.table(self.table) if schema else None
        line = attribute_of_index(self.index, table) if table else None
        return (insertion_into_model(table, line),) if table and line else ()

    def serves(self, other: Remedy) -> bool:
        """Its leading columns are all that the other wants; how they are ordered does not matter to an equality look-up."""
        if not isinstance(other, CreateIndex) or (self.table, self.method) != (other.table, other.method):
            return False
        mine, theirs = self.index, other.index
        if mine.keys[: len(theirs.keys)] == theirs.keys:
            return True
        plain = all(isinstance(column, str) for column in other.columns)
        return plain and self.method == "btree" and set(mine.columns[: len(theirs.keys)]) == set(theirs.columns)


@dataclass(frozen=True, slots=True)
class DropIndex(Remedy):
    """Remove an index that nothing needs."""

    kind: ClassVar[str] = "drop-index"
    effort: ClassVar[str] = "low"

    index: Index
    concurrently: bool = True

    def title(self) -> str:
        return f"Drop index {self.index}"

    def up(self) -> str:
        word = "CONCURRENTLY " if self.concurrently else ""
        name = self.index.name or "the_index_of_" + self.index.table.name
        return f"DROP INDEX {word}{quote_name(Name(self.index.table.schema, name))};"

    def down(self) -> str:
        return index_sql(self.index, concurrently=self.concurrently)

    def prisma(self, schema: Schema) -> str | None:
        table = schema.table(self.index.table)
        line = attribute_of_index(self.index, table) if table else None
        return f"// remove: {line}" if line else None

    def edits(self, schema: Schema | None) -> tuple[Edit, ...]:
        return (Edit(self.index.location, ""),) if self.index.location.path.endswith(".prisma") else ()


@dataclass(frozen=True, slots=True)
class ReplaceIndex(Remedy):
    """Build a better index, then drop the one it replaces."""

    kind: ClassVar[str] = "replace-index"
    effort: ClassVar[str] = "low"

    old: Index
    new: Index

    def title(self) -> str:
        return f"Replace index {self.old} by {describe(self.new)}"

    def _renamed(self) -> Index:
        """Both stand side by side for a while, so the new one gets a name of its own."""
        if self.new.name != self.old.name:
            return self.new
        return replace(self.new, name=f"{self.old.name}_new" if self.old.name else None)

    def up(self) -> str:
        new, lines = self._renamed(), [DropIndex(self.old).up()]
        if new is not self.new and self.old.name:
            lines.append(f"ALTER INDEX {quote_name(Name(new.table.schema, new.name or ''))} RENAME TO {quote(self.old.name)};")
        return "\n".join([index_sql(new, concurrently=True), *lines])

    def down(self) -> str:
        return "\n".join([DropIndex(self.new).up(), index_sql(self.old, concurrently=True)])

    def prisma(self, schema: Schema) -> str | None:
        table = schema.table(self.new.table)
        return attribute_of_index(self.new, table) if table else None

    def edits(self, schema: Schema | None) -> tuple[Edit, ...]:
        line = self.prisma(schema) if schema else None
        return (Edit(self.old.location, line),) if line and self.old.location.path.endswith(".prisma") else ()


def describe(index: Index) -> str:
    unique = "a unique" if index.unique else "a"
    return f"{unique} {index.method} index on {index.table} ({', '.join(str(key) for key in index.keys)})"
