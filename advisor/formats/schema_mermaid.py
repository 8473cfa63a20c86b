"""A schema as a Mermaid entity-relationship diagram. In: schemas. Out: text that mermaid.js, GitHub and GitLab draw."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from advisor.model import Column, ForeignKey, Schema, Table


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
    type_name = re.sub(r"[^\w()\[\]-]+", "_", column.type)
    return f"{type_name} {word(column.name)}" + (f" {', '.join(marks)}" if marks else "")


def relation_line(key: ForeignKey, table: Table) -> str:
    """The child's end says whether many or one, the parent's whether it may be missing."""
    columns = [table.column(name) for name in key.columns]
    parent = "|o" if any(column is not None and column.nullable for column in columns) else "||"
    child = "o|" if table.is_unique(key.columns) else "o{"
    label = ", ".join(key.columns).replace('"', "'")
    return f'    {entity(str(key.referenced_table))} {parent}--{child} {entity(str(key.table))} : "{label}"'


def entity(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_][\w-]*", name) else '"' + name.replace('"', "'") + '"'


def word(name: str) -> str:
    cleaned = re.sub(r"[^\w-]", "_", name)
    return cleaned if re.match(r"[A-Za-z_]", cleaned) else f"_{cleaned}"
