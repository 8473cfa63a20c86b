"""Constants of a type in expressions. In: a type of which a label is renamed, or which goes. Out: the tables without the old.

PostgreSQL keeps a constant as a value of its type: a label's new name shows wherever the value is, and what holds a value of a
type that is dropped goes with it. A bare string has the type of the column that it is the default of, or is compared with.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from advisor.model import Expression, Name, Table
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.spelling.expressions import column_of, rewritten
from advisor.sources.sql.spelling.types import array_element, names_of_type
from advisor.sources.sql.tables.indexes import remove_index
from advisor.sources.sql.text.quoting import quote_name
from advisor.sources.sql.text.tree import Node, walk

Change = Callable[[Expression], Expression]


def rename_constants(catalog: Catalog, enum: Name, old: str, new: str) -> None:
    """A label has another name."""
    for table in catalog.tables():
        columns = frozenset(column.name for column in table.columns if array_element(column.type) == quote_name(enum))
        changed = with_expressions(table, partial(with_label, enum=enum, columns=columns, old=old, new=new))
        columns_changed = tuple(
            replace(column, default=Expression(f"'{quoted(new)}'"))
            if column.name in columns and column.default is not None and column.default.text == f"'{quoted(old)}'"
            else column
            for column in changed.columns
        )
        if columns_changed != changed.columns or changed != table:
            catalog.put(replace(changed, columns=columns_changed))


def quoted(label: str) -> str:
    return label.replace("'", "''")


def with_expressions(table: Table, change: Change) -> Table:
    """The table with each of its expressions changed."""

    def perhaps(given: Expression | None) -> Expression | None:
        return change(given) if given is not None else None

    return replace(
        table,
        columns=tuple(
            replace(column, default=perhaps(column.default), generated=perhaps(column.generated)) for column in table.columns
        ),
        checks=tuple(replace(check, expression=change(check.expression)) for check in table.checks),
        policies=tuple(replace(found, using=perhaps(found.using), check=perhaps(found.check)) for found in table.policies),
        triggers=tuple(replace(found, condition=perhaps(found.condition)) for found in table.triggers),
        indexes=tuple(
            replace(
                index,
                keys=tuple(replace(key, expression=perhaps(key.expression)) for key in index.keys),
                predicate=perhaps(index.predicate),
            )
            for index in table.indexes
        ),
    )


def with_label(given: Expression, enum: Name, columns: frozenset[str], old: str, new: str) -> Expression:
    """The expression with a label's new name where a constant is cast to the enum or compared with a column of it."""
    if f"'{quoted(old)}'" not in given.text:
        return given

    def change(kind: str, fields: Node) -> None:
        if kind == "TypeCast" and names_of_type(fields["typeName"]) in ((None, enum.name), (enum.schema, enum.name)):
            relabel(fields["arg"], old, new)
        elif kind == "A_Expr" and any(is_column(fields.get(side, {}), columns) for side in ("lexpr", "rexpr")):
            for side in ("lexpr", "rexpr"):
                relabel(fields.get(side, {}), old, new)

    return rewritten(given, change)


def is_column(node: Node, columns: frozenset[str]) -> bool:
    return "ColumnRef" in node and column_of(node["ColumnRef"]) in columns


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
