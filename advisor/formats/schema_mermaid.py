"""A schema as a Mermaid entity-relationship diagram. In: schemas. Out: text that mermaid.js, GitHub and GitLab draw."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from advisor.formats.excerpt import one_line
from advisor.model import Column, ForeignKey, Name, Schema, Table

KEYWORDS = frozenset(
    "accdescr acctitle class classdef direction end erdiagram many one only optionally style subgraph title to u zero".split()
)
"""Words that begin or link something in Mermaid's grammar of entity-relationship diagrams (erDiagram.jison)."""


SHORT = (
    ("timestamp without time zone", "timestamp"), ("timestamp with time zone", "timestamptz"),
    ("time without time zone", "time"), ("time with time zone", "timetz"),
    ("character varying", "varchar"), ("character", "char"), ("double precision", "float8"), ("bit varying", "varbit"),
)  # fmt: skip
"""PostgreSQL's own short names of types that take several words: a diagram has little room."""


def schema_mermaid(databases: Sequence[tuple[str, Schema]]) -> str:
    """One diagram of all tables but partitions. Of several databases, each given with its folder, the names begin with that."""
    lines = ["erDiagram"]
    for folder, schema in databases:
        prefix = f"{folder or '.'}: " if len(databases) > 1 else ""
        tables = [table for table in schema.tables if table.partition_of is None]
        lines += [f"    %% Database described in {one_line(folder) or '.'}"] if prefix else []
        for table in tables:
            lines += table_lines(table, prefix)
        for table in tables:
            lines += [relation_line(key, table, prefix) for key in table.foreign_keys]
    return "\n".join(lines) + "\n"


def table_lines(table: Table, prefix: str) -> Iterator[str]:
    yield f"    {entity(table.name, prefix)} {{"
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
    comment = f' "{plain(column.comment)}"' if column.comment and plain(column.comment) else ""
    return f"{word(short(column.type))} {word(column.name)}" + (f" {', '.join(marks)}" if marks else "") + comment


def short(type_name: str) -> str:
    """`timestamp(3) without time zone` as `timestamp(3)`."""
    found = re.fullmatch(r"([a-z ]+?)(\([\d,]+\))?( with(?:out)? time zone)?((?:\[\])?)", type_name)
    if found is None:
        return type_name.replace('"', "")
    words = found[1] + (found[3] or "")
    return dict(SHORT).get(words, words) + (found[2] or "") + found[4]


def relation_line(key: ForeignKey, table: Table, prefix: str) -> str:
    """The child's end says whether many or one, the parent's whether it may be missing."""
    columns = [table.column(name) for name in key.columns]
    parent = "|o" if any(column is not None and column.nullable for column in columns) else "||"
    child = "o|" if table.is_unique(key.columns) else "o{"
    ends = entity(key.referenced_table, prefix), entity(key.table, prefix)
    return f'    {ends[0]} {parent}--{child} {ends[1]} : "{plain(", ".join(key.columns))}"'


def entity(table: Name, prefix: str = "") -> str:
    """A table's name, in quotes where Mermaid would read it as something else."""
    name = f"{prefix}{table}"
    if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) and name.lower() not in KEYWORDS:
        return name
    return f'"{plain(name)}"'


def plain(text: str) -> str:
    """What can stand between quotes: quotes, `%` and `\\` cannot be said at all."""
    return one_line(re.sub(r'["%\\]', "'", text))


def word(name: str) -> str:
    """The name of a column or type as one word that is no mark of a key."""
    cleaned = re.sub(r"[^\w()\[\]-]+", "_", name)
    if cleaned.lower() in ("pk", "fk", "uk"):
        return f"{cleaned}_"
    return cleaned if re.match(r"[^\W\d]", cleaned) else f"_{cleaned}"
