"""Types of the user's own, and collations. In: pg_type, pg_enum, pg_range, pg_collation. Out: the model's values."""

from __future__ import annotations

from advisor.model import Collation, Column, CompositeType, Domain, Enum, Name, RangeType
from advisor.sources.postgres.columns import dotted
from advisor.sources.postgres.constraints import Constraints
from advisor.sources.postgres.expressions import read_optional
from advisor.sources.postgres.session import Row, Session, not_of_extension
from advisor.sources.sql.text.quoting import quote_string

ENUMS = """
    SELECT n.nspname::text AS schema, t.typname::text AS name,
           ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS labels
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE t.typtype = 'e' AND {user_schema} AND {own} ORDER BY t.oid
"""

DOMAINS = """
    SELECT t.oid, n.nspname::text AS schema, t.typname::text AS name, format_type(t.typbasetype, t.typtypmod) AS type,
           t.typnotnull AS required, pg_get_expr(t.typdefaultbin, 0) AS value,
           CASE WHEN t.typcollation <> b.typcollation THEN l.collname::text END AS collation,
           CASE WHEN NOT pg_collation_is_visible(l.oid) THEN ln.nspname::text END AS collation_schema
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_type b ON b.oid = t.typbasetype
    LEFT JOIN pg_collation l ON l.oid = t.typcollation LEFT JOIN pg_namespace ln ON ln.oid = l.collnamespace
    WHERE t.typtype = 'd' AND {user_schema} AND {own} ORDER BY t.oid
"""

COMPOSITES = """
    SELECT c.oid, n.nspname::text AS schema, t.typname::text AS name
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'
    WHERE t.typtype = 'c' AND {user_schema} AND {own} ORDER BY t.oid
"""

RANGES = """
    SELECT n.nspname::text AS schema, t.typname::text AS name, format_type(r.rngsubtype, NULL) AS subtype,
           mn.nspname::text AS multirange_schema, m.typname::text AS multirange,
           CASE WHEN NOT o.opcdefault THEN o.opcname::text END AS subtype_opclass,
           CASE WHEN r.rngcollation <> s.typcollation THEN quote_ident(l.collname) END AS collation,
           nullif(r.rngcanonical::oid, 0)::regproc::text AS canonical, nullif(r.rngsubdiff::oid, 0)::regproc::text AS subtype_diff
    FROM pg_range r JOIN pg_type t ON t.oid = r.rngtypid JOIN pg_namespace n ON n.oid = t.typnamespace
    JOIN pg_type s ON s.oid = r.rngsubtype JOIN pg_opclass o ON o.oid = r.rngsubopc
    LEFT JOIN pg_collation l ON l.oid = r.rngcollation
    LEFT JOIN pg_type m ON m.oid = {multirange} LEFT JOIN pg_namespace mn ON mn.oid = m.typnamespace
    WHERE {user_schema} AND {own} ORDER BY t.oid
"""

COLLATIONS = """
    SELECT n.nspname::text AS schema, l.collname::text AS name, l.collprovider::text AS provider, l.collcollate AS collate,
           l.collctype AS ctype, {locale} AS locale, l.collisdeterministic AS deterministic, {rules} AS rules
    FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace
    WHERE {user_schema} AND {own} ORDER BY l.oid
"""

RANGE_OPTIONS = ("subtype_opclass", "collation", "canonical", "subtype_diff")
PROVIDERS = {"i": "icu", "b": "builtin"}


def read_enums(session: Session) -> tuple[Enum, ...]:
    rows = session.rows(ENUMS.replace("{own}", not_of_extension("pg_type", "t.oid")), "enums")
    return tuple(Enum(Name(row["schema"], row["name"]), tuple(row["labels"]), session.location) for row in rows)


def read_domains(session: Session, constraints: Constraints) -> tuple[Domain, ...]:
    rows = session.rows(DOMAINS.replace("{own}", not_of_extension("pg_type", "t.oid")), "domains")
    return tuple(
        Domain(
            name=Name(row["schema"], row["name"]),
            type=row["type"],
            location=session.location,
            nullable=not row["required"],
            not_null_name=constraints.domain_not_nulls.get(row["oid"]),
            default=read_optional(row["value"]),
            collation=dotted(row["collation_schema"], row["collation"]),
            checks=tuple(constraints.domain_checks.get(row["oid"], ())),
        )
        for row in rows
    )


def read_composites(session: Session, columns: dict[int, list[Column]]) -> tuple[CompositeType, ...]:
    rows = session.rows(COMPOSITES.replace("{own}", not_of_extension("pg_type", "t.oid")), "composite types")
    return tuple(
        CompositeType(Name(row["schema"], row["name"]), tuple(columns.get(row["oid"], ())), session.location) for row in rows
    )


def read_ranges(session: Session) -> tuple[RangeType, ...]:
    query = RANGES.replace("{multirange}", session.since(14, "r.rngmultitypid", "0"))
    found = []
    for row in session.rows(query.replace("{own}", not_of_extension("pg_type", "t.oid")), "range types"):
        options = tuple(f"{option} = {row[option]}" for option in RANGE_OPTIONS if row[option])
        multirange = Name(row["multirange_schema"] or row["schema"], row["multirange"] or multirange_name(row["name"]))
        found.append(RangeType(Name(row["schema"], row["name"]), row["subtype"], multirange, session.location, options))
    return tuple(found)


def multirange_name(name: str) -> str:
    """The name that version 14 and later give: `range` becomes `multirange`, or that is added (`makeMultirangeTypeName`)."""
    return name.replace("range", "multirange", 1) if "range" in name else f"{name}_multirange"


def read_collations(session: Session) -> tuple[Collation, ...]:
    older = session.since(15, "l.colliculocale", "CASE WHEN l.collprovider = 'i' THEN l.collcollate::text END")
    query = COLLATIONS.replace("{locale}", session.since(17, "l.colllocale", older))
    query = query.replace("{rules}", session.since(16, "l.collicurules"))
    rows = session.rows(query.replace("{own}", not_of_extension("pg_collation", "l.oid")), "collations")
    return tuple(Collation(Name(row["schema"], row["name"]), collation_options(row), session.location) for row in rows)


def collation_options(row: Row) -> tuple[str, ...]:
    words = []
    if row["provider"] in PROVIDERS:
        words.append(f"provider = {PROVIDERS[row['provider']]}")
        words.append(f"locale = {quote_string(row['locale'])}")
    elif row["collate"] == row["ctype"]:
        words.append(f"locale = {quote_string(row['collate'])}")
    else:
        words += [f"lc_collate = {quote_string(row['collate'])}", f"lc_ctype = {quote_string(row['ctype'])}"]
    if not row["deterministic"]:
        words.append("deterministic = false")
    if row["rules"]:
        words.append(f"rules = {quote_string(row['rules'])}")
    return tuple(words)
