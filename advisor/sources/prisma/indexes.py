"""Keys and indexes. In: a model's `@id`, `@unique`, `@@id`, `@@unique` and `@@index`. Out: the model's `Index` values.

Prisma makes a unique index, never a unique constraint; a primary key is a constraint.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from advisor.model import Column, Index, IndexKey
from advisor.sources.prisma import syntax
from advisor.sources.prisma.declarations import Declarations
from advisor.sources.prisma.errors import MeaningError
from advisor.sources.prisma.fields import ResolvedModel
from advisor.sources.prisma.names import index_name, primary_key_name, unique_index_name
from advisor.sources.prisma.predicates import predicate_of
from advisor.sources.prisma.syntax import (
    Attribute,
    Call,
    Constant,
    Expression,
    Field,
    argument,
    constant_argument,
    place,
    string_argument,
)

BLOCK_ATTRIBUTES = frozenset({"id", "unique", "index", "map", "schema", "ignore"})

METHODS = {"BTree": "btree", "Hash": "hash", "Gist": "gist", "Gin": "gin", "SpGist": "spgist", "Brin": "brin"}

OPERATOR_CLASS = re.compile(r"(?P<type>[A-Z]\w*?)(?P<family>MinMaxMulti|MinMax|Bloom|Inclusion|Path)?Ops")
"""`JsonbPathOps` is `jsonb_path_ops`, `TimestampTzMinMaxMultiOps` is `timestamptz_minmax_multi_ops`."""
FAMILIES = {"MinMaxMulti": "_minmax_multi", "MinMax": "_minmax", "Bloom": "_bloom", "Inclusion": "_inclusion", "Path": "_path"}


def indexes_of(resolved: ResolvedModel, declarations: Declarations) -> tuple[Index, ...]:
    """Every index of a model, in the order of the source; a view has none. What makes no sense is reported and left out."""
    if resolved.is_view:
        return ()
    found = []
    for attribute, declared in index_attributes(resolved, declarations):
        try:
            found.append(index_of(attribute, declared, resolved))
        except MeaningError as error:
            declarations.report(resolved.model, error.node, error.reason)
    return tuple(found)


def index_attributes(resolved: ResolvedModel, declarations: Declarations) -> Iterator[tuple[Attribute, Field | None]]:
    """The attributes that make an index, those of fields with their field."""
    for declared in resolved.model.fields:
        if declared.name.text in resolved.columns:
            yield from ((attribute, declared) for attribute in declared.attributes if attribute.name in ("id", "unique"))
    for attribute in resolved.model.attributes:
        if attribute.name in ("id", "unique", "index"):
            yield attribute, None
        elif attribute.name not in BLOCK_ATTRIBUTES:
            declarations.report(resolved.model, attribute, f"no attribute of a model on PostgreSQL is called `@@{attribute.name}`")


def index_of(attribute: Attribute, declared: Field | None, resolved: ResolvedModel) -> Index:
    """The index that an attribute makes. Raises MeaningError where it names what is not there."""
    method = method_of(attribute)
    if declared is not None:
        column = resolved.columns[declared.name.text]
        keys = [key_of(column, Call(declared.name.text, attribute.arguments, attribute.span), method)]
    else:
        keys = keys_of(attribute, resolved, method)
    where = argument(attribute, "where")
    name = string_argument(attribute, "map")
    if attribute.name == "index":
        # Of old `name:` said what `map:` says now, and for indexes it is still taken so.
        name = name or string_argument(attribute, "name")
    return Index(
        name=name or default_name(attribute, resolved.table.name, [key.column or "" for key in keys]),
        table=resolved.table,
        keys=tuple(keys),
        location=place(resolved.model, attribute),
        method=method,
        unique=attribute.name != "index",
        predicate=predicate_of(where, resolved) if where is not None else None,
        constraint="primary key" if attribute.name == "id" else None,
        name_is_default=name is None,
    )


def default_name(attribute: Attribute, table: str, columns: Sequence[str]) -> str:
    if attribute.name == "id":
        return primary_key_name(table)
    return unique_index_name(table, columns) if attribute.name == "unique" else index_name(table, columns)


def method_of(attribute: Attribute) -> str:
    value = argument(attribute, "type")
    if value is None:
        return "btree"
    name = value.name if isinstance(value, Constant) else ""
    if name not in METHODS:
        raise MeaningError(value, f"no index type is called `{name}` ({', '.join(METHODS)})")
    return METHODS[name]


def keys_of(attribute: Attribute, resolved: ResolvedModel, method: str) -> list[IndexKey]:
    items = syntax.items_of(argument(attribute, "fields", default=True))
    if not items:
        raise MeaningError(attribute, f"`@@{attribute.name}` names no fields")
    return [key_of(column_named(item, resolved), item, method) for item in items]


def column_named(item: Expression, resolved: ResolvedModel) -> Column:
    """The column of a field that a list of fields names, bare or with options."""
    if not isinstance(item, (Constant, Call)):
        raise MeaningError(item, "expected the name of a field")
    column = resolved.columns.get(item.name)
    if column is not None:
        return column
    if any(relation.field.name.text == item.name for relation in resolved.relations):
        raise MeaningError(item, f"`{item.name}` is a relation field and has no column; name the fields of its key")
    raise MeaningError(item, f"{resolved.model.name.text} has no field `{item.name}`")


def key_of(column: Column, item: Expression, method: str) -> IndexKey:
    """One key with its options: `createdAt(sort: Desc)`, `data(ops: JsonbPathOps)`."""
    if not isinstance(item, Call):
        return IndexKey(column.name)
    sort = argument(item, "sort")
    if sort is not None and constant_argument(item, "sort") not in ("Asc", "Desc"):
        raise MeaningError(sort, "`sort` is either `Asc` or `Desc`")
    operators = argument(item, "ops")
    return IndexKey(
        column.name,
        opclass=operator_class(operators, column, method) if operators is not None else None,
        descending=constant_argument(item, "sort") == "Desc",
    )


def operator_class(value: Expression, column: Column, method: str) -> str | None:
    """The operator class of `ops:`; None where it is the one that the column's type has anyway."""
    from advisor.sources.sql.spelling.opclasses import default_operator_class

    if isinstance(value, Call) and value.name == "raw" and (text := string_argument(value, "value", default=True)):
        name = text
    elif isinstance(value, Constant) and (match := OPERATOR_CLASS.fullmatch(value.name)):
        name = f"{match['type'].lower()}{FAMILIES.get(match['family'] or '', '')}_ops"
    else:
        raise MeaningError(value, '`ops` is one of Prisma\'s operator classes, or `raw("...")`')
    return None if name == default_operator_class(method, column.type, is_enum=column.enum is not None) else name
