"""Constraints that ALTER TABLE adds, as operations. In: a command and a `Constraint` node. Out: one operation each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from advisor.model import AddCheck, AddExclusion, AddNotNull, AddPrimaryKey, AddUnique, Index, Operation
from advisor.sources.sql.spelling.printing import print_expression
from advisor.sources.sql.text.tree import Node, strings

if TYPE_CHECKING:
    from advisor.sources.sql.operations.commands import Command


def added_constraints(
    command: Command, fields: Node, columns: tuple[str, ...], *, of_empty_column: bool = False
) -> Iterator[Operation]:
    """`columns` are those that the constraint is written beside; `of_empty_column`: it is new, and without a value in any row."""
    at, table = command.scene.location, command.scene.name
    column = next(iter(columns), None)
    match fields["contype"]:
        case "CONSTR_FOREIGN":
            key = next(command.new_keys, None)
            if key is not None:
                yield replace(key, children=command.children, of_empty_column=of_empty_column)
        case "CONSTR_CHECK":
            yield AddCheck(
                at, table, "add check", column,
                children=command.children,
                name=fields.get("conname") or new_check(command, fields),
                expression=print_expression(fields["raw_expr"]),
                validated="skip_validation" not in fields,
                enforced="is_enforced" in fields,
            )  # fmt: skip
        case "CONSTR_NOTNULL" if not columns:
            name, valid = fields.get("conname"), "skip_validation" not in fields
            for key_column in strings(fields.get("keys", [])):
                yield AddNotNull(at, table, "set not null", key_column, children=command.children, name=name, validated=valid)
        case "CONSTR_UNIQUE" | "CONSTR_PRIMARY" | "CONSTR_EXCLUSION":
            yield added_index_constraint(command, fields, columns)


def added_index_constraint(command: Command, fields: Node, columns: tuple[str, ...]) -> Operation:
    at, table, column = command.scene.location, command.scene.name, next(iter(columns), None)
    using, index = fields.get("indexname"), new_index(command, fields, columns)
    name = fields.get("conname") or (index.name if index else None)
    keyed = tuple(filter(None, index.columns)) if index else strings(fields.get("keys", [])) or columns
    suffix = " using index" if using else ""
    match fields["contype"]:
        case "CONSTR_UNIQUE":
            action = f"add unique{suffix}"
            return AddUnique(
                at, table, action, column,
                children=command.children, index=index, using_index=using, name=name,
                columns=keyed,
            )  # fmt: skip
        case "CONSTR_EXCLUSION":
            return AddExclusion(at, table, "add exclusion", column, children=command.children, index=index, name=name)
    nullable = [found.name for found in (command.table.columns if command.table else ()) if found.name in keyed and found.nullable]
    return AddPrimaryKey(
        at, table, f"add primary key{suffix}", column,
        children=command.children, index=index, using_index=using, name=name, columns=keyed, nullable_columns=tuple(nullable),
    )  # fmt: skip


def new_check(command: Command, fields: Node) -> str | None:
    """The name that PostgreSQL chose."""
    after, had = command.scene.catalog.table(command.scene.name), command.table.checks if command.table else ()
    text = print_expression(fields["raw_expr"])
    added = [check for check in (after.checks if after else ()) if check not in had and check.expression.text == text]
    return added[0].name if added else None


KINDS = {"CONSTR_UNIQUE": "unique", "CONSTR_PRIMARY": "primary key", "CONSTR_EXCLUSION": "exclusion"}


def new_index(command: Command, fields: Node, columns: tuple[str, ...]) -> Index | None:
    """The index behind a new constraint, as it is in the catalog now."""
    after = command.scene.catalog.table(command.scene.name)
    had = {index.name for index in command.table.indexes if index.constraint} if command.table else set()
    keys = strings(fields.get("keys", [])) or columns
    for index in after.indexes if after else ():
        if index.constraint != KINDS[fields["contype"]] or index.name in had:
            continue
        if fields.get("conname") in (None, index.name) and (not keys or index.columns == keys):
            return index
    return None
