"""What a database looks like: tables, columns, keys and indexes, whatever they were read from.

One shape for Prisma schemas, SQL and (later) a live server. Values are frozen; a statement that changes a table makes a new
table. Type names and expressions are spelled as PostgreSQL spells them (`format_type`, `pg_get_expr`), so that two roads to one
schema compare equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `type` as `format_type` prints it: `integer`, `character varying(20)`, `timestamp(3) without time zone`, `text[]`."""

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

    def __str__(self) -> str:
        return self.name or f"{self.table} ({', '.join(str(key) for key in self.keys)})"

    @property
    def columns(self) -> tuple[str | None, ...]:
        """The key columns in order; None stands for an expression."""
        return tuple(key.column for key in self.keys)

    def serves_lookup_by(self, columns: Sequence[str]) -> bool:
        """Whether `WHERE a = .. AND b = ..` over just these columns can use it, whatever their order among themselves.

        A btree does so where they are its leading keys, a hash index where they are its only key. A predicate must follow from the
        equality itself: `a IS NOT NULL` does, nothing else is known to.
        """
        wanted = set(columns)
        if self.predicate is not None and not (self.predicate.implied_not_null and set(self.predicate.implied_not_null) <= wanted):
            return False
        if self.method == "hash":
            return self.columns == tuple(columns)
        return self.method == "btree" and bool(wanted) and set(self.columns[: len(wanted)]) == wanted

    def proves_unique(self, columns: Iterable[str]) -> bool:
        """Whether rows that agree in these columns cannot differ: a whole unique index whose key columns are all among them."""
        if not self.unique or self.predicate is not None or None in self.columns:
            return False
        return set(self.columns) <= set(columns)


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A reference from `columns` to `referenced_columns` (empty where the text leaves them to the primary key of a table not seen)."""

    name: str | None
    table: Name
    columns: tuple[str, ...]
    referenced_table: Name
    referenced_columns: tuple[str, ...]
    location: Location
    on_delete: str = "NO ACTION"
    on_update: str = "NO ACTION"
    validated: bool = True


@dataclass(frozen=True, slots=True)
class Check:
    """A CHECK constraint."""

    name: str | None
    expression: Expression
    location: Location
    validated: bool = True


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

    def subject(self, *columns: str) -> str:
        """What a finding is about, in full: `public.posts`, `public.posts.author_id`, `public.posts(a, b)`."""
        if len(columns) == 1:
            return f"{self.name.qualified}.{columns[0]}"
        return f"{self.name.qualified}({', '.join(columns)})" if columns else self.name.qualified


@dataclass(frozen=True, slots=True)
class Enum:
    """An enum type and its values in order."""

    name: Name
    values: tuple[str, ...]
    location: Location
    field: str | None = None
    """The ORM's own name for it."""


@dataclass(frozen=True)
class Schema:
    """All tables and enums of one database. Look-ups are by name; `tables` keeps the order of the source."""

    tables: tuple[Table, ...] = ()
    enums: tuple[Enum, ...] = ()
    extensions: tuple[str, ...] = ()

    _by_name: dict[Name, Table] = field(init=False, repr=False, compare=False)
    _by_model: dict[str, Table] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {table.name: table for table in self.tables})
        object.__setattr__(self, "_by_model", {table.model.lower(): table for table in self.tables if table.model})

    def table(self, name: Name) -> Table | None:
        return self._by_name.get(name)

    def table_named(self, name: str) -> Table | None:
        """The one table of that bare name, whatever its schema; None where none or several have it."""
        found = [table for table in self.tables if table.name.name == name]
        return found[0] if len(found) == 1 else None

    def table_of_model(self, model: str) -> Table | None:
        """The table of an ORM model, by its name or by the client's lower-camel spelling of it (`userProfile`)."""
        return self._by_model.get(model.lower())

    def enum(self, name: Name) -> Enum | None:
        return next((enum for enum in self.enums if enum.name == name), None)
