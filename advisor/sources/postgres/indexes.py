"""Indexes and the constraints that have one. In: pg_index. Out: the model's indexes, by the oid of their table."""

from __future__ import annotations

from advisor.model import Index, IndexKey, Name
from advisor.sources.postgres.columns import dotted
from advisor.sources.postgres.expressions import read_expression, read_optional, statement_of
from advisor.sources.postgres.session import Row, Session
from advisor.sources.sql.tables.indexes import ConstraintKind
from advisor.sources.sql.text.tree import fields_of

INDEXES = """
    SELECT i.indexrelid AS oid, i.indrelid AS relation, n.nspname::text AS schema, t.relname::text AS table_name,
           c.relname::text AS name, m.amname::text AS method, i.indisunique AS is_unique, i.indisvalid AS valid,
           i.indisclustered AS clustered, i.indisreplident AS replica_identity,
           pg_get_expr(i.indpred, i.indrelid) AS predicate, {nulls_not_distinct} AS nulls_not_distinct,
           o.contype::text AS constraint, coalesce(o.condeferrable, false) AS deferrable,
           coalesce(o.condeferred, false) AS initially_deferred, {period} AS without_overlaps,
           ARRAY(SELECT CASE WHEN pg_operator_is_visible(p.oid) THEN p.oprname::text
                             ELSE 'OPERATOR(' || pn.nspname || '.' || p.oprname || ')' END
                 FROM unnest(o.conexclop) WITH ORDINALITY AS x (operator, place)
                 JOIN pg_operator p ON p.oid = x.operator JOIN pg_namespace pn ON pn.oid = p.oprnamespace
                 ORDER BY x.place) AS operators,
           c.reloptions AS storage, s.spcname::text AS tablespace, whole.relname::text AS attached_to
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_am m ON m.oid = c.relam
    LEFT JOIN pg_constraint o ON o.conindid = i.indexrelid AND o.conrelid = i.indrelid AND o.contype IN ('p', 'u', 'x')
    LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
    LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid LEFT JOIN pg_class whole ON whole.oid = h.inhparent
    WHERE t.relkind IN ('r', 'p', 'm', 'f') AND {user_schema}
    ORDER BY i.indexrelid
"""

KEYS = """
    SELECT i.indexrelid AS oid, k.place <= i.indnkeyatts AS is_key, a.attname::text AS column,
           CASE WHEN i.indkey[k.place - 1] = 0 THEN pg_get_indexdef(i.indexrelid, k.place, false) END AS expression,
           CASE WHEN NOT p.opcdefault OR {opclass_options} IS NOT NULL THEN p.opcname::text END AS opclass,
           CASE WHEN NOT pg_opclass_is_visible(p.oid) THEN pn.nspname::text END AS opclass_schema,
           CASE WHEN i.indcollation[k.place - 1] <> own.of_value THEN l.collname::text END AS collation,
           CASE WHEN i.indcollation[k.place - 1] <> own.of_value AND i.indkey[k.place - 1] = 0
                THEN pg_get_indexdef(i.indexrelid) END AS definition, k.place,
           CASE WHEN NOT pg_collation_is_visible(l.oid) THEN ln.nspname::text END AS collation_schema,
           CASE WHEN k.place <= i.indnkeyatts THEN i.indoption[k.place - 1] & 1 = 1 END AS descending,
           CASE WHEN k.place <= i.indnkeyatts THEN i.indoption[k.place - 1] & 2 = 2 END AS nulls_first,
           {opclass_options} AS opclass_options
    FROM pg_index i
    JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    CROSS JOIN LATERAL generate_series(1, i.indnatts::integer) AS k (place)
    JOIN pg_attribute b ON b.attrelid = i.indexrelid AND b.attnum = k.place
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.place - 1] AND a.attnum <> 0
    JOIN pg_type y ON y.oid = coalesce(a.atttypid, b.atttypid)
    CROSS JOIN LATERAL (SELECT coalesce(a.attcollation, y.typcollation)) AS own (of_value)
    LEFT JOIN pg_opclass p ON k.place <= i.indnkeyatts AND p.oid = i.indclass[k.place - 1]
    LEFT JOIN pg_namespace pn ON pn.oid = p.opcnamespace
    LEFT JOIN pg_collation l ON k.place <= i.indnkeyatts AND l.oid = i.indcollation[k.place - 1]
    LEFT JOIN pg_namespace ln ON ln.oid = l.collnamespace
    WHERE t.relkind IN ('r', 'p', 'm', 'f') AND {user_schema}
    ORDER BY i.indexrelid, k.place
"""

CONSTRAINTS: dict[str | None, ConstraintKind] = {"p": "primary key", "u": "unique", "x": "exclusion"}


def read_indexes(session: Session) -> tuple[dict[int, list[Index]], dict[int, tuple[str | None, str | None]]]:
    """The indexes of every table, and by table: the index it is clustered on, and the one that is its replica identity."""
    query = INDEXES.replace("{nulls_not_distinct}", session.since(15, "i.indnullsnotdistinct", "false"))
    query = query.replace("{period}", session.since(18, "coalesce(o.conperiod, false)", "false"))
    rows = session.rows(query, "indexes")
    keys = read_keys(session) if rows else {}
    # An index without its keys would be said to be what it is not.
    rows = [row for row in rows if row["oid"] in keys]
    found: dict[int, list[Index]] = {}
    chosen: dict[int, tuple[str | None, str | None]] = {}
    for row in rows:
        found.setdefault(row["relation"], []).append(index_of(row, keys.get(row["oid"], []), session))
        clustered, identity = chosen.get(row["relation"], (None, None))
        chosen[row["relation"]] = (
            row["name"] if row["clustered"] else clustered,
            row["name"] if row["replica_identity"] else identity,
        )
    return found, chosen


def read_keys(session: Session) -> dict[int, list[Row]]:
    """The keys of every index and then its included columns, in order, by the index's oid."""
    found: dict[int, list[Row]] = {}
    for row in session.rows(
        KEYS.replace("{opclass_options}", session.since(13, "b.attoptions", "NULL::text[]")), "keys of indexes"
    ):
        found.setdefault(row["oid"], []).append(row)
    return found


def index_of(row: Row, keys: list[Row], session: Session) -> Index:
    return Index(
        name=row["name"],
        table=Name(row["schema"], row["table_name"]),
        keys=tuple(key_of(key) for key in keys if key["is_key"]),
        location=session.location,
        method=row["method"],
        unique=row["is_unique"],
        predicate=read_optional(row["predicate"]),
        include=tuple(key["column"] for key in keys if not key["is_key"]),
        constraint=CONSTRAINTS.get(row["constraint"]),
        nulls_not_distinct=row["nulls_not_distinct"],
        deferrable=row["deferrable"],
        initially_deferred=row["initially_deferred"],
        operators=tuple(row["operators"]) if row["constraint"] == "x" else (),
        storage=tuple(row["storage"] or ()),
        tablespace=row["tablespace"],
        without_overlaps=row["without_overlaps"],
        valid=row["valid"],
        attached_to=row["attached_to"],
    )


def key_of(row: Row) -> IndexKey:
    descending, nulls_first = bool(row["descending"]), bool(row["nulls_first"])
    return IndexKey(
        column=row["column"],
        expression=read_expression(row["expression"]) if row["expression"] is not None else None,
        opclass=dotted(row["opclass_schema"], row["opclass"]),
        collation=written_collation(row) if row["definition"] else dotted(row["collation_schema"], row["collation"]),
        descending=descending,
        nulls_first=None if nulls_first == descending else nulls_first,
        opclass_options=tuple(row["opclass_options"] or ()),
    )


def written_collation(row: Row) -> str | None:
    """The collation of an expression, where it is not the one that the expression has from its columns: the definition says it."""
    element = fields_of(statement_of(row["definition"])["indexParams"][row["place"] - 1])
    return dotted(row["collation_schema"], row["collation"]) if "collation" in element else None
