"""ALTER TABLE. In: an `AlterTableStmt` node. Out: its operations, and the table changed.

Each command has a function that changes the catalog and gives the operations. A command that is not listed changes nothing that
the model shows; its operation has the parser's own word for it. A table that is not known is assumed to exist: then operations are
given and nothing else happens.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec.structs import replace

from advisor.model import AlterTable, Column, Index, Name, Operation, Table
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.catalog.relations import Kind, find_relation
from advisor.sources.sql.dependents import drop_what_reads_column
from advisor.sources.sql.objects.triggers import clone_triggers, forget_clones
from advisor.sources.sql.spelling.expressions import expression
from advisor.sources.sql.tables.alter_objects import OBJECT_COMMANDS
from advisor.sources.sql.tables.alter_properties import PROPERTIES, alter_index
from advisor.sources.sql.tables.columns import (
    PendingConstraint,
    read_collation,
    read_column,
    read_default,
    read_type,
    with_type_of_constant,
)
from advisor.sources.sql.tables.commands import Apply, Command
from advisor.sources.sql.tables.constraints import (
    add_constraint,
    alter_foreign_key,
    clone_foreign_key,
    drop_constraint,
    drop_references,
    remove_foreign_key,
    validate_check,
    validate_foreign_key,
)
from advisor.sources.sql.tables.indexes import (
    attach_index,
    clone_missing_index,
    leave_collation_to_column,
    remove_index,
    require_columns,
)
from advisor.sources.sql.tables.not_nulls import (
    PendingNotNull,
    allow_null,
    make_not_nulls_anew,
    named,
    put_not_null,
    require_value,
    set_inheritance,
    validate_not_null,
)
from advisor.sources.sql.tables.partitions import partition_bound
from advisor.sources.sql.tables.sequence_statements import change_sequence, identity_words, make_sequence, next_value_of
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.stretches import elements
from advisor.sources.sql.text.tree import Node, fields_of
from advisor.sources.sql.types.composites import alter_composite_type
from advisor.sources.sql.views.following import drop_views, views_needing_column

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


def add_column(catalog: Catalog, command: Command) -> Iterator[Operation]:
    fields = command.definition
    table = catalog.table(command.table)
    if table is not None and table.column(fields["colname"]) is not None:
        if command.fields.get("missing_ok"):
            yield AlterTable(command.location, command.table, "add column", fields["colname"])
            return
        raise RefusedError(f'column "{fields["colname"]}" of relation "{table.name}" already exists', command.location)
    found = read_column(catalog, command.statement, fields, command.table, command.end)
    valueless = not (found.column.nullable or found.column.has_default or found.column.identity or found.column.generated)
    yield AlterTable(command.location, command.table, "add column", fields["colname"], needs_empty_table=valueless)
    put_column(catalog, command.table, found.column, to_children=not command.only)
    if found.not_null is not None and table is not None:
        put_not_null(catalog, command.table, named(catalog, command.table, found.not_null), to_children=not command.only)
    for pending in found.constraints:
        operations = add_constraint(catalog, command.table, pending, only=command.only)
        yield from (operation for operation in operations if not isinstance(operation, AlterTable))


def put_column(catalog: Catalog, name: Name, column: Column, *, to_children: bool) -> None:
    """Add a column; a child that has it already keeps its own."""
    table = catalog.table(name)
    if table is None:
        return
    if table.column(column.name) is None:
        catalog.put(replace(table, columns=(*table.columns, column)))
    for child in catalog.children(name) if to_children else ():
        is_partition = catalog.known(child).partition_of == name
        if catalog.known(child).column(column.name) is None:
            catalog.mark_inherited(child, ("column", column.name))
        inherited = replace(column, identity=column.identity if is_partition else None, identity_options=())
        put_column(catalog, child, inherited, to_children=True)


def drop_column(catalog: Catalog, command: Command) -> Iterator[Operation]:
    yield AlterTable(command.location, command.table, "drop column", command.name)
    table = catalog.table(command.table)
    if table is None:
        return
    if not command.fields.get("missing_ok"):
        require_columns(catalog, table, [command.name], command.location)
    remove_column(catalog, command.table, command.name, cascade=command.cascade, only=command.only)


def columns_read_by(index: Index) -> set[str]:
    """Every column that an index cannot do without."""
    read = {key.column for key in index.keys if key.column is not None} | set(index.include)
    expressions = [key.expression for key in index.keys] + [index.predicate]
    return read.union(*(expression.columns for expression in expressions if expression is not None))


def remove_column(catalog: Catalog, name: Name, column: str, *, cascade: bool, only: bool = False) -> None:
    """Drop a column, and with it every index, key, check, computed column and view that reads it."""
    drop_views(catalog, views_needing_column(catalog, name, column))
    drop_what_reads_column(catalog, name, column)
    for computed in catalog.known(name).columns:
        if computed.generated is not None and column in computed.generated.columns:
            remove_column(catalog, name, computed.name, cascade=cascade, only=only)
    table = catalog.known(name)
    for index in table.indexes:
        if column in columns_read_by(index):
            remove_index(catalog, index)
            if cascade:
                drop_references(catalog, name, index)
    for key in [key for key in table.foreign_keys if column in key.columns]:
        remove_foreign_key(catalog, key)
    table = catalog.known(name)
    catalog.put(
        replace(
            table,
            columns=tuple(other for other in table.columns if other.name != column),
            not_nulls=tuple(found for found in table.not_nulls if found.column != column),
            checks=tuple(check for check in table.checks if column not in check.expression.columns),
        )
    )
    owned = [sequence for sequence, owner in catalog.sequences_of(name).items() if owner == column]
    remove_sequences(catalog, owned, cascade=cascade)
    for child in catalog.children(name):
        if only:
            catalog.mark_own(child, ("column", column))
        elif catalog.goes_with_parent(child, ("column", column)):
            remove_column(catalog, child, column, cascade=cascade)


def remove_sequences(catalog: Catalog, sequences: Iterable[Name], *, cascade: bool) -> None:
    """Drop sequences, and with CASCADE the defaults that draw from them."""
    for sequence in list(sequences):
        catalog.forget_sequence(sequence)
        drawn = next_value_of(sequence)
        for table in catalog.drawers(drawn.text) if cascade else ():
            columns = (replace(column, default=None) if column.default == drawn else column for column in table.columns)
            catalog.put(replace(table, columns=tuple(columns)))


def change_column(
    catalog: Catalog, command: Command, action: str, change: Callable[[Column], Column], *, heirs: bool = True
) -> Iterator[Operation]:
    """Change one column of a table and of those that inherit it, or of partitions alone."""
    yield AlterTable(command.location, command.table, action, command.name)
    table = catalog.table(command.table)
    require_columns(catalog, table, [command.name], command.location)
    if table is not None:
        to_children = not command.only and (heirs or table.kind == "partitioned table")
        replace_column(catalog, command.table, command.name, change, to_children=to_children)


def replace_column(catalog: Catalog, name: Name, column: str, change: Callable[[Column], Column], *, to_children: bool) -> None:
    table = catalog.known(name)
    catalog.put(replace(table, columns=tuple(change(other) if other.name == column else other for other in table.columns)))
    for child in catalog.children(name) if to_children else ():
        replace_column(catalog, child, column, change, to_children=True)


def alter_type(catalog: Catalog, command: Command) -> Iterator[Operation]:
    text, enum = read_type(catalog, command.definition["typeName"])
    collation = read_collation(command.definition.get("collClause"))

    def change(column: Column) -> Column:
        default = with_type_of_constant(column.default, column.type, text)
        # Values are written anew, so that how they were kept is forgotten.
        return replace(column, type=text, enum=enum, collation=collation, default=default, storage=None, compression=None)

    yield from change_column(catalog, command, "alter type", change)
    if collation is not None:
        leave_collation_to_column(catalog, command.table, command.name, collation)
    make_not_nulls_anew(catalog, command.table, command.name)
    sequence = catalog.sequences.identity_of(command.table, command.name)
    if sequence is not None:
        change_sequence(catalog, sequence, [{"DefElem": {"defname": "as", "arg": {"TypeName": command.definition["typeName"]}}}])


def alter_default(catalog: Catalog, command: Command) -> Iterator[Operation]:
    action = "set default" if "def" in command.fields else "drop default"

    def change(column: Column) -> Column:
        return replace(column, default=read_default(command.fields["def"], column.type) if "def" in command.fields else None)

    yield from change_column(catalog, command, action, change)


def set_not_null(catalog: Catalog, command: Command) -> Iterator[Operation]:
    """With ONLY, where there are children, it is as if NO INHERIT had been said (`ATExecSetNotNull`)."""
    yield AlterTable(command.location, command.table, "set not null", command.name)
    require_columns(catalog, catalog.table(command.table), [command.name], command.location)
    alone = command.only and bool(catalog.children(command.table))
    pending = PendingNotNull(command.name, command.location, no_inherit=alone)
    require_value(catalog, command.table, pending, to_children=not command.only)


def drop_not_null(catalog: Catalog, command: Command) -> Iterator[Operation]:
    table = catalog.table(command.table)
    key = table.primary_key if table is not None else None
    if key is not None and command.name in key.columns:
        raise RefusedError(f'column "{command.name}" is in a primary key', command.location)
    yield AlterTable(command.location, command.table, "drop not null", command.name)
    require_columns(catalog, table, [command.name], command.location)
    if table is not None:
        allow_null(catalog, command.table, command.name, only=command.only)


def add_identity(catalog: Catalog, command: Command) -> Iterator[Operation]:
    always = command.definition["generated_when"] == "a"
    table = catalog.table(command.table)
    known = table.column(command.name) if table is not None else None
    if known is not None and known.identity:
        raise RefusedError(f'column "{command.name}" of relation "{command.table}" is already an identity column', command.location)
    options = command.definition.get("options", [])
    if known is not None:
        make_sequence(catalog, command.table, command.name, known.type, options, identity=True)
    words = identity_words(catalog, command.table, command.name)

    def change(column: Column) -> Column:
        return replace(column, identity="always" if always else "by default", identity_options=words)

    yield from change_column(catalog, command, "add identity", change, heirs=False)
    for partition in catalog.partitions(command.table):
        replace_column(catalog, partition, command.name, lambda column: replace(column, identity_options=()), to_children=True)


def set_identity(catalog: Catalog, command: Command) -> Iterator[Operation]:
    options = [fields_of(node) for node in command.definition["items"]]
    generated = next((option["arg"]["Integer"]["ival"] for option in options if option["defname"] == "generated"), None)

    def change(column: Column) -> Column:
        return column if generated is None else replace(column, identity="always" if generated == ord("a") else "by default")

    yield from change_column(catalog, command, "set identity", change, heirs=False)
    sequence = catalog.sequences.identity_of(command.table, command.name)
    if sequence is not None:
        change_sequence(catalog, sequence, command.definition["items"])


def drop_identity(catalog: Catalog, command: Command) -> Iterator[Operation]:
    sequence = catalog.sequences.identity_of(command.table, command.name)
    if sequence is not None:
        catalog.forget_sequence(sequence)

    def change(column: Column) -> Column:
        return replace(column, identity=None, identity_options=())

    yield from change_column(catalog, command, "drop identity", change, heirs=False)


def set_expression(catalog: Catalog, command: Command) -> Iterator[Operation]:
    generated = expression(command.fields["def"])
    yield from change_column(catalog, command, "set expression", lambda column: replace(column, generated=generated))


def drop_expression(catalog: Catalog, command: Command) -> Iterator[Operation]:
    yield from change_column(catalog, command, "drop expression", lambda column: replace(column, generated=None, virtual=False))


def add_table_constraint(catalog: Catalog, command: Command) -> Iterator[Operation]:
    fields = command.definition
    place = command.statement.stretch(command.statement.offset(fields) or 0, command.end)
    for operation in add_constraint(catalog, command.table, PendingConstraint(fields, place), only=command.only):
        # The operation is the statement's; the constraint keeps its own stretch.
        yield replace(operation, location=command.location)


def drop_table_constraint(catalog: Catalog, command: Command) -> Iterator[Operation]:
    yield AlterTable(command.location, command.table, "drop constraint")
    if catalog.table(command.table) is None:
        return
    found = drop_constraint(catalog, command.table, command.name, cascade=command.cascade, only=command.only)
    if not (found or command.fields.get("missing_ok")):
        raise RefusedError(f'constraint "{command.name}" of relation "{command.table}" does not exist', command.location)


def validate_constraint(catalog: Catalog, command: Command) -> Iterator[Operation]:
    yield AlterTable(command.location, command.table, "validate constraint")
    table = catalog.table(command.table)
    if table is None:
        return
    validate_check(catalog, command.table, command.name)
    for key in table.foreign_keys:
        if key.name == command.name:
            validate_foreign_key(catalog, key)
    for not_null in table.not_nulls:
        if not_null.name == command.name:
            validate_not_null(catalog, command.table, not_null.column)


def alter_constraint(catalog: Catalog, command: Command) -> Iterator[Operation]:
    """ALTER CONSTRAINT: when a foreign key is checked and whether at all, and who inherits a NOT NULL."""
    yield AlterTable(command.location, command.table, "alter constraint")
    table, fields = catalog.table(command.table), command.definition
    key = next((key for key in table.foreign_keys if key.name == fields["conname"]), None) if table else None
    if key is not None:
        alter_foreign_key(catalog, key, fields)
    for not_null in table.not_nulls if table is not None and fields.get("alterInheritability") else ():
        if not_null.name == fields["conname"]:
            set_inheritance(catalog, command.table, not_null, no_inherit=bool(fields.get("noinherit")))


def attach_partition(catalog: Catalog, command: Command) -> Iterator[Operation]:
    child = find_relation(catalog, command.definition["name"])
    yield AlterTable(command.location, command.table, "attach partition")
    parent, table = catalog.table(command.table), catalog.table(child)
    if parent is None or table is None:
        return
    identities = {column.name: column.identity for column in parent.columns}
    columns = tuple(replace(column, identity=identities.get(column.name), identity_options=()) for column in table.columns)
    kind: Kind = table.kind if table.kind in ("partitioned table", "foreign table") else "partition"
    bound = partition_bound(command.definition["bound"], parent)
    catalog.put(replace(table, columns=columns, partition_of=parent.name, kind=kind, partition_bound=bound))
    for index in parent.indexes:
        clone_missing_index(catalog, index, child, valid=True)
    for key in parent.foreign_keys:
        clone_foreign_key(catalog, key, child)
    clone_triggers(catalog, parent, child)
    # What a partition shares with its parent is never its own (`MergeConstraintsIntoExisting`).
    for not_null in parent.not_nulls:
        catalog.mark_inherited(child, ("not null", not_null.column))


def detach_partition(catalog: Catalog, command: Command) -> Iterator[Operation]:
    child = find_relation(catalog, command.definition["name"])
    yield AlterTable(command.location, command.table, "detach partition")
    table = catalog.table(child)
    if table is None or table.partition_of != command.table:
        return
    columns = tuple(replace(column, identity=None) for column in table.columns)
    indexes = tuple(replace(index, attached_to=None) for index in table.indexes)
    kind: Kind = table.kind if table.kind in ("partitioned table", "foreign table") else "table"
    catalog.put(replace(table, columns=columns, indexes=indexes, partition_of=None, kind=kind, partition_bound=None))
    catalog.remove_parent(child, command.table)
    forget_clones(catalog, child)


def add_inheritance(catalog: Catalog, command: Command) -> Iterator[Operation]:
    parent = find_relation(catalog, command.definition)
    yield AlterTable(command.location, command.table, "inherit")
    table = catalog.table(command.table)
    if table is not None:
        catalog.put(replace(table, inherits=(*table.inherits, parent)))


def drop_inheritance(catalog: Catalog, command: Command) -> Iterator[Operation]:
    parent = find_relation(catalog, command.definition)
    yield AlterTable(command.location, command.table, "no inherit")
    table = catalog.table(command.table)
    if table is not None:
        catalog.put(replace(table, inherits=tuple(name for name in table.inherits if name != parent)))
        catalog.remove_parent(command.table, parent)


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
