"""A comparison with NULL by `=` or `<>`.

## Why it matters
`x = NULL` is neither true nor false but unknown, whatever x is, NULL included: the WHERE lets no row through, the CASE
never takes its branch, and nobody is told. `x <> NULL` is the same. The query runs, quickly, and returns nothing.

## When it is fine
Never as a condition. (`transform_null_equals` rewrites the literal `= NULL` on servers where somebody switched it on for
Microsoft Access; code that needs it breaks everywhere else.) `SET x = NULL` is an assignment and is not reported.

## What to do
`IS NULL` and `IS NOT NULL`; where either side may be NULL, `IS NOT DISTINCT FROM`.

## Sources
- PostgreSQL documentation, "Comparison Functions and Operators": do not write expression = NULL, because NULL is not
  equal to NULL; `transform_null_equals` in "Version and Platform Compatibility"
"""

from collections.abc import Iterator

from advisor.model import Query
from advisor.remedies import ReplaceText, RewriteCode
from advisor.rule import Finding, Severity, rule, sql, typescript

from ._parts import parts_of, subject

TABLE = sql("CREATE TABLE orders (id bigint PRIMARY KEY, shipped_at timestamptz, note text);")
BAD = [
    TABLE + sql("SELECT id FROM orders WHERE shipped_at = NULL;", "queries.sql"),
    TABLE + sql("UPDATE orders SET note = 'late' WHERE shipped_at <> NULL AND id = 1;", "queries.sql"),
    TABLE + sql("SELECT id, CASE WHEN note = NULL THEN 'none' ELSE note END FROM orders WHERE id = 1;", "queries.sql"),
    TABLE
    + typescript("""
        import { Pool } from 'pg';
        const pool = new Pool();
        export const open = () => pool.query('SELECT id FROM orders WHERE NULL = shipped_at');
    """),
]
GOOD = [
    TABLE + sql("SELECT id FROM orders WHERE shipped_at IS NULL;", "queries.sql"),
    TABLE + sql("UPDATE orders SET shipped_at = NULL WHERE id = 1;", "queries.sql"),
    TABLE + sql("SELECT id FROM orders WHERE note IS DISTINCT FROM NULL;", "queries.sql"),
    TABLE + sql("SELECT id FROM orders WHERE note = 'NULL';", "queries.sql"),
    TABLE + sql("INSERT INTO orders (id, note) VALUES (1, NULL) ON CONFLICT (id) DO UPDATE SET note = NULL;", "queries.sql"),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def equals_null(query: Query) -> Iterator[Finding]:
    for part in parts_of(query, roles=frozenset({"application", "example", "script", "seed", "migration"})):
        for found in part.null_comparisons:
            what = f"Write {found.corrected}"
            yield Finding(
                at=found.location,
                subject=subject(query, found.text),
                message=f"{found.text} is never true, not even for NULL",
                remedy=ReplaceText(what, found.location, found.corrected)
                if found.replaceable
                else RewriteCode(what, found.location, found.corrected, "sql"),
            )
