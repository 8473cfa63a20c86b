"""Every field of the model, one schema against another. In: two schemas. Out: what differs, object by object, field by field.

Not compared: places, what only an ORM's schema says, and texts that PostgreSQL keeps as trees and prints anew (a view's query, a
function's SQL body), for which `pg_get_viewdef` and its like are the judges. Fields that the model gets later are compared without
anything being changed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from advisor.model import Column, Difference, Expression, Index, Location, Name, Schema, Statistics, Table, ViewQuery
from advisor.model.difference import Side
from advisor.sources.comparing.expressions import same_expression
from advisor.sources.comparing.sequences import all_sequences, canonical_options
from advisor.sources.comparing.times import in_utc

Facts = dict[tuple[str, str], dict[str, Any]]
"""The fields of every object, by its kind and its name in full."""

LEFT_OUT = frozenset(
    """location name_location field model relations implicit left_to_hand name_is_default column_names search_path sql_body
    native_type ignored client_default cut_names""".split()
)
"""Of any object."""
PARTS = {
    "columns": "column",
    "indexes": "index",
    "foreign_keys": "foreign key",
    "checks": "check",
    "not_nulls": "not null",
    "triggers": "trigger",
    "policies": "policy",
    "statistics": "statistics",
}
"""The fields of a table that are objects of their own."""
NOT_READ = frozenset({"user mapping", "subscription"})
"""Definitions that hold passwords: a live server is not asked for them."""
UNORDERED = frozenset({"storage", "opclass_options", "options", "server_options", "roles", "reads", "kinds", "settings"})


def strict_differences(left: Schema, right: Schema, sides: tuple[Side, Side] = ("built", "live")) -> tuple[Difference, ...]:
    """Where two schemas differ in anything. None where they are one."""
    mine, theirs = facts_of(left), facts_of(right)
    bases = frozenset(LENGTH.sub("", domain.type) for schema in (left, right) for domain in schema.domains)
    return tuple(
        found for key in sorted({*mine, *theirs}) for found in object_differences(key, mine.get(key), theirs.get(key), sides, bases)
    )


def object_differences(
    key: tuple[str, str],
    mine: dict[str, Any] | None,
    theirs: dict[str, Any] | None,
    sides: tuple[Side, Side],
    bases: frozenset[str],
) -> Iterator[Difference]:
    """The fields in which an object differs from itself; for `bases` see `comparable`."""
    kind, subject = key
    if mine is None or theirs is None:
        yield Difference(kind, subject, None, None if mine is None else "there", None if theirs is None else "there", sides=sides)
        return
    for attribute in sorted({*mine, *theirs}):
        one, other = mine.get(attribute), theirs.get(attribute)
        if not same(one, other, bases):
            yield Difference(kind, subject, attribute, shown(one), shown(other), sides=sides)


def same(left: Any, right: Any, bases: frozenset[str]) -> bool:
    if isinstance(left, Expression | None) and isinstance(right, Expression | None):
        return same_expression(left.text if left else None, right.text if right else None, bases)
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(same(one, other, bases) for one, other in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[name], right[name], bases) for name in left)
    return bool(left == right)


def shown(value: Any) -> str | None:
    return None if value is None else value.text if isinstance(value, Expression) else str(value)


def facts_of(schema: Schema) -> Facts:
    found: Facts = {}
    for table in schema.tables:
        found["table", table.name.qualified] = table_facts(table)
        for field, kind in PARTS.items():
            for part in prepared(getattr(table, field), table):
                found[kind, part_name(part, table)] = plain(part)
    for kind, objects in (
        ("enum", schema.enums),
        ("domain", schema.domains),
        ("composite type", schema.composites),
        ("range type", schema.ranges),
        ("collation", schema.collations),
        ("sequence", all_sequences(schema)),
    ):
        found.update({(kind, item.name.qualified): plain(item) for item in objects})
    for function in schema.functions:
        # Whether the body stands without quotes is compared; its text is printed anew by the server.
        found["function", function.signature] = plain(function) | {"sql_body": function.sql_body is not None}
    found.update(set_facts(schema))
    return found


def set_facts(schema: Schema) -> Facts:
    """What is there or not, and has no more to it."""
    places = dict(schema.extension_schemas)
    found: Facts = {("extension", name): {"schema": places.get(name, "public")} for name in schema.extensions if name != "plpgsql"}
    found.update({("schema", name): {} for name in schema.schemas if name != "public"})
    for kind, grants in (("grant", schema.grants), ("revoked", schema.revoked), ("default grant", schema.default_grants)):
        found.update({(kind, repr(grant)): {} for grant in grants})
    # An extension brings a comment, which a dump repeats.
    comments = [comment for comment in schema.comments if comment.kind != "extension"]
    found.update({("comment", f"{comment.kind} {comment.object}"): {"text": comment.text} for comment in comments})
    definitions = [item for item in schema.definitions if item.kind not in NOT_READ]
    found.update({(item.kind, definition_name(item.name, item.table)): {} for item in definitions})
    return found


def definition_name(name: Name, table: Name | None) -> str:
    return f"{name.name} ON {table.qualified}" if table else name.name


def table_facts(table: Table) -> dict[str, Any]:
    names = {"columns": tuple(column.name for column in table.columns)}
    facts = {name: value for name, value in plain(table).items() if name not in PARTS}
    return facts | names | {"partition_bound": comparable_bound(table.partition_bound)}


def prepared(parts: Iterable[Any], table: Table) -> Iterator[Any]:
    """Parts with what may be said in several ways said in one."""
    for part in parts:
        if isinstance(part, Column) and part.identity:
            yield replace(part, identity_options=canonical_options(part.identity_options, part.type))
        elif isinstance(part, Column) and table.view is not None:
            yield replace(part, nullable=True)
        elif isinstance(part, Statistics):
            yield replace(part, columns=tuple(sorted(part.columns)))
        elif isinstance(part, Index):
            yield replace(part, keys=tuple(replace(key, nulls_first=key.puts_nulls_first) for key in part.keys))
        else:
            yield part


def part_name(part: Any, table: Table) -> str:
    name = part.name.qualified if isinstance(part.name, Name) else part.name
    return name if isinstance(part, Statistics) else f"{table.name.qualified}.{name}"


def plain(value: Any) -> dict[str, Any]:
    """The fields of an object, nested ones as dicts, without what is not compared."""
    left_out = LEFT_OUT | ({"text"} if isinstance(value, ViewQuery) else set())
    return {name: plain_value(getattr(value, name), name) for name in value.__struct_fields__ if name not in left_out}


def plain_value(value: Any, name: str) -> Any:
    if isinstance(value, Name):
        return value.qualified
    if isinstance(value, Expression) or value is None or isinstance(value, str | int | Location):
        return value
    if isinstance(value, tuple):
        items = tuple(plain_value(item, name) for item in value)
        return tuple(sorted(items)) if name in UNORDERED else items
    return plain(value)


LENGTH = re.compile(r"\([^)]*\)")
MIDNIGHT = re.compile(r"'(\d{4}-\d\d-\d\d) 00:00:00(?:\+00)?'")
QUOTED_NUMBER = re.compile(r"'(-?\d+(?:\.\d+)?)'")


def comparable_bound(text: str | None) -> str | None:
    """A bound without the quotes and the midnight that depend on the column's type."""
    return None if text is None else QUOTED_NUMBER.sub(r"\1", MIDNIGHT.sub(r"'\1'", in_utc(text)))
