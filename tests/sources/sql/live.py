"""What a schema consists of, in one comparable form. In: our `Schema`, or a live PostgreSQL. Out: nested dicts that must be equal.

Expressions are compared without the casts that PostgreSQL adds to constants and between its text types.
"""

from __future__ import annotations

import re
from json import loads
from typing import TYPE_CHECKING, Any

from pglast.parser import parse_sql_json

from advisor.model import Expression, Index, IndexKey, Schema, Table
from advisor.sources.sql.printing import print_expression
from advisor.sources.sql.tree import Node, fields_of
from advisor.sources.sql.types import format_type

if TYPE_CHECKING:
    import psycopg

Facts = dict[str, Any]

TEXT_TYPES = re.compile(r"(text|character varying|bpchar|character)(\(\d+\))?(\[\])?")
NUMBER = re.compile(r"-?\d+(\.\d+)?")


def comparable(text: str | None) -> str | None:
    """An expression without casts of constants and casts to text, numbers bare, `public.` and outer parentheses gone."""
    if text is None:
        return None
    target = loads(parse_sql_json(f"SELECT {text}"))["stmts"][0]["stmt"]["SelectStmt"]["targetList"][0]
    plain = print_expression(without_casts(fields_of(target)["val"]))
    return None if plain == "NULL" else plain


def without_casts(value: Any) -> Any:
    if isinstance(value, list):
        return [without_casts(child) for child in value]
    if not isinstance(value, dict):
        return value
    if "TypeCast" in value:
        inner = without_casts(value["TypeCast"]["arg"])
        to_text = TEXT_TYPES.fullmatch(format_type(value["TypeCast"]["typeName"])) is not None
        if to_text or (set(inner) & {"A_Const", "A_ArrayExpr"} and not is_reference(value["TypeCast"])):
            return inner
    if "A_Const" in value and NUMBER.fullmatch(value["A_Const"].get("sval", {}).get("sval", "")):
        return {"A_Const": {"fval": {"fval": value["A_Const"]["sval"]["sval"]}}}
    return {name: without_casts(child) for name, child in value.items()}


def is_reference(cast: Node) -> bool:
    return format_type(cast["typeName"]) == "regclass"


def facts_of_schema(schema: Schema) -> Facts:
    """Our side."""
    tables = {table.name.qualified: facts_of_table(table) for table in schema.tables}
    return {
        "tables": tables,
        "enums": {enum.name.qualified: list(enum.values) for enum in schema.enums},
        "extensions": sorted(schema.extensions),
    }


def facts_of_table(table: Table) -> Facts:
    with_columns = table.kind not in ("view", "materialized view")
    return {
        "kind": table.kind,
        "partition of": table.partition_of.qualified if table.partition_of else None,
        "inherits": [name.qualified for name in table.inherits],
        "unlogged": table.unlogged,
        "comment": table.comment,
        "columns": [
            {
                "name": column.name,
                "type": column.type,
                "nullable": column.nullable,
                "default": comparable(text_of(column.default)),
                "identity": column.identity,
                "generated": comparable(text_of(column.generated)),
                "collation": column.collation,
                "comment": column.comment,
            }
            for column in table.columns
            if with_columns
        ],
        "indexes": {index.name: facts_of_index(index) for index in table.indexes},
        "foreign keys": {
            key.name: (
                key.columns,
                key.referenced_table.qualified,
                key.referenced_columns,
                key.on_delete,
                key.on_update,
                key.validated,
            )
            for key in table.foreign_keys
        },
        "checks": {check.name: (comparable(check.expression.text), check.validated) for check in table.checks},
    }


def text_of(expression: Expression | None) -> str | None:
    return expression.text if expression is not None else None


def facts_of_index(index: Index) -> Facts:
    return {
        "method": index.method,
        "unique": index.unique,
        "constraint": index.constraint,
        "keys": [facts_of_key(key) for key in index.keys],
        "include": index.include,
        "predicate": comparable(text_of(index.predicate)),
        "nulls not distinct": index.nulls_not_distinct,
        "deferrable": index.deferrable,
    }


def facts_of_key(key: IndexKey) -> tuple[Any, ...]:
    value = key.column if key.column is not None else comparable(text_of(key.expression))
    return (key.column is not None, value, key.opclass, key.collation, key.descending, key.puts_nulls_first)


TABLES = """
    SELECT c.oid, n.nspname || '.' || c.relname,
           CASE WHEN c.relkind = 'p' THEN 'partitioned table' WHEN c.relkind = 'f' THEN 'foreign table'
                WHEN c.relkind = 'v' THEN 'view'
                WHEN c.relkind = 'm' THEN 'materialized view' WHEN c.relispartition THEN 'partition' ELSE 'table' END,
           c.relispartition, c.relpersistence = 'u', obj_description(c.oid, 'pg_class'),
           ARRAY(SELECT pn.nspname || '.' || p.relname FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
                 JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE i.inhrelid = c.oid ORDER BY i.inhseqno)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND n.nspname = ANY (%s)
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""

COLUMNS = """
    SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
           a.attidentity::text, a.attgenerated::text, CASE WHEN a.attcollation <> t.typcollation THEN l.collname END,
           col_description(a.attrelid, a.attnum)
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum) LEFT JOIN pg_collation l ON l.oid = a.attcollation
    WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = ANY (%s) ORDER BY a.attrelid, a.attnum
"""

INDEXES = """
    SELECT i.indrelid, c.relname, am.amname, i.indisunique, o.contype::text, i.indnkeyatts, i.indnatts,
           pg_get_expr(i.indpred, i.indrelid), i.indnullsnotdistinct, coalesce(o.condeferrable, false), i.indexrelid
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am am ON am.oid = c.relam
    LEFT JOIN pg_constraint o ON o.conindid = c.oid AND o.contype IN ('p', 'u', 'x')
    WHERE i.indrelid = ANY (%s)
"""

KEYS = """
    SELECT k.number <= i.indnkeyatts, i.indkey[k.number - 1] <> 0, a.attname, pg_get_indexdef(i.indexrelid, k.number, true),
           CASE WHEN NOT p.opcdefault THEN p.opcname END,
           CASE WHEN i.indcollation[k.number - 1] <> coalesce(nullif(a.attcollation, 0), (SELECT x.attcollation FROM pg_attribute x
                WHERE x.attrelid = i.indexrelid AND x.attnum = k.number AND i.indkey[k.number - 1] = 0 AND l.collname = 'default'),
                (SELECT oid FROM pg_collation WHERE collname = 'default')) AND i.indcollation[k.number - 1] <> 0
                THEN l.collname END,
           coalesce(i.indoption[k.number - 1] & 1, 0) = 1, coalesce(i.indoption[k.number - 1] & 2, 0) = 2
    FROM pg_index i CROSS JOIN LATERAL generate_series(1, i.indnatts) AS k (number)
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.number - 1] AND a.attnum <> 0
    LEFT JOIN pg_opclass p ON p.oid = i.indclass[k.number - 1] AND k.number <= i.indnkeyatts
    LEFT JOIN pg_collation l ON l.oid = i.indcollation[k.number - 1] AND k.number <= i.indnkeyatts
    WHERE i.indexrelid = %s ORDER BY k.number
"""

CONSTRAINTS = """
    SELECT o.conrelid, o.conname, o.contype::text, pg_get_expr(o.conbin, o.conrelid), o.convalidated,
           ARRAY(SELECT a.attname::text FROM unnest(o.conkey) WITH ORDINALITY k (n, place) JOIN pg_attribute a
                 ON (a.attrelid, a.attnum) = (o.conrelid, k.n)              ORDER BY k.place),
           n.nspname || '.' || f.relname,
           ARRAY(SELECT a.attname::text FROM unnest(o.confkey) WITH ORDINALITY k (n, place) JOIN pg_attribute a
                 ON (a.attrelid, a.attnum) = (o.confrelid, k.n)              ORDER BY k.place),
           o.confdeltype::text, o.confupdtype::text
    FROM pg_constraint o LEFT JOIN pg_class f ON f.oid = o.confrelid LEFT JOIN pg_namespace n ON n.oid = f.relnamespace
    LEFT JOIN pg_constraint parent ON parent.oid = o.conparentid
    WHERE o.contype IN ('f', 'c') AND o.conrelid = ANY (%s) AND (parent.oid IS NULL OR parent.conrelid <> o.conrelid)
"""

ENUMS = """
    SELECT n.nspname || '.' || t.typname, array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_enum e ON e.enumtypid = t.oid
    WHERE n.nspname = ANY (%s) GROUP BY 1
"""

ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


def facts_of_database(connection: psycopg.Connection[Any], schemas: list[str]) -> Facts:
    """PostgreSQL's side, from its catalogs, with the default search path."""
    connection.execute("SET search_path TO public")
    rows = connection.execute(TABLES, [schemas]).fetchall()
    tables: dict[int, Facts] = {}
    for oid, _, kind, is_partition, unlogged, comment, parents in rows:
        tables[oid] = {
            "kind": kind,
            "partition of": parents[0] if is_partition else None,
            "inherits": [] if is_partition else parents,
            "unlogged": unlogged,
            "comment": comment,
            "columns": [],
            "indexes": {},
            "foreign keys": {},
            "checks": {},
        }
    oids = list(tables)
    add_columns(connection, tables, [row[0] for row in rows if row[2] not in ("view", "materialized view")])
    add_indexes(connection, tables, oids)
    add_constraints(connection, tables, oids)
    extensions = connection.execute("SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1").fetchall()
    return {
        "tables": {row[1]: tables[row[0]] for row in rows},
        "enums": dict(connection.execute(ENUMS, [schemas]).fetchall()),
        "extensions": [name for (name,) in extensions],
    }


def add_columns(connection: psycopg.Connection[Any], tables: dict[int, Facts], oids: list[int]) -> None:
    for oid, name, type_name, nullable, value, identity, generated, collation, comment in connection.execute(COLUMNS, [oids]):
        tables[oid]["columns"].append(
            {
                "name": name,
                "type": type_name,
                "nullable": nullable,
                "default": comparable(value) if not generated else None,
                "identity": {"a": "always", "d": "by default"}.get(identity),
                "generated": comparable(value) if generated else None,
                "collation": collation,
                "comment": comment,
            }
        )


def add_indexes(connection: psycopg.Connection[Any], tables: dict[int, Facts], oids: list[int]) -> None:
    for oid, name, method, unique, constraint, _, _, predicate, not_distinct, deferrable, index in connection.execute(
        INDEXES, [oids]
    ).fetchall():
        keys, include = [], []
        for is_key, is_column, column, text, opclass, collation, descending, nulls_first in connection.execute(KEYS, [index]):
            if not is_key:
                include.append(column)
                continue
            value = column if is_column else comparable(text)
            keys.append((is_column, value, opclass, collation, descending, nulls_first))
        tables[oid]["indexes"][name] = {
            "method": method,
            "unique": unique,
            "constraint": {"p": "primary key", "u": "unique", "x": "exclusion"}.get(constraint),
            "keys": keys,
            "include": tuple(include),
            "predicate": comparable(predicate),
            "nulls not distinct": not_distinct,
            "deferrable": deferrable,
        }


def add_constraints(connection: psycopg.Connection[Any], tables: dict[int, Facts], oids: list[int]) -> None:
    for oid, name, kind, text, validated, columns, table, others, deleting, updating in connection.execute(CONSTRAINTS, [oids]):
        if kind == "c":
            tables[oid]["checks"][name] = (comparable(text), validated)
        else:
            tables[oid]["foreign keys"][name] = (
                tuple(columns), table, tuple(others), ACTIONS[deleting], ACTIONS[updating], validated
            )  # fmt: skip


def differences(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Where two nested values differ, one line each."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [
            line
            for key in sorted({*ours, *theirs}, key=str)
            for line in differences(ours.get(key), theirs.get(key), f"{path}/{key}")
        ]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return [
            line for number, pair in enumerate(zip(ours, theirs, strict=True)) for line in differences(*pair, f"{path}/{number}")
        ]
    return [] if ours == theirs else [f"{path}: we have {ours!r}, PostgreSQL has {theirs!r}"]
