"""Writes what PostgreSQL has built in, as the types of views' columns need it. In: a connection string. Out: a JSON file.

    python scripts/builtin_catalog.py "host=/tmp user=postgres dbname=postgres"

Types are named as `format_type` names them. `advisor/sources/sql/views/builtins.py` reads the file and says what its parts mean.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import psycopg

TARGET = Path(__file__).parents[1] / "advisor" / "sources" / "sql" / "views" / "builtin_catalog.json"

TYPES = """
    SELECT format_type(t.oid, NULL), t.typname, t.typcategory::text, t.typispreferred, t.typstorage::text, c.collname,
           CASE WHEN t.typsubscript = 'array_subscript_handler'::regproc THEN format_type(t.typelem, NULL) END,
           format_type(r.rngsubtype, NULL), format_type(m.rngsubtype, NULL), format_type(r.rngmultitypid, NULL)
    FROM pg_type t LEFT JOIN pg_collation c ON c.oid = t.typcollation
    LEFT JOIN pg_range r ON r.rngtypid = t.oid LEFT JOIN pg_range m ON m.rngmultitypid = t.oid
    WHERE t.typnamespace = 'pg_catalog'::regnamespace AND (t.typrelid = 0 OR t.typname = 'record') AND t.typname !~ '^_'
    ORDER BY 1
"""

CASTS = """
    SELECT format_type(castsource, NULL), format_type(casttarget, NULL) FROM pg_cast
    WHERE castcontext = 'i' AND castsource <> casttarget ORDER BY 1, 2
"""

FUNCTIONS = """
    SELECT p.proname, ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) t), format_type(p.prorettype, NULL), p.proretset,
           p.prokind::text, format_type(nullif(p.provariadic, 0), NULL), p.pronargdefaults,
           ARRAY(SELECT ARRAY[n, format_type(t, NULL)]
                 FROM unnest(p.proargnames, p.proallargtypes, p.proargmodes) o (n, t, m) WHERE m IN ('o', 'b', 't'))
    FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace
    AND NOT ('{internal,cstring}'::regtype[] && (p.proargtypes::oid[] || p.prorettype)::regtype[]) ORDER BY 1, p.oid
"""

OPERATORS = """
    SELECT oprname, format_type(nullif(oprleft, 0), NULL), format_type(oprright, NULL), format_type(oprresult, NULL)
    FROM pg_operator WHERE oprnamespace = 'pg_catalog'::regnamespace ORDER BY 1, oid
"""

RELATIONS = """
    SELECT n.nspname || '.' || c.relname, array_agg(ARRAY[a.attname, format_type(a.atttypid, a.atttypmod)] ORDER BY a.attnum)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE n.nspname IN ('pg_catalog', 'information_schema') AND c.relkind IN ('r', 'v') AND a.attnum > 0 GROUP BY 1 ORDER BY 1
"""


def by_name(rows: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for name, *rest in rows:
        found[name].append(rest)
    return found


def read(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    def rows(query: str) -> list[tuple[Any, ...]]:
        return connection.execute(query).fetchall()

    return {
        "types": {name: rest for name, *rest in rows(TYPES)},
        "implicit_casts": by_name(rows(CASTS)),
        "functions": by_name(rows(FUNCTIONS)),
        "operators": by_name(rows(OPERATORS)),
        "relations": dict(rows(RELATIONS)),
    }


def write(connection_string: str) -> None:
    with psycopg.connect(connection_string) as connection:
        found = read(connection)
    lines = [
        f"{json.dumps(part)}: {{\n"
        + ",\n".join(f"{json.dumps(name)}: {json.dumps(value, separators=(',', ':'))}" for name, value in values.items())
        + "\n}"
        for part, values in found.items()
    ]
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    write(sys.argv[1])
