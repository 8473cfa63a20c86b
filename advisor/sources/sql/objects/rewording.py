"""Kept statements for what has another name now. In: the catalog, how a part of a statement changes. Out: the same changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from json import loads
from typing import Any

from msgspec.structs import replace
from pglast.parser import parse_sql_json

from advisor.model import Definition, Name
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.spelling.expressions import means
from advisor.sources.sql.text.tree import Node, deparse, strings, walk

Change = Callable[[str, Node, Sequence[str]], None]
"""Changes a node in place, of which it is given the kind and the fields, and the schemas where bare names in it are found."""

ChangeAll = Callable[[list[Node], Sequence[str]], None]
"""The same for all nodes of some statements."""


def reword(catalog: Catalog, word: str, change: Change) -> None:
    """Change the nodes of all kept statements that have a word."""

    def change_all(nodes: list[Node], path: Sequence[str]) -> None:
        for kind, fields in list(walk(nodes)):
            change(kind, fields, path)

    for key, definition in catalog.kept.all():
        catalog.kept.define(reworded(definition, word, change_all), key[2])


def rename_relation_in_kept(catalog: Catalog, old: Name, new: Name) -> None:
    """Rules and publications speak of relations."""
    for key, definition in catalog.kept.all():
        catalog.kept.define(with_relation_renamed(definition, old, new), key[2])


def with_relation_renamed(definition: Definition, old: Name, new: Name) -> Definition:
    def change(nodes: list[Node], path: Sequence[str]) -> None:
        for fields in parts(nodes):
            written = tuple(fields[field] for field in ("schemaname", "relname") if field in fields)
            if means(written, old, path):
                fields |= {"schemaname": new.schema, "relname": new.name}

    return reworded(definition, old.name, change)


def reworded(definition: Definition, word: str, change: ChangeAll) -> Definition:
    """The statements of a definition, written anew where something in them changes."""
    if word not in definition.sql:
        return definition
    nodes = [statement["stmt"] for statement in loads(parse_sql_json(definition.sql))["stmts"]]
    before = repr(nodes)
    change(nodes, definition.search_path)
    return replace(definition, sql=";\n".join(map(deparse, nodes))) if repr(nodes) != before else definition


def in_renamed_schema(definition: Definition, old: str, new: str) -> Definition:
    """A statement that finds what it speaks of where it is now."""
    path = tuple(new if folder == old else folder for folder in definition.search_path)
    return replace(reworded(definition, old, lambda nodes, _: rename_schema_in(nodes, old, new)), search_path=path)


def rename_schema_in(nodes: list[Node], old: str, new: str) -> None:
    """In place: of relations, of all that is named by a list of words, and of a publication's whole schemas."""
    for fields in parts(nodes):
        if fields.get("schemaname") == old:
            fields["schemaname"] = new
        if fields.get("pubobjtype") == "PUBLICATIONOBJ_TABLES_IN_SCHEMA" and fields.get("name") == old:
            fields["name"] = new
        for field, value in fields.items():
            if field != "fields" and is_name(value) and strings(value)[0] == old:
                value[0] = {"String": {"sval": new}}


def parts(value: Any) -> Iterator[Node]:
    """Everything in a tree that has fields, with what only its place tells the kind of."""
    if isinstance(value, list):
        for child in value:
            yield from parts(child)
    elif isinstance(value, dict):
        yield value
        for child in value.values():
            yield from parts(child)


def is_name(value: Any) -> bool:
    """A schema and a name in it. The fields of a column reference look the same."""
    return isinstance(value, list) and len(value) == 2 and all(isinstance(part, dict) and "String" in part for part in value)
