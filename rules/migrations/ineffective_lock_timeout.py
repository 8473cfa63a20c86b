"""A lock_timeout that does not help: 0, far too long, or set after the statement that needs it.

## Why it matters
`lock_timeout = 0` means no timeout. One of minutes lets the application stand for minutes: as long as the migration waits for its
lock, all later queries of the table wait behind it. One that is set after the first strong lock comes too late for it.

## When it is fine
Nobody uses the database while it is migrated. A long one is right for statements that are in nobody's way while they wait: CREATE
INDEX CONCURRENTLY, VALIDATE CONSTRAINT; `SET lock_timeout = 0` before such a one is none of this rule's business.

## What to do
Set two to five seconds before the first statement, and try again when it runs out. Option `longest` (30 seconds) is the longest
that passes.

## Sources
- PostgreSQL documentation, "lock_timeout": "A value of zero (the default) disables the timeout"
  https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.model import Migration, Moment, SetSetting
from advisor.remedies import RewriteStatement
from advisor.rule import Finding, Options, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY);"
ADD = "ALTER TABLE posts ADD COLUMN title text;"
BAD = [
    prisma_migrations(POSTS, f"SET lock_timeout = 0;\n{ADD}"),
    project({"migrations/042_title.sql": f"SET lock_timeout = '5min';\n{ADD}"}),
    project({"migrations/042_title.sql": f"{ADD}\nSET lock_timeout = '5s';\nALTER TABLE posts ADD COLUMN slug text;"}),
]
GOOD = [
    prisma_migrations(POSTS, f"SET lock_timeout = '5s';\n{ADD}"),
    project({"migrations/042_title.sql": "SET lock_timeout = 0;\nCREATE INDEX CONCURRENTLY posts_title ON posts (title);"}),
    project({"migrations/042_title.sql": f"SET lock_timeout = '5s';\n{ADD}\nRESET lock_timeout;"}),
    prisma_migrations(f"SET lock_timeout = 0;\n{POSTS}\n{ADD}"),
]


@dataclass(frozen=True)
class TimeoutOptions(Options):
    """`longest`: seconds that a migration may wait for a lock."""

    longest: float = 30.0


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def ineffective_lock_timeout(migration: Migration, options: TimeoutOptions) -> Iterator[Finding]:
    setting: SetSetting | None = None
    unguarded: Moment | None = None
    told: set[SetSetting] = set()
    for moment in migration.moments:
        step = moment.operation
        if isinstance(step, SetSetting) and step.name == "lock_timeout" and step.value is not None:
            setting = step
            if unguarded is not None and not told:
                told.add(step)
                yield finding(
                    migration, step, f"lock_timeout is set after line {unguarded.operation.location.line}, which needs it"
                )
        elif moment.blocks:
            timeout = moment.timeouts.get("lock_timeout")
            if timeout is None:
                unguarded = unguarded or moment
            elif setting is not None and setting not in told and not 0 < timeout <= 1000 * options.longest:
                told.add(setting)
                yield finding(migration, setting, in_words(timeout))


def finding(migration: Migration, setting: SetSetting, message: str) -> Finding:
    return Finding(
        at=setting.location,
        subject=f"{migration.name}: lock_timeout",
        message=f"{message}: the application waits as long as the migration waits for its lock",
        remedy=RewriteStatement("Set a short lock_timeout first", setting.location, "SET lock_timeout = '5s';", in_place=False),
    )


def in_words(timeout: float) -> str:
    return "lock_timeout = 0 is none at all" if timeout == 0 else f"a lock_timeout of {timeout / 1000:,.0f} s is too long"
