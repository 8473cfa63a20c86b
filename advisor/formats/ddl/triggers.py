"""Triggers. In: tables of the model. Out: CREATE TRIGGER, and ALTER TABLE where one does not fire as usual."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.formats.ddl.columns import alterable
from advisor.formats.ddl.words import columns_sql, literal
from advisor.model import Schema, Table, Trigger
from advisor.remedies.sql import quote, quote_name

FIRING = {"disabled": "DISABLE", "replica": "ENABLE REPLICA", "always": "ENABLE ALWAYS", "origin": "ENABLE"}


def triggers_sql(table: Table, schema: Schema) -> Iterator[str]:
    """A table's triggers. A partition has the row triggers of the whole already, firing as these do."""
    parent = schema.parent_of(table)
    cloned = {trigger.name: trigger for trigger in parent.triggers if trigger.for_each == "row"} if parent else {}
    for trigger in table.triggers:
        whole = cloned.get(trigger.name)
        if whole is None:
            yield trigger_sql(trigger)
        if trigger.enabled != (whole.enabled if whole else "origin"):
            yield f"ALTER {alterable(table)} {quote_name(table.name)} {FIRING[trigger.enabled]} TRIGGER {quote(trigger.name)};"


def trigger_sql(trigger: Trigger) -> str:
    kind = "CONSTRAINT TRIGGER" if trigger.constraint else "TRIGGER"
    events = " OR ".join(event_sql(event, trigger) for event in trigger.events)
    lines = [f"CREATE {kind} {quote(trigger.name)} {trigger.timing.upper()} {events} ON {quote_name(trigger.table)}"]
    lines[0] += "".join(circumstances(trigger))
    action = [f"FOR EACH {trigger.for_each.upper()}"]
    if trigger.condition:
        action.append(f"WHEN ({trigger.condition})")
    arguments = ", ".join(literal(argument) for argument in trigger.arguments)
    action.append(f"EXECUTE FUNCTION {quote_name(trigger.function)}({arguments})")
    return "\n    ".join([*lines, " ".join(action)]) + ";"


def event_sql(event: str, trigger: Trigger) -> str:
    columns = f" OF {columns_sql(trigger.update_columns)}" if event == "UPDATE" and trigger.update_columns else ""
    return event + columns


def circumstances(trigger: Trigger) -> Iterator[str]:
    """FROM, when a constraint trigger fires, and the names of its tables of changed rows."""
    if trigger.referenced_table is not None:
        yield f" FROM {quote_name(trigger.referenced_table)}"
    if trigger.deferrable:
        yield " DEFERRABLE INITIALLY DEFERRED" if trigger.initially_deferred else " DEFERRABLE"
    tables = [f"{when} TABLE AS {quote(name)}" for when, name in (("OLD", trigger.old_table), ("NEW", trigger.new_table)) if name]
    if tables:
        yield f" REFERENCING {' '.join(tables)}"
