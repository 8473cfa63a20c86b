"""Tables, views and foreign tables, with everything that belongs to one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

from advisor.model.location import Location
from advisor.model.schema.columns import Column
from advisor.model.schema.constraints import Check, ForeignKey, NotNull
from advisor.model.schema.indexes import Index, IndexKey
from advisor.model.schema.names import Name
from advisor.model.schema.partitions import PartitionKey
from advisor.model.schema.policies import Policy
from advisor.model.schema.relations import Relation
from advisor.model.schema.statistics import Statistics
from advisor.model.schema.tools_own import TOOLS_OWN
from advisor.model.schema.triggers import Trigger
from advisor.model.schema.views import ViewQuery


class Table(Struct, frozen=True):
    """A table, with every index on it, those of its constraints included."""

    name: Name
    columns: tuple[Column, ...]
    location: Location
    indexes: tuple[Index, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    relations: tuple[Relation, ...] = ()
    kind: Literal["table", "partitioned table", "partition", "foreign table", "view", "materialized view"] = "table"
    partition_of: Name | None = None
    inherits: tuple[Name, ...] = ()
    unlogged: bool = False
    model: str | None = None
    """The ORM's own name for it, where an ORM schema declares it."""
    comment: str | None = None
    implicit: bool = False
    """True for a table that nobody wrote: Prisma's implicit many-to-many."""
    name_location: Location | None = None
    """Where its name stands in the statement or block that makes it."""
    partition_key: PartitionKey | None = None
    partition_bound: str | None = None
    """Of a partition: `FOR VALUES FROM (..) TO (..)`, `DEFAULT`, ..., as PostgreSQL writes it."""
    not_nulls: tuple[NotNull, ...] = ()
    """The NOT NULL constraints by name, which PostgreSQL has from version 18 on. Whether a column takes NULL: `Column.nullable`."""
    triggers: tuple[Trigger, ...] = ()
    policies: tuple[Policy, ...] = ()
    row_security: bool = False
    """ENABLE ROW LEVEL SECURITY: who does not own the table sees only what a policy lets through."""
    row_security_forced: bool = False
    """FORCE ROW LEVEL SECURITY: the owner too."""
    statistics: tuple[Statistics, ...] = ()
    storage: tuple[str, ...] = ()
    """Storage parameters: `fillfactor=70`, `autovacuum_enabled=false`."""
    access_method: str | None = None
    """Where it is not `heap`."""
    tablespace: str | None = None
    of_type: Name | None = None
    """The composite type of a typed table (`CREATE TABLE t OF type`)."""
    server: str | None = None
    """Of a foreign table: its server."""
    server_options: tuple[str, ...] = ()
    """Of a foreign table: `table_name 'posts'`."""
    replica_identity: str = "default"
    """What logical replication sends of an old row: `default`, `full`, `nothing` or `index NAME`."""
    clustered_on: str | None = None
    """The index that CLUSTER last used or that was set for it."""
    view: ViewQuery | None = None
    """Of a view or materialized view: what it shows."""
    left_to_hand: tuple[str, ...] = ()
    """Indexes that an ORM's schema only names, since hand-written migrations make them (TypeORM's `synchronize: false`)."""
    complete: bool = True
    """False where not all columns are known: made from a query that is not understood, or like a table that no text makes."""

    @property
    def primary_key(self) -> Index | None:
        return next((index for index in self.indexes if index.constraint == "primary key"), None)

    @property
    def of_tool(self) -> bool:
        """Whether a tool that runs migrations keeps its books in it: nobody of the project wrote it."""
        return self.name.name.lower() in TOOLS_OWN

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)

    def column_of_field(self, field: str) -> Column | None:
        """The column that an ORM field stands for."""
        return next((column for column in self.columns if (column.field or column.name) == field), None)

    def relation(self, field: str) -> Relation | None:
        return next((relation for relation in self.relations if relation.field == field), None)

    def makes_use_of(self, column: str) -> bool:
        """Whether something is made from a column that keeps it from getting another type: partitions, a generated column, a
        policy, a trigger that waits for it."""
        expressions = [key.expression for key in self.partition_key.keys] if self.partition_key else []
        expressions += [other.generated for other in self.columns]
        expressions += [expression for policy in self.policies for expression in (policy.using, policy.check)]
        expressions += [trigger.condition for trigger in self.triggers]
        divides = self.partition_key is not None and any(key.column == column for key in self.partition_key.keys)
        waits = any(column in trigger.update_columns for trigger in self.triggers)
        return divides or waits or any(column in expression.columns for expression in expressions if expression)

    def is_unique(self, columns: Iterable[str]) -> bool:
        """Whether at most one row has given values in these columns."""
        wanted = tuple(columns)
        return any(index.proves_unique(wanted) for index in self.indexes)

    def serves_lookup_by(self, columns: Sequence[str]) -> bool:
        """Whether some index serves equality on these columns."""
        return any(index.serves_lookup_by(columns) for index in self.indexes)

    @property
    def records_creation(self) -> bool:
        """Whether a timestamp with a default says when each row was made (`created_at DEFAULT now()`)."""
        return any(column.type.startswith("timestamp") and column.has_default for column in self.columns)

    def serves_order(self, order: Sequence[IndexKey], fixed: Iterable[str] = ()) -> bool:
        """Whether some index gives this order; see `Index.serves_order`."""
        given = tuple(fixed)
        return any(index.serves_order(order, given) for index in self.indexes)

    def repeated_by(self, index: Index) -> Index | None:
        """The index that makes one of this table's superfluous by holding the same entries and enforcing at least as much.

        Of two that are equal in all, a primary key stays before a constraint, a constraint before an index, the earlier before the
        later: a foreign key or the ORM may hang on the former. The replica identity is never superfluous: without it, a published
        table takes no UPDATE.
        """
        if self.replica_identity == f"index {index.name}":
            return None
        ranks = {id(found): (CONSTRAINT_RANK[found.constraint], number) for number, found in enumerate(self.indexes)}
        stronger = [
            other
            for other in self.indexes
            if other is not index
            and index.repeats(other)
            and other.enforces_all_of(index)
            and (not index.enforces_all_of(other) or ranks[id(other)] < ranks[id(index)])
        ]
        return min(stronger, key=lambda other: (not other.unique, *ranks[id(other)]), default=None)

    def extended_by(self, index: Index) -> Index | None:
        """The index that begins with all of this one and stays itself; None for an index that enforces something."""
        if index.unique or index.constraint:
            return None
        longer = [other for other in self.indexes if index.begins(other) and self.repeated_by(other) is None]
        staying = [other for other in longer if other.unique or not any(other.begins(still_longer) for still_longer in longer)]
        return min(staying, key=lambda other: len(other.keys), default=None)

    def subject(self, *columns: str) -> str:
        """What a finding is about, in full: `public.posts`, `public.posts.author_id`, `public.posts(a, b)`."""
        if len(columns) == 1:
            return f"{self.name.qualified}.{columns[0]}"
        return f"{self.name.qualified}({', '.join(columns)})" if columns else self.name.qualified


CONSTRAINT_RANK: dict[str | None, int] = {"primary key": 0, "unique": 1, "exclusion": 1, None: 2}
"""Which of two equal indexes to keep: the lower."""
