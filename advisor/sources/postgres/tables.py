"""Tables, views and foreign tables. In: pg_class and what hangs on it. Out: the model's tables, complete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from advisor.model import Column, Index, Name, Policy, Statistics, Table, Trigger, ViewQuery
from advisor.sources.postgres.constraints import Constraints
from advisor.sources.postgres.indexes import read_indexes
from advisor.sources.postgres.options import foreign_options
from advisor.sources.postgres.partitions import read_bound, read_partition_key
from advisor.sources.postgres.policies import read_policies
from advisor.sources.postgres.session import Row, Session, not_of_extension
from advisor.sources.postgres.statistics import read_statistics
from advisor.sources.postgres.triggers import read_triggers

TABLES = """
    SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind, c.relispartition AS is_partition,
           c.relpersistence = 'u' AS unlogged, obj_description(c.oid, 'pg_class') AS comment,
           ARRAY(SELECT pn.nspname::text || chr(1) || p.relname::text FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
                 JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE i.inhrelid = c.oid ORDER BY i.inhseqno) AS parents,
           CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key,
           pg_get_expr(c.relpartbound, c.oid) AS partition_bound,
           c.relrowsecurity AS row_security, c.relforcerowsecurity AS row_security_forced, c.reloptions AS storage,
           ARRAY(SELECT 'toast.' || x FROM unnest(toast.reloptions) x) AS toast_storage,
           CASE WHEN m.amname <> 'heap' THEN m.amname::text END AS access_method, s.spcname::text AS tablespace,
           yn.nspname::text AS type_schema, y.typname::text AS type_name,
           v.srvname::text AS server, f.ftoptions AS server_options, c.relreplident::text AS replica_identity,
           c.relispopulated AS populated,
           CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END AS query
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid AND toast.reloptions IS NOT NULL
    LEFT JOIN pg_am m ON m.oid = c.relam LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
    LEFT JOIN pg_type y ON y.oid = c.reloftype AND c.reloftype <> 0 LEFT JOIN pg_namespace yn ON yn.oid = y.typnamespace
    LEFT JOIN pg_foreign_table f ON f.ftrelid = c.oid LEFT JOIN pg_foreign_server v ON v.oid = f.ftserver
    WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND c.relpersistence <> 't' AND {user_schema} AND {own}
    ORDER BY c.oid
"""

READS = """
    SELECT r.ev_class AS view, rn.nspname::text AS schema, c.relname::text AS name
    FROM pg_rewrite r JOIN pg_class w ON w.oid = r.ev_class JOIN pg_namespace n ON n.oid = w.relnamespace
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
         AND d.refobjid <> r.ev_class
    JOIN pg_class c ON c.oid = d.refobjid AND c.relkind IN ('r', 'p', 'f', 'v', 'm') JOIN pg_namespace rn ON rn.oid = c.relnamespace
    WHERE r.rulename = '_RETURN' AND {user_schema} AND rn.nspname NOT IN ('pg_catalog', 'information_schema')
    GROUP BY 1, 2, 3 ORDER BY 1, min(d.refobjid)
"""

Kind = Literal["table", "partitioned table", "partition", "foreign table", "view", "materialized view"]
KINDS: dict[str, Kind] = {"p": "partitioned table", "f": "foreign table", "v": "view", "m": "materialized view"}
IDENTITIES = {"d": "default", "f": "full", "n": "nothing"}


@dataclass
class Parts:
    """What belongs to tables, by their oids."""

    columns: dict[int, list[Column]]
    indexes: dict[int, list[Index]]
    chosen: dict[int, tuple[str | None, str | None]]
    constraints: Constraints
    triggers: dict[int, list[Trigger]]
    policies: dict[int, list[Policy]]
    statistics: dict[int, list[Statistics]]
    reads: dict[int, list[Name]]


def read_tables(session: Session, columns: dict[int, list[Column]], constraints: Constraints) -> tuple[Table, ...]:
    rows = session.rows(TABLES.replace("{own}", not_of_extension("pg_class", "c.oid")), "tables")
    indexes, chosen = read_indexes(session)
    parts = Parts(
        columns, indexes, chosen, constraints,
        read_triggers(session), read_policies(session), read_statistics(session), read_reads(session),
    )  # fmt: skip
    return tuple(table_of(row, parts, session) for row in rows)


def read_reads(session: Session) -> dict[int, list[Name]]:
    """The relations that each view reads, the system's own left out: not of all of them the server keeps it in mind."""
    found: dict[int, list[Name]] = {}
    for row in session.rows(READS, "what views read"):
        found.setdefault(row["view"], []).append(Name(row["schema"], row["name"]))
    return found


def table_of(row: Row, parts: Parts, session: Session) -> Table:
    oid = row["oid"]
    parents = tuple(Name(*parent.split("\x01")) for parent in row["parents"])
    return Table(
        name=Name(row["schema"], row["name"]),
        columns=tuple(parts.columns.get(oid, ())),
        location=session.location,
        indexes=tuple(parts.indexes.get(oid, ())),
        foreign_keys=tuple(parts.constraints.foreign_keys.get(oid, ())),
        checks=tuple(parts.constraints.checks.get(oid, ())),
        kind=KINDS.get(row["kind"], "partition" if row["is_partition"] else "table"),
        partition_of=parents[0] if row["is_partition"] and parents else None,
        inherits=() if row["is_partition"] else parents,
        not_nulls=tuple(parts.constraints.not_nulls.get(oid, ())),
        triggers=tuple(parts.triggers.get(oid, ())),
        policies=tuple(parts.policies.get(oid, ())),
        statistics=tuple(parts.statistics.get(oid, ())),
        **properties_of(row, parts.chosen.get(oid, (None, None))),
        view=view_of(row, tuple(parts.reads.get(oid, ()))),
    )


def properties_of(row: Row, chosen: tuple[str | None, str | None]) -> dict[str, Any]:
    """What a table has beside its parts."""
    clustered, identity = chosen
    is_view = row["kind"] == "v"
    return {
        "unlogged": row["unlogged"],
        "comment": row["comment"],
        "partition_key": read_partition_key(row["partition_key"]) if row["partition_key"] else None,
        "partition_bound": read_bound(row["partition_bound"]) if row["partition_bound"] else None,
        "row_security": row["row_security"],
        "row_security_forced": row["row_security_forced"],
        "storage": () if is_view else (*(row["storage"] or ()), *row["toast_storage"]),
        "access_method": row["access_method"],
        "tablespace": row["tablespace"],
        "of_type": Name(row["type_schema"], row["type_name"]) if row["type_name"] else None,
        "server": row["server"],
        "server_options": foreign_options(row["server_options"]),
        "replica_identity": "default" if row["kind"] in "vf" else replica_identity(row["replica_identity"], identity),
        "clustered_on": clustered,
    }


def replica_identity(letter: str, index: str | None) -> str:
    """An index that was dropped leaves nothing (documentation of ALTER TABLE, "REPLICA IDENTITY")."""
    return IDENTITIES.get(letter) or ("nothing" if index is None else f"index {index}")


def view_of(row: Row, reads: tuple[Name, ...]) -> ViewQuery | None:
    if row["query"] is None:
        return None
    options = dict(option.split("=", 1) for option in row["storage"] or () if "=" in option)
    check = options.get("check_option")
    return ViewQuery(
        text=row["query"].strip().removesuffix(";"),
        reads=reads,
        check_option="local" if check == "local" else "cascaded" if check == "cascaded" else None,
        security_invoker=is_on(options.get("security_invoker")),
        security_barrier=is_on(options.get("security_barrier")),
        populated=row["populated"],
    )


def is_on(value: str | None) -> bool:
    """A boolean storage parameter, as people write them."""
    return value is not None and value.lower() in ("true", "on", "yes", "1", "t", "y")
