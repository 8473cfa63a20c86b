"""DROP ... CASCADE.

## Why it matters
It drops what depends on the object, and what depends on that: foreign keys, views, functions, columns of other tables, none of
which the statement names. What that is depends on the database it runs in: a view that somebody made by hand in production goes
there, and nobody has reviewed it.

## When it is fine
The migration has made the object itself. Nothing depends on it, for all that the history has made; then CASCADE is not needed
either, and without it the statement would tell of what nobody knew. drop-table and drop-column say what the drop itself costs;
this rule is silent about a statement that one of them speaks of.

## What to do
Drop by name what is meant to go, in the right order, and leave CASCADE out: a drop that would take more then fails.

## Sources
- PostgreSQL documentation, "Dependency Tracking": RESTRICT is the default, and all drops "support specifying CASCADE"
  https://www.postgresql.org/docs/current/ddl-depend.html
"""

from collections.abc import Iterator

from advisor.model import (
    CreateSchema,
    CreateTable,
    CreateType,
    DropColumn,
    DropConstraint,
    DropObject,
    DropTable,
    DropType,
    Migration,
    Name,
)
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

MOOD = "CREATE TYPE mood AS ENUM ('ok');\nCREATE TABLE posts (id bigint PRIMARY KEY, mood mood);"
VIEWS = f"{MOOD}\nCREATE VIEW recent AS SELECT * FROM posts;\nCREATE VIEW newest AS SELECT * FROM recent;"  # noqa: S608 - an example
USERS = "CREATE TABLE users (id bigint PRIMARY KEY, code text UNIQUE);\nCREATE TABLE posts (code text REFERENCES users (code));"
BAD = [
    prisma_migrations(MOOD, "DROP TYPE mood CASCADE;"),
    prisma_migrations(VIEWS, "DROP VIEW recent CASCADE;"),
    project({"migrations/042_hstore.sql": "DROP EXTENSION hstore CASCADE;"}),
    project({"migrations/042_mood.sql": "DROP TYPE IF EXISTS mood CASCADE;"}),
    project({"migrations/042_key.sql": "ALTER TABLE users DROP CONSTRAINT users_pkey CASCADE;"}),
    prisma_migrations(USERS, "ALTER TABLE users DROP COLUMN code CASCADE;"),
    prisma_migrations(USERS, "ALTER TABLE users DROP CONSTRAINT users_code_key CASCADE;"),
    prisma_migrations(USERS, "DROP TABLE users CASCADE;"),
    prisma_migrations(
        "CREATE TYPE app.mood AS ENUM ('ok');\nCREATE TABLE posts (moods app.mood[]);", "DROP TYPE app.mood CASCADE;"
    ),
    prisma_migrations(f"{USERS}\n{VIEWS.replace('posts', 'notes')}", "DROP TABLE users CASCADE;\nDROP VIEW recent CASCADE;"),
]
GOOD = [
    prisma_migrations(f"{MOOD}\nDROP TYPE mood CASCADE;"),
    # nothing depends on it
    prisma_migrations(VIEWS, "DROP VIEW newest CASCADE;"),
    prisma_migrations(
        VIEWS, "DROP TYPE IF EXISTS colour CASCADE;\nDROP SCHEMA IF EXISTS old CASCADE;\nDROP TABLE IF EXISTS old CASCADE;"
    ),
    prisma_migrations(f"{USERS}\nDROP TABLE users CASCADE;"),
    # it makes room for itself in a database that may have it already
    project({"db/billing.sql": "DROP SCHEMA IF EXISTS billing CASCADE;\nCREATE SCHEMA billing;"}),
    prisma_migrations(USERS, "ALTER TABLE posts DROP COLUMN code CASCADE;\nDROP TABLE posts CASCADE;"),
]

Cascading = DropTable | DropColumn | DropConstraint | DropType | DropObject


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD, yields=True)
def drop_cascade(migration: Migration) -> Iterator[Finding]:
    steps = [step for step in migration.operations if isinstance(step, Cascading) and step.cascade and not is_new(step, migration)]
    dropped = [(step, dependents(step, migration)) for step in steps]
    unsaid = [(step, known) for step, known in dropped if known is None or known]
    if unsaid:
        # Where another rule speaks of the statement, this one is silent there: what only this one tells comes first.
        (first, known), *others = sorted(unsaid, key=lambda pair: is_told_elsewhere(pair[0]))
        yield Finding(
            at=first.location,
            subject=f"{migration.name}: {name_of(first)}",
            message=f"CASCADE drops {what_goes(known)}{f'; {len(others)} more of the migration cascade' if others else ''}",
            confidence=Confidence.CERTAIN if known else Confidence.LIKELY,
            related=tuple(Related(step.location, f"and {what_goes(known)}") for step, known in others),
        )


def is_told_elsewhere(step: Cascading) -> bool:
    """By drop-table or drop-column."""
    return isinstance(step, DropColumn) or (isinstance(step, DropTable) and step.kind == "table")


def what_goes(known: tuple[str, ...] | None) -> str:
    return f"{listed(known)}, too" if known else "whatever depends on it, which the statement does not name"


def name_of(step: Cascading) -> str:
    if isinstance(step, DropType | DropObject):
        return str(step.name)
    return f"{step.table.qualified}" + (f".{step.column}" if isinstance(step, DropColumn) else "")


def is_new(step: Cascading, migration: Migration) -> bool:
    """Whether the migration has made it, or the history has not when IF EXISTS asks."""
    if isinstance(step, DropType):
        return any(isinstance(other, CreateType) and other.name == step.name for other in migration.operations)
    if isinstance(step, DropObject):
        if not step.guarded or step.kind != "schema" or step.name in migration.before.schemas:
            return False
        made = any(isinstance(other, CreateSchema) and other.name == step.name for other in migration.operations)
        return made or bool(migration.before.tables)
    made = any(isinstance(other, CreateTable) and other.table == step.table for other in migration.operations)
    return made or (step.guarded and bool(migration.before.tables) and migration.before.table(step.table) is None)


def dependents(step: Cascading, migration: Migration) -> tuple[str, ...] | None:
    """What goes beside the object itself; None where that is not known."""
    if isinstance(step, DropType):
        return users_of(step.name, migration) if migration.before.tables else None
    if isinstance(step, DropTable) and migration.before.table(step.table) is not None:
        keys = [f"the foreign key of {table}" for table in step.referencing if not migration.creates(table)]
        return (*keys, *views_on(step.table, migration))
    if isinstance(step, DropColumn | DropConstraint) and migration.before.table(step.table) is not None:
        return tuple(f"the foreign key of {table}" for table in step.referencing)
    return None


def users_of(name: Name, migration: Migration) -> tuple[str, ...]:
    return tuple(
        f"column {table.name}.{column.name}"
        for table in migration.before.tables
        if table.kind != "view"
        for column in table.columns
        if column.enum == name or column.type.removesuffix("[]") in (str(name), name.qualified)
    )


def views_on(table: Name, migration: Migration) -> list[str]:
    views = [view for view in migration.before.tables if view.view is not None and table in view.view.reads]
    return [f"{view.kind} {view.name}" for view in views]
