"""What stands in a database at the moment. In: a connection. Out: names, so that the next statement can speak of what is there.

Asked of the server's catalogs before each statement: what a CASCADE took away or a rename moved is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

QUERY = """
WITH ours AS (SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema')
SELECT
  current_schemas(false)::text[],
  (SELECT array_agg(nspname::text ORDER BY nspname) FROM ours),
  (SELECT json_agg(json_build_array(nspname, relname, relkind, relispartition,
      (SELECT json_agg(json_build_array(attname, format_type(atttypid, atttypmod), attidentity) ORDER BY attnum)
       FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped),
      (SELECT json_build_array(n.nspname, t.relname) FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
       JOIN ours n ON n.oid = t.relnamespace WHERE i.indexrelid = c.oid),
      (SELECT json_build_array(n.nspname, t.relname) FROM pg_inherits i JOIN pg_class t ON t.oid = i.inhparent
       JOIN ours n ON n.oid = t.relnamespace WHERE i.inhrelid = c.oid LIMIT 1)) ORDER BY nspname, relname)
   FROM pg_class c JOIN ours o ON o.oid = relnamespace WHERE relkind <> 'c'),
  (SELECT json_agg(json_build_array(nspname, relname, conname, contype) ORDER BY nspname, relname, conname)
   FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid JOIN ours o ON o.oid = relnamespace),
  (SELECT json_agg(json_build_array(nspname, typname, typtype) ORDER BY nspname, typname)
   FROM pg_type t JOIN ours o ON o.oid = typnamespace
   WHERE typtype IN ('d', 'e', 'r') OR typrelid IN (SELECT oid FROM pg_class WHERE relkind = 'c')),
  (SELECT json_agg(json_build_array(nspname, typname, conname) ORDER BY nspname, typname, conname)
   FROM pg_constraint k JOIN pg_type t ON t.oid = contypid JOIN ours o ON o.oid = typnamespace),
  (SELECT json_agg(json_build_array(nspname, proname, pg_get_function_identity_arguments(p.oid), prokind)
      ORDER BY nspname, proname, pg_get_function_identity_arguments(p.oid))
   FROM pg_proc p JOIN ours o ON o.oid = pronamespace
   WHERE p.oid >= 16384 AND NOT EXISTS (
     SELECT FROM pg_depend d WHERE (d.classid, d.objid, d.deptype) = ('pg_proc'::regclass, p.oid, 'i')
        OR (d.classid, d.objid, d.deptype) = ('pg_proc'::regclass, p.oid, 'e'))),
  (SELECT json_agg(json_build_array(nspname, relname, tgname) ORDER BY nspname, relname, tgname)
   FROM pg_trigger k JOIN pg_class c ON c.oid = tgrelid JOIN ours o ON o.oid = relnamespace WHERE NOT tgisinternal),
  (SELECT json_agg(json_build_array(nspname, relname, polname) ORDER BY nspname, relname, polname)
   FROM pg_policy k JOIN pg_class c ON c.oid = polrelid JOIN ours o ON o.oid = relnamespace),
  (SELECT json_agg(json_build_array(nspname, stxname) ORDER BY nspname, stxname)
   FROM pg_statistic_ext JOIN ours o ON o.oid = stxnamespace),
  (SELECT json_agg(json_build_array(nspname, typname, enumlabel) ORDER BY nspname, typname, enumsortorder)
   FROM pg_enum e JOIN pg_type t ON t.oid = enumtypid JOIN ours o ON o.oid = typnamespace)
"""

Place = tuple[str, str]
"""A schema and a name in it."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation with its columns (name, type, identity), the table that it is an index of, and its first parent."""

    place: Place
    kind: str
    is_partition: bool
    columns: tuple[tuple[str, str, str], ...]
    indexed: Place | None
    parent: Place | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything that has a name. Parts of a relation or type come with its place."""

    path: tuple[str, ...]
    schemas: tuple[str, ...]
    relations: tuple[Relation, ...]
    constraints: tuple[tuple[Place, str, str], ...]
    types: tuple[tuple[Place, str], ...]
    type_constraints: tuple[tuple[Place, str], ...]
    functions: tuple[tuple[Place, str, str], ...]
    triggers: tuple[tuple[Place, str], ...]
    policies: tuple[tuple[Place, str], ...]
    statistics: tuple[Place, ...]
    labels: tuple[tuple[Place, str], ...]


def what_stands(connection: Any) -> Standing:
    row = connection.execute(QUERY).fetchone()
    path, schemas, relations, constraints, types, type_constraints, functions, triggers, policies, statistics, labels = (
        part or [] for part in row
    )
    return Standing(
        tuple(path),
        tuple(schemas),
        tuple(
            Relation((schema, name), kind, partition, tuple(map(tuple, columns or ())), place(table), place(parent))
            for schema, name, kind, partition, columns, table, parent in relations
        ),
        tuple(((schema, table), name, kind) for schema, table, name, kind in constraints),
        tuple(((schema, name), kind) for schema, name, kind in types),
        tuple(((schema, name), constraint) for schema, name, constraint in type_constraints),
        tuple(((schema, name), arguments, kind) for schema, name, arguments, kind in functions),
        tuple(((schema, table), name) for schema, table, name in triggers),
        tuple(((schema, table), name) for schema, table, name in policies),
        tuple((schema, name) for schema, name in statistics),
        tuple(((schema, name), label) for schema, name, label in labels),
    )


def place(found: list[str] | None) -> Place | None:
    return (found[0], found[1]) if found else None
