"""Extended statistics. In: pg_statistic_ext. Out: the model's statistics, by the oid of their table."""

from __future__ import annotations

from advisor.model import Name, Statistics
from advisor.sources.postgres.expressions import read_expression
from advisor.sources.postgres.session import Session

STATISTICS = """
    SELECT s.stxrelid AS relation, n.nspname::text AS schema, s.stxname::text AS name,
           cn.nspname::text AS table_schema, c.relname::text AS table_name, s.stxkind::text[] AS kinds, {target} AS target,
           ARRAY(SELECT a.attname::text FROM unnest(s.stxkeys::smallint[]) WITH ORDINALITY AS k (number, place)
                 JOIN pg_attribute a ON a.attrelid = s.stxrelid AND a.attnum = k.number ORDER BY k.place) AS columns,
           {expressions} AS expressions
    FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
    JOIN pg_class c ON c.oid = s.stxrelid JOIN pg_namespace cn ON cn.oid = c.relnamespace
    WHERE {user_schema}
    ORDER BY s.oid
"""

KINDS = {"d": "ndistinct", "f": "dependencies", "m": "mcv"}


def read_statistics(session: Session) -> dict[int, list[Statistics]]:
    target = session.since(13, "nullif(s.stxstattarget::integer, -1)")
    expressions = session.since(14, "pg_get_statisticsobjdef_expressions(s.oid)", "NULL::text[]")
    found: dict[int, list[Statistics]] = {}
    query = STATISTICS.replace("{target}", target).replace("{expressions}", expressions)
    for row in session.rows(query, "extended statistics"):
        statistics = Statistics(
            name=Name(row["schema"], row["name"]),
            table=Name(row["table_schema"], row["table_name"]),
            kinds=tuple(KINDS[kind] for kind in row["kinds"] if kind in KINDS),
            location=session.location,
            columns=tuple(row["columns"]),
            expressions=tuple(read_expression(text) for text in row["expressions"] or ()),
            target=row["target"],
        )
        found.setdefault(row["relation"], []).append(statistics)
    return found
