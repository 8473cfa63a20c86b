"""Functions and procedures. In: pg_proc. Out: the model's functions, by their oids. Aggregates are definitions, see there."""

from __future__ import annotations

from typing import Literal

from advisor.model import Argument, Function, Name
from advisor.sources.postgres.expressions import read_list
from advisor.sources.postgres.session import Row, Session, not_of_extension

FUNCTIONS = """
    SELECT p.oid, n.nspname::text AS schema, p.proname::text AS name, p.prokind::text AS kind, l.lanname::text AS language,
           format_type(p.prorettype, NULL) AS returns, p.proretset AS returns_set, p.provolatile::text AS volatility,
           p.proisstrict AS strict, p.proleakproof AS leakproof, p.prosecdef AS security_definer, p.proparallel::text AS parallel,
           p.proconfig AS settings, p.procost AS cost, p.prorows AS rows, nullif(p.prosupport::oid, 0)::regproc::text AS support,
           p.prosrc AS body, p.probin AS object_file, {sql_body} AS sql_body,
           ARRAY(SELECT format_type(x.type, NULL) FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY
                 AS x (type, place) ORDER BY x.place) AS types,
           p.proargmodes::text[] AS modes, p.proargnames AS names, pg_get_expr(p.proargdefaults, 0) AS defaults
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
    WHERE p.prokind IN ('f', 'p', 'w') AND {user_schema} AND {own} AND {made}
    ORDER BY p.oid
"""

# The constructors of range types come with these (an internal dependency of the function on the type).
MADE_BY_ITSELF = """NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 'pg_proc'::regclass AND i.objid = p.oid
    AND i.deptype = 'i' AND i.refclassid = 'pg_type'::regclass)"""

MODES: dict[str, Literal["in", "out", "inout", "variadic", "table"]] = {
    "i": "in",
    "o": "out",
    "b": "inout",
    "v": "variadic",
    "t": "table",
}
KINDS: dict[str, Literal["function", "procedure", "window"]] = {"f": "function", "p": "procedure", "w": "window"}
VOLATILITIES: dict[str, Literal["immutable", "stable", "volatile"]] = {"i": "immutable", "s": "stable", "v": "volatile"}
PARALLEL: dict[str, Literal["safe", "restricted", "unsafe"]] = {"s": "safe", "r": "restricted", "u": "unsafe"}
COMPILED = ("c", "internal")


def read_functions(session: Session) -> dict[int, Function]:
    query = FUNCTIONS.replace("{sql_body}", session.since(14, "pg_get_function_sqlbody(p.oid)"))
    query = query.replace("{own}", not_of_extension("pg_proc", "p.oid")).replace("{made}", MADE_BY_ITSELF)
    return {row["oid"]: function_of(row, session) for row in session.rows(query, "functions")}


def function_of(row: Row, session: Session) -> Function:
    compiled = row["language"] in COMPILED
    usual_cost, usual_rows = (1 if compiled else 100), (1000 if row["returns_set"] else 0)
    return Function(
        name=Name(row["schema"], row["name"]),
        arguments=arguments_of(row),
        location=session.location,
        language=row["language"],
        returns=None if row["kind"] == "p" else row["returns"],
        returns_set=row["returns_set"],
        kind=KINDS[row["kind"]],
        volatility=VOLATILITIES[row["volatility"]],
        strict=row["strict"],
        leakproof=row["leakproof"],
        security_definer=row["security_definer"],
        parallel=PARALLEL[row["parallel"]],
        settings=tuple(row["settings"] or ()),
        cost=f"{row['cost']:g}" if row["cost"] != usual_cost else None,
        rows=f"{row['rows']:g}" if row["rows"] != usual_rows else None,
        support=row["support"],
        body=row["object_file"] if row["language"] == "c" else row["body"] or "",
        symbol=row["body"] if row["language"] == "c" else None,
        sql_body=row["sql_body"],
    )


def arguments_of(row: Row) -> tuple[Argument, ...]:
    """Arguments with their names and modes; defaults belong to the last of those that a call gives."""
    types = row["types"]
    modes = [MODES[mode] for mode in row["modes"] or ["i"] * len(types)]
    names = row["names"] or [""] * len(types)
    given = [place for place, mode in enumerate(modes) if mode in ("in", "inout", "variadic")]
    values = read_list(row["defaults"])
    defaults = dict(zip(given[len(given) - len(values) :], values, strict=False)) if values else {}
    return tuple(
        Argument(type_name, name or None, mode, defaults.get(place))
        for place, (type_name, mode, name) in enumerate(zip(types, modes, names, strict=True))
    )
