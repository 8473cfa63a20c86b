"""A dropped constraint.

## Why it matters
From then on the database takes what it refused: rows that refer to nothing, values out of range, two rows of one key. Nothing
fails, so nobody notices, and when the constraint is wanted back the rows are in its way. ON DELETE CASCADE and SET NULL of a
dropped foreign key stop as well.

## When it is fine
The migration puts another one in its place, or drops the table or the columns as well. The check only proved a NOT NULL that the
column has now. The table referred to goes.

## What to do
Say in the migration what guards the data from now on. A constraint that is only to be changed: add the new one NOT VALID, drop the
old one in the same transaction, and validate afterwards.

## Sources
- PostgreSQL documentation, "Constraints": https://www.postgresql.org/docs/current/ddl-constraints.html
"""

from collections.abc import Iterator

from advisor.model import (
    AddCheck,
    AddForeignKey,
    AddPrimaryKey,
    AddUnique,
    CreateIndex,
    DropColumn,
    DropConstraint,
    DropTable,
    Migration,
    Operation,
)
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

POSTS = (
    "CREATE TABLE users (id bigint PRIMARY KEY);\n"
    "CREATE TABLE posts (id bigint PRIMARY KEY, title text NOT NULL CONSTRAINT titled CHECK (title <> ''),\n"
    "  user_id bigint CONSTRAINT posts_user_id_fkey REFERENCES users,\n"
    "  CONSTRAINT posts_not_null CHECK (title IS NOT NULL));"
)
KEY = "ALTER TABLE posts DROP CONSTRAINT posts_user_id_fkey;"
BAD = [
    prisma_migrations(POSTS, KEY),
    prisma_migrations(POSTS, "ALTER TABLE posts DROP CONSTRAINT titled;"),
    project({"migrations/042_key.sql": KEY}),
    prisma_migrations(
        "CREATE TABLE tags (id bigint PRIMARY KEY, name text UNIQUE);", "ALTER TABLE tags DROP CONSTRAINT tags_name_key;"
    ),
    prisma_migrations("CREATE TABLE tags (id bigint PRIMARY KEY);", "ALTER TABLE tags DROP CONSTRAINT tags_pkey;"),
    # another column goes, another table gets a key
    prisma_migrations(POSTS, f"{KEY}\nALTER TABLE posts DROP CONSTRAINT titled;\nALTER TABLE posts DROP COLUMN id;"),
    project(
        {"migrations/042_key.sql": "ALTER TABLE posts DROP CONSTRAINT IF EXISTS k;\nALTER TABLE tags ADD CONSTRAINT k UNIQUE (id);"}
    ),
]
GOOD = [
    prisma_migrations(
        POSTS,
        f"{KEY}\nALTER TABLE posts ADD CONSTRAINT posts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE;",
    ),
    prisma_migrations(POSTS, f"{KEY}\nALTER TABLE posts DROP COLUMN user_id;"),
    prisma_migrations(POSTS, f"{KEY}\nDROP TABLE users;"),
    # the column is NOT NULL itself
    prisma_migrations(POSTS, "ALTER TABLE posts DROP CONSTRAINT posts_not_null;"),
    prisma_migrations(f"{POSTS}\n{KEY}"),
    project({"migrations/042_key.sql": "ALTER TABLE posts DROP CONSTRAINT k;\nALTER TABLE posts ADD CONSTRAINT k CHECK (id > 0);"}),
    prisma_migrations(
        "CREATE TABLE tags (id bigint PRIMARY KEY, name text UNIQUE);",
        "ALTER TABLE tags DROP CONSTRAINT tags_name_key;\nCREATE UNIQUE INDEX tags_name ON tags (name) WHERE id > 0;",
    ),
    prisma_migrations(
        "CREATE TABLE tags (id bigint PRIMARY KEY);",
        "ALTER TABLE tags DROP CONSTRAINT tags_pkey;\nALTER TABLE tags ADD PRIMARY KEY (id);",
    ),
    prisma_migrations("CREATE TABLE tags (id bigint NOT NULL);", "ALTER TABLE tags DROP CONSTRAINT IF EXISTS tags_old;"),
]
ADDS: dict[str | None, tuple[type[Operation], ...]] = {
    "foreign key": (AddForeignKey,),
    "check": (AddCheck,),
    "unique": (AddUnique, AddPrimaryKey, CreateIndex),
    "primary key": (AddPrimaryKey, AddUnique),
    None: (AddForeignKey, AddCheck, AddUnique, AddPrimaryKey),
}


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def drop_constraint(migration: Migration) -> Iterator[Finding]:
    dropped = [step for step in migration.operations if isinstance(step, DropConstraint) and still_guards(step, migration)]
    if not dropped:
        return
    first, *others = dropped
    names = listed([f"{step.kind or 'constraint'} {step.name}" for step in dropped])
    tables = listed(dict.fromkeys(step.table for step in dropped))
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {first.table.qualified}.{first.name}",
        message=f"{names} no longer {'guard' if others else 'guards'} {tables}: {lost(first)}",
        confidence=Confidence.CERTAIN if first.kind else Confidence.LIKELY,
        related=tuple(Related(step.location, f"{step.kind or 'constraint'} {step.name} of {step.table}, too") for step in others),
    )


def lost(step: DropConstraint) -> str:
    match step.kind:
        case "foreign key":
            return "rows may refer to what is not there"
        case "unique" | "primary key" | "exclusion":
            return "two rows may collide"
        case _:
            return "rows that it refused are taken now"


def still_guards(step: DropConstraint, migration: Migration) -> bool:
    """Whether it is missed when the migration is done."""
    if step.kind == "not null" or not migration.finds(step.table) or is_replaced(step, migration):
        return False
    table = migration.before.table(step.table)
    if table is None or step.kind is None:
        # One that the whole table is not known to have may be there all the same.
        return not (step.guarded and table is not None and table.complete)
    return bool(columns_left(step, migration)) and not says_not_null(step, migration)


def is_replaced(step: DropConstraint, migration: Migration) -> bool:
    """Whether another of its kind comes in its place, or one of its two tables goes."""
    gone = {other.table for other in migration.operations if isinstance(other, DropTable)}
    if step.table in gone or not gone.isdisjoint(step.references):
        return True
    kinds = ADDS.get(step.kind, ())
    return any(isinstance(other, kinds) and getattr(other, "table", None) == step.table for other in migration.operations)


def columns_left(step: DropConstraint, migration: Migration) -> tuple[str, ...]:
    """The constraint's columns, if none of them is dropped."""
    table = migration.before.table(step.table)
    if table is None:
        return ()
    keys = [key.columns for key in table.foreign_keys if key.name == step.name]
    checks = [check.expression.columns for check in table.checks if check.name == step.name]
    indexes = [index.columns for index in table.indexes if index.name == step.name]
    columns = next(iter([*keys, *checks, *indexes]), ("",))
    dropped = {other.column for other in migration.operations if isinstance(other, DropColumn) and other.table == step.table}
    return () if dropped.intersection(columns) else tuple(column or "" for column in columns)


def says_not_null(step: DropConstraint, migration: Migration) -> bool:
    """Whether it is a check that a column is not NULL, which the column says itself."""
    before, after = migration.before.table(step.table), migration.after.table(step.table)
    check = next((check for check in before.checks if check.name == step.name), None) if before else None
    required = check.expression.implied_not_null if check else ()
    columns = [after.column(name) for name in required] if after else []
    return bool(columns) and all(column is not None and not column.nullable for column in columns)
