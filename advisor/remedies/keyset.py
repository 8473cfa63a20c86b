"""Keyset pagination: an order that no two rows share, and the condition that goes on after the last row seen.

Both forms bound the leading column on its own (`created_at <= ...`), or compare whole rows, so that PostgreSQL can start an index
scan there. The plain `a < x OR (a = x AND b < y)` reads and filters every row before the position, as OFFSET does.
Source: PostgreSQL documentation, "Row and Array Comparisons", section "Row Constructor Comparison"; "Multicolumn Indexes".
"""

from __future__ import annotations

from collections.abc import Sequence

from advisor.model import IndexKey, Query, Table
from advisor.remedies.prisma_calls import field_of, own_keys
from advisor.remedies.sql import quote


def total_order(query: Query, table: Table) -> tuple[IndexKey, ...] | None:
    """The query's own order, with the table's key behind it where rows could tie; None where it cannot be known."""
    pairs = own_keys(query.order_by)
    if not pairs and not query.complete:
        return None  # an order may be made out of sight
    if pairs is None or any(table.column(column) is None for column, _ in pairs):
        return None
    if is_total([column for column, _ in pairs], query, table):
        return tuple(IndexKey(column, descending=descending) for column, descending in pairs)
    key = key_columns(table)
    if not key:
        return None
    descending = pairs[-1][1] if pairs else False
    named = {*(column for column, _ in pairs), *settled_columns(query)}
    ties = [(column, descending) for column in key if column not in named]
    return tuple(IndexKey(column, descending=down) for column, down in (*pairs, *ties))


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
    return ", ".join(quote(key.column or "") + (" DESC" if key.descending else "") for key in order)
