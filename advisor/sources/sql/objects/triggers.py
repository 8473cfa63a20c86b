"""Triggers. In: CREATE, ALTER, DROP and ENABLE of them. Out: operations, and the tables' triggers.

A row trigger of a partitioned table is also one of each partition (`CreateTriggerFiringOn`, trigger.c), which goes by the same
name, cannot be dropped or renamed alone, and leaves with the partition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from msgspec.structs import replace

from advisor.model import AlterTable, Location, Name, Operation, Table, Trigger
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.catalog.relations import find_relation, qualified
from advisor.sources.sql.spelling.expressions import expression
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, fields_of, string, strings

BEFORE, INSTEAD = 1 << 1, 1 << 6
EVENTS = (("INSERT", 1 << 2), ("UPDATE", 1 << 4), ("DELETE", 1 << 3), ("TRUNCATE", 1 << 5))
"""Bits of `CreateTrigStmt.timing` and `.events` (src/include/catalog/pg_trigger.h)."""

BUILT_IN_FUNCTIONS = frozenset({"suppress_redundant_updates_trigger", "tsvector_update_trigger", "tsvector_update_trigger_column"})

Enabled = Literal["origin", "disabled", "replica", "always"]

STATES: dict[str, Enabled] = {
    "AT_DisableTrig": "disabled",
    "AT_DisableTrigAll": "disabled",
    "AT_DisableTrigUser": "disabled",
    "AT_EnableAlwaysTrig": "always",
    "AT_EnableReplicaTrig": "replica",
    "AT_EnableTrig": "origin",
    "AT_EnableTrigAll": "origin",
    "AT_EnableTrigUser": "origin",
}


def create_trigger(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    name = find_relation(catalog, fields["relation"])
    table = catalog.table(name)
    trigger = read_trigger(catalog, statement, fields, name)
    if table is not None:
        known = find_trigger(table, trigger.name)
        if known is not None and (not fields.get("replace") or known.inherited or known.constraint or trigger.constraint):
            raise RefusedError(f'trigger "{trigger.name}" for relation "{name}" already exists', statement.location)
        put_trigger(catalog, name, trigger)
    return [AlterTable(statement.location, name, "create trigger")]


def read_trigger(catalog: Catalog, statement: Statement, fields: Node, table: Name) -> Trigger:
    timing, events = fields.get("timing", 0), fields.get("events", 0)
    transitions = [fields_of(node) for node in fields.get("transitionRels", [])]
    return Trigger(
        name=fields["trigname"],
        table=table,
        function=trigger_function(catalog, fields["funcname"]),
        timing="before" if timing & BEFORE else "instead of" if timing & INSTEAD else "after",
        events=tuple(word for word, bit in EVENTS if events & bit),
        location=statement.location,
        update_columns=strings(fields.get("columns", [])),
        for_each="row" if fields.get("row") else "statement",
        condition=expression(fields["whenClause"]) if "whenClause" in fields else None,
        arguments=strings(fields.get("args", [])),
        old_table=next((transition["name"] for transition in transitions if not transition.get("isNew")), None),
        new_table=next((transition["name"] for transition in transitions if transition.get("isNew")), None),
        constraint=bool(fields.get("isconstraint")),
        referenced_table=find_relation(catalog, fields["constrrel"]) if "constrrel" in fields else None,
        deferrable=bool(fields.get("deferrable")),
        initially_deferred=bool(fields.get("initdeferred")),
    )


def trigger_function(catalog: Catalog, nodes: list[Node]) -> Name:
    """The function without arguments that a name means."""
    schema, bare = qualified(nodes)
    if schema is None and bare in BUILT_IN_FUNCTIONS:
        return Name("pg_catalog", bare)
    return catalog.find(schema, bare, lambda candidate: () in catalog.objects.overloads(candidate))


def find_trigger(table: Table, name: str) -> Trigger | None:
    return next((trigger for trigger in table.triggers if trigger.name == name), None)


def put_trigger(catalog: Catalog, name: Name, trigger: Trigger) -> None:
    """Give a table a trigger, or another in the place of one with its name; a row trigger to the partitions too."""
    table = catalog.known(name)
    there = find_trigger(table, trigger.name)
    kept = tuple(trigger if other is there else other for other in table.triggers)
    catalog.put(replace(table, triggers=kept if there is not None else (*table.triggers, trigger)))
    if trigger.for_each == "row":
        for child in catalog.partitions(name):
            put_trigger(catalog, child, replace(trigger, table=child, inherited=True))


def clone_triggers(catalog: Catalog, parent: Table, child: Name) -> None:
    """Give a new partition the row triggers of its parent, as they stand."""
    for trigger in parent.triggers:
        if trigger.for_each == "row" and find_trigger(catalog.known(child), trigger.name) is None:
            put_trigger(catalog, child, replace(trigger, table=child, inherited=True))


def forget_clones(catalog: Catalog, child: Name) -> None:
    """Take away from a table what it had as a partition."""
    for trigger in catalog.known(child).triggers:
        if trigger.inherited:
            remove_trigger(catalog, child, trigger.name)


def drop_trigger(catalog: Catalog, statement: Statement, _fields: Node, target: Node) -> Iterator[Operation]:
    *relation, last = fields_of(target)["items"]
    name = catalog.find(*qualified(relation))
    yield AlterTable(statement.location, name, "drop trigger")
    table = catalog.table(name)
    found = find_trigger(table, string(last)) if table is not None else None
    if found is not None:
        require_own(found, "drop", statement.location)
        remove_trigger(catalog, name, found.name)


def require_own(trigger: Trigger, verb: str, location: Location) -> None:
    if trigger.inherited:
        reason = f'cannot {verb} trigger "{trigger.name}" on table "{trigger.table}": it is its parent\'s'
        raise RefusedError(reason, location)


def remove_trigger(catalog: Catalog, name: Name, trigger: str) -> None:
    table = catalog.known(name)
    catalog.put(replace(table, triggers=tuple(other for other in table.triggers if other.name != trigger)))
    for child in catalog.partitions(name):
        clone = find_trigger(catalog.known(child), trigger)
        if clone is not None and clone.inherited:
            remove_trigger(catalog, child, trigger)


def rename_trigger(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    name, old, new = find_relation(catalog, fields["relation"]), fields["subname"], fields["newname"]
    yield AlterTable(statement.location, name, "rename trigger")
    table = catalog.table(name)
    if table is None:
        return
    found = find_trigger(table, old)
    if found is None:
        raise RefusedError(f'trigger "{old}" for table "{name}" does not exist', statement.location)
    require_own(found, "rename", statement.location)
    if new != old and find_trigger(table, new) is not None:
        raise RefusedError(f'trigger "{new}" for relation "{name}" already exists', statement.location)
    give_trigger_name(catalog, name, old, new)


def give_trigger_name(catalog: Catalog, name: Name, old: str, new: str) -> None:
    catalog.objects.remarks.rename_part("trigger", old, new, name)
    change_trigger(catalog, name, lambda trigger: replace(trigger, name=new) if trigger.name == old else trigger)
    for child in catalog.partitions(name):
        clone = find_trigger(catalog.known(child), old)
        if clone is not None and clone.inherited:
            give_trigger_name(catalog, child, old, new)


def change_trigger(catalog: Catalog, name: Name, change: Callable[[Trigger], Trigger]) -> None:
    table = catalog.known(name)
    catalog.put(replace(table, triggers=tuple(map(change, table.triggers))))


def enable_triggers(catalog: Catalog, name: Name, trigger: str | None, state: Enabled, *, only: bool) -> None:
    """ENABLE and DISABLE of one trigger, or of all where none is named; those of partitions that are its clones follow."""
    table = catalog.table(name)
    if table is None:
        return
    chosen = {found.name for found in table.triggers if trigger in (None, found.name)}
    change_trigger(catalog, name, lambda found: replace(found, enabled=state) if found.name in chosen else found)
    rows = {found.name for found in table.triggers if found.name in chosen and found.for_each == "row"}
    for child in () if only else catalog.partitions(name):
        for clone in catalog.known(child).triggers:
            if clone.inherited and clone.name in rows:
                enable_triggers(catalog, child, clone.name, state, only=False)
