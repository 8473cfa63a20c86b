"""Attributes out of rows of their own into a document. In: the table that holds them, its foreign key. Out: SQL that moves them."""

from __future__ import annotations

from advisor.model import ForeignKey, Schema, Table
from advisor.remedies.rewrites import RunSql
from advisor.remedies.sql import quote, quote_name

IN_BATCHES = "-- Locks the rows that it writes until it is done: on a large table, fill it in batches by key."
LATER = "-- Once no code uses the old table any more, drop it in a migration of its own."


def document_of_attributes(table: Table, key: ForeignKey, name: str, value: str, schema: Schema) -> RunSql | None:
    """A jsonb column in the table that the attributes belong to; None where that is not known or has such a column,
    or where an attribute may be there twice."""
    owner = schema.table(key.referenced_table)
    column = table.name.name
    if owner is None or len(key.columns) != 1 or len(key.referenced_columns) != 1 or owner.column(column) or owner is table:
        return None
    if not table.is_unique([*key.columns, name]):
        return None
    mine, theirs, document = quote(key.columns[0]), quote(key.referenced_columns[0]), quote(column)
    place = quote_name(owner.name)
    attribute = table.column(name)
    named = f" WHERE {quote(name)} IS NOT NULL" if attribute and attribute.nullable else ""
    pairs = f"jsonb_object_agg({quote(name)}, {quote(value)}) AS document"
    lines = (
        f"ALTER TABLE {place} ADD COLUMN {document} jsonb NOT NULL DEFAULT '{{}}';",
        IN_BATCHES,
        f"UPDATE {place} AS owner",
        f"  SET {document} = given.document",
        f"  FROM (SELECT {mine} AS owner_key, {pairs}",
        f"        FROM {quote_name(table.name)}{named} GROUP BY {mine}) AS given",
        f"  WHERE owner.{theirs} = given.owner_key;",
        f"CREATE INDEX CONCURRENTLY ON {place} USING gin ({document} jsonb_path_ops);",
        LATER,
    )
    what = f"Keep the rows of {table.name} as one document in {owner.name}"
    return RunSql(what, "\n".join(lines), f"ALTER TABLE {place} DROP COLUMN {document};")
