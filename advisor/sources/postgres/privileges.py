"""Privileges. In: the access lists of all kinds of objects. Out: grants beyond PostgreSQL's own defaults, and what was taken away.

An access list that is NULL is the default one (`acldefault`). What `initdb` gave (`pg_init_privs`: USAGE on schema public) counts
as default too. An owner's own privileges are not listed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from advisor.model import DefaultGrant, Function, Grant
from advisor.model.schema.privileges import ObjectKind
from advisor.sources.postgres.session import Row, Session, not_of_extension

ACCESS_LISTS = """
    WITH objects (kind, object, routine, part, owner, list, usual) AS (
        SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, n.nspname || '.' || c.relname, NULL::oid, NULL::text,
               c.relowner, c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relacl IS NOT NULL AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND {user_schema} AND {own_class}
        UNION ALL
        SELECT 'table', n.nspname || '.' || c.relname, NULL, a.attname::text, c.relowner, a.attacl, NULL
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND {user_schema} AND {own_class}
        UNION ALL
        SELECT 'function', CASE p.prokind WHEN 'a' THEN n.nspname || '.' || p.proname || '(' || {types} || ')' END,
               CASE WHEN p.prokind <> 'a' THEN p.oid END, NULL, p.proowner, p.proacl, acldefault('f', p.proowner)
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE p.proacl IS NOT NULL AND {user_schema} AND {own_proc}
        UNION ALL
        SELECT 'type', n.nspname || '.' || t.typname, NULL, NULL, t.typowner, t.typacl, acldefault('T', t.typowner)
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE t.typacl IS NOT NULL AND (t.typcategory <> 'A' OR t.typtype = 'd') AND {user_schema} AND {own_type}
              AND NOT EXISTS (SELECT FROM pg_class r WHERE r.oid = t.typrelid AND r.relkind <> 'c')
        UNION ALL
        SELECT 'schema', n.nspname::text, NULL, NULL, n.nspowner, n.nspacl, coalesce(
                   (SELECT i.initprivs FROM pg_init_privs i WHERE i.classoid = 'pg_namespace'::regclass AND i.objoid = n.oid),
                   acldefault('n', n.nspowner))
        FROM pg_namespace n WHERE n.nspacl IS NOT NULL AND {user_schema} AND {own_namespace}
        UNION ALL
        SELECT 'database', d.datname::text, NULL, NULL, d.datdba, d.datacl, acldefault('d', d.datdba)
        FROM pg_database d WHERE d.datname = current_database() AND d.datacl IS NOT NULL
        UNION ALL
        SELECT 'language', l.lanname::text, NULL, NULL, l.lanowner, l.lanacl, acldefault('l', l.lanowner)
        FROM pg_language l WHERE l.lanacl IS NOT NULL
        UNION ALL
        SELECT 'foreign data wrapper', w.fdwname::text, NULL, NULL, w.fdwowner, w.fdwacl, acldefault('F', w.fdwowner)
        FROM pg_foreign_data_wrapper w WHERE w.fdwacl IS NOT NULL
        UNION ALL
        SELECT 'foreign server', s.srvname::text, NULL, NULL, s.srvowner, s.srvacl, acldefault('S', s.srvowner)
        FROM pg_foreign_server s WHERE s.srvacl IS NOT NULL
    )
    SELECT o.kind, o.object, o.routine, o.part, x.usual, x.privilege_type AS privilege,
           CASE x.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(x.grantee)::text END AS grantee,
           bool_or(x.is_grantable) AS grantable
    FROM objects o CROSS JOIN LATERAL (
        SELECT false AS usual, a.* FROM aclexplode(o.list) a UNION ALL SELECT true, a.* FROM aclexplode(o.usual) a
    ) x
    WHERE x.grantee <> o.owner AND NOT (x.usual AND x.grantee = x.grantor)
    GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 4, 7, 6
"""

AGGREGATE_TYPES = """coalesce((SELECT string_agg(format_type(x.type, NULL), ', ' ORDER BY x.place)
    FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS x (type, place)), '')"""

DEFAULT_LISTS = """
    SELECT d.defaclobjtype::text AS kind, nullif(pg_get_userbyid(d.defaclrole)::text, current_user::text) AS role,
           n.nspname::text AS schema, x.usual, x.privilege_type AS privilege,
           CASE x.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(x.grantee)::text END AS grantee,
           bool_or(x.is_grantable) AS grantable
    FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
    CROSS JOIN LATERAL (
        SELECT false AS usual, a.* FROM aclexplode(d.defaclacl) a
        UNION ALL
        SELECT true, a.*
        FROM aclexplode(acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole)) a
        WHERE d.defaclnamespace = 0
    ) x
    WHERE x.grantee <> d.defaclrole AND (n.oid IS NULL OR ({user_schema}))
    GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 3, 6, 5
"""

DEFAULT_KINDS: dict[str, ObjectKind] = {"r": "table", "S": "sequence", "f": "function", "T": "type", "n": "schema"}


class Privileges(Struct, frozen=True):
    """Grants, what was taken from everybody, and what will be given on objects that are yet to be made."""

    grants: tuple[Grant, ...]
    revoked: tuple[Grant, ...]
    default_grants: tuple[DefaultGrant, ...]


def read_privileges(session: Session, functions: Mapping[int, Function]) -> Privileges:
    query = ACCESS_LISTS.replace("{types}", AGGREGATE_TYPES)
    for word, catalog, oid in (
        ("{own_class}", "pg_class", "c.oid"),
        ("{own_proc}", "pg_proc", "p.oid"),
        ("{own_type}", "pg_type", "t.oid"),
        ("{own_namespace}", "pg_namespace", "n.oid"),
    ):
        query = query.replace(word, not_of_extension(catalog, oid))
    rows = session.rows(query, "privileges")
    grants, revoked = beyond_the_usual([row for row in rows if row["routine"] is None or row["routine"] in functions])
    return Privileges(
        tuple(grant_of(row, functions) for row in grants),
        tuple(grant_of(row, functions) for row in revoked),
        read_default_grants(session),
    )


def beyond_the_usual(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """What an access list has and the usual one has not, and the other way round."""

    def key(row: Row) -> tuple[object, ...]:
        return tuple(value for name, value in row.items() if name not in ("usual", "grantable"))

    given = {key(row): row for row in rows if not row["usual"]}
    usual = {key(row): row for row in rows if row["usual"]}
    more = [row for found, row in given.items() if found not in usual or (row["grantable"] and not usual[found]["grantable"])]
    return more, [row for found, row in usual.items() if found not in given]


def grant_of(row: Row, functions: Mapping[int, Function]) -> Grant:
    name = row["object"] if row["routine"] is None else functions[row["routine"]].signature
    return Grant(row["kind"], name, row["privilege"], row["grantee"], row["part"], row["grantable"])


def read_default_grants(session: Session) -> tuple[DefaultGrant, ...]:
    given, taken = beyond_the_usual(session.rows(DEFAULT_LISTS, "default privileges"))
    found = [(row, False) for row in given] + [(row, True) for row in taken]
    return tuple(
        DefaultGrant(
            DEFAULT_KINDS[row["kind"]], row["privilege"], row["grantee"], row["role"], row["schema"],
            row["grantable"] and not revoked, revoked,
        )
        for row, revoked in found
        if row["kind"] in DEFAULT_KINDS
    )  # fmt: skip
