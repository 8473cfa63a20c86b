"""ALTER TABLE about triggers, row level security, rules, owners. In: a command. Out: its operation, and the catalog after it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.model import AlterTable, Operation
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.objects.kept import change
from advisor.sources.sql.objects.privileges import own_relation
from advisor.sources.sql.objects.triggers import STATES, enable_triggers, find_trigger
from advisor.sources.sql.tables.commands import Apply, Command

ROW_SECURITY = {
    "AT_DisableRowSecurity": ("row_security", False),
    "AT_EnableRowSecurity": ("row_security", True),
    "AT_ForceRowSecurity": ("row_security_forced", True),
    "AT_NoForceRowSecurity": ("row_security_forced", False),
}

RULE_COMMANDS = frozenset({"AT_DisableRule", "AT_EnableAlwaysRule", "AT_EnableReplicaRule", "AT_EnableRule"})


def set_trigger_state(catalog: Catalog, command: Command) -> Iterator[Operation]:
    state = STATES[command.fields["subtype"]]
    yield AlterTable(command.location, command.table, "disable trigger" if state == "disabled" else "enable trigger")
    table, name = catalog.table(command.table), command.fields.get("name")
    if table is not None and name is not None and find_trigger(table, name) is None:
        raise RefusedError(f'trigger "{name}" for table "{command.table}" does not exist', command.location)
    enable_triggers(catalog, command.table, name, state, only=command.only)


def set_row_security(catalog: Catalog, command: Command) -> Iterator[Operation]:
    attribute, value = ROW_SECURITY[command.fields["subtype"]]
    words = attribute.replace("_", " ").replace("row security", "row level security")
    yield AlterTable(command.location, command.table, f"{'enable' if value else 'disable'} {words}")
    table = catalog.table(command.table)
    if table is not None:
        forced = value if attribute == "row_security_forced" else table.row_security_forced
        enabled = value if attribute == "row_security" else table.row_security
        catalog.put(replace(table, row_security=enabled, row_security_forced=forced))


def set_owner(catalog: Catalog, command: Command) -> Iterator[Operation]:
    yield AlterTable(command.location, command.table, "change owner")
    own_relation(catalog, command.table, command.fields["newowner"])


def set_rule_state(catalog: Catalog, command: Command) -> Iterator[Operation]:
    yield AlterTable(command.location, command.table, "enable or disable rule")
    key = ("rule", replace(command.table, name=command.name), (command.table.name,))
    change(catalog, command.statement, key, command.fields)


OBJECT_COMMANDS: dict[str, Apply] = {
    "AT_ChangeOwner": set_owner,
    **dict.fromkeys(STATES, set_trigger_state),
    **dict.fromkeys(ROW_SECURITY, set_row_security),
    **dict.fromkeys(RULE_COMMANDS, set_rule_state),
}
"""What applies each of them."""
