"""ALTER TABLE as operations. In: a `Scene` of an `AlterTableStmt`. Out: its commands' operations, in PostgreSQL's own order."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.model import AddForeignKey, AlterIndex, AlterTable, AlterType, Operation
from advisor.sources.sql.operations.columns import (
    add_column,
    alter_type,
    change_default,
    drop_column,
    drop_not_null,
    set_expression,
    set_not_null,
)
from advisor.sources.sql.operations.commands import Command, Describer, words_of
from advisor.sources.sql.operations.constraints import add_constraint, alter_constraint, drop_constraint, validate_constraint
from advisor.sources.sql.operations.partitions import attach_partition, detach_partition, inherit
from advisor.sources.sql.operations.properties import (
    replica_identity,
    row_security,
    set_access_method,
    set_parameters,
    set_persistence,
    set_tablespace,
    set_trigger,
)
from advisor.sources.sql.operations.scene import Scene
from advisor.sources.sql.tables.alter import PASSES
from advisor.sources.sql.text.tree import Node, fields_of


def alter_table(scene: Scene) -> Iterator[Operation]:
    objtype = scene.fields["objtype"]
    if objtype == "OBJECT_TYPE":
        yield AlterType(scene.location, scene.name, "composite", "attributes")
        return
    if objtype == "OBJECT_INDEX" or scene.name in scene.before.index_tables:
        yield from (alter_index(scene, fields_of(node)) for node in scene.fields["cmds"])
        return
    table = scene.before.tables.get(scene.name)
    only = "inh" not in scene.fields["relation"]
    heirs = () if only else scene.before.heirs.get(scene.name, ())
    new_keys = iter(scene.made(AddForeignKey))
    for fields in sorted(map(fields_of, scene.fields["cmds"]), key=lambda fields: PASSES.get(fields["subtype"], 3)):
        command = Command(scene, fields, table, heirs, new_keys)
        yield from COMMANDS.get(command.subtype, other_command)(command)


def other_command(command: Command) -> Iterator[Operation]:
    column = command.fields.get("name")
    yield AlterTable(command.scene.location, command.scene.name, words_of(command.subtype), column, children=command.children)


INDEX_ACTIONS = {
    "AT_SetRelOptions": "set parameters",
    "AT_ResetRelOptions": "reset parameters",
    "AT_AttachPartition": "attach partition",
    "AT_SetTableSpace": "set tablespace",
    "AT_SetStatistics": "set statistics",
}


def alter_index(scene: Scene, command: Node) -> Operation:
    subtype = command["subtype"]
    action = INDEX_ACTIONS.get(subtype, words_of(subtype))
    return AlterIndex(scene.location, scene.name, action, scene.before.index_tables.get(scene.name))


TRIGGERS = (
    "EnableTrig",
    "EnableTrigAll",
    "EnableTrigUser",
    "EnableAlwaysTrig",
    "EnableReplicaTrig",
    "DisableTrig",
    "DisableTrigAll",
)


RULES = ("EnableRule", "EnableAlwaysRule", "EnableReplicaRule", "DisableRule")


COMMANDS: dict[str, Describer] = {
    "AT_AddColumn": add_column,
    "AT_AddConstraint": add_constraint,
    "AT_AddInherit": inherit,
    "AT_AlterColumnType": alter_type,
    "AT_AlterConstraint": alter_constraint,
    "AT_AttachPartition": attach_partition,
    "AT_ColumnDefault": change_default,
    "AT_DetachPartition": detach_partition,
    "AT_DropColumn": drop_column,
    "AT_DropConstraint": drop_constraint,
    "AT_DropInherit": inherit,
    "AT_DropNotNull": drop_not_null,
    "AT_ReplicaIdentity": replica_identity,
    "AT_ResetRelOptions": set_parameters,
    "AT_SetAccessMethod": set_access_method,
    "AT_SetExpression": set_expression,
    "AT_SetLogged": set_persistence,
    "AT_SetNotNull": set_not_null,
    "AT_SetRelOptions": set_parameters,
    "AT_SetTableSpace": set_tablespace,
    "AT_SetUnLogged": set_persistence,
    "AT_ValidateConstraint": validate_constraint,
    **{f"AT_{word}RowSecurity": row_security for word in ("Enable", "Disable", "Force", "NoForce")},
    **{f"AT_{word}": set_trigger for word in (*TRIGGERS, "DisableTrigUser", *RULES)},
}
"""What describes each kind of command."""
