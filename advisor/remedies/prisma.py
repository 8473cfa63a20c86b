"""Writing Prisma: the attribute that declares an index, and where it goes."""

from __future__ import annotations

from advisor.model import Index, IndexKey, Location, Table
from advisor.remedies.remedy import Edit

METHODS = {"btree": "BTree", "hash": "Hash", "gin": "Gin", "gist": "Gist", "spgist": "SpGist", "brin": "Brin"}


def attribute_of_index(index: Index, table: Table) -> str | None:
    """`@@index([authorId, createdAt(sort: Desc)])`; None where Prisma cannot say it (expressions, predicates, INCLUDE)."""
    if table.model is None or index.predicate or index.include or index.method not in METHODS:
        return None
    fields = [field_of_key(key, table) for key in index.keys]
    if None in fields:
        return None
    attribute = "@@unique" if index.unique else "@@index"
    kind = "" if index.method == "btree" else f", type: {METHODS[index.method]}"
    return f"{attribute}([{', '.join(str(field) for field in fields)}]{kind})"


def field_of_key(key: IndexKey, table: Table) -> str | None:
    column = table.column(key.column) if key.column else None
    if column is None or key.collation or key.opclass or key.nulls_first is not None:
        return None
    return (column.field or column.name) + ("(sort: Desc)" if key.descending else "")


def insertion_into_model(table: Table, line: str) -> Edit:
    """A line before the closing brace of a model's block."""
    place = table.location
    return Edit(Location(place.path, place.end_line, 1, place.end_line, 1), f"  {line}\n")
