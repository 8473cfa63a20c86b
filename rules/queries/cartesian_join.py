"""Relations that are joined without any condition between them.

## Why it matters
Each row of the one is combined with each of the other: two tables of 10,000 rows give 100 million. Most often a condition was
forgotten in a list after FROM, or compares a table with itself (`ON a.id = a.b_id`), and a DISTINCT was added later to
make the result look right.

## When it is fine
Where every combination is wanted: CROSS JOIN, or ON true, says so, and is not reported. Functions (`unnest`,
`generate_series`), VALUES, LATERAL, and subqueries of one row are combined with other rows all the time. Two tables that
are each narrowed to the same value need no condition between them.

## What to do
Add the condition, or write CROSS JOIN.

## Sources
- PostgreSQL documentation, "Table Expressions", "Joined Tables": FROM T1, T2 is CROSS JOIN
"""

from collections.abc import Iterator

from advisor.model import FromItem, Part, Query, Schema
from advisor.rule import Confidence, Finding, Severity, rule, sql, typescript

from ._parts import fixed_columns, parts_of, shown, subject, table_of

SCHEMA = sql("""
    CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL);
    CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users, total int NOT NULL);
    CREATE TABLE items (order_id int NOT NULL REFERENCES orders, sku text NOT NULL);
""")
BAD = [
    SCHEMA + sql("SELECT name, total FROM users, orders WHERE total > 5;", "queries.sql"),
    SCHEMA + sql("SELECT u.name FROM users u JOIN orders o ON o.user_id = o.id;", "queries.sql"),
    SCHEMA + sql("SELECT u.name FROM users u JOIN orders o ON o.user_id = u.id, items i WHERE i.sku = 'x';", "queries.sql"),
    SCHEMA + sql("UPDATE orders SET total = 0 FROM users WHERE users.name = 'x';", "queries.sql"),
    typescript("""
        import { Pool } from 'pg';
        const pool = new Pool();
        export const all = () => pool.query('SELECT u.name, o.total FROM users u, orders o ORDER BY o.total');
    """),
]
GOOD = [
    SCHEMA + sql("SELECT name, total FROM users, orders WHERE user_id = users.id;", "queries.sql"),
    SCHEMA + sql("SELECT name, total FROM users CROSS JOIN orders;", "queries.sql"),
    SCHEMA + sql("SELECT name, n FROM users, generate_series(1, 3) n;", "queries.sql"),
    SCHEMA + sql("SELECT name, most FROM users, (SELECT max(total) AS most FROM orders) m;", "queries.sql"),
    SCHEMA + sql("SELECT name FROM users u, LATERAL (SELECT total FROM orders o WHERE o.user_id = u.id LIMIT 1) l;", "queries.sql"),
    SCHEMA + sql("SELECT u.name FROM users u, orders o WHERE u.id = $1 AND o.user_id = $1;", "queries.sql"),
    SCHEMA + sql("SELECT sku FROM items JOIN orders ON order_id = orders.id NATURAL JOIN users;", "queries.sql"),
    SCHEMA + sql("DELETE FROM orders USING users WHERE users.id = orders.user_id AND name = 'x';", "queries.sql"),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def cartesian_join(query: Query, schema: Schema | None) -> Iterator[Finding]:
    for part in parts_of(query):
        apart = unjoined(part, schema)
        if apart is None:
            continue
        first, second = apart
        yield Finding(
            at=second.location,
            subject=subject(query, f"{shown(first)} with {shown(second)}"),
            message=f"nothing joins {shown(second)} to {shown(first)}: each row of the one is combined with each of the other",
            confidence=Confidence.POSSIBLE if narrowed(part, first) or narrowed(part, second) else Confidence.LIKELY,
        )


def unjoined(part: Part, schema: Schema | None) -> tuple[FromItem, FromItem] | None:
    """Two relations that no chain of conditions joins; None where there are none, or it cannot be known."""
    relations = [relation for relation in part.relations if multiplies(part, relation, schema)]
    if len(relations) < 2 or any(not column.relation for columns in part.links for column in columns):
        return None
    groups = joined_groups(part)
    first = relations[0]
    apart = next((one for one in relations[1:] if groups[one.alias] != groups[first.alias]), None)
    return (first, apart) if apart is not None else None


def multiplies(part: Part, relation: FromItem, schema: Schema | None) -> bool:
    """Whether a relation may give several rows, and nobody wrote that each is to be combined with all."""
    if relation.kind in ("function", "values") or relation.one_row or relation.lateral or relation.join == "cross":
        return False
    table = table_of(relation, schema)
    return table is None or not table.is_unique(fixed_columns(part, relation.alias))


def joined_groups(part: Part) -> dict[str, str]:
    """For each relation, the first of those that conditions tie to it. Equal values tie, too: `a.id = $1 AND b.a_id = $1`."""
    group = {relation.alias: relation.alias for relation in part.relations}

    def tie(aliases: list[str]) -> None:
        merged = {group[alias] for alias in aliases}
        for alias, name in group.items():
            if name in merged:
                group[alias] = min(merged)

    for columns in part.links:
        tie([column.relation for column in columns if column.part is None and column.relation in group])
    for number, relation in enumerate(part.relations):
        if number and (relation.natural or relation.using or relation.join == "cross" or relation.lateral):
            tie([relation.alias, part.relations[number - 1].alias])
    by_value: dict[str, list[str]] = {}
    for predicate in part.predicates:
        if predicate.operator == "=" and predicate.value_text and predicate.relation in group and predicate.other is None:
            by_value.setdefault(predicate.value_text, []).append(predicate.relation)
    for aliases in by_value.values():
        tie(aliases)
    return group


def narrowed(part: Part, relation: FromItem) -> bool:
    """Whether a relation is cut down to what equals a value, of which there may be one row."""
    return bool(fixed_columns(part, relation.alias))
