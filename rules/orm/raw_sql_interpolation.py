"""SQL built from strings, with a value pasted into it.

## Why it matters
Whoever controls the value controls the statement: `'; DROP TABLE users; --`, or more quietly `' OR true --`. It
breaks without any attacker too, on the first name with an apostrophe. And each value makes a statement of its own, so
that plans and statistics (pg_stat_statements) are shared by none.

## When it is fine
The value cannot carry SQL: a constant, a number that the code made, a name that went through a quoting function or an
allow-list. These are recognised, and so is `$queryRawUnsafe` with nothing but `$1` placeholders. Tests, seeds and
scripts are left alone.

## What to do
Bind the value. In Prisma a tagged template does it (`$queryRaw`, without the parentheses); node-postgres takes `$1`
and an array. The name of a table or column and the direction of a sort cannot be bound: choose them from a list in
the code, or quote the name with `escapeIdentifier`.

## Sources
- Prisma documentation, "Raw queries", sections "SQL injection prevention" and "$queryRawUnsafe()"
- node-postgres documentation, "Queries", section "Parameterized query"; OWASP, "SQL Injection Prevention Cheat Sheet"
"""

import re
from collections.abc import Iterator

from advisor.model import Interpolation, RawSql
from advisor.remedies import RewriteCode
from advisor.remedies.parameters import orders_by, parameterised, stands_for_a_name
from advisor.rule import Confidence, Finding, Severity, rule, typescript

BAD = [
    typescript("""
        import { prisma } from './prisma';
        export const byEmail = (email: string) => prisma.$queryRawUnsafe(`SELECT * FROM users WHERE email = '${email}'`);
    """),
    typescript("""
        import { Pool } from 'pg';
        const pool = new Pool();
        export const find = (q: string) => pool.query(`SELECT id FROM posts WHERE title ILIKE '%${q}%'`);
    """),
    typescript("""
        import { Pool } from 'pg';
        const pool = new Pool();
        export const get = (id: string) => pool.query('SELECT * FROM posts WHERE id = ' + id);
    """),
    typescript("""
        import { Prisma, PrismaClient } from '@prisma/client';
        const prisma = new PrismaClient();
        export const sorted = (by: string) => prisma.$queryRaw`SELECT id FROM posts ORDER BY ${Prisma.raw(by)}`;
    """),
]
GOOD = [
    typescript("""
        import { prisma } from './prisma';
        export const byEmail = (email: string) => prisma.$queryRaw`SELECT * FROM users WHERE email = ${email}`;
        export const same = (email: string) => prisma.$queryRawUnsafe('SELECT * FROM users WHERE email = $1', email);
    """),
    typescript("""
        import { Pool } from 'pg';
        const pool = new Pool();
        export const find = (q: string) => pool.query('SELECT id FROM posts WHERE title ILIKE $1', [`%${q}%`]);
    """),
    typescript("""
        import { Pool } from 'pg';
        const pool = new Pool();
        const TABLE = 'posts';
        export const some = (count: string) => pool.query(`SELECT id FROM ${TABLE} LIMIT ${Number(count)}`);
    """),
    typescript(
        """
        import { Pool } from 'pg';
        const pool = new Pool();
        await pool.query(`TRUNCATE ${process.argv[2]}`);
    """,
        path="scripts/reset.ts",
    ),
]

FRAGMENT = re.compile(r"(?:\.sql\b|\.text\b|sql|clause|fragment|conditions?|where|columns?|joins?)(?:\.\w+\(.*\))?$", re.IGNORECASE)
"""How pieces of SQL that the code puts together are called."""


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def raw_sql_interpolation(sql: RawSql) -> Iterator[Finding]:
    unsafe = [(number, value) for number, value in enumerate(sql.interpolations) if value.safety == "unknown"]
    if not unsafe or sql.scope.role != "application":
        return
    first = unsafe[0][1]
    names = ", ".join(value.text for _, value in unsafe)
    a_name = all(stands_for_a_name(sql.text, at) for at, _ in unsafe)
    yield Finding(
        at=first.location,
        subject=f"{sql.api} in {sql.scope.function or sql.location.path}",
        message=f"{names} {'becomes' if len(unsafe) == 1 else 'become'} part of the SQL that {sql.api} runs: "
        + ("a name cannot be bound, so choose it from a list" if a_name else "bind it as a parameter"),
        remedy=RewriteCode("Choose the name from a list" if a_name else "Bind the values", sql.location, rewritten(sql, first)),
        confidence=confidence(sql, unsafe[0][0], first),
    )


def confidence(sql: RawSql, number: int, value: Interpolation) -> Confidence:
    """A caller often chooses the order; a table's name, or a piece of SQL made elsewhere, mostly comes from the code itself."""
    if FRAGMENT.search(value.text):
        return Confidence.POSSIBLE
    if not stands_for_a_name(sql.text, number):
        return Confidence.CERTAIN
    return Confidence.LIKELY if orders_by(sql.text, number) else Confidence.POSSIBLE


def rewritten(sql: RawSql, first: Interpolation) -> str:
    bound = parameterised(sql.text, sql.interpolations)
    if bound is None and orders_by(sql.text, sql.interpolations.index(first)):
        return (
            "const columns = new Map([['created', 'created_at'], ['title', 'title']]); // what may be asked for: the column\n"
            f"const column = columns.get({first.text});\n"
            "if (!column) throw new Error('cannot sort by that');"
        )
    if bound is None:
        return (
            "const names = new Set(['public', 'archive']); // all that may stand here\n"
            f"if (!names.has({first.text})) throw new Error('no such name');"
        )
    client, _, method = sql.api.rpartition(".")
    if method in ("$queryRaw", "$executeRaw", "sql") or not client:
        return "\n".join(f"${{{value}}} // in place of ${{Prisma.raw({value})}}" for value in bound.values)
    if method.endswith("Unsafe") and not bound.has_parameters:
        return f"{client}.{method.removesuffix('Unsafe')}`{bound.tagged.strip()}`"
    values = ", ".join((["/* the values that it has now */"] if bound.has_parameters else []) + list(bound.values))
    return f"{sql.api}(`{bound.numbered.strip()}`, {values if method.endswith('Unsafe') else f'[{values}]'})"
