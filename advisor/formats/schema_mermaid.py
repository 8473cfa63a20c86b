"""A schema as a Mermaid entity-relationship diagram. In: schemas. Out: text that mermaid.js, GitHub and GitLab draw."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from advisor.model import Column, ForeignKey, Schema, Table

KEYWORDS = frozenset(
    "accdescr acctitle class classdef direction end erdiagram many one only optionally style subgraph title to u zero".split()
)
"""Words that begin or link something in Mermaid's grammar of entity-relationship diagrams (erDiagram.jison)."""


def schema_mermaid(schemas: Sequence[Schema]) -> str:
    """One diagram of all tables."""
    lines = ["erDiagram"]
    for schema in schemas:
        for table in schema.tables:
            lines += table_lines(table)
        for table in schema.tables:
            lines += [relation_line(key, table) for key in table.foreign_keys]
    return "\n".join(lines) + "\n"


def table_lines(table: Table) -> Iterator[str]:
    yield f"    {entity(str(table.name))} {{"
    for column in table.columns:
        yield f"        {attribute(column, table)}"
    yield "    }"


def attribute(column: Column, table: Table) -> str:
    """`type name PK, FK`: Mermaid admits letters, digits, `-`, `_`, brackets and parentheses in the first two words."""
    marks = []
    if table.primary_key and column.name in table.primary_key.columns:
        marks.append("PK")
    if any(column.name in key.columns for key in table.foreign_keys):
        marks.append("FK")
    if table.is_unique([column.name]) and "PK" not in marks:
        marks.append("UK")
    type_name = column.type.replace('"', "")
    return f"{word(type_name)} {word(column.name)}" + (f" {', '.join(marks)}" if marks else "")


def relation_line(key: ForeignKey, table: Table) -> str:
    """The child's end says whether many or one, the parent's whether it may be missing."""
    columns = [table.column(name) for name in key.columns]
    parent = "|o" if any(column is not None and column.nullable for column in columns) else "||"
    child = "o|" if table.is_unique(key.columns) else "o{"
    label = " ".join(", ".join(key.columns).replace('"', "'").split())
    return f'    {entity(str(key.referenced_table))} {parent}--{child} {entity(str(key.table))} : "{label}"'


def entity(name: str) -> str:
    """A table's name, in quotes where Mermaid would read it as something else. Quotes, `%` and `\\` cannot be said at all."""
    if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) and name.lower() not in KEYWORDS:
        return name
    return '"' + " ".join(re.sub(r'["%\\]', "'", name).split()) + '"'


def word(name: str) -> str:
    """The name of a column or type as one word that is no mark of a key."""
    cleaned = re.sub(r"[^\w()\[\]-]+", "_", name)
    if cleaned.lower() in ("pk", "fk", "uk"):
        return f"{cleaned}_"
    return cleaned if re.match(r"[^\W\d]", cleaned) else f"_{cleaned}"
