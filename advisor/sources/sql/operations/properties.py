"""Commands of ALTER TABLE about the table as a whole. In: a `Command`. Out: its operations."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.model import (
    Operation,
    ReplicaIdentity,
    SetAccessMethod,
    SetLogged,
    SetRowSecurity,
    SetStorageParameters,
    SetTablespace,
    SetTrigger,
)
from advisor.sources.sql.operations.commands import Command
from advisor.sources.sql.tables.properties import storage_parameters
from advisor.sources.sql.text.tree import fields_of


def set_parameters(command: Command) -> Iterator[Operation]:
    nodes = command.definition.get("items", []) if "def" in command.fields else []
    resets = command.subtype == "AT_ResetRelOptions"
    parameters = tuple(fields_of(node)["defname"] for node in nodes) if resets else storage_parameters(nodes)
    action = "reset parameters" if resets else "set parameters"
    yield SetStorageParameters(command.scene.location, command.scene.name, action, parameters=parameters)


def set_persistence(command: Command) -> Iterator[Operation]:
    logged = command.subtype == "AT_SetLogged"
    yield SetLogged(command.scene.location, command.scene.name, "set logged" if logged else "set unlogged", logged=logged)


def set_tablespace(command: Command) -> Iterator[Operation]:
    yield SetTablespace(command.scene.location, command.scene.name, "set tablespace", tablespace=command.name)


def set_access_method(command: Command) -> Iterator[Operation]:
    has = command.table and (command.table.access_method or "heap")
    facts = (command.scene.location, command.scene.name, "set access method")
    yield SetAccessMethod(*facts, method=command.name or "default", same=has == command.name)


IDENTITIES = {"d": "default", "f": "full", "n": "nothing"}


def replica_identity(command: Command) -> Iterator[Operation]:
    fields = command.definition
    words = IDENTITIES.get(fields.get("identity_type", ""), f"index {fields.get('name', '')}")
    yield ReplicaIdentity(command.scene.location, command.scene.name, "replica identity", identity=words)


def row_security(command: Command) -> Iterator[Operation]:
    words = {
        "AT_EnableRowSecurity": "enable row security", "AT_DisableRowSecurity": "disable row security",
        "AT_ForceRowSecurity": "force row security", "AT_NoForceRowSecurity": "no force row security",
    }  # fmt: skip
    yield SetRowSecurity(command.scene.location, command.scene.name, words[command.subtype])


def set_trigger(command: Command) -> Iterator[Operation]:
    enabled, rule = "Enable" in command.subtype, "Rule" in command.subtype
    yield SetTrigger(command.scene.location, command.scene.name, command.fields.get("name"), enabled=enabled, rule=rule)
