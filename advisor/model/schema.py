"""What a database looks like: tables, columns, keys and indexes, whatever they were read from.

One shape for Prisma schemas, SQL and (later) a live server. Values are frozen; a statement that changes a table makes a new
table. Type names and expressions are spelled as PostgreSQL spells them (`format_type`, `pg_get_expr`), so that two roads to one
schema compare equal.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from advisor.model.location import Location


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """A relation's name with its schema. As text it is what people write: the schema is left out where it is `public`."""

    schema: str
    name: str

    def __str__(self) -> str:
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"

    @property
    def qualified(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class Expression:
    """A SQL expression: its text, and what rules ask of it.

    `strict_columns` are those whose NULL makes the whole expression NULL (`a || b` has both, `coalesce(a, '')` has none).
    `functions` are the names of the functions called, lower-case, without schema. `implied_not_null` are the columns for which a
    predicate says nothing but that they are not NULL (`author_id IS NOT NULL`); it is empty for any other predicate.
    """

    text: str
    columns: tuple[str, ...] = ()
    strict_columns: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    implied_not_null: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.text


FEW_VALUED = frozenset(
    "status state type kind role category priority severity gender currency locale language country plan tier".split()
)
"""Last words of the names of columns that hold one of a handful of values."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `type` is what `format_type` prints: `integer`, `character varying(20)`, `time without time zone`, `text[]`."""

    name: str
    type: str
    location: Location
    nullable: bool = True
    default: Expression | None = None
    identity: Literal["always", "by default"] | None = None
    generated: Expression | None = None
    field: str | None = None
    """The ORM's own name for it, where an ORM schema declares it."""
    comment: str | None = None
    enum: Name | None = None
    """The enum that `type` names, where it is one."""
    collation: str | None = None
    """The collation, where it is not its type's own."""
    virtual: bool = False
    """True for a generated column that is computed when it is read (PostgreSQL 18), not stored."""
    identity_options: tuple[str, ...] = ()
    """What the identity's sequence was told: `START WITH 10`, `SEQUENCE NAME orders_seq`."""

    @property
    def few_values(self) -> Literal["by type", "by name"] | None:
        """Whether many rows share each value: a boolean or an enum surely, a text called `status` in all likelihood."""
        if self.type == "boolean" or self.enum:
            return "by type"
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", self.name).lower()
        textual = self.type in ("text", "citext") or self.type.startswith("character")
        return "by name" if textual and words.rpartition("_")[2] in FEW_VALUED else None


@dataclass(frozen=True, slots=True)
class IndexKey:
    """One key of an index: a column or an expression, and how it is ordered.

    `opclass` and `collation` are None where they are the type's own. `nulls_first` is None where it is PostgreSQL's default
    (last when ascending, first when descending); a reader drops what says the default.
    """

    column: str | None = None
    expression: Expression | None = None
    opclass: str | None = None
    collation: str | None = None
    descending: bool = False
    nulls_first: bool | None = None
    opclass_options: tuple[str, ...] = ()
    """Parameters of the operator class: `siglen=32`."""

    @property
    def puts_nulls_first(self) -> bool:
        """Where NULLs stand, the default spelled out."""
        return self.descending if self.nulls_first is None else self.nulls_first

    def read_backwards(self) -> IndexKey:
        """The key as a backward scan of its index yields it."""
        return replace(self, descending=not self.descending, nulls_first=not self.puts_nulls_first)

    def sorts_like(self, other: IndexKey) -> bool:
        """Whether both hold the same value and order it alike. Expressions are compared as text, in PostgreSQL's own spelling."""
        mine, theirs = (
            (
                key.column,
                str(key.expression or ""),
                key.opclass,
                key.opclass_options,
                key.collation,
                key.descending,
                key.puts_nulls_first,
            )
            for key in (self, other)
        )
        return mine == theirs

    def __str__(self) -> str:
        text = self.column or f"({self.expression})"
        if self.collation:
            text += f" COLLATE {self.collation}"
        if self.opclass:
            text += f" {self.opclass}"
        if self.descending:
            text += " DESC"
        if self.nulls_first is not None:
            text += " NULLS FIRST" if self.nulls_first else " NULLS LAST"
        return text


@dataclass(frozen=True, slots=True)
class Index:
    """An index, or the one behind a primary key, unique or exclusion constraint (`constraint` says which)."""

    name: str | None
    table: Name
    keys: tuple[IndexKey, ...]
    location: Location
    method: str = "btree"
    unique: bool = False
    predicate: Expression | None = None
    include: tuple[str, ...] = ()
    constraint: Literal["primary key", "unique", "exclusion"] | None = None
    nulls_not_distinct: bool = False
    deferrable: bool = False
    name_is_default: bool = False
    """True where the source did not name it, and `name` is the one that PostgreSQL or Prisma will give."""
    initially_deferred: bool = False
    operators: tuple[str, ...] = ()
    """Of an exclusion constraint: its operators, key by key."""
    storage: tuple[str, ...] = ()
    """Storage parameters: `fillfactor=70`."""

    def __str__(self) -> str:
        return self.name or f"{self.table} ({', '.join(str(key) for key in self.keys)})"

    @property
    def columns(self) -> tuple[str | None, ...]:
        """The key columns in order; None stands for an expression."""
        return tuple(key.column for key in self.keys)

    @property
    def definition(self) -> tuple[object, ...]:
        """What it is, whatever its name and table, and wherever it was written."""
        predicate = str(self.predicate or "")
        return (self.keys, self.method, self.unique, predicate, self.include, self.constraint, self.nulls_not_distinct)

    def serves_lookup_by(self, columns: Sequence[str]) -> bool:
        """Whether `WHERE a = .. AND b = ..` over just these columns can use it, whatever their order among themselves.

        A btree does so where they are its leading keys, as does GiST (on scalars it is btree_gist, often an exclusion constraint);
        a hash index where they are its only key. A predicate must follow from the equality itself: `a IS NOT NULL` does, nothing
        else is known to. A key under a collation that is not its column's own is of no use to the column's own equality.
        """
        return bool(columns) and set(self.narrows_lookup_by(columns)) == set(columns)

    def narrows_lookup_by(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Its leading keys that such a lookup can use: all of the columns, a part of them, or none."""
        wanted = set(columns)
        if self.method not in ("btree", "hash", "gist"):
            return ()
        if self.predicate is not None and not (self.predicate.implied_not_null and set(self.predicate.implied_not_null) <= wanted):
            return ()
        leading: list[str] = []
        for key in self.keys:
            if key.column is None or key.column not in wanted or key.collation is not None:
                break
            leading.append(key.column)
        return tuple(leading)

    def repeats(self, other: Index) -> bool:
        """Whether both hold the same entries in the same order, so that either answers what the other answers.

        Method, operator classes, collations, order, predicate and INCLUDE must agree. A btree is read both ways, so that
        (a, b DESC) repeats (a DESC, b). Uniqueness is another matter: see `enforces_all_of`.
        """
        return (
            self.method == other.method
            and len(self.keys) == len(other.keys)
            and str(self.predicate or "") == str(other.predicate or "")
            and set(self.include) == set(other.include)
            and self._sorts_like_start_of(other)
        )

    def begins(self, other: Index) -> bool:
        """Whether it is a proper leading part of another btree, which can then answer whatever it answers."""
        return (
            self.method == other.method == "btree"
            and len(self.keys) < len(other.keys)
            and str(self.predicate or "") == str(other.predicate or "")
            and set(self.include) <= {*other.columns, *other.include}
            and self._sorts_like_start_of(other)
        )

    def _sorts_like_start_of(self, other: Index) -> bool:
        """Key by key, read forwards or (a btree) as a whole backwards."""
        pairs = list(zip(self.keys, other.keys, strict=False))
        forwards = all(mine.sorts_like(theirs) for mine, theirs in pairs)
        return forwards or (self.method == "btree" and all(mine.read_backwards().sorts_like(theirs) for mine, theirs in pairs))

    def enforces_all_of(self, other: Index) -> bool:
        """Whether dropping `other`, an index that this one repeats, leaves nothing unenforced."""
        if other.constraint == "exclusion" or not other.unique:
            return other.constraint != "exclusion"
        nulls = self.constraint == "primary key" or self.nulls_not_distinct or not other.nulls_not_distinct
        return self.unique and nulls and (other.deferrable or not self.deferrable)

    def serves_order(self, order: Sequence[IndexKey], fixed: Iterable[str] = ()) -> bool:
        """Whether rows come out of it in this order, read forwards or backwards, once the `fixed` columns have given values.

        A column that is fixed orders nothing and is passed over, in the index too.
        """
        given = set(fixed)
        wanted = [key for key in order if key.column not in given]
        mine = [key for key in self.keys if key.column not in given][: len(wanted)]
        if self.method != "btree" or self.predicate is not None or len(mine) < len(wanted):
            return False
        pairs = list(zip(mine, wanted, strict=True))
        return all(key.sorts_like(asked) for key, asked in pairs) or all(
            key.read_backwards().sorts_like(asked) for key, asked in pairs
        )

    def proves_unique(self, columns: Iterable[str]) -> bool:
        """Whether rows that agree in these columns cannot differ: a whole unique index whose key columns are all among them."""
        if not self.unique or self.predicate is not None or None in self.columns:
            return False
        return set(self.columns) <= set(columns)


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A reference from `columns` to `referenced_columns` (empty where the text leaves them to the key of a table not seen)."""

    name: str | None
    table: Name
    columns: tuple[str, ...]
    referenced_table: Name
    referenced_columns: tuple[str, ...]
    location: Location
    on_delete: str = "NO ACTION"
    on_update: str = "NO ACTION"
    validated: bool = True
    match_full: bool = False
    set_columns: tuple[str, ...] = ()
    """The columns that SET NULL or SET DEFAULT is confined to; none where it sets them all."""
    deferrable: bool = False
    initially_deferred: bool = False
    enforced: bool = True


@dataclass(frozen=True, slots=True)
class Check:
    """A CHECK constraint."""

    name: str | None
    expression: Expression
    location: Location
    validated: bool = True
    no_inherit: bool = False
    enforced: bool = True


@dataclass(frozen=True, slots=True)
class PartitionKey:
    """How a partitioned table is divided: `range`, `list` or `hash`, by columns or expressions."""

    strategy: Literal["range", "list", "hash"]
    keys: tuple[IndexKey, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """An ORM relation field: `Post.author` (one, with its columns) or `User.posts` (many, none).

    `columns` are the database columns on this table's side, empty on the side that holds no key.
    """

    field: str
    target: Name
    many: bool
    location: Location
    columns: tuple[str, ...] = ()
    referenced_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
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

    @property
    def primary_key(self) -> Index | None:
        return next((index for index in self.indexes if index.constraint == "primary key"), None)

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)

    def column_of_field(self, field: str) -> Column | None:
        """The column that an ORM field stands for."""
        return next((column for column in self.columns if (column.field or column.name) == field), None)

    def relation(self, field: str) -> Relation | None:
        return next((relation for relation in self.relations if relation.field == field), None)

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
        return any(column.type.startswith("timestamp") and column.default is not None for column in self.columns)

    def serves_order(self, order: Sequence[IndexKey], fixed: Iterable[str] = ()) -> bool:
        """Whether some index gives this order; see `Index.serves_order`."""
        given = tuple(fixed)
        return any(index.serves_order(order, given) for index in self.indexes)

    def repeated_by(self, index: Index) -> Index | None:
        """The index that makes one of this table's superfluous by holding the same entries and enforcing at least as much.

        Of two that are equal in all, a primary key stays before a constraint, a constraint before an index, the earlier before the
        later: a foreign key or the ORM may hang on the former.
        """
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


@dataclass(frozen=True, slots=True)
class Enum:
    """An enum type and its values in order."""

    name: Name
    values: tuple[str, ...]
    location: Location
    field: str | None = None
    """The ORM's own name for it."""


@dataclass(frozen=True, slots=True)
class SequenceObject:
    """A sequence. `options` are written as in CREATE SEQUENCE (`START WITH 5`); `owner` is the column that it goes with."""

    name: Name
    options: tuple[str, ...] = ()
    owner: tuple[Name, str] | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """A type, collation or function that the model keeps as the statement that makes it.

    `search_path` is where the statement's unqualified names were looked up.
    """

    kind: Literal["type", "collation", "function"]
    name: Name
    sql: str
    search_path: tuple[str, ...] = ("public",)


@dataclass(frozen=True)
class Schema:
    """All tables and enums of one database. Look-ups are by name; `tables` keeps the order of the source."""

    tables: tuple[Table, ...] = ()
    enums: tuple[Enum, ...] = ()
    extensions: tuple[str, ...] = ()
    extension_schemas: tuple[tuple[str, str], ...] = ()
    """Extensions that were put into another schema than `public`, and which."""
    sequences: tuple[SequenceObject, ...] = ()
    """Those with a CREATE SEQUENCE of their own; a serial column's is known by the column's default."""
    definitions: tuple[Definition, ...] = ()
    """Types and functions that columns, keys and checks may need, in the order in which they were made."""

    @cached_property
    def _by_name(self) -> dict[Name, Table]:
        """Made when first asked for: a history of 800 migrations holds 800 schemas, of which rules look at few."""
        return {table.name: table for table in self.tables}

    @cached_property
    def _by_model(self) -> dict[str, Table]:
        return {table.model.lower(): table for table in self.tables if table.model}

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
