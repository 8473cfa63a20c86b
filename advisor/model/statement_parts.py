"""SQL statements in parts: each SELECT, INSERT, UPDATE or DELETE in a statement, with the relations that it may name.

A reader fills in what the text says: a bare column of a part with several relations has no relation yet. Linking against a schema
says which one it is of, and what each relation is there.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from advisor.model.location import Location
from advisor.model.schema import Name

RelationKind = Literal["table", "subquery", "common table", "function", "values"]
JoinKind = Literal["from", "inner", "left", "right", "full", "cross"]
"""`from`: in a list after FROM (or USING), its first relation included. `cross`: written as CROSS JOIN, or with ON true."""

PartRole = Literal["statement", "common table", "subquery", "exists", "in", "scalar", "array", "branch", "source"]
"""`subquery` stands in FROM, `branch` in a UNION or its like, `source` gives an INSERT its rows."""

SetOperation = Literal["union", "union all", "intersect", "except"]
Around = Literal["function", "cast", "arithmetic", "json", "collation"]


class QualifiedColumn(Struct, frozen=True):
    """A column of one of the relations around. `relation` is the alias, empty where the text does not say it."""

    column: str
    relation: str = ""
    part: int | None = None
    """The part whose relation it is, where not the part itself: a correlated subquery. Known by linking."""


class Wrapping(Struct, frozen=True):
    """What stands around a column where it is compared: `lower(email)`, `id::text`, `price * 2`, `data ->> 'key'`."""

    kind: Around
    name: str
    """The function, the type that it is cast to, the operator, the collation."""
    text: str
    """The whole side of the comparison, columns without their relation, as indexes' expressions are written."""


class FromItem(Struct, frozen=True):
    """One relation that a part may name, by its alias: an item of FROM or USING, or what the statement writes to."""

    alias: str
    kind: RelationKind
    location: Location
    name: Name | None = None
    """Of tables and views: as written, in the schema `public` where no schema is."""
    join: JoinKind = "from"
    using: tuple[str, ...] = ()
    """The columns that USING joins it by."""
    natural: bool = False
    conditioned: bool = False
    """Joined by ON with more than a constant, by USING or by NATURAL."""
    lateral: bool = False
    part: int | None = None
    """The part that gives its rows, of a subquery or a common table."""
    one_row: bool = False
    """A subquery that never gives more than one row: an aggregate without GROUP BY, LIMIT 1, one row of VALUES."""
    renamed: bool = False
    """Its columns have other names here (`AS t (a, b)`)."""
    sampled: bool = False
    target: bool = False
    """What the statement writes to."""


class OutputColumn(Struct, frozen=True):
    """One result of a SELECT. A star has no name; `column.relation` says whose it is, where it is qualified."""

    location: Location
    name: str | None = None
    column: QualifiedColumn | None = None
    star: bool = False
    constant: str | None = None
    """The SQL of a constant."""
    aggregate: bool = False
    called: str | None = None
    """The function that it is a call of."""


class SortKey(Struct, frozen=True):
    """One key of ORDER BY. `column` is None for an expression; `position` is the number of a result, where one is written."""

    text: str
    location: Location
    column: QualifiedColumn | None = None
    position: int | None = None
    descending: bool = False
    nulls_first: bool | None = None


class RowLock(Struct, frozen=True):
    """A locking clause. `wait` says what happens where another transaction holds the row."""

    strength: Literal["update", "no key update", "share", "key share"]
    wait: Literal["block", "skip", "fail"]
    location: Location


class Concatenation(Struct, frozen=True):
    """`a || b || c`: NULL as soon as one of `columns` is. Columns inside of COALESCE and the like are not among them."""

    location: Location
    text: str
    columns: tuple[QualifiedColumn, ...]


class NullComparison(Struct, frozen=True):
    """`= NULL` or `<> NULL` as a condition, which is never true. `corrected` says what was meant."""

    location: Location
    text: str
    corrected: str
    replaceable: bool = False
    """`location` is the whole comparison, so that `corrected` may stand in its place."""


class Membership(Struct, frozen=True):
    """`column IN (SELECT ...)`: which part gives the values. Of several columns none is told."""

    location: Location
    column: QualifiedColumn | None
    part: int
    negated: bool = False
