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
from advisor.remedies.parameters import Parameterised, orders_by, parameterised, stands_for_a_name
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


PLACEHOLDER = re.compile(r"\$(\d+)")
PRISMA_METHODS = ("$queryRaw", "$executeRaw", "$queryRawUnsafe", "$executeRawUnsafe")
UTILITY = re.compile(
    r"\s*(?:create|alter|drop|grant|revoke|comment|copy|listen|notify|set|reset|vacuum|truncate|lock|refresh|reindex|do)\b",
    re.IGNORECASE,
)
"""Statements that take no parameters."""
SETTING = re.compile(
    r"\s*set\s+(?:(?P<scope>local|session)\s+)?(?P<name>[\w.]+)\s*(?:=|\bto\b)\s*(?P<value>'\$\{[^{}]*\}'|\$\{[^{}]*\})\s*;?\s*",
    re.IGNORECASE,
)
CHOOSE = "a name cannot be bound, so choose it from a list"
BIND = "bind it as a parameter"
QUOTE = "this statement takes no parameters, so quote it with escapeLiteral"
TITLES = {CHOOSE: "Choose the name from a list", BIND: "Bind the values", QUOTE: "Quote the value"}


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def raw_sql_interpolation(sql: RawSql) -> Iterator[Finding]:
    unsafe = [(number, value) for number, value in enumerate(sql.interpolations) if value.safety == "unknown"]
    if not unsafe or sql.scope.role != "application":
        return
    first = unsafe[0][1]
    names = ", ".join(value.text for _, value in unsafe)
    what = what_to_do(sql, [number for number, _ in unsafe])
    yield Finding(
        at=first.location,
        subject=f"{sql.api} in {sql.scope.function or sql.location.path}",
        message=f"{names} {'becomes' if len(unsafe) == 1 else 'become'} part of the SQL that {sql.api} runs: " + what,
        remedy=RewriteCode(TITLES[what], sql.location, rewritten(sql, [value for _, value in unsafe])),
        confidence=confidence(sql, unsafe[0][0], first),
    )


def confidence(sql: RawSql, number: int, value: Interpolation) -> Confidence:
    """A caller often chooses the order; a table's name, or a piece of SQL made elsewhere, mostly comes from the code itself."""
    if FRAGMENT.search(value.text):
        return Confidence.POSSIBLE
    if not stands_for_a_name(sql.text, number):
        return Confidence.CERTAIN
    return Confidence.LIKELY if orders_by(sql.text, number) else Confidence.POSSIBLE


def what_to_do(sql: RawSql, unsafe: list[int]) -> str:
    if all(stands_for_a_name(sql.text, number) for number in unsafe):
        return CHOOSE
    return QUOTE if UTILITY.match(sql.text) and not SETTING.fullmatch(sql.text) else BIND


def rewritten(sql: RawSql, unsafe: list[Interpolation]) -> str:
    setting = SETTING.fullmatch(sql.text)
    text, interpolations = (set_config(setting), unsafe) if setting else (sql.text, sql.interpolations)
    bound = parameterised(text, interpolations)
    if bound is None:
        return chosen(sql, unsafe)
    if UTILITY.match(text):
        quoted = unsafe[0].text
        return f"import {{ escapeLiteral }} from 'pg';\n\nconst quoted = escapeLiteral({quoted}); // in place of '${{{quoted}}}'"
    return written(sql, bound)


def set_config(setting: re.Match[str]) -> str:
    """SET takes no parameter, the function that does the same takes one."""
    local = (setting["scope"] or "").lower() == "local"
    return f"SELECT set_config('{setting['name']}', {setting['value']}, {'true' if local else 'false'})"


def chosen(sql: RawSql, unsafe: list[Interpolation]) -> str:
    """A look into a list for each value that becomes a name."""
    number = sql.interpolations.index(unsafe[0])
    if not orders_by(sql.text, number):
        return (
            "const names = new Set(['public', 'archive']); // all that may stand here\n"
            f"if (!names.has({unsafe[0].text})) throw new Error('no such name');"
        )
    columns = (
        "const columns = new Map([['created', 'created_at'], ['title', 'title']]); // what may be asked for: the column\n"
        f"const column = columns.get({unsafe[0].text});\n"
        "if (!column) throw new Error('cannot sort by that');"
    )
    direction = f"\nconst direction = {unsafe[1].text} === 'desc' ? 'DESC' : 'ASC';" if len(unsafe) > 1 else ""
    return columns + direction


def written(sql: RawSql, bound: Parameterised) -> str:
    """The call with its values bound, in the way of its library."""
    client, _, method = sql.api.rpartition(".")
    placeholders = max((int(number) for number in PLACEHOLDER.findall(sql.text)), default=0)
    known = list(sql.parameters) if len(sql.parameters) == placeholders else ["/* the values that it has now */"]
    tagged = PLACEHOLDER.sub(lambda found: "${" + known[min(int(found[1]), len(known)) - 1] + "}", bound.tagged).strip()
    if method in PRISMA_METHODS and len(sql.parameters) == placeholders:
        return f"{client}.{method.removesuffix('Unsafe')}`{tagged}`"
    if method == "raw" and client.endswith(("Prisma", "sql")):
        return f"{'Prisma.sql' if client.endswith('Prisma') else client}`{tagged}`"
    tagged = tagged.replace("${Prisma.raw(", "${sql.raw(")
    if method == "execute":
        return f"{sql.api}(sql`{tagged}`)"
    if method == "sql" or not client:
        return f"{sql.api}`{tagged}`"
    values = ", ".join([*known, *bound.values])
    numbered = bound.numbered.strip()
    if method.endswith("Unsafe"):
        return f"{sql.api}(`{numbered}`, {values})"
    if "knex" in client.lower():
        numbered = PLACEHOLDER.sub("?", numbered)
    return f"{sql.api}(`{numbered}`, {f'{{ bind: [{values}] }}' if 'sequelize' in client.lower() else f'[{values}]'})"
