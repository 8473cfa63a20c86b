"""ORDER BY or GROUP BY by the number of a result.

## Why it matters
`ORDER BY 2` sorts by whatever is second in the list: who adds a column in front changes the order, and no error tells.

## When it is fine
In a console, and where the result is a long expression that would have to be repeated; a name given with AS does the
same and stays. Many teams like the short form, so this rule is off until it is switched on.

## What to do
Write the column, or give the expression a name and sort by that.

## Sources
- PostgreSQL documentation, "SELECT", "ORDER BY Clause": the ordinal number of an output column
"""

from collections.abc import Iterator

from advisor.model import Location, Part, Query
from advisor.remedies import RewriteCode
from advisor.rule import Finding, Severity, rule, sql, typescript

from ._parts import parts_of, subject

BAD = [
    sql("SELECT country, count(*) FROM customers GROUP BY 1;", "queries.sql"),
    sql("SELECT id, name FROM customers ORDER BY 2;", "queries.sql"),
    typescript("""
        import { Pool } from 'pg';
        const pool = new Pool();
        export const top = () => pool.query('SELECT country, count(*) FROM customers GROUP BY country ORDER BY 2 DESC LIMIT 3');
    """),
]
GOOD = [
    sql("SELECT country, count(*) AS customers FROM customers GROUP BY country ORDER BY customers;", "queries.sql"),
    sql("SELECT id, name FROM customers ORDER BY name;", "queries.sql"),
    sql("SELECT id FROM customers ORDER BY id LIMIT 1;", "queries.sql"),
    sql("SELECT 1 FROM customers ORDER BY id + 1;", "queries.sql"),
    sql("SELECT id, name FROM customers ORDER BY 2;", "tests/customers.test.sql"),
]


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def order_by_ordinal(query: Query) -> Iterator[Finding]:
    for part in parts_of(query):
        for clause, at, position in ordinals(part):
            output = part.outputs[position - 1] if position is not None and 0 < position <= len(part.outputs) else None
            name = output.name if output is not None and not any(one.star for one in part.outputs[:position]) else None
            yield Finding(
                at=at,
                subject=subject(query, f"{clause} {position or 'a number'}"),
                message=f"{clause} {position or 'the number of a result'} means another column once the list changes",
                remedy=RewriteCode(f"Write {clause} {name}", at, f"{clause} {name}", "sql") if name else None,
            )


def ordinals(part: Part) -> Iterator[tuple[str, Location, int | None]]:
    for at in part.group_positions:
        yield "GROUP BY", at, None
    for key in part.order_by:
        if key.position is not None:
            yield "ORDER BY", key.location, key.position
