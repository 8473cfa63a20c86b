"""Keyset pagination: an order that no two rows share, and the condition that goes on after the last row seen.

Both forms bound the leading column on its own (`created_at <= ...`), or compare whole rows, so that PostgreSQL can start an index
scan there. The plain `a < x OR (a = x AND b < y)` reads and filters every row before the position, as OFFSET does.
Source: PostgreSQL documentation, "Row and Array Comparisons", section "Row Constructor Comparison"; "Multicolumn Indexes".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec.structs import replace

from advisor.model import Column, IndexKey, Query, Table
from advisor.remedies.prisma_calls import call, capitalised, field_of, order_by, own_keys
from advisor.remedies.sql import quote

NOT_COMPARED_BY_PRISMA = frozenset(("boolean", "bytea", "json", "jsonb"))
"""Types whose Prisma filters have no `lt` and `gt`, or (JSON) compare otherwise than ORDER BY does."""

MILLISECONDS = re.compile(r"time(stamp)?\([0-3]\)")
"""Times with no more digits than a JavaScript Date has."""


def total_order(query: Query, table: Table) -> tuple[IndexKey, ...] | None:
    """The query's own order, with the table's key behind it where rows could tie; None where it cannot be known."""
    own = own_keys(query.order_by)
    if not own and not query.complete:
        return None  # an order may be made out of sight
    if own is None or len(columns_of(own, table)) < len(own):
        return None
    if is_total([key.column or "" for key in own], query, table):
        return own
    unique = key_columns(table)
    if not unique:
        return None
    descending = own[-1].descending if own else False
    named = {*(key.column for key in own), *settled_columns(query)}
    return (*own, *(IndexKey(column, descending=descending) for column in unique if column not in named))


def key_columns(table: Table) -> tuple[str, ...]:
    """The primary key's columns, or those of a unique index without NULLs; empty where a table has neither."""
    unique = [index for index in table.indexes if index.unique and index.predicate is None and None not in index.columns]
    unique.sort(key=lambda index: index.constraint != "primary key")
    for index in unique:
        columns = [column for name in index.columns if name and (column := table.column(name))]
        if columns and not any(column.nullable for column in columns):
            return tuple(column.name for column in columns)
    return ()


def is_total(columns: Sequence[str], query: Query, table: Table) -> bool:
    """Whether no two rows of the result agree in these columns (a NULL in a unique column may repeat)."""
    certain = [name for name in (*columns, *settled_columns(query)) if (column := table.column(name)) and not column.nullable]
    return table.is_unique(certain)


def settled_columns(query: Query) -> tuple[str, ...]:
    """The columns that are equal in all rows of the result and so need not be ordered by.

    Prisma does not reckon so with a cursor: it asks the order alone to be unique before it bounds the query.
    """
    return () if query.cursor and query.origin == "prisma" else query.fixed_columns


def columns_of(order: Sequence[IndexKey], table: Table) -> tuple[Column, ...]:
    """The columns of an order, as far as the table has them."""
    return tuple(column for key in order if key.column and (column := table.column(key.column)))


def prisma_can_compare(order: Sequence[IndexKey], table: Table) -> bool:
    """Whether Prisma's filters have `lt` and `gt` for each of these columns: those of a Boolean, an enum and Bytes do not."""
    return not any(
        column.type in NOT_COMPARED_BY_PRISMA or column.enum or column.type.endswith("[]") for column in columns_of(order, table)
    )


def optional_in(order: Sequence[IndexKey], table: Table) -> list[str]:
    """Columns that may be NULL, which compares with nothing: no page begins or goes on at such a row."""
    return [column.name for column in columns_of(order, table) if column.nullable]


def finer_than_a_date(order: Sequence[IndexKey], table: Table) -> list[str]:
    """Columns whose microseconds a JavaScript Date drops: a bound made of one skips rows, or shows them twice."""
    columns = columns_of(order, table)
    return [column.name for column in columns if column.type.startswith("time") and not MILLISECONDS.match(column.type)]


def page_in_prisma(query: Query, table: Table, order: Sequence[IndexKey], take: str) -> str | None:
    """The query as a page after `last`, the last row of the page before; None where Prisma cannot compare the order's columns.

    The conditions that the query has now go into an AND, since they may bound the same field or have an OR of their own.
    """
    if not prisma_can_compare(order, table):
        return None
    last = f"last{capitalised(query.model or 'row')}"
    after = f"{last} ? {{ {', '.join(after_in_prisma(order, table, last))} }} : {{}}"
    where = f"where: {{\n    AND: [\n      {{ /* the conditions that it has now */ }},\n      {after},\n    ],\n  }}"
    if query.complete and not query.predicates:
        where = f"where: {after}"
    ordering = order_by([replace(key, nulls_first=None) for key in order], table)  # Prisma takes `nulls` for optional fields only
    page = call(query, query.method, ["// beside its other arguments:", where, ordering, f"take: {take}" if take else ""])
    comments = "".join(f"// {line}\n" for line in about_last_row(query, table, order, last))
    return f"{comments}const {query.result_name or 'page'} = await {page};"


def about_last_row(query: Query, table: Table, order: Sequence[IndexKey], last: str) -> list[str]:
    """What a reader must know of the row that a page goes on from, line by line."""
    fields = [field_of(key.column or "", table) for key in order]
    optional = [field_of(name, table) for name in optional_in(order, table)]
    unread = [field for field in fields if query.select and field not in query.select]
    lines = [f"rows whose {' or '.join(optional)} is NULL are not reached: make it required first"] if optional else []
    lines += [
        f"a Date drops the microseconds of {field_of(name, table)}, so that rows are skipped: declare it with precision 3"
        for name in finer_than_a_date(order, table)
    ]
    lines += [f"select {' and '.join(unread)}, too"] if unread else []
    return [*lines, f"{last}: {{ {', '.join(fields)} }} of the last row of the page before, undefined on the first"]


def after_in_prisma(order: Sequence[IndexKey], table: Table, last: str) -> tuple[str, ...]:
    """The entries of `where` that go on after the row `last`: `createdAt: { lte: last.createdAt }`, `OR: [...]`."""
    fields = [field_of(key.column or "", table) for key in order]
    words = ["lt" if key.descending else "gt" for key in order]
    beyond = [f"{field}: {{ {word}: {last}.{field} }}" for field, word in zip(fields, words, strict=True)]
    if len(order) == 1:
        return (beyond[0],)
    equal = [f"{field}: {last}.{field}" for field in fields]
    ways = [beyond[0], *(", ".join([*equal[1:number], beyond[number]]) for number in range(1, len(order)))]
    return (
        f"{fields[0]}: {{ {words[0]}e: {last}.{fields[0]} }}",
        f"OR: [{', '.join(f'{{ {way} }}' for way in ways)}]",
    )


def after_in_sql(order: Sequence[IndexKey], parameters: Sequence[str]) -> str:
    """The condition that goes on after the row with these values, as `(created_at, id) < ($1, $2)` where all keys run one way."""
    columns = [quote(key.column or "") for key in order]
    signs = ["<" if key.descending else ">" for key in order]
    if len(order) == 1:
        return f"{columns[0]} {signs[0]} {parameters[0]}"
    if len(set(signs)) == 1:
        return f"({', '.join(columns)}) {signs[0]} ({', '.join(parameters)})"
    beyond = [f"{column} {sign} {value}" for column, sign, value in zip(columns, signs, parameters, strict=True)]
    equal = [f"{column} = {value}" for column, value in zip(columns, parameters, strict=True)]
    ways = [beyond[0], *(" AND ".join([*equal[1:number], beyond[number]]) for number in range(1, len(order)))]
    return f"{columns[0]} {signs[0]}= {parameters[0]} AND ({' OR '.join(f'({way})' for way in ways)})"


def order_in_sql(order: Sequence[IndexKey]) -> str:
    places = {None: "", True: " NULLS FIRST", False: " NULLS LAST"}
    return ", ".join(f"{quote(key.column or '')}{' DESC' if key.descending else ''}{places[key.nulls_first]}" for key in order)
