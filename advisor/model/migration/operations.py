"""Operations on tables and columns: the typed form of DDL statements. Rules look at them, never at SQL text.

An operation carries what its effect hangs on (types before and after, what a default is, partitions), so that `effects` needs
nothing else.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from advisor.model.location import Location
from advisor.model.schema import Name

DefaultKind = Literal["none", "constant", "volatile"]
"""What a new column's default is: `constant` is worked out once, `volatile` anew for every row, which rewrites the table."""


class Operation(Struct, frozen=True):
    """One step of a migration, and where its statement stands."""

    location: Location


class OtherStatement(Operation, frozen=True):
    """A statement that no rule looks into; `kind` is the parser's name for it (`DoStmt`)."""

    kind: str


class CreateTable(Operation, frozen=True):
    """A table, or with `kind` a view of either kind or a foreign table."""

    table: Name
    kind: str = "table"
    references: tuple[Name, ...] = ()
    """The other tables that its foreign keys refer to."""
    partition_of: Name | None = None
    inherits: tuple[Name, ...] = ()
    default_partition: Name | None = None
    """Of a new partition: its parent's default partition, which is searched for rows that belong into the new one."""
    from_query: bool = False
    """CREATE TABLE AS: it runs a query and writes its rows."""
    guarded: bool = False
    """IF NOT EXISTS."""


class DropTable(Operation, frozen=True):
    table: Name
    cascade: bool = False
    kind: str = "table"
    referencing: tuple[Name, ...] = ()
    """Tables whose foreign keys to it go too."""
    references: tuple[Name, ...] = ()
    """Tables that its own foreign keys refer to: their triggers go."""
    partition_of: Name | None = None
    default_partition: Name | None = None
    """Of a dropped partition: its parent's default one, which takes its rows from now on."""
    children: tuple[Name, ...] = ()
    guarded: bool = False
    """IF EXISTS."""


class RenameTable(Operation, frozen=True):
    table: Name
    new_name: Name
    kind: str = "table"


class Truncate(Operation, frozen=True):
    table: Name
    cascade: bool = False
    children: tuple[Name, ...] = ()
    referencing: tuple[Name, ...] = ()
    """Tables that CASCADE empties too."""


class LockTable(Operation, frozen=True):
    table: Name
    mode: str
    """`ACCESS EXCLUSIVE`, `SHARE`, ..."""
    children: tuple[Name, ...] = ()


class AlterTable(Operation, frozen=True):
    """A change of a table; `action` is its name in words (`add column`, `drop column`, ...).

    The changes with facts of their own have classes of their own below this one.
    """

    table: Name
    action: str
    column: str | None = None
    needs_empty_table: bool = False
    """It fails where there is a row: a column is added that is NOT NULL and gets no value."""
    children: tuple[Name, ...] = ()
    """The partitions and heirs that it changes along."""


class AddColumn(AlterTable, frozen=True):
    type: str = ""
    not_null: bool = False
    default: DefaultKind = "none"
    default_text: str | None = None
    """The default's expression."""
    generated: Literal["stored", "virtual"] | None = None
    generated_text: str | None = None
    identity: bool = False
    always: bool = False
    """Of an identity: GENERATED ALWAYS, not BY DEFAULT."""
    serial: bool = False
    """`serial`, `bigserial`: a volatile default from a sequence of its own."""
    constrained_domain: bool = False
    """Its type is a domain with a constraint, which is checked for every row while the table is rewritten."""
    already_there: bool = False
    """IF NOT EXISTS, and it does."""
    guarded: bool = False

    @property
    def rewrites(self) -> bool:
        """Whether every row gets a value of its own, so that the whole table is written anew."""
        return self.serial or self.identity or self.generated == "stored" or self.default == "volatile"


class DropColumn(AlterTable, frozen=True):
    cascade: bool = False
    guarded: bool = False
    references: tuple[Name, ...] = ()
    """Tables that foreign keys of the column refer to."""
    referencing: tuple[Name, ...] = ()
    """Tables whose foreign keys to the column go too."""


class RenameColumn(AlterTable, frozen=True):
    new_name: str = ""


class AlterColumnType(AlterTable, frozen=True):
    """`old_type` is None where the column is not known. `work` is what the change costs; see `type_changes`."""

    old_type: str | None = None
    new_type: str = ""
    using: str | None = None
    reads: tuple[str, ...] = ()
    """The columns that USING reads."""
    work: Literal["none", "by time zone", "rewrite"] = "rewrite"
    by_time_zone: bool = False
    """From timestamp to timestamptz or back by a cast alone: what becomes of the values is for the session's TimeZone to say."""
    rebuilds: tuple[str, ...] = ()
    """The indexes over the column, which are built anew where the type's order or its storage changes."""
    references: tuple[Name, ...] = ()
    referencing: tuple[Name, ...] = ()


class SetDefault(AlterTable, frozen=True):
    default: DefaultKind = "constant"
    default_text: str = ""


class DropDefault(AlterTable, frozen=True):
    pass


class SetNotNull(AlterTable, frozen=True):
    proven: bool = False
    """A validated CHECK (column IS NOT NULL) or the column's being NOT NULL already spares the scan."""


class DropNotNull(AlterTable, frozen=True):
    pass


class SetExpression(AlterTable, frozen=True):
    """SET EXPRESSION of a generated column; a stored one is worked out anew for every row (PostgreSQL 17)."""

    stored: bool = True


class SetStorageParameters(AlterTable, frozen=True):
    parameters: tuple[str, ...] = ()
    """`fillfactor=70`; only names for RESET."""


class SetLogged(AlterTable, frozen=True):
    """SET LOGGED or SET UNLOGGED."""

    logged: bool = True


class SetTablespace(AlterTable, frozen=True):
    tablespace: str = ""


class SetAccessMethod(AlterTable, frozen=True):
    method: str = ""
    same: bool = False
    """It has that one already: nothing is done."""


class ReplicaIdentity(AlterTable, frozen=True):
    identity: str = "default"


class Inherit(AlterTable, frozen=True):
    """INHERIT parent, or with `ends` NO INHERIT."""

    parent: Name | None = None
    ends: bool = False


class AttachPartition(AlterTable, frozen=True):
    partition: Name | None = None
    bound: str = ""
    """`FOR VALUES FROM (..) TO (..)`, as PostgreSQL writes it."""
    condition: str | None = None
    """The bound as a condition over a column; None where it is by hash, the default one, or over several columns."""
    proven: bool = False
    """A validated CHECK on the partition implies its bound, so that it is not scanned."""
    default_partition: Name | None = None
    builds: bool = False
    """The table has an index that the partition has not: it is built."""
    references: tuple[Name, ...] = ()
    """Tables that foreign keys refer to which the partition has not yet: they are checked."""
    merges: tuple[Name, ...] = ()
    """Tables that foreign keys refer to which both have: the partition's become part of the table's."""


class DetachPartition(AlterTable, frozen=True):
    partition: Name | None = None
    concurrently: bool = False
    default_partition: Name | None = None
    references: tuple[Name, ...] = ()
    """Tables that the foreign keys which it shares with its parent refer to: they become its own."""


class SetRowSecurity(AlterTable, frozen=True):
    """ENABLE, DISABLE, FORCE and NO FORCE ROW LEVEL SECURITY; `action` says which."""
