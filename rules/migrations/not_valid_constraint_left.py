"""A constraint that a history leaves NOT VALID.

## Why it matters
It is checked for new rows only: old ones may break it, and nobody can rely on it. The planner does not either: it removes no join
and proves no NOT NULL by it. An update of an old row that breaks it fails, long after and far away.

## When it is fine
The newest migration adds it, and its validation comes in the next release. The old rows are known to break it, and are left so on
purpose. A dump says what a database is, not what somebody forgot: nothing is said of it.

## What to do
`VALIDATE CONSTRAINT` in a migration of its own: it lets readers and writers go on. Where it fails, it names the first row that is
in its way.

## Sources
- PostgreSQL documentation, ALTER TABLE, NOT VALID: "the database will not assume that the constraint holds for all rows in the
  table, until it is validated" https://www.postgresql.org/docs/current/sql-altertable.html
"""

from collections.abc import Iterator

from advisor.model import Check, Database, ForeignKey, Migration, Table
from advisor.remedies import RunSql
from advisor.remedies.migrations.constraints import validate_sql
from advisor.rule import Finding, Related, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY, price numeric);"
ADD = "ALTER TABLE posts ADD CONSTRAINT posts_price CHECK (price > 0) NOT VALID;"
LATER = "CREATE TABLE tags (id bigint PRIMARY KEY);"
BAD = [
    prisma_migrations(POSTS, ADD, LATER),
    prisma_migrations(
        POSTS,
        f"{ADD}\nCREATE TABLE notes (post_id bigint, n int);\n"
        "ALTER TABLE notes ADD CONSTRAINT notes_post FOREIGN KEY (post_id) REFERENCES posts NOT VALID;\n"
        "ALTER TABLE notes ADD CONSTRAINT notes_n CHECK (n > 0) NOT VALID;",
        LATER,
    ),
    project({"migrations/001_posts.sql": POSTS, "migrations/002_price.sql": ADD, "migrations/003_tags.sql": LATER}),
]
GOOD = [
    prisma_migrations(POSTS, ADD),
    prisma_migrations(POSTS, ADD, "ALTER TABLE posts VALIDATE CONSTRAINT posts_price;"),
    prisma_migrations(POSTS, ADD, "ALTER TABLE posts DROP CONSTRAINT posts_price;"),
]


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def not_valid_constraint_left(database: Database) -> Iterator[Finding]:
    history = {migration.location.path: migration for migration in database.migrations}
    left = [
        (table, found)
        for table in (database.built or database.schema).tables
        for found in not_valid(table)
        if is_old(found, history)
    ]
    if not left:
        return
    (table, first), *others = left
    more = f" and {len(others)} more are" if others else " is"
    yield Finding(
        at=first.location,
        subject=f"{table.name.qualified}.{first.name}",
        message=f"{first.name} of {table.name}{more} never validated: rows from before may break it",
        remedy=RunSql(
            "Validate what the history leaves NOT VALID",
            "\n".join(validate_sql(each.name, constraint.name or "") for each, constraint in left),
        ),
        related=tuple(Related(constraint.location, f"{constraint.name} of {each.name}") for each, constraint in others),
    )


def not_valid(table: Table) -> Iterator[Check | ForeignKey]:
    yield from (check for check in table.checks if not check.validated and check.enforced)
    yield from (key for key in table.foreign_keys if not key.validated and key.enforced)


def is_old(constraint: Check | ForeignKey, history: dict[str, Migration]) -> bool:
    """Whether a migration adds it that is not the newest."""
    migration = history.get(constraint.location.path)
    return migration is not None and migration.later > 0
