"""Columns, of tables and of composite types. In: pg_attribute. Out: the model's columns, by the relation that has them."""

from __future__ import annotations

from typing import Literal

from advisor.model import Column, Name
from advisor.sources.postgres.expressions import read_optional
from advisor.sources.postgres.options import foreign_options, identity_options
from advisor.sources.postgres.session import Row, Session

COLUMNS = """
    SELECT a.attrelid AS relation, a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS required,
           pg_get_expr(d.adbin, d.adrelid) AS value, a.attidentity::text AS identity, a.attgenerated::text AS generated,
           CASE WHEN a.attcollation <> t.typcollation THEN l.collname::text END AS collation,
           CASE WHEN NOT pg_collation_is_visible(l.oid) THEN ln.nspname::text END AS collation_schema,
           col_description(a.attrelid, a.attnum) AS comment,
           CASE WHEN t.typtype = 'e' THEN tn.nspname::text END AS enum_schema, t.typname::text AS type_name,
           CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END AS storage,
           {compression} AS compression, nullif(a.attstattarget::integer, -1) AS statistics_target,
           a.attoptions AS options, a.attfdwoptions AS server_options, c.relkind::text AS kind,
           s.seqtypid::regtype::text AS sequence_type, s.seqincrement AS increment, s.seqmin AS least, s.seqmax AS greatest,
           s.seqstart AS start, s.seqcache AS cache, s.seqcycle AS cycle,
           sc.relname::text AS sequence, sn.nspname::text AS sequence_schema,
           c.relname::text AS table_name, n.nspname::text AS table_schema
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace tn ON tn.oid = t.typnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN pg_collation l ON l.oid = a.attcollation LEFT JOIN pg_namespace ln ON ln.oid = l.collnamespace
    LEFT JOIN pg_depend p ON a.attidentity <> '' AND p.refclassid = 'pg_class'::regclass AND p.refobjid = a.attrelid
         AND p.refobjsubid = a.attnum AND p.classid = 'pg_class'::regclass AND p.deptype = 'i'
    LEFT JOIN pg_sequence s ON s.seqrelid = p.objid
    LEFT JOIN pg_class sc ON sc.oid = s.seqrelid LEFT JOIN pg_namespace sn ON sn.oid = sc.relnamespace
    WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c') AND {user_schema}
    ORDER BY a.attrelid, a.attnum
"""

STORAGES = {"p": "plain", "e": "external", "x": "extended", "m": "main"}
COMPRESSIONS = {"p": "pglz", "l": "lz4"}
IDENTITIES: dict[str, Literal["always", "by default"]] = {"a": "always", "d": "by default"}


def read_columns(session: Session) -> dict[int, list[Column]]:
    """The columns of every relation of the user's, in order, by its oid."""
    compression = session.since(14, "nullif(a.attcompression::text, '')")
    found: dict[int, list[Column]] = {}
    for row in session.rows(COLUMNS.replace("{compression}", compression), "columns"):
        found.setdefault(row["relation"], []).append(column_of(row, session))
    return found


def column_of(row: Row, session: Session) -> Column:
    value = read_optional(row["value"])
    generated = row["generated"]
    return Column(
        name=row["name"],
        type=row["type"],
        location=session.location,
        nullable=not row["required"],
        default=None if generated else value,
        identity=IDENTITIES.get(row["identity"]),
        generated=value if generated else None,
        comment=row["comment"],
        enum=Name(row["enum_schema"], row["type_name"]) if row["enum_schema"] else None,
        collation=dotted(row["collation_schema"], row["collation"]),
        virtual=generated == "v",
        identity_options=identity_options(row) if row["sequence"] else (),
        storage=STORAGES.get(row["storage"]) if row["kind"] != "c" else None,
        compression=COMPRESSIONS.get(row["compression"]),
        statistics_target=row["statistics_target"],
        options=(*(row["options"] or ()), *foreign_options(row["server_options"])),
    )


def dotted(schema: str | None, name: str | None) -> str | None:
    """A name with its schema where it would not be found without."""
    return f"{schema}.{name}" if schema and name else name
