"""Constraints without an index. In: pg_constraint. Out: foreign keys, checks and NOT NULLs, by the oid of their table or domain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from advisor.model import Check, ForeignKey, Name, NotNull
from advisor.sources.postgres.expressions import read_expression
from advisor.sources.postgres.session import Row, Session

# The further constraints that a reference to a partitioned table has, one for each partition, are the server's own affair: their
# parent is a constraint of the same table.
CONSTRAINTS = """
    SELECT o.conrelid AS relation, o.contypid AS domain, o.conname::text AS name, o.contype::text AS kind,
           n.nspname::text AS schema, c.relname::text AS table_name,
           pg_get_expr(o.conbin, o.conrelid) AS expression, o.convalidated AS validated, o.connoinherit AS no_inherit,
           {enforced} AS enforced, o.condeferrable AS deferrable, o.condeferred AS initially_deferred,
           {period} AS period, fn.nspname::text AS referenced_schema, f.relname::text AS referenced_table,
           o.confdeltype::text AS on_delete, o.confupdtype::text AS on_update, o.confmatchtype::text AS match,
           o.conkey AS columns, o.confkey AS referenced_columns, {set_columns} AS set_columns, o.confrelid AS referenced
    FROM pg_constraint o
    JOIN pg_namespace n ON n.oid = o.connamespace
    LEFT JOIN pg_class c ON c.oid = o.conrelid
    LEFT JOIN pg_class f ON f.oid = o.confrelid LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace
    LEFT JOIN pg_constraint parent ON parent.oid = o.conparentid
    WHERE o.contype IN ('f', 'c', 'n') AND (parent.oid IS NULL OR parent.conrelid <> o.conrelid) AND {user_schema}
    ORDER BY o.oid
"""

COLUMN_NAMES = """
    SELECT a.attrelid AS relation, a.attnum AS number, a.attname::text AS name
    FROM pg_attribute a
    WHERE a.attnum > 0 AND a.attrelid IN (
        SELECT o.conrelid FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace WHERE {user_schema}
        UNION
        SELECT o.confrelid FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace WHERE {user_schema})
"""

ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


@dataclass
class Constraints:
    """By oid, in order of creation. `of_domains` are rows as they were read: a domain keeps its conditions itself."""

    foreign_keys: dict[int, list[ForeignKey]] = field(default_factory=lambda: defaultdict(list))
    checks: dict[int, list[Check]] = field(default_factory=lambda: defaultdict(list))
    not_nulls: dict[int, list[NotNull]] = field(default_factory=lambda: defaultdict(list))
    domain_checks: dict[int, list[Check]] = field(default_factory=lambda: defaultdict(list))
    domain_not_nulls: dict[int, str] = field(default_factory=dict)


def read_constraints(session: Session) -> Constraints:
    query = CONSTRAINTS.replace("{enforced}", session.since(18, "o.conenforced", "true"))
    query = query.replace("{period}", session.since(18, "o.conperiod", "false"))
    query = query.replace("{set_columns}", session.since(15, "o.confdelsetcols", "NULL::smallint[]"))
    rows = session.rows(query, "constraints")
    names = read_column_names(session) if any(row["kind"] != "c" for row in rows) else {}
    found = Constraints()
    for row in rows:
        add_constraint(found, row, names, session)
    return found


def read_column_names(session: Session) -> dict[tuple[int, int], str]:
    return {(row["relation"], row["number"]): row["name"] for row in session.rows(COLUMN_NAMES, "columns of constraints")}


def add_constraint(found: Constraints, row: Row, names: dict[tuple[int, int], str], session: Session) -> None:
    if row["kind"] == "f":
        found.foreign_keys[row["relation"]].append(foreign_key_of(row, names, session))
    elif row["kind"] == "c":
        checks = found.checks[row["relation"]] if row["relation"] else found.domain_checks[row["domain"]]
        expression = read_expression(row["expression"])
        checks.append(Check(row["name"], expression, session.location, row["validated"], row["no_inherit"], row["enforced"]))
    elif row["relation"]:
        (column,) = columns_of(row["relation"], row["columns"], names)
        not_null = NotNull(row["name"], column, session.location, row["validated"], row["no_inherit"])
        found.not_nulls[row["relation"]].append(not_null)
    else:
        found.domain_not_nulls[row["domain"]] = row["name"]


def foreign_key_of(row: Row, names: dict[tuple[int, int], str], session: Session) -> ForeignKey:
    return ForeignKey(
        name=row["name"],
        table=Name(row["schema"], row["table_name"]),
        columns=columns_of(row["relation"], row["columns"], names),
        referenced_table=Name(row["referenced_schema"], row["referenced_table"]),
        referenced_columns=columns_of(row["referenced"], row["referenced_columns"], names),
        location=session.location,
        on_delete=ACTIONS[row["on_delete"]],
        on_update=ACTIONS[row["on_update"]],
        validated=row["validated"],
        match_full=row["match"] == "f",
        set_columns=columns_of(row["relation"], row["set_columns"] or (), names),
        deferrable=row["deferrable"],
        initially_deferred=row["initially_deferred"],
        enforced=row["enforced"],
        period=row["period"],
    )


def columns_of(relation: int, numbers: Iterable[int], names: dict[tuple[int, int], str]) -> tuple[str, ...]:
    return tuple(names[relation, number] for number in numbers)
