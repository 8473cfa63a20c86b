"""One database: its tables, and everything beside them."""

from __future__ import annotations

from collections import Counter
from functools import cached_property

from msgspec import Struct

from advisor.model.schema.comments import Comment
from advisor.model.schema.definitions import Definition
from advisor.model.schema.functions import Function
from advisor.model.schema.indexes import Index
from advisor.model.schema.names import Name, WrittenName
from advisor.model.schema.privileges import DefaultGrant, Grant
from advisor.model.schema.sequences import SequenceObject
from advisor.model.schema.tables import Table
from advisor.model.schema.types import Collation, CompositeType, Domain, Enum, RangeType


class Schema(Struct, frozen=True, dict=True):
    """All tables and enums of one database. Look-ups are by name; `tables` keeps the order of the source."""

    tables: tuple[Table, ...] = ()
    enums: tuple[Enum, ...] = ()
    extensions: tuple[str, ...] = ()
    extension_schemas: tuple[tuple[str, str], ...] = ()
    """Extensions that were put into another schema than `public`, and which."""
    sequences: tuple[SequenceObject, ...] = ()
    """Those with a CREATE SEQUENCE of their own; a serial column's is known by the column's default."""
    definitions: tuple[Definition, ...] = ()
    """What is kept as the statement that makes it, in the order in which it was made."""
    domains: tuple[Domain, ...] = ()
    composites: tuple[CompositeType, ...] = ()
    ranges: tuple[RangeType, ...] = ()
    collations: tuple[Collation, ...] = ()
    functions: tuple[Function, ...] = ()
    grants: tuple[Grant, ...] = ()
    """What was granted beyond PostgreSQL's own defaults."""
    revoked: tuple[Grant, ...] = ()
    """What everybody has by PostgreSQL's own default (EXECUTE on a function, USAGE on a type) and was taken away."""
    default_grants: tuple[DefaultGrant, ...] = ()
    comments: tuple[Comment, ...] = ()
    """On what is neither a table nor a column."""
    schemas: tuple[str, ...] = ()
    """The schemas beside `public` that statements make."""
    cut_names: tuple[WrittenName, ...] = ()
    """Names that an ORM's schema gives to tables, columns and types and that have more than 63 bytes: PostgreSQL keeps the first
    63."""

    @cached_property
    def _by_name(self) -> dict[Name, Table]:
        """Made when first asked for: a history of 800 migrations holds 800 schemas, of which rules look at few."""
        return {table.name: table for table in self.tables}

    @cached_property
    def _by_model(self) -> dict[str, Table]:
        return {table.model.lower(): table for table in self.tables if table.model}

    @cached_property
    def _views_by_table(self) -> dict[Name, tuple[Name, ...]]:
        found: dict[Name, tuple[Name, ...]] = {}
        for view in self.tables:
            for read in view.view.reads if view.view else ():
                found[read] = (*found.get(read, ()), view.name)
        return found

    def table(self, name: Name) -> Table | None:
        return self._by_name.get(name)

    def parent_of(self, table: Table) -> Table | None:
        """The partitioned table that a partition belongs to, where it is known: keys and indexes are declared there."""
        return self.table(table.partition_of) if table.partition_of else None

    def parents_of(self, table: Table) -> tuple[Table, ...]:
        """The tables that a table is a partition of or inherits from, those that are known."""
        names = (*table.inherits, *((table.partition_of,) if table.partition_of else ()))
        return tuple(parent for name in names if (parent := self.table(name)))

    def own_indexes(self, table: Table) -> tuple[Index, ...]:
        """A table's indexes without those that a partition has because its parent has them: these are changed there."""
        parent = self.parent_of(table)
        if parent is None:
            return table.indexes
        of_parent = Counter(index.definition for index in parent.indexes)
        own = []
        for index in table.indexes:
            if of_parent[index.definition]:
                of_parent[index.definition] -= 1
            else:
                own.append(index)
        return tuple(own)

    def partitions_of(self, table: Name) -> tuple[Name, ...]:
        return tuple(other.name for other in self.tables if other.partition_of == table)

    def views_of(self, table: Name) -> tuple[Name, ...]:
        """The views, of either kind, that read a table."""
        return self._views_by_table.get(table, ())

    def table_named(self, name: str) -> Table | None:
        """The one table of that bare name, whatever its schema; None where none or several have it."""
        found = [table for table in self.tables if table.name.name == name]
        return found[0] if len(found) == 1 else None

    def table_of_model(self, model: str) -> Table | None:
        """The table of an ORM model, by its name or by the client's lower-camel spelling of it (`userProfile`)."""
        return self._by_model.get(model.lower())

    def looks_curated(self, table: Table) -> bool:
        """Whether a table looks like settings or look-ups that people keep by hand, rather than like rows that use brings.

        Such a table belongs to no other, and either none belongs to it or it does not record when its rows were made. Nothing is
        said of a schema in which no table refers to any.
        """
        referred = {key.referenced_table for other in self.tables for key in other.foreign_keys}
        related = any(other.relations for other in self.tables)
        belongs = bool(table.foreign_keys) or any(relation.columns for relation in table.relations)
        has_children = table.name in referred or bool(table.relations)
        return bool(referred or related) and not belongs and not (has_children and table.records_creation)

    def enum(self, name: Name) -> Enum | None:
        return next((enum for enum in self.enums if enum.name == name), None)
