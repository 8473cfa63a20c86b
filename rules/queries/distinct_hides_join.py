"""DISTINCT that removes what a join has multiplied.

## Why it matters
A customer with 40 orders comes out of the join 40 times, and DISTINCT sorts or hashes all of it to throw 39 away. The time
grows with the children, though only parents are wanted. It also hides a wrong join: with the condition forgotten, the result
looks the same.

## When it is fine
Columns of the joined table are in the result. Where the joined rows are unique by the columns joined on, nothing is
multiplied, and nothing is reported: that is known from the schema alone, so without it the rule is silent.

## What to do
`WHERE EXISTS (SELECT 1 FROM orders ...)`: PostgreSQL plans it as a semi-join, which stops at the first match.

## Sources
- PostgreSQL documentation, "Subquery Expressions", "EXISTS": the subquery will generally only be executed long enough to
  determine whether at least one row is returned
"""

from collections.abc import Iterator

from advisor.model import FromItem, Part, Query, Schema
from advisor.remedies import RewriteCode
from advisor.remedies.sql import quote, quote_name
from advisor.rule import Confidence, Finding, Severity, rule, sql, typescript

from ._parts import parts_of, shown, subject, table_of

SCHEMA = sql("""
    CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, region_id int NOT NULL);
    CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, total int NOT NULL);
    CREATE TABLE regions (id int PRIMARY KEY, name text NOT NULL);
""")
BAD = [
    SCHEMA + sql("SELECT DISTINCT c.id, c.name FROM customers c JOIN orders o ON o.customer_id = c.id;", "queries.sql"),
    SCHEMA + sql("SELECT DISTINCT c.* FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.total > 5;", "queries.sql"),
    SCHEMA + sql("SELECT DISTINCT name FROM customers, orders WHERE customers.id = customer_id;", "queries.sql"),
    SCHEMA
    + typescript("""
        import { Pool } from 'pg';
        const pool = new Pool();
        export const buyers = () =>
          pool.query('SELECT DISTINCT c.id FROM customers c JOIN orders o ON o.customer_id = c.id WHERE o.total > 100');
    """),
]
GOOD = [
    SCHEMA + sql("SELECT DISTINCT c.id, o.total FROM customers c JOIN orders o ON o.customer_id = c.id;", "queries.sql"),
    SCHEMA + sql("SELECT DISTINCT c.name FROM customers c JOIN regions r ON r.id = c.region_id;", "queries.sql"),
    SCHEMA + sql("SELECT c.id FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id);", "queries.sql"),
    SCHEMA + sql("SELECT DISTINCT name FROM customers;", "queries.sql"),
    SCHEMA + sql("SELECT DISTINCT c.id FROM customers c JOIN orders o ON o.customer_id = c.id ORDER BY c.id;", "tests/a.test.sql"),
    SCHEMA + sql("SELECT c.id, count(DISTINCT o.id) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY 1;", "q.sql"),
]


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def distinct_hides_join(query: Query, schema: Schema | None) -> Iterator[Finding]:
    for part in parts_of(query):
        multiplying = multiplier(part, schema) if part.distinct and not part.grouped else None
        if multiplying is None:
            continue
        name, kept = shown(multiplying), shown(part.relations[0])
        yield Finding(
            at=multiplying.location,
            subject=subject(query, f"DISTINCT over {kept} and {name}"),
            message=f"the join with {name} repeats rows of {kept} and gives none of its columns: DISTINCT removes them again",
            remedy=exists(part, multiplying, query),
            confidence=Confidence.LIKELY,
        )


def multiplier(part: Part, schema: Schema | None) -> FromItem | None:
    """A relation that is joined by columns that are not unique in it, and that gives nothing to the result."""
    used = {output.column.relation for output in part.outputs if output.column is not None}
    plain = all(output.column is not None and output.column.relation for output in part.outputs)
    if not plain or len(part.relations) < 2:
        return None
    for relation in part.relations[1:]:
        table = table_of(relation, schema)
        keys = [
            predicate.column
            for predicate in part.predicates
            if predicate.relation == relation.alias
            and predicate.operator == "="
            and not predicate.under_or
            and not predicate.around
        ]
        tied = any(predicate.other is not None and predicate.relation == relation.alias for predicate in part.predicates)
        joined = relation.join in ("from", "inner") and tied and not relation.using
        if joined and table is not None and relation.alias not in used and not table.is_unique(keys):
            return relation
    return None


def exists(part: Part, relation: FromItem, query: Query) -> RewriteCode | None:
    ties = [predicate for predicate in part.predicates if predicate.relation == relation.alias and predicate.other is not None]
    if len(part.relations) != 2 or relation.name is None or len(ties) != 1 or ties[0].other is None:
        return None
    other = ties[0].other
    condition = f"{quote(relation.alias)}.{quote(ties[0].column)} = {quote(other.relation)}.{quote(other.column)}"
    more = " AND ..." if any(one.relation == relation.alias and one.other is None for one in part.predicates) else ""
    alias = f" AS {quote(relation.alias)}" if relation.alias != relation.name.name else ""
    text = f"WHERE EXISTS (SELECT 1 FROM {quote_name(relation.name)}{alias} WHERE {condition}{more})"
    return RewriteCode("Ask whether there is one", query.location, text, "sql")
