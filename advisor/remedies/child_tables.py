"""A table of its own for what one row holds several of. In: the table and its columns. Out: SQL that makes it and fills it."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.model import Column, Name, Table
from advisor.remedies.rewrites import RunSql
from advisor.remedies.sql import quote, quote_name, with_suffix

LATER = "-- Once no code uses the old columns any more, drop them in a migration of its own."


def rows_for_columns(table: Table, stem: str, columns: Sequence[Column]) -> RunSql | None:
    """A row for each of some numbered columns; None where the table has no key of one column to refer to."""
    key = key_of(table)
    if key is None:
        return None
    child = Name(table.name.schema, with_suffix(f"{table.name.name}_{stem}", "_list"))
    owner, kind = quote(f"{table.name.name}_{key.name}"), columns[0].type
    make = (
        f"CREATE TABLE {quote_name(child)} (\n"
        f"  {owner} {key.type} NOT NULL REFERENCES {quote_name(table.name)} ON DELETE CASCADE,\n"
        f"  position smallint NOT NULL,\n  {quote(stem)} {kind} NOT NULL,\n  PRIMARY KEY ({owner}, position)\n);"
    )
    rows = ", ".join(f"({number}, {quote(column.name)})" for number, column in enumerate(columns, 1))
    found = f"{quote_name(table.name)}, LATERAL (VALUES {rows}) AS entries (number, entry)"
    fill = filled(child, f"{quote(key.name)}, number, entry", found, "entry IS NOT NULL")
    return RunSql(f"Give {stem} of {table.name} a table", f"{make}\n{fill}\n{LATER}", f"DROP TABLE {quote_name(child)};")


def pairs_for_list(table: Table, column: Column, target: Table) -> RunSql | None:
    """A row for each entry of a text that lists ids of another table; None where one of the two has no key of one column."""
    mine, theirs = key_of(table), key_of(target)
    if mine is None or theirs is None:
        return None
    child = Name(table.name.schema, with_suffix(f"{table.name.name}_{target.name.name}", "_pairs"))
    left, right = quote(f"{table.name.name}_{mine.name}"), quote(f"{target.name.name}_{theirs.name}")
    make = (
        f"CREATE TABLE {quote_name(child)} (\n"
        f"  {left} {mine.type} NOT NULL REFERENCES {quote_name(table.name)} ON DELETE CASCADE,\n"
        f"  {right} {theirs.type} NOT NULL REFERENCES {quote_name(target.name)} ON DELETE CASCADE,\n"
        f"  PRIMARY KEY ({left}, {right})\n);\n"
        f"CREATE INDEX ON {quote_name(child)} ({right});"
    )
    entries = f"string_to_table(listing.{quote(column.name)}, ',') AS entry"
    found = f"{quote_name(table.name)} AS listing, {entries}, {quote_name(target.name)} AS listed"
    keys = f"listing.{quote(mine.name)}, listed.{quote(theirs.name)}"
    fill = filled(child, keys, found, f"listed.{quote(theirs.name)}::text = trim(entry)\n  ON CONFLICT DO NOTHING")
    note = "-- The ids are taken for separated by commas, those that name no row are left out."
    text = f"{note}\n{make}\n{fill}\n{LATER}"
    return RunSql(f"Give {column.name} of {table.name} a table", text, f"DROP TABLE {quote_name(child)};")


def filled(child: Name, columns: str, found: str, condition: str) -> str:
    """The statement that fills a table from a query."""
    return "\n".join((f"INSERT INTO {quote_name(child)}", f"  SELECT {columns}", f"  FROM {found}", f"  WHERE {condition};"))


def key_of(table: Table) -> Column | None:
    """The primary key, if it is one column."""
    key = table.primary_key
    return table.column(key.columns[0] or "") if key and len(key.columns) == 1 else None
