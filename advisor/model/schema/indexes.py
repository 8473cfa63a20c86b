"""Indexes, and what they are good for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from advisor.model.location import Location
from advisor.model.schema.names import Expression, Name


class IndexKey(Struct, frozen=True):
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


class Index(Struct, frozen=True):
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
    tablespace: str | None = None
    without_overlaps: bool = False
    """Of a key: its last column is a period, and no two rows of one key may overlap in it (PostgreSQL 18)."""
    valid: bool = True
    """False for an index that queries do not use: of a partitioned table, one that not all partitions have (`ON ONLY`)."""
    attached_to: str | None = None
    """Of a partition's index: the name of the index of the partitioned table that it is a part of."""
    column_names: tuple[str, ...] = ()
    """How the index calls its columns, where one was renamed since it was made: copies of it are named so."""

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
        if self.keys[:1] and other.keys[:1] and self.keys[0].column != other.keys[0].column:
            return False
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
