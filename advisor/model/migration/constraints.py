"""Operations on constraints and indexes."""

from __future__ import annotations

from advisor.model.migration.operations import AlterTable, Operation
from advisor.model.schema import ForeignKey, Index, Name


class AddForeignKey(Operation, frozen=True):
    foreign_key: ForeignKey
    children: tuple[Name, ...] = ()
    """The partitions of its table, which get it too."""
    of_empty_column: bool = False
    """`ADD COLUMN ... REFERENCES` without a default: there is nothing to check."""

    @property
    def table(self) -> Name:
        return self.foreign_key.table

    @property
    def referenced(self) -> Name | None:
        """The other table; None where it refers to itself."""
        return self.foreign_key.referenced_table if self.foreign_key.referenced_table != self.foreign_key.table else None

    @property
    def validates(self) -> bool:
        return self.foreign_key.validated and self.foreign_key.enforced and not self.of_empty_column


class AddCheck(AlterTable, frozen=True):
    name: str | None = None
    """As PostgreSQL chose it where the statement gives none; None where its table is not known either."""
    expression: str = ""
    validated: bool = True
    enforced: bool = True


class AddNotNull(AlterTable, frozen=True):
    """ADD CONSTRAINT ... NOT NULL column (PostgreSQL 18)."""

    name: str | None = None
    validated: bool = True


class AddUnique(AlterTable, frozen=True):
    index: Index | None = None
    """The index behind it; None where its table is not known."""
    using_index: str | None = None
    """The index that is there already and is taken for it."""
    name: str | None = None
    columns: tuple[str, ...] = ()


class AddPrimaryKey(AlterTable, frozen=True):
    index: Index | None = None
    using_index: str | None = None
    name: str | None = None
    columns: tuple[str, ...] = ()
    nullable_columns: tuple[str, ...] = ()
    """Its columns that were not NOT NULL: they become so, which scans the table."""


class AddExclusion(AlterTable, frozen=True):
    index: Index | None = None
    name: str | None = None


class ValidateConstraint(AlterTable, frozen=True):
    name: str = ""
    referenced: Name | None = None
    """Of a foreign key: the other table."""
    validated_before: bool = False


class DropConstraint(AlterTable, frozen=True):
    name: str = ""
    kind: str | None = None
    """`primary key`, `unique`, `exclusion`, `check`, `foreign key`, `not null`; None where it is not known."""
    cascade: bool = False
    guarded: bool = False
    references: tuple[Name, ...] = ()
    referencing: tuple[Name, ...] = ()


class AlterConstraint(AlterTable, frozen=True):
    """ALTER CONSTRAINT: when it is checked, or whether at all (PostgreSQL 18)."""

    name: str = ""
    enforces: bool = False
    """ENFORCED: what was not checked before is checked now."""
    relaxes: bool = False
    """NOT ENFORCED."""
    references: tuple[Name, ...] = ()


class RenameConstraint(AlterTable, frozen=True):
    name: str = ""
    new_name: str = ""


class CreateIndex(Operation, frozen=True):
    index: Index
    concurrently: bool = False
    on_only: bool = False
    """`ON ONLY`: an index on the partitioned parent alone, which locks the parent for an instant."""
    children: tuple[Name, ...] = ()
    """The partitions that get one too."""
    already_there: bool = False
    """IF NOT EXISTS, and one of its name does."""
    guarded: bool = False

    @property
    def table(self) -> Name:
        return self.index.table


class DropIndex(Operation, frozen=True):
    name: Name
    table: Name | None
    concurrently: bool = False
    children: tuple[Name, ...] = ()
    guarded: bool = False


class RenameIndex(Operation, frozen=True):
    name: Name
    new_name: str
    table: Name | None = None


class AlterIndex(Operation, frozen=True):
    """ALTER INDEX: storage parameters, ATTACH PARTITION, SET TABLESPACE, SET STATISTICS; `action` in words."""

    name: Name
    action: str
    table: Name | None = None


class Reindex(Operation, frozen=True):
    """REINDEX of an index or a table; `target` is `index`, `table`, `schema`, `database` or `system`."""

    target: str
    name: Name | None
    table: Name | None = None
    concurrently: bool = False
    whole: str | None = None
    """The name of the schema or the database."""


class Cluster(Operation, frozen=True):
    """CLUSTER: rewrites a table in the order of an index. Without a table it does so for all that were clustered before."""

    table: Name | None
    index: str | None = None


class Vacuum(Operation, frozen=True):
    """VACUUM or ANALYZE."""

    table: Name | None
    full: bool = False
    analyze_only: bool = False
