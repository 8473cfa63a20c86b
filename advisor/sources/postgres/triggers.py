"""Triggers. In: pg_trigger. Out: the model's triggers, by the oid of their table. Those of foreign keys are the server's own.

The bits of `tgtype` are those of src/include/catalog/pg_trigger.h. Until version 14 the copies that partitions have of a trigger
count as internal; they are told from those of foreign keys by having a parent.
"""

from __future__ import annotations

from typing import Literal

from advisor.model import Expression, Name, Trigger
from advisor.sources.postgres.expressions import statement_of
from advisor.sources.postgres.session import Row, Session
from advisor.sources.sql.spelling.expressions import expression

TRIGGERS = """
    SELECT t.tgrelid AS relation, t.tgname::text AS name, n.nspname::text AS schema, c.relname::text AS table_name,
           pn.nspname::text AS function_schema, p.proname::text AS function, t.tgtype::integer AS bits,
           t.tgenabled::text AS enabled,
           ARRAY(SELECT a.attname::text FROM unnest(t.tgattr::smallint[]) WITH ORDINALITY AS k (number, place)
                 JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = k.number ORDER BY k.place) AS update_columns,
           CASE WHEN t.tgqual IS NOT NULL THEN pg_get_triggerdef(t.oid) END AS definition,
           t.tgargs AS arguments, t.tgoldtable::text AS old_table, t.tgnewtable::text AS new_table,
           t.tgconstraint <> 0 AS is_constraint, rn.nspname::text AS referenced_schema, r.relname::text AS referenced_table,
           t.tgdeferrable AS deferrable, t.tginitdeferred AS initially_deferred,
           {inherited} AS inherited
    FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace pn ON pn.oid = p.pronamespace
    LEFT JOIN pg_class r ON r.oid = t.tgconstrrelid LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace
    WHERE {written} AND {user_schema}
    ORDER BY t.oid
"""

ROW, BEFORE, INSTEAD = 1, 2, 64
EVENTS = ((4, "INSERT"), (16, "UPDATE"), (8, "DELETE"), (32, "TRUNCATE"))
STATES: dict[str, Literal["origin", "disabled", "replica", "always"]] = {
    "O": "origin",
    "D": "disabled",
    "R": "replica",
    "A": "always",
}


def read_triggers(session: Session) -> dict[int, list[Trigger]]:
    clones = "(NOT t.tgisinternal OR (t.tgparentid <> 0 AND t.tgconstrrelid = 0 AND t.tgconstraint = 0))"
    written = session.since(13, clones, "NOT t.tgisinternal")
    found: dict[int, list[Trigger]] = {}
    query = TRIGGERS.replace("{written}", written).replace("{inherited}", session.since(13, "t.tgparentid <> 0", "false"))
    for row in session.rows(query, "triggers"):
        found.setdefault(row["relation"], []).append(trigger_of(row, session))
    return found


def trigger_of(row: Row, session: Session) -> Trigger:
    bits = row["bits"]
    return Trigger(
        name=row["name"],
        table=Name(row["schema"], row["table_name"]),
        function=Name(row["function_schema"], row["function"]),
        timing="before" if bits & BEFORE else "instead of" if bits & INSTEAD else "after",
        events=tuple(name for bit, name in EVENTS if bits & bit),
        location=session.location,
        update_columns=tuple(row["update_columns"]),
        for_each="row" if bits & ROW else "statement",
        condition=condition_of(row["definition"]) if row["definition"] else None,
        arguments=tuple(bytes(row["arguments"]).decode(errors="replace").split("\0")[:-1]),
        old_table=row["old_table"],
        new_table=row["new_table"],
        constraint=row["is_constraint"],
        referenced_table=Name(row["referenced_schema"], row["referenced_table"]) if row["referenced_table"] else None,
        deferrable=row["deferrable"],
        initially_deferred=row["initially_deferred"],
        inherited=row["inherited"],
        enabled=STATES[row["enabled"]],
    )


def condition_of(definition: str) -> Expression:
    """What stands behind WHEN: `pg_get_expr` cannot print it, since it speaks of two rows."""
    return expression(statement_of(definition)["whenClause"])
