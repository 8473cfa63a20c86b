"""More relations in one join than the planner orders by itself.

## Why it matters
Up to `from_collapse_limit` and `join_collapse_limit` relations, 8 by default, the planner tries every order of joining
them. Above that it keeps the order in which explicit JOINs are written, good or bad, and from `geqo_threshold`, 12 on, it
searches by chance (the genetic optimizer), so that the plan of one query differs from one day to the next. Each row
count in a chain of joins is an estimate made of estimates: after a dozen, the planner knows nothing.

## When it is fine
Joins by primary keys to small look-up tables cost little each, however many. A report that runs at night may take its
time.

## What to do
Fetch what belongs to one screen in two queries, by key; materialise the common part; or fetch lists of children as JSON
by LATERAL subqueries, so that rows are not multiplied. Where the order is known, write it as explicit JOINs and leave
`join_collapse_limit` as it is.

## Sources
- PostgreSQL documentation, "Controlling the Planner with Explicit JOIN Clauses"; `join_collapse_limit`,
  `from_collapse_limit` and `geqo_threshold` in "Query Planning"; "Genetic Query Optimizer"
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.model import Query
from advisor.rule import Finding, Options, Severity, rule, sql, typescript

from ._parts import parts_of, subject

JOINS = "\n".join(f"JOIN t{number} ON t{number}.id = t0.t{number}_id" for number in range(1, 14))
POOL = "import { Pool } from 'pg';\nconst pool = new Pool();\n"
BAD = [
    sql(f"SELECT t0.id FROM t0\n{JOINS};", "queries.sql"),
    typescript(f"{POOL}export const all = () => pool.query(`SELECT 1 FROM t0\n{JOINS}`);\n"),
    sql(f"WITH wide AS (SELECT t0.id FROM t0\n{JOINS}) SELECT * FROM wide;", "queries.sql"),
]
GOOD = [
    sql("SELECT a.id FROM a JOIN b ON b.id = a.b_id JOIN c ON c.id = a.c_id;", "queries.sql"),
    sql("SELECT 1 FROM t0\n" + "\n".join(JOINS.splitlines()[:11]) + ";", "queries.sql"),
    sql(f"SELECT t0.id FROM t0\n{JOINS};", "migrations/2_report/migration.sql"),
    sql("SELECT a.id FROM a, generate_series(1, 20) s (n) WHERE a.id = s.n;", "queries.sql"),
    sql(" UNION ALL ".join(f"SELECT id FROM a JOIN t{number} USING (id)" for number in range(14)) + ";", "queries.sql"),
]


@dataclass(frozen=True)
class JoinOptions(Options):
    """How many relations one SELECT may join."""

    max_relations: int = 12
    """Relations that may be joined; from geqo_threshold (12) on, the planner no longer tries every order."""


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def too_many_joins(query: Query, options: JoinOptions) -> Iterator[Finding]:
    for part in parts_of(query):
        count = sum(relation.kind != "function" for relation in part.relations)
        if count > options.max_relations:
            yield Finding(
                at=part.location,
                subject=subject(query, f"{count} relations from {part.relations[0].alias}"),
                message=f"{count} relations are joined at once: above {options.max_relations} not every order of joining is tried",
            )
