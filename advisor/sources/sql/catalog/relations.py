"""Relations as statements name them. In: `RangeVar` nodes and lists of names. Out: `Name`s, found along the search path."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from advisor.model import Location, Name
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.catalog.temporary import TEMPORARY
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, strings

Kind: TypeAlias = Literal["table", "partitioned table", "partition", "foreign table", "view", "materialized view"]
"""What `Table.kind` may be."""


def find_relation(catalog: Catalog, fields: Node) -> Name:
    """The relation that a `RangeVar` means, or would mean if it existed."""
    return catalog.find(fields.get("schemaname"), fields["relname"])


def new_relation(catalog: Catalog, fields: Node) -> Name:
    """The relation that a CREATE statement makes."""
    schema = TEMPORARY if fields.get("relpersistence") == "t" else fields.get("schemaname")
    return catalog.new_name(schema, fields["relname"])


def qualified(nodes: Iterable[Node]) -> tuple[str | None, str]:
    """The schema (None where it is not written) and the name of a list of `String` nodes."""
    *schema, name = strings(nodes)
    return (schema[-1] if schema else None), name


def find_type_name(catalog: Catalog, type_name: Node) -> Name:
    """The composite type that a `TypeName` means, or would mean if it existed."""
    schema, name = qualified(type_name["names"])
    return catalog.find_type(schema, name) or catalog.new_name(schema, name)


def name_location(statement: Statement, fields: Node) -> Location | None:
    """Where a `RangeVar` stands: from its schema to the end of its name."""
    start = statement.offset(fields)
    if start is None:
        return None
    end = start + 1
    while end < len(statement.masked) and (statement.masked[end] in "#.$_" or statement.masked[end].isalnum()):
        end += 1
    return statement.stretch(start, end)
