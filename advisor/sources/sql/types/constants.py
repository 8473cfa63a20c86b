"""Constants of a type in expressions. In: a type of which a label is renamed, or which goes. Out: the tables without the old.

PostgreSQL keeps a constant as a value of its type: a label's new name shows wherever the value is, and what holds a value of a
type that is dropped goes with it. A bare string has the type of the column that it is the default of, or is compared with.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from advisor.model import Expression, IndexKey, Name, Table
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.spelling.expressions import column_of, rewritten
from advisor.sources.sql.spelling.types import array_element, names_of_type
from advisor.sources.sql.tables.indexes import remove_index
from advisor.sources.sql.text.quoting import quote_name
from advisor.sources.sql.text.tree import Node, fields_of, walk
from advisor.sources.sql.views.analysis import Reference
from advisor.sources.sql.views.following import analysis_of
from advisor.sources.sql.views.writing import print_query

Change = Callable[[Expression], Expression]


def rename_constants(catalog: Catalog, enum: Name, old: str, new: str) -> None:
    """A label has another name."""
    spelling = quote_name(enum)

    def renamed(given: Expression, columns: frozenset[str] = frozenset()) -> Expression:
        return with_label(given, enum=enum, columns=columns, old=old, new=new)

    def default(given: Expression | None, type_text: str) -> Expression | None:
        if given is not None and given.text == f"'{quoted(old)}'" and array_element(type_text) == spelling:
            return Expression(f"'{quoted(new)}'")
        return renamed(given) if given is not None else None

    for table in catalog.tables():
        columns = frozenset(column.name for column in table.columns if array_element(column.type) == spelling)
        changed = with_expressions(table, partial(renamed, columns=columns))
        made = tuple(replace(column, default=default(column.default, column.type)) for column in changed.columns)
        changed = replace(changed, columns=made, partition_bound=with_bound_renamed(catalog, table, spelling, old, new))
        if changed != table:
            catalog.put(changed)
    for domain in catalog.types.domains():
        checks = tuple(replace(check, expression=renamed(check.expression, frozenset({"value"}))) for check in domain.checks)
        catalog.types.put(replace(domain, default=default(domain.default, domain.type), checks=checks))
    for function in catalog.objects.functions():
        arguments = tuple(replace(found, default=default(found.default, found.type)) for found in function.arguments)
        if arguments != function.arguments:
            catalog.objects.put_function(replace(function, arguments=arguments))
    catalog.changed()
    for view in views_with_label(catalog, enum, old, new):
        catalog.put(view)


def views_with_label(catalog: Catalog, enum: Name, old: str, new: str) -> list[Table]:
    """The views whose queries have a label, with its new name."""
    found = []
    for view in catalog.tables():
        if view.view is None or f"'{quoted(old)}'" not in view.view.text or (known := analysis_of(catalog, view)) is None:
            continue
        query, analysis = known
        references = [reference for reference in analysis.references if is_of_type(catalog, reference, quote_name(enum))]
        is_of_enum = partial(is_one_of, frozenset(id(reference.node) for reference in references))
        for kind, fields in walk(query):
            relabel_in(kind, fields, enum, old, new, is_of_enum)
        found.append(replace(view, view=replace(view.view, text=print_query(query))))
    return found


def is_one_of(references: frozenset[int], node: Node) -> bool:
    return id(fields_of(node)) in references


def is_of_type(catalog: Catalog, reference: Reference, type_text: str) -> bool:
    table = catalog.table(reference.source.relation) if reference.source.relation is not None else None
    column = table.column(reference.column) if table is not None else None
    return column is not None and array_element(column.type) == type_text


def with_bound_renamed(catalog: Catalog, table: Table, enum: str, old: str, new: str) -> str | None:
    """The bound of a partition of a table that is divided by a column of the enum."""
    parent = catalog.table(table.partition_of) if table.partition_of is not None else None
    keys = parent.partition_key.keys if parent is not None and parent.partition_key is not None else ()
    types = {column.name: column.type for column in table.columns}
    if table.partition_bound is None or not any(types.get(key.column or "") == enum for key in keys):
        return table.partition_bound
    return table.partition_bound.replace(f"'{quoted(old)}'", f"'{quoted(new)}'")


def quoted(label: str) -> str:
    return label.replace("'", "''")


def with_expressions(table: Table, change: Change) -> Table:
    """The table with each of its expressions changed."""

    def perhaps(given: Expression | None) -> Expression | None:
        return change(given) if given is not None else None

    def keys(given: tuple[IndexKey, ...]) -> tuple[IndexKey, ...]:
        return tuple(replace(key, expression=perhaps(key.expression)) for key in given)

    divided = table.partition_key
    return replace(
        table,
        columns=tuple(
            replace(column, default=perhaps(column.default), generated=perhaps(column.generated)) for column in table.columns
        ),
        partition_key=replace(divided, keys=keys(divided.keys)) if divided is not None else None,
        checks=tuple(replace(check, expression=change(check.expression)) for check in table.checks),
        policies=tuple(replace(found, using=perhaps(found.using), check=perhaps(found.check)) for found in table.policies),
        triggers=tuple(replace(found, condition=perhaps(found.condition)) for found in table.triggers),
        statistics=tuple(replace(found, expressions=tuple(map(change, found.expressions))) for found in table.statistics),
        indexes=tuple(replace(index, keys=keys(index.keys), predicate=perhaps(index.predicate)) for index in table.indexes),
    )


def with_label(given: Expression, enum: Name, columns: frozenset[str], old: str, new: str) -> Expression:
    """The expression with a label's new name where a constant is cast to the enum or compared with a column of it."""
    if f"'{quoted(old)}'" not in given.text:
        return given

    def change(kind: str, fields: Node) -> None:
        relabel_in(kind, fields, enum, old, new, lambda node: column_of(fields_of(node)) in columns)

    return rewritten(given, change)


def relabel_in(kind: str, fields: Node, enum: Name, old: str, new: str, is_of_enum: Callable[[Node], bool]) -> None:
    """In place: a constant that is cast to the enum or compared with a column of it."""
    if kind == "TypeCast" and names_of_type(fields["typeName"]) in ((None, enum.name), (enum.schema, enum.name)):
        relabel(fields["arg"], old, new)
    elif kind == "A_Expr":
        sides = [fields.get("lexpr", {}), fields.get("rexpr", {})]
        if any("ColumnRef" in side and is_of_enum(side) for side in sides):
            for side in sides:
                relabel(side, old, new)


def relabel(node: Node, old: str, new: str) -> None:
    """In place: a constant, or the constants of a list."""
    values = [fields for kind, fields in walk(node) if kind == "A_Const"]
    for fields in values:
        if fields.get("sval", {}).get("sval") == old:
            fields["sval"] = {"sval": new}


def drop_constants(catalog: Catalog, spelling: str) -> None:
    """A type goes: defaults, checks and indexes that hold a value of it go too."""
    cast = re.compile(rf"::{re.escape(spelling)}(?![\w$\"])")

    def holds(given: Expression | None) -> bool:
        return given is not None and cast.search(given.text) is not None

    for table in catalog.tables():
        for index in table.indexes:
            if holds(index.predicate) or any(holds(key.expression) for key in index.keys):
                remove_index(catalog, index)
        known = catalog.known(table.name)
        changed = replace(
            known,
            columns=tuple(replace(column, default=None) if holds(column.default) else column for column in known.columns),
            checks=tuple(check for check in known.checks if not holds(check.expression)),
        )
        if changed != known:
            catalog.put(changed)
