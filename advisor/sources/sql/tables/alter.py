"""ALTER TABLE. In: an `AlterTableStmt` node. Out: its operations, and the table changed.

Each command has a function that changes the catalog and gives the operations. A command that is not listed changes nothing that
the model shows; its operation has the parser's own word for it. A table that is not known is assumed to exist: then operations are
given and nothing else happens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from advisor.model import AlterTable, Name, Operation, Table
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.catalog.relations import find_relation
from advisor.sources.sql.tables.alter_objects import OBJECT_COMMANDS
from advisor.sources.sql.tables.alter_properties import PROPERTIES, alter_index
from advisor.sources.sql.tables.column_changes import (
    add_column,
    alter_default,
    alter_type,
    drop_column,
    drop_expression,
    drop_not_null,
    set_expression,
    set_not_null,
)
from advisor.sources.sql.tables.commands import Apply, Command
from advisor.sources.sql.tables.constraint_changes import (
    add_table_constraint,
    alter_constraint,
    drop_table_constraint,
    validate_constraint,
)
from advisor.sources.sql.tables.identity_changes import add_identity, drop_identity, set_identity
from advisor.sources.sql.tables.indexes import attach_index
from advisor.sources.sql.tables.parents import add_inheritance, attach_partition, detach_partition, drop_inheritance
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.stretches import elements
from advisor.sources.sql.text.tree import Node, fields_of
from advisor.sources.sql.types.composites import alter_composite_type

DROPPING = ("AT_DropColumn", "AT_DropConstraint", "AT_DropNotNull", "AT_DropExpression", "AT_DropIdentity")


PASSES = {**dict.fromkeys(DROPPING, 0), "AT_AlterColumnType": 1, "AT_AddColumn": 2}
"""PostgreSQL drops first, then changes types, then adds columns, then does the rest in the order written (`AlterTablePass`)."""


def alter_table(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    if fields["objtype"] == "OBJECT_TYPE":
        return alter_composite_type(catalog, statement, fields)
    name = find_relation(catalog, fields["relation"])
    if catalog.table(name) is None and catalog.names.table_of_index(name) is not None:
        return alter_index_statement(catalog, statement, fields, name)
    nodes = fields["cmds"]
    start = (statement.offset(fields["relation"]) or 0) + 1
    ends = [end for _, end in elements(statement.masked, start)] if len(nodes) > 1 else []
    last = len(statement.masked.rstrip().removesuffix(";").rstrip())
    commands = [
        Command(statement, name, fields_of(node), ends[number] if number < len(ends) else last, "inh" not in fields["relation"])
        for number, node in enumerate(nodes)
    ]
    with catalog.whole_or_not():
        return list(apply_commands(catalog, commands))


def apply_commands(catalog: Catalog, commands: Iterable[Command]) -> Iterator[Operation]:
    for command in sorted(commands, key=pass_of):
        subtype = command.fields["subtype"]
        yield from COMMANDS[subtype](catalog, command) if subtype in COMMANDS else other_command(command)


def pass_of(command: Command) -> int:
    """DROP DEFAULT is a SET DEFAULT without an expression."""
    drops_default = command.fields["subtype"] == "AT_ColumnDefault" and "def" not in command.fields
    return 0 if drops_default else PASSES.get(command.fields["subtype"], 3)


def alter_index_statement(catalog: Catalog, statement: Statement, fields: Node, name: Name) -> Sequence[Operation]:
    for node in fields["cmds"]:
        command = Command(statement, name, fields_of(node), 0, only=False)
        index = catalog.index(name)
        if index is not None and command.fields["subtype"] == "AT_AttachPartition":
            attach_index(catalog, index, find_relation(catalog, command.definition["name"]), statement.location)
        elif index is not None:
            alter_index(catalog, command, index)
    return ()


def other_command(command: Command) -> Iterator[Operation]:
    words = re.findall(r"[A-Z][a-z]*", command.fields["subtype"].removeprefix("AT_"))
    yield AlterTable(command.location, command.table, " ".join(words).lower(), command.fields.get("name"))


def set_persistence(catalog: Catalog, command: Command) -> Iterator[Operation]:
    unlogged = command.fields["subtype"] == "AT_SetUnLogged"
    yield AlterTable(command.location, command.table, "set unlogged" if unlogged else "set logged")
    table: Table | None = catalog.table(command.table)
    if table is not None:
        catalog.put(replace(table, unlogged=unlogged))


COMMANDS: dict[str, Apply] = {
    **PROPERTIES,
    "AT_AddColumn": add_column,
    "AT_AddConstraint": add_table_constraint,
    "AT_AddIdentity": add_identity,
    "AT_AddInherit": add_inheritance,
    "AT_AlterColumnType": alter_type,
    "AT_AlterConstraint": alter_constraint,
    "AT_AttachPartition": attach_partition,
    "AT_ColumnDefault": alter_default,
    "AT_DetachPartition": detach_partition,
    "AT_DropColumn": drop_column,
    "AT_DropConstraint": drop_table_constraint,
    "AT_DropExpression": drop_expression,
    "AT_DropIdentity": drop_identity,
    "AT_DropInherit": drop_inheritance,
    "AT_DropNotNull": drop_not_null,
    "AT_SetExpression": set_expression,
    "AT_SetIdentity": set_identity,
    "AT_SetLogged": set_persistence,
    "AT_SetNotNull": set_not_null,
    "AT_SetUnLogged": set_persistence,
    "AT_ValidateConstraint": validate_constraint,
    **OBJECT_COMMANDS,
}
"""What applies each kind of command."""
