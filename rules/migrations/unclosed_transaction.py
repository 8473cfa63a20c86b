"""BEGIN without COMMIT, COMMIT without BEGIN, or BEGIN inside the transaction that the migration tool begins.

## Why it matters
A transaction that is never committed is rolled back when the connection ends: the migration has done nothing, and its tool may
take it for done. Inside the tool's own transaction BEGIN only warns, but COMMIT ends that one too early: what comes after it, and
the note in the tool's table, commit by themselves, and a failure no longer takes anything back.

## When it is fine
The rest stands in another file that is run in the same session.

## What to do
End every transaction that the file begins. Where the tool begins one, leave BEGIN and COMMIT out, or opt out of the tool's.

## Sources
- PostgreSQL documentation, BEGIN: "Issuing BEGIN when already inside a transaction block will provoke a warning message"
  https://www.postgresql.org/docs/current/sql-begin.html
- which tools begin one, with the source for each: docs/migrations.md
"""

from collections.abc import Iterator

from advisor.model import Begin, Commit, Migration, Operation, Rollback
from advisor.rule import Finding, Severity, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY);"
BAD = [
    project({"migrations/001.sql": f"BEGIN;\n{POSTS}"}),
    project({"migrations/001.sql": f"{POSTS}\nCOMMIT;"}),
    project({"migrations/00001_posts.sql": f"-- +goose Up\nBEGIN;\n{POSTS}\nCOMMIT;"}),
]
GOOD = [
    project({"migrations/001.sql": f"BEGIN;\n{POSTS}\nCOMMIT;"}),
    project({"migrations/001.sql": f"BEGIN;\n{POSTS}\nROLLBACK;"}),
    project({"migrations/001.sql": f"BEGIN;\n{POSTS}\nSAVEPOINT a;\nROLLBACK TO a;\nEND;"}),
    project({"migrations/00001_posts.sql": f"-- +goose NO TRANSACTION\n-- +goose Up\nBEGIN;\n{POSTS}\nCOMMIT;"}),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def unclosed_transaction(migration: Migration) -> Iterator[Finding]:
    if migration.begun_by_tool:
        nested = next((step for step in migration.operations if isinstance(step, Begin) or ends(step)), None)
        if nested is not None:
            word = "BEGIN" if isinstance(nested, Begin) else "COMMIT or ROLLBACK"
            why = f"{word} inside the transaction that {migration.ran_by.title} begins: COMMIT ends that one too early"
            yield finding(migration, nested, why)
        return
    begun: Operation | None = None
    for step in migration.operations:
        if isinstance(step, Begin):
            begun = begun or step
        elif ends(step):
            if begun is None:
                yield finding(migration, step, "this ends a transaction that the migration has not begun")
                return
            begun = None
    if begun is not None:
        yield finding(migration, begun, "this transaction is never committed: all that is done in it is taken back")


def ends(step: Operation) -> bool:
    return isinstance(step, Commit) or (isinstance(step, Rollback) and step.to_savepoint is None)


def finding(migration: Migration, step: Operation, message: str) -> Finding:
    return Finding(at=step.location, subject=f"{migration.name}: transaction", message=message)
