"""Statements that are kept as they are written: types, collations, functions. In: a statement. Out: the model's `Definition`."""

from __future__ import annotations

import re
from typing import Literal

from advisor.model import Definition, Name
from advisor.sources.sql.catalog import Catalog
from advisor.sources.sql.quoting import quote_name
from advisor.sources.sql.statements import Statement

IDENTIFIER = r'(?:"(?:[^"]|"")+"|[^\W\d][\w$]*)'
HEAD_OF_TYPE = re.compile(
    rf"^(?P<words>\s*(?:CREATE|ALTER)\s+(?:DOMAIN|TYPE)\s+){IDENTIFIER}(?:\s*\.\s*{IDENTIFIER})?", re.IGNORECASE | re.MULTILINE
)
"""The beginning of a statement that makes or changes a type, up to the type's name."""


def define(
    catalog: Catalog,
    statement: Statement,
    kind: Literal["type", "collation", "function"],
    name: Name,
    arguments: tuple[str, ...] = (),
) -> None:
    """Keep a statement, so that what it makes can be made again; one that CREATE OR REPLACE repeats takes the other's place."""
    text = with_name(bare_text(statement), name) if kind == "type" else bare_text(statement)
    catalog.define(Definition(kind, name, text, catalog.search_path), arguments)


def change_definition(catalog: Catalog, statement: Statement, name: Name) -> None:
    """Add a statement that changes a type to the one that makes it."""
    for _, definition in catalog.definitions("type", name):
        text = f"{definition.sql};\n{with_name(bare_text(statement), name)}"
        catalog.define(Definition("type", name, text, definition.search_path), ())


def rename_definition(catalog: Catalog, old: Name, new: Name) -> None:
    """Write the statements that make and change a type with the type's new name."""
    for _, definition in catalog.definitions("type", old):
        catalog.forget_definitions("type", old)
        catalog.define(Definition("type", new, with_name(definition.sql, new), definition.search_path), ())


def bare_text(statement: Statement) -> str:
    return statement.text.strip().removesuffix(";").rstrip()


def with_name(sql: str, name: Name) -> str:
    """Statements about one type, each with that type's name, in full where it is not in `public`."""
    return HEAD_OF_TYPE.sub(lambda match: match["words"] + quote_name(name), sql)
