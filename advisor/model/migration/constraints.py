"""Operations on constraints and indexes."""

from __future__ import annotations

from dataclasses import dataclass

from advisor.model.migration.operations import AlterTable, Operation
from advisor.model.schema import ForeignKey, Index, Name


@dataclass(frozen=True, slots=True)
class AddForeignKey(Operation):
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


@dataclass(frozen=True, slots=True)
class AddCheck(AlterTable):
    name: str | None = None
    validated: bool = True
    enforced: bool = True


@dataclass(frozen=True, slots=True)
class AddNotNull(AlterTable):
    """ADD CONSTRAINT ... NOT NULL column (PostgreSQL 18)."""

    name: str | None = None
    validated: bool = True


@dataclass(frozen=True, slots=True)
class AddUnique(AlterTable):
    index: Index | None = None
    """The index behind it; None where its table is not known."""
    using_index: str | None = None
    """The index that is there already and is taken for it."""


@dataclass(frozen=True, slots=True)
class AddPrimaryKey(AlterTable):
    index: Index | None = None
    using_index: str | None = None
    nullable_columns: tuple[str, ...] = ()
    """Its columns that were not NOT NULL: they become so, which scans the table."""


@dataclass(frozen=True, slots=True)
class AddExclusion(AlterTable):
    index: Index | None = None


@dataclass(frozen=True, slots=True)
class ValidateConstraint(AlterTable):
    name: str = ""
    referenced: Name | None = None
    """Of a foreign key: the other table."""
    validated_before: bool = False


@dataclass(frozen=True, slots=True)
class DropConstraint(AlterTable):
    name: str = ""
    kind: str | None = None
    """`primary key`, `unique`, `exclusion`, `check`, `foreign key`, `not null`; None where it is not known."""
    cascade: bool = False
    references: tuple[Name, ...] = ()
    referencing: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class AlterConstraint(AlterTable):
    """ALTER CONSTRAINT: when it is checked, or whether at all (PostgreSQL 18)."""

    name: str = ""
    enforces: bool = False
    """ENFORCED: what was not checked before is checked now."""
    relaxes: bool = False
    """NOT ENFORCED."""
    references: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class RenameConstraint(AlterTable):
    name: str = ""
    new_name: str = ""


@dataclass(frozen=True, slots=True)
class CreateIndex(Operation):
    index: Index
    concurrently: bool = False
    on_only: bool = False
    """`ON ONLY`: an index on the partitioned parent alone, which locks the parent for an instant."""
    children: tuple[Name, ...] = ()
    """The partitions that get one too."""
    already_there: bool = False
    """IF NOT EXISTS, and one of its name does."""

    @property
    def table(self) -> Name:
        return self.index.table


@dataclass(frozen=True, slots=True)
class DropIndex(Operation):
    name: Name
    table: Name | None
    concurrently: bool = False
    children: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class RenameIndex(Operation):
    name: Name
    new_name: str
    table: Name | None = None


@dataclass(frozen=True, slots=True)
class AlterIndex(Operation):
    """ALTER INDEX: storage parameters, ATTACH PARTITION, SET TABLESPACE, SET STATISTICS; `action` in words."""

    name: Name
    action: str
    table: Name | None = None


@dataclass(frozen=True, slots=True)
class Reindex(Operation):
    """REINDEX of an index or a table; `target` is `index`, `table`, `schema`, `database` or `system`."""

    target: str
    name: Name | None
    table: Name | None = None
    concurrently: bool = False


@dataclass(frozen=True, slots=True)
class Cluster(Operation):
    """CLUSTER: rewrites a table in the order of an index. Without a table it does so for all that were clustered before."""

    table: Name | None
    index: str | None = None


@dataclass(frozen=True, slots=True)
class Vacuum(Operation):
    """VACUUM or ANALYZE."""

    table: Name | None
    full: bool = False
    analyze_only: bool = False
