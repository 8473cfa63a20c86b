"""A call of an API that newer versions of the library do not have.

## Why it matters
The next update breaks it, at run time where the types are loose. Prisma removed `$use` in 6.14.0, a minor version, so
that a range like `^6.0.0` takes the removal in by itself: `prisma.$use is not a function`, when the process starts.

## When it is fine
The version in use is pinned below the removal and stays there for now; then this is said as information only.

## What to do
`$use` becomes a query extension, and code must use the client that `$extends` returns: it does not change the old
one. `$on('beforeExit')` becomes Node's own `process.on('beforeExit')`. `rejectOnNotFound` becomes `findUniqueOrThrow`
and `findFirstOrThrow`. `$metrics` becomes the driver's own figures (`pool.totalCount`, `pool.waitingCount`) or
OpenTelemetry.

## Sources
- Prisma 6.14.0 release notes (middleware removed, deprecated since 4.16.0; `metrics` deprecated, removed in 7)
- Prisma documentation, "Prisma Client extensions", section "query"; "Upgrade to Prisma ORM 5" (`rejectOnNotFound`,
  `beforeExit`)
"""

from collections.abc import Iterator
from textwrap import dedent

from msgspec import Struct

from advisor.model import ApiUse, Project
from advisor.remedies import RewriteCode
from advisor.rule import Confidence, Example, Finding, Severity, project, rule, typescript

CLIENT = "import { PrismaClient } from '@prisma/client';\nexport const prisma = new PrismaClient();\n"
TIMING = CLIENT + "prisma.$use(async (params, next) => {\n  const result = await next(params);\n  return result;\n});\n"


def code(text: str, path: str = "src/app.ts") -> Example:
    """TypeScript that uses a Prisma client."""
    return typescript(CLIENT + dedent(text), path)


BAD = [
    typescript(TIMING),
    project({"package.json": '{"dependencies": {"@prisma/client": "^6.16.0"}}', "src/app.ts": TIMING}),
    project({"package.json": '{"dependencies": {"@prisma/client": "4.15.0"}}', "src/app.ts": TIMING}),
    code("prisma.$on('beforeExit', async () => { console.log('bye'); });\n"),
]
GOOD = [
    code("""
        export const timed = prisma.$extends({
          query: { $allOperations: async ({ args, query }) => query(args) },
        });
    """),
    code("prisma.$on('query', (event) => console.log(event));\n"),
    typescript("import express from 'express';\nconst app = express();\napp.use(express.json());\n"),
]

QUERY_EXTENSION = """\
export const prisma = new PrismaClient().$extends({
  query: {
    async $allOperations({ model, operation, args, query }) {
      const before = performance.now();
      const result = await query(args);
      const duration = performance.now() - before;
      if (duration > 1000) console.warn(`slow query: ${model}.${operation} took ${duration} ms`);
      return result;
    },
  },
});"""


class Removal(Struct, frozen=True):
    """Since which version a library has it no more, what replaces it, and that replacement written out."""

    since: tuple[int, int, int]
    instead: str
    code: str


REMOVALS = {
    ("@prisma/client", "$use"): Removal((6, 14, 0), "a query extension ($extends)", QUERY_EXTENSION),
    ("@prisma/client", "$on('beforeExit')"): Removal(
        (5, 0, 0), "process.on('beforeExit')", "process.on('beforeExit', async () => {\n  await prisma.$disconnect();\n});"
    ),
    ("@prisma/client", "rejectOnNotFound"): Removal(
        (5, 0, 0), "findUniqueOrThrow or findFirstOrThrow", "await prisma.user.findUniqueOrThrow({ where: { id } });"
    ),
    ("@prisma/client", "$metrics"): Removal(
        (7, 0, 0), "the driver's own figures", "console.log(pool.totalCount, pool.idleCount, pool.waitingCount); // node-postgres"
    ),
}


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def removed_api(use: ApiUse, project: Project) -> Iterator[Finding]:
    removal = REMOVALS.get((use.library, use.name))
    if removal is None:
        return
    version = project.version_of(use.library, near=use.location.path) or ()
    since = ".".join(map(str, removal.since))
    asked = f", and this project asks for {'.'.join(map(str, version))}" if version else ""
    yield Finding(
        at=use.location,
        subject=f"{use.library} {use.name}",
        message=f"{use.name} was removed in {use.library} {since}{asked}: use {removal.instead}",
        remedy=RewriteCode(f"Use {removal.instead} instead of {use.name}", use.location, removal.code),
        confidence=Confidence.CERTAIN if version else Confidence.LIKELY,
        severity=Severity.INFO if version and stays_below(use, project, version, removal) else None,
    )


def stays_below(use: ApiUse, project: Project, version: tuple[int, ...], removal: Removal) -> bool:
    """Whether the range asked for keeps the library below the removal: by its major version, or `~6.13.0`, `6.13.0`."""
    asked = project.dependency_on(use.library, near=use.location.path)
    pinned = asked is not None and asked.keeps_minor and version < removal.since
    return pinned or version[0] < removal.since[0]
