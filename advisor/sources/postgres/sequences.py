"""Sequences. In: pg_sequence. Out: the model's sequences, without those that a serial column brings, which its default shows."""

from __future__ import annotations

from advisor.model import Name, SequenceObject
from advisor.sources.postgres.options import sequence_options
from advisor.sources.postgres.session import Row, Session, not_of_extension
from advisor.sources.sql.spelling.names import make_object_name

SEQUENCES = """
    SELECT n.nspname::text AS schema, c.relname::text AS name, s.seqtypid::regtype::text AS sequence_type,
           s.seqincrement AS increment, s.seqmin AS least, s.seqmax AS greatest, s.seqstart AS start, s.seqcache AS cache,
           s.seqcycle AS cycle, tn.nspname::text AS table_schema, t.relname::text AS table_name, a.attname::text AS column,
           format_type(a.atttypid, a.atttypmod) AS column_type, pg_get_expr(v.adbin, v.adrelid) AS value,
           c.oid::regclass::text AS spelled, c.relpersistence = 'u' AS unlogged
    FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
         AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
    LEFT JOIN pg_class t ON t.oid = d.refobjid LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    LEFT JOIN pg_attrdef v ON v.adrelid = a.attrelid AND v.adnum = a.attnum
    WHERE c.relpersistence <> 't' AND coalesce(d.deptype, 'n') <> 'i' AND {user_schema} AND {own}
    ORDER BY c.oid
"""


def read_sequences(session: Session) -> tuple[SequenceObject, ...]:
    """The sequence of an identity column is not among them: it is told with the column."""
    rows = session.rows(SEQUENCES.replace("{own}", not_of_extension("pg_class", "c.oid")), "sequences")
    return tuple(sequence_of(row) for row in rows if not is_serial(row))


def is_serial(row: Row) -> bool:
    """Whether a column declared `serial` would bring just this: its name, its type, its default."""
    if row["column"] is None or row["sequence_type"] != row["column_type"]:
        return False
    usual = make_object_name(row["table_name"], row["column"], "seq")
    drawn = f"nextval({quoted(row['spelled'])}::regclass)"
    return row["name"] == usual and row["schema"] == row["table_schema"] and row["value"] == drawn and not sequence_options(row)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def sequence_of(row: Row) -> SequenceObject:
    kind = () if row["sequence_type"] == "bigint" else (f"AS {row['sequence_type']}",)
    owner = (Name(row["table_schema"], row["table_name"]), row["column"]) if row["column"] else None
    return SequenceObject(Name(row["schema"], row["name"]), (*kind, *sequence_options(row)), owner)
