"""Migrations: what each statement of a history does, against the schema as it stood before.

Operations are the typed form of DDL statements. Rules look at them, never at SQL text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from advisor.model.location import Location
from advisor.model.schema import ForeignKey, Index, Name, Schema


@dataclass(frozen=True, slots=True)
class Operation:
    """One step of a migration, and where its statement stands."""

    location: Location


@dataclass(frozen=True, slots=True)
class CreateTable(Operation):
    table: Name


@dataclass(frozen=True, slots=True)
class DropTable(Operation):
    table: Name


@dataclass(frozen=True, slots=True)
class RenameTable(Operation):
    table: Name
    new_name: Name


@dataclass(frozen=True, slots=True)
class CreateIndex(Operation):
    index: Index
    concurrently: bool = False
    on_only: bool = False
    """`ON ONLY`: an index on the partitioned parent alone, which locks the parent for an instant."""


@dataclass(frozen=True, slots=True)
class DropIndex(Operation):
    name: Name
    table: Name | None
    concurrently: bool = False


@dataclass(frozen=True, slots=True)
class AddForeignKey(Operation):
    foreign_key: ForeignKey


@dataclass(frozen=True, slots=True)
class AlterTable(Operation):
    """Any other change of a table; `action` is its name in words (`add column`, `drop column`, ...)."""

    table: Name
    action: str
    column: str | None = None
    needs_empty_table: bool = False
    """It fails where there is a row: a column is added that is NOT NULL and gets no value."""


@dataclass(frozen=True, slots=True)
class OtherStatement(Operation):
    """A statement that no rule looks into; `kind` is the parser's name for it (`UpdateStmt`)."""

    kind: str


@dataclass(frozen=True, slots=True)
class Migration:
    """One migration: its operations in order, and the schema before it.

    `tool` tells how it is run: Prisma sends a file as one batch, which PostgreSQL runs in one transaction.
    """

    name: str
    location: Location
    operations: tuple[Operation, ...]
    before: Schema
    tool: Literal["prisma", "sql"] = "sql"

    def proves_empty(self, table: Name) -> bool:
        """Whether it runs at all only while the table has no rows."""
        return any(isinstance(step, AlterTable) and step.needs_empty_table and step.table == table for step in self.operations)

    def creates(self, table: Name) -> bool:
        """Whether this migration makes the table itself: nobody holds it yet, so nothing on it can block anybody."""
        for operation in self.operations:
            if isinstance(operation, CreateTable) and operation.table == table:
                return True
            if isinstance(operation, RenameTable) and operation.new_name == table:
                return self.creates(operation.table)
        return False
