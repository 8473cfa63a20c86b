"""NOT IN over a subquery that may give NULL.

## Why it matters
`x NOT IN (1, 2, NULL)` is `x <> 1 AND x <> 2 AND x <> NULL`, and the last is unknown: with one NULL among the values the
condition is true for no x. The query is right until somebody saves the first row without a manager, and then returns
nothing at all. Besides, PostgreSQL cannot plan NOT IN as an anti-join: it keeps the values in a hash table, or, where they
do not fit into work_mem, compares every row with each of them.

## When it is fine
The column cannot be NULL: it is declared NOT NULL, or the subquery leaves NULLs out (`WHERE manager_id IS NOT NULL`). Then
the result is right and nothing is reported. Without the schema that is not known, and the finding is a possibility.

## What to do
NOT EXISTS with a subquery that is tied to the row: NULLs do no harm, and it is planned as an anti-join.

## Sources
- PostgreSQL documentation, "Subquery Expressions", "NOT IN": if there are no equal right-hand values and at least one
  right-hand row yields null, the result will be null, not true
- PostgreSQL wiki, "Don't Do This", "Don't use NOT IN"
"""

from collections.abc import Iterator

from advisor.model import Column, Membership, Part, QualifiedColumn, Query, Schema
from advisor.remedies import RewriteCode
from advisor.remedies.sql import quote, quote_name
from advisor.rule import Confidence, Finding, Severity, rule, sql, typescript

from ._parts import LASTING, parts_of, subject, table_of

SCHEMA = sql("""
    CREATE TABLE employees (id int PRIMARY KEY, manager_id int REFERENCES employees, name text);
    CREATE TABLE retired (employee_id int NOT NULL);
""")
BAD = [
    SCHEMA + sql("SELECT name FROM employees WHERE id NOT IN (SELECT manager_id FROM employees);", "queries.sql"),
    SCHEMA + sql("DELETE FROM employees e WHERE NOT e.id IN (SELECT m.manager_id FROM employees m);", "queries.sql"),
    SCHEMA
    + sql(
        "SELECT id FROM employees WHERE id NOT IN (SELECT r.employee_id FROM employees e "
        "LEFT JOIN retired r ON r.employee_id = e.id);",
        "queries.sql",
    ),
    typescript("""
        import { Pool } from 'pg';
        const pool = new Pool();
        export const others = () => pool.query('SELECT id FROM users WHERE id NOT IN (SELECT blocked_id FROM blocks)');
    """),
]
GOOD = [
    SCHEMA + sql("SELECT name FROM employees WHERE id NOT IN (SELECT employee_id FROM retired);", "queries.sql"),
    SCHEMA
    + sql(
        "SELECT name FROM employees WHERE id NOT IN (SELECT manager_id FROM employees WHERE manager_id IS NOT NULL);", "queries.sql"
    ),
    SCHEMA
    + sql("SELECT name FROM employees e WHERE NOT EXISTS (SELECT 1 FROM employees m WHERE m.manager_id = e.id);", "queries.sql"),
    SCHEMA + sql("SELECT name FROM employees WHERE id IN (SELECT manager_id FROM employees);", "queries.sql"),
    SCHEMA + sql("SELECT name FROM employees WHERE id NOT IN (1, 2, 3);", "queries.sql"),
    SCHEMA + sql("SELECT name FROM employees WHERE id NOT IN (SELECT coalesce(manager_id, 0) FROM employees);", "queries.sql"),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def not_in_subquery(query: Query, schema: Schema | None) -> Iterator[Finding]:
    for part in parts_of(query, roles=LASTING | {"migration", "script"}):
        for found in part.memberships:
            inner = query.parts[found.part] if found.negated else None
            nulls = may_give_null(inner, schema) if inner is not None else None
            if inner is not None and nulls is not None:
                yield finding(query, found, inner, certain=nulls)


def may_give_null(inner: Part, schema: Schema | None) -> bool | None:
    """True where the values may be NULL, False where nobody knows, None where they cannot be."""
    output = inner.outputs[0] if len(inner.outputs) == 1 else None
    column = output.column if output is not None else None
    if output is None or output.star or column is None or column.part is not None or leaves_out(inner, column):
        return None
    relation = inner.relation(column.relation)
    if relation is not None and outer_joined(inner, column.relation):
        return True
    table = table_of(relation, schema)
    if table is None:
        return False if relation is None or relation.kind == "table" else None
    declared: Column | None = table.column(column.column)
    return declared.nullable or None if declared is not None else None


def leaves_out(inner: Part, column: QualifiedColumn) -> bool:
    """Whether a comparison leaves NULLs out: any that is true at all is so of a value."""
    return any(
        predicate.column == column.column
        and not (predicate.under_or or predicate.joins)
        and (predicate.operator != "is null" or predicate.negated)
        for predicate in inner.predicates
    )


def outer_joined(inner: Part, alias: str) -> bool:
    at = next(number for number, relation in enumerate(inner.relations) if relation.alias == alias)
    return inner.relations[at].join in ("left", "full") or any(one.join in ("right", "full") for one in inner.relations[at + 1 :])


def finding(query: Query, found: Membership, inner: Part, *, certain: bool) -> Finding:
    column = inner.outputs[0].column
    name = column.column if column is not None else "it"
    may = "may be NULL" if certain else "may be NULL, for all that is known here"
    return Finding(
        at=found.location,
        subject=subject(query, f"NOT IN (SELECT {name})"),
        message=f"{name} {may}: with one NULL among the values, NOT IN is true for no row",
        remedy=rewritten(found, inner, query),
        confidence=Confidence.LIKELY if certain else Confidence.POSSIBLE,
    )


def rewritten(found: Membership, inner: Part, query: Query) -> RewriteCode | None:
    relation = inner.relations[0] if len(inner.relations) == 1 else None
    column = inner.outputs[0].column
    if relation is None or relation.name is None or found.column is None or column is None:
        return None
    outer = ".".join(quote(part) for part in (found.column.relation, found.column.column) if part)
    more = " AND ..." if inner.predicates else ""
    text = f"NOT EXISTS (SELECT 1 FROM {quote_name(relation.name)} AS s WHERE s.{quote(column.column)} = {outer}{more})"
    return RewriteCode("Write NOT EXISTS", query.location, text, "sql")
