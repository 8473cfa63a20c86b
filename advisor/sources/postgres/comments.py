"""Comments on what is neither a table nor a column. In: pg_description. Out: the model's comments, with names as SQL writes them.

An extension brings a comment of its own, and so does the schema `public`: these nobody wrote. `pg_identify_object` looks past the
transaction's snapshot: of what was dropped since it says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from advisor.model import Comment, Function
from advisor.sources.postgres.session import Row, Session

COMMENTS = """
    SELECT i.type AS kind, coalesce({aggregate}, i.identity) AS identity, d.description AS text,
           CASE WHEN d.classoid = 'pg_proc'::regclass THEN d.objoid END AS routine
    FROM pg_description d
    LEFT JOIN pg_class c ON d.classoid = 'pg_class'::regclass AND c.oid = d.objoid
    LEFT JOIN pg_proc p ON d.classoid = 'pg_proc'::regclass AND p.oid = d.objoid AND p.prokind = 'a'
    LEFT JOIN pg_extension e ON d.classoid = 'pg_extension'::regclass AND e.oid = d.objoid
    LEFT JOIN pg_available_extensions() AS v ON v.name = e.extname
    CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i
    LEFT JOIN pg_namespace n ON n.nspname = i.schema
    WHERE i.identity IS NOT NULL AND d.objoid >= 16384 AND d.objsubid = 0 AND (c.oid IS NULL OR c.relkind IN ('i', 'I', 'S'))
          AND (n.oid IS NULL OR ({user_schema}))
          AND (e.oid IS NULL OR d.description IS DISTINCT FROM v.comment)
          AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = d.classoid AND x.objid = d.objoid AND x.deptype = 'e')
    UNION ALL
    SELECT 'schema', n.nspname::text, obj_description(n.oid, 'pg_namespace'), NULL FROM pg_namespace n
    WHERE n.nspname = 'public' AND {user_schema}
          AND obj_description(n.oid, 'pg_namespace') IS DISTINCT FROM 'standard public schema'
          AND obj_description(n.oid, 'pg_namespace') IS NOT NULL
    ORDER BY 1, 2
"""

# Its arguments as they are printed everywhere else, and `*` where it has none.
AGGREGATE = """n.nspname || '.' || p.proname || '(' || coalesce((SELECT string_agg(format_type(x.type, NULL), ', ' ORDER BY x.place)
    FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS x (type, place)), '*') || ')'"""

KINDS = {
    "table constraint": "constraint",
    "domain constraint": "constraint",
    "statistics object": "statistics",
    "foreign-data wrapper": "foreign data wrapper",
    "composite type": "type",
}
"""What COMMENT ON calls the kinds of objects that `pg_identify_object` names otherwise."""

OF_TABLES = frozenset({"constraint", "trigger", "policy", "rule"})
"""What is named together with its table."""


def read_comments(session: Session, functions: Mapping[int, Function]) -> tuple[Comment, ...]:
    query = COMMENTS.replace("{aggregate}", AGGREGATE)
    return tuple(comment_of(row, functions) for row in session.rows(query, "comments"))


def comment_of(row: Row, functions: Mapping[int, Function]) -> Comment:
    kind: str = row["kind"]
    return Comment(KINDS.get(kind, kind), named_in_full(kind, row["identity"], functions.get(row["routine"])), row["text"])


def named_in_full(kind: str, identity: str, function: Function | None) -> str:
    """The name of an object as COMMENT ON takes it: `posts_pkey ON public.posts`."""
    if function is not None:
        return function.signature
    name, on, place = identity.rpartition(" on ")
    if on and KINDS.get(kind, kind) in OF_TABLES:
        return f"{name} ON {'DOMAIN ' if kind == 'domain constraint' else ''}{place}"
    return identity
