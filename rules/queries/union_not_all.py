"""UNION where the branches have no row in common.

## Why it matters
UNION removes duplicates: PostgreSQL gathers all rows of all branches and sorts or hashes them before it returns the first one.
Where a constant tells the branches apart (`'order' AS kind`), there is nothing to remove. UNION ALL passes rows on as they
come; with an ORDER BY and a LIMIT on top it reads only as many as are wanted.

## When it is fine
A branch may hold duplicates itself, which UNION removes as well: then UNION ALL gives more rows. So the finding is certain
only where each branch gives a unique key of its table, or has its own DISTINCT or GROUP BY, and a possibility elsewhere.

## What to do
UNION ALL.

## Sources
- PostgreSQL documentation, "Combining Queries (UNION, INTERSECT, EXCEPT)": UNION eliminates duplicate rows from its
  result, in the same way as DISTINCT, unless UNION ALL is used
"""

from collections.abc import Iterator

from advisor.model import Part, Query, Schema
from advisor.remedies import RewriteCode
from advisor.rule import Confidence, Finding, Severity, rule, sql, typescript

from ._parts import parts_of, subject, table_of

SCHEMA = sql("""
    CREATE TABLE orders (id int PRIMARY KEY, status text NOT NULL, placed_at timestamptz NOT NULL);
    CREATE TABLE returns (id int PRIMARY KEY, placed_at timestamptz NOT NULL);
""")
BAD = [
    SCHEMA + sql("SELECT id, 'order' AS kind FROM orders UNION SELECT id, 'return' FROM returns;", "queries.sql"),
    SCHEMA + sql("SELECT id FROM orders WHERE status = 'open' UNION SELECT id FROM orders WHERE status = 'late';", "queries.sql"),
    SCHEMA
    + sql("SELECT 'order', placed_at FROM orders UNION SELECT 'return', placed_at FROM returns ORDER BY 2 LIMIT 5;", "queries.sql"),
    typescript("""
        import { Pool } from 'pg';
        const pool = new Pool();
        export const feed = () => pool.query("SELECT id, 'post' AS kind FROM posts UNION SELECT id, 'note' AS kind FROM notes");
    """),
]
GOOD = [
    SCHEMA + sql("SELECT id, 'order' AS kind FROM orders UNION ALL SELECT id, 'return' FROM returns;", "queries.sql"),
    SCHEMA + sql("SELECT id FROM orders UNION SELECT id FROM returns;", "queries.sql"),
    SCHEMA + sql("SELECT id, 'x' AS kind FROM orders UNION SELECT id, 'x' FROM returns;", "queries.sql"),
    SCHEMA + sql("SELECT id FROM orders WHERE status = 'open' UNION SELECT id FROM orders WHERE placed_at > now();", "queries.sql"),
    SCHEMA + sql("SELECT id FROM orders WHERE status = 'open' UNION SELECT id FROM returns WHERE id = 5;", "queries.sql"),
    SCHEMA + sql("SELECT id, 1 AS n FROM orders EXCEPT SELECT id, 2 FROM returns;", "queries.sql"),
]


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def union_not_all(query: Query, schema: Schema | None) -> Iterator[Finding]:
    for number, part in enumerate(parts_of(query)):
        branches = [one for one in query.parts if one.around == number and one.role == "branch"]
        if part.operation != "union" or len(branches) != 2 or any(one.operation is not None for one in branches):
            continue
        apart = told_apart(branches[0], branches[1])
        if apart is None:
            continue
        certain = all(has_no_duplicates(one, schema) for one in branches)
        yield Finding(
            at=part.operation_at or part.location,
            subject=subject(query, "UNION"),
            message=f"{apart}, so that no row is in both: UNION looks for duplicates that cannot be"
            + ("" if certain else ", unless within one branch"),
            remedy=RewriteCode("Write UNION ALL", query.location, "UNION ALL", "sql"),
            confidence=Confidence.CERTAIN if certain else Confidence.POSSIBLE,
        )


def told_apart(first: Part, second: Part) -> str | None:
    """What differs in every row of the two branches: a constant result, or a column that each wants to have another value."""
    for one, other in zip(first.outputs, second.outputs, strict=False):
        if one.constant is not None and other.constant is not None and one.constant != other.constant:
            return f"the branches give {one.constant} and {other.constant}"
    if [one.name for one in first.relations] != [one.name for one in second.relations] or len(first.relations) != 1:
        return None
    values, others = fixed_values(first), fixed_values(second)
    shown = {output.column.column for output in first.outputs if output.column is not None}
    keyed = next((column for column in values if column in others and values[column] != others[column]), None)
    return f"the branches want {keyed} to be {values[keyed]} and {others[keyed]}" if keyed and shown else None


def fixed_values(part: Part) -> dict[str, str]:
    return {
        predicate.column: predicate.value_text
        for predicate in part.predicates
        if predicate.operator == "=" and predicate.value == "constant" and predicate.value_text
        if not (predicate.negated or predicate.under_or or predicate.around)
    }


def has_no_duplicates(part: Part, schema: Schema | None) -> bool:
    """Whether a branch gives no row twice: it is grouped or distinct itself, or gives a key of its one table."""
    if part.distinct or part.aggregates:
        return True
    table = table_of(part.relations[0], schema) if len(part.relations) == 1 else None
    given = [output.column.column for output in part.outputs if output.column is not None]
    return table is not None and (table.is_unique(given) or any(output.star for output in part.outputs))
