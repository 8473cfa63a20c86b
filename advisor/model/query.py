"""Queries: one shape for ORM calls and SQL text, with the loops around them.

A reader fills in what the text says (model and field names); linking against a schema fills in `table` and turns field names into
columns. A rule reads columns where `table` is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from advisor.model.code import Loop, ParameterUse, Scope
from advisor.model.location import Location
from advisor.model.schema import Name, Table
from advisor.model.statement_parts import (
    Concatenation,
    FromItem,
    Membership,
    NullComparison,
    OutputColumn,
    PartRole,
    QualifiedColumn,
    RowLock,
    SetOperation,
    SortKey,
    Wrapping,
)

Verb = Literal[
    "find many", "find first", "find unique", "count", "aggregate", "group by", "create", "update", "upsert", "delete", "raw"
]
"""What a call does. Bulk forms (`updateMany`) share the verb of the single one; `Query.method` keeps the name as written."""

ValueKind = Literal["constant", "element", "variable"]
"""Where a compared value comes from: written in the code, the element of a loop around the query, or anything else."""

Origin = Literal["prisma", "drizzle", "typeorm", "sequelize", "knex", "kysely", "sql"]
"""The API that a query is written in."""


class Predicate(Struct, frozen=True):
    """A comparison of one column. `path` holds the relation fields walked to reach it (empty for the queried table itself).

    A reader without the schema cannot tell a relation from the name of a composite key (`where: { member: { userId, teamId } }`):
    it keeps that name in `path` too, and linking takes it out.
    """

    column: str
    operator: str
    """`=`, `<`, `<=`, `>`, `>=`, `!=`, `in`, `not in`, `like`, `is null`, `has`, or the ORM's own word for anything else."""
    location: Location
    value: ValueKind = "variable"
    path: tuple[str, ...] = ()
    negated: bool = False
    """Under NOT, or where no related row may match (`none`, `isNot`, `every`)."""
    under_or: bool = False
    """Inside an OR, so that it alone does not narrow the result."""
    optional: bool = False
    """Given on some calls only (`...(authorId && { authorId })`, `status: status ?? undefined`)."""
    value_text: str | None = None
    """Source text of the compared value (`user.id`, `'draft'`), for remedies that write the query anew."""
    parameters: tuple[ParameterUse, ...] = ()
    """What its value is made of, of the parameters of the function around it."""
    relation: str = ""
    """In a part of a SQL statement, the alias of the column's relation; empty where the text does not say it."""
    around: Wrapping | None = None
    """What stands around the column."""
    value_type: str | None = None
    """The type of the value, where the SQL says it; `unknown` for a string and for a bare parameter, which take the column's."""
    other: QualifiedColumn | None = None
    """The column that it is compared with, of another relation."""
    joins: bool = False
    """It stands in the ON of a join: where that is an outer one, rows that fail it may stay, with NULLs."""
    cast_to: str | None = None
    """The type that PostgreSQL turns the column into before it compares, so that no index on the column helps. Known by linking."""


class OrderKey(Struct, frozen=True):
    """One key of an ORDER BY."""

    column: str
    location: Location
    descending: bool = False
    path: tuple[str, ...] = ()
    """Relation fields walked to reach it; `_count` and the like are kept here too."""
    nulls_first: bool | None = None
    """Where NULLs were asked to stand; None where nothing is said (last when ascending, first when descending)."""


class Bound(Struct, frozen=True):
    """The argument of LIMIT or OFFSET: a constant, or an expression with its source text."""

    text: str
    location: Location
    constant: int | None = None
    grows_with_page: bool = False
    """The expression multiplies (`page * size`, `(page - 1) * size`) or is named like an offset, followed through the file."""


class Cursor(Struct, frozen=True):
    """A keyset position: the columns that identify the row to go on from."""

    columns: tuple[str, ...]
    location: Location
    optional: bool = False
    """Given on some calls only (`cursor ? {...} : undefined`)."""
    skips_cursor_row: bool = False
    """`skip: 1` goes with it, in any of its spellings."""
    takes_one_more: bool = False
    """`take: n + 1`: the extra row is popped and becomes the next cursor, so that repeating it is the point."""
    value_text: str | None = None
    """Source text of the position (`{ id: lastId }`), for remedies that write it anew."""
    condition: str | None = None
    """Source text of what decides whether it is given (`lastId` of `lastId ? {...} : undefined`)."""


class ColumnUse(Struct, frozen=True):
    """What a query asks of a column, in terms of what an index must be able to do.

    `prefix` is the beginning of a text (`startsWith`), `pattern` any other search in it (LIKE, `contains`, a regular expression).
    """

    kind: Literal["equal", "ranged", "null", "prefix", "pattern", "sorted"]
    location: Location


USE_OF_OPERATOR: dict[str, Literal["equal", "ranged", "null", "prefix", "pattern"] | None] = {
    "=": "equal",
    "in": "equal",
    "<": "ranged",
    "<=": "ranged",
    ">": "ranged",
    ">=": "ranged",
    "between": "ranged",
    "is null": "null",
    "startsWith": "prefix",
    "!=": None,
    "not in": None,
    "is not null": None,
}
"""None where no index helps; an operator that is not listed searches within the value."""


class Alternatives(Struct, frozen=True):
    """An OR that the rows must meet: what each branch asks. `complete` is False where a branch asks more than is told here."""

    location: Location
    branches: tuple[tuple[Predicate, ...], ...]
    complete: bool = True


class Part(Struct, frozen=True):
    """A SELECT, INSERT, UPDATE, DELETE, MERGE or VALUES in a SQL statement."""

    role: PartRole
    kind: Literal["select", "insert", "update", "delete", "merge", "values"]
    location: Location
    around: int | None = None
    """The part in which it stands."""
    relations: tuple[FromItem, ...] = ()
    predicates: tuple[Predicate, ...] = ()
    """The comparisons of WHERE, ON and HAVING; those in aggregates' HAVING are not among them."""
    alternatives: tuple[Alternatives, ...] = ()
    links: tuple[tuple[QualifiedColumn, ...], ...] = ()
    """The columns of each condition that all rows must meet: those of one are tied to each other."""
    outputs: tuple[OutputColumn, ...] = ()
    order_by: tuple[SortKey, ...] = ()
    group_positions: tuple[Location, ...] = ()
    """Results that GROUP BY names by their number."""
    limit: Bound | None = None
    offset: Bound | None = None
    distinct: bool = False
    distinct_on: tuple[QualifiedColumn, ...] = ()
    grouped: bool = False
    conditioned: bool = False
    """It has a WHERE that is not always true."""
    operation: SetOperation | None = None
    operation_at: Location | None = None
    lock: RowLock | None = None
    concatenations: tuple[Concatenation, ...] = ()
    null_comparisons: tuple[NullComparison, ...] = ()
    memberships: tuple[Membership, ...] = ()
    written: tuple[str, ...] = ()
    """The columns that an INSERT lists, or an UPDATE sets."""
    unlisted: bool = False
    """An INSERT of values or rows that lists no columns."""
    functions: frozenset[str] = frozenset()
    """The functions that it calls, without schema."""

    @property
    def aggregates(self) -> bool:
        """Whether it gives one row for all."""
        return not self.grouped and bool(self.outputs) and all(output.aggregate or output.constant for output in self.outputs)

    def relation(self, alias: str) -> FromItem | None:
        return next((relation for relation in self.relations if relation.alias == alias), None)


class Query(Struct, frozen=True):
    """One query site in code or SQL.

    `model` and `method` are as written (`post`, `findMany`); `verb` is their meaning. `complete` is False where arguments are
    spread in or built elsewhere, so that what is absent here may be present after all. `origin` names the API.
    """

    location: Location
    scope: Scope
    origin: Origin
    verb: Verb
    method: str
    model: str | None = None
    table: Name | None = None
    predicates: tuple[Predicate, ...] = ()
    order_by: tuple[OrderKey, ...] = ()
    limit: Bound | None = None
    offset: Bound | None = None
    cursor: Cursor | None = None
    distinct: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    """Relation fields fetched along, dotted where nested (`posts.comments`)."""
    select: tuple[str, ...] = ()
    loops: tuple[Loop, ...] = ()
    """The loops around it, outermost first."""
    uses_element_of: Loop | None = None
    """The innermost of `loops` whose element decides what this query reads or writes."""
    parameters: tuple[ParameterUse, ...] = ()
    """The parameters of the function around it that decide what it reads or writes."""
    awaited: bool = False
    batched_in_transaction: bool = False
    """Handed to `$transaction([...])` as an unawaited promise."""
    result_first_only: bool = False
    complete: bool = True
    text: str | None = None
    """The SQL, for `origin` "sql"."""
    client: str | None = None
    """What the call is made on, as written (`prisma`, `this.db`, `tx`, `pool`), for remedies that write it anew."""
    result_name: str | None = None
    """The variable that its result is bound to (`const posts = await ...`)."""
    repeated: tuple[Query, ...] = ()
    """The same query as loops of the file run it that call the function around it with their element: each at the place of such a
    call, with its loops, and its values as far as they are known there."""

    parts: tuple[Part, ...] = ()
    """For `origin` "sql": what the statement consists of, outer before inner, itself first."""

    @property
    def writes(self) -> bool:
        return self.verb in ("create", "update", "upsert", "delete")

    @property
    def writes_any_number(self) -> bool:
        """Whether it changes all rows that its filter lets through, and with no filter all there are."""
        if self.verb not in ("update", "delete"):
            return False
        return (
            self.method.endswith("Many") if self.origin == "prisma" else self.origin in ("drizzle", "knex", "kysely", "sequelize")
        )

    def uses_of(self, column: str) -> Iterator[ColumnUse]:
        """What it asks of one column of its own table; negations and later keys of an ORDER BY do not count."""
        for predicate in self.predicates:
            own = predicate.column == column and not predicate.path and not predicate.negated
            if own and (kind := USE_OF_OPERATOR.get(predicate.operator, "pattern")):
                yield ColumnUse(kind, predicate.location)
        if self.order_by and self.order_by[0].column == column and not self.order_by[0].path:
            yield ColumnUse("sorted", self.order_by[0].location)

    @property
    def reads(self) -> bool:
        """Raw SQL reads where it begins with SELECT or WITH; a WITH that writes is rare enough."""
        if self.verb == "raw":
            return bool(self.text) and str(self.text).lstrip(" \t\r\n(").lower().startswith(("select", "with"))
        return not self.writes

    @property
    def fixed_columns(self) -> tuple[str, ...]:
        """Columns of the table itself that have one given value in every row of any result (`WHERE author_id = ...`)."""
        return tuple(
            predicate.column
            for predicate in self.predicates
            if predicate.operator == "=" and not (predicate.path or predicate.negated or predicate.under_or or predicate.optional)
        )


class LinkedQuery(Struct, frozen=True):
    """A query with the table it goes to, for rules that need both."""

    query: Query
    table: Table


class Queries(Struct, frozen=True):
    """All queries that are known to go to one database, for rules that judge a table or an index by its use."""

    all: tuple[Query, ...] = ()

    def on(self, table: Name) -> tuple[Query, ...]:
        """Those that go to a table themselves; a table reached through a relation only is not counted."""
        return tuple(query for query in self.all if query.table == table)
