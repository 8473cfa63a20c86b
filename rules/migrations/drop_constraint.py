"""A dropped constraint.

## Why it matters
From then on the database takes what it refused: rows that refer to nothing, values out of range, two rows of one key. Nothing
fails, so nobody notices, and when the constraint is wanted back the rows are in its way. ON DELETE CASCADE and SET NULL of a
dropped foreign key stop as well.

## When it is fine
The migration puts another one in its place, or drops the table or the columns as well. The check only proved a NOT NULL that the
column has now. Another unique index of some of its columns stays. The table referred to goes.

## What to do
Say in the migration what guards the data from now on. A constraint that is only to be changed: add the new one NOT VALID, drop the
old one in the same transaction, and validate afterwards.

## Sources
- PostgreSQL documentation, "Constraints": https://www.postgresql.org/docs/current/ddl-constraints.html
"""

from collections.abc import Iterator

from advisor.model import (
    AddCheck,
    AddExclusion,
    AddForeignKey,
    AddPrimaryKey,
    AddUnique,
    CreateIndex,
    DropColumn,
    DropConstraint,
    DropTable,
    Migration,
    Name,
    Operation,
    RenameColumn,
    RenameTable,
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
        "CREATE TABLE tags (id bigint PRIMARY KEY, name text UNIQUE);\nCREATE UNIQUE INDEX i ON tags (name) WHERE id > 0;",
        "ALTER TABLE tags DROP CONSTRAINT tags_name_key;",
    ),
    prisma_migrations("CREATE TABLE tags (id bigint PRIMARY KEY);", "ALTER TABLE tags DROP CONSTRAINT tags_pkey;"),
    # another column goes, another table gets a key
    prisma_migrations(POSTS, f"{KEY}\nALTER TABLE posts DROP CONSTRAINT titled;\nALTER TABLE posts DROP COLUMN id;"),
    project(
        {"migrations/042_key.sql": "ALTER TABLE posts DROP CONSTRAINT IF EXISTS k;\nALTER TABLE tags ADD CONSTRAINT k UNIQUE (id);"}
    ),
    # a key of another column, and an index that takes every row, are nothing in its place
    prisma_migrations(POSTS, f"{KEY}\nALTER TABLE posts ADD CONSTRAINT posts_id_fkey FOREIGN KEY (id) REFERENCES users;"),
    prisma_migrations(
        "CREATE TABLE tags (id bigint PRIMARY KEY, name text UNIQUE);",
        "ALTER TABLE tags DROP CONSTRAINT tags_name_key;\nCREATE INDEX tags_name ON tags (name);",
    ),
    prisma_migrations(
        "CREATE TABLE slots (at tsrange, CONSTRAINT apart EXCLUDE USING gist (at WITH &&));",
        "ALTER TABLE slots DROP CONSTRAINT apart;",
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
    # a NOT NULL has a name, too, from PostgreSQL 18 on
    prisma_migrations(POSTS, "ALTER TABLE posts DROP CONSTRAINT posts_title_not_null;"),
    # it guards only while the migration runs
    prisma_migrations(
        POSTS,
        "ALTER TABLE posts ADD COLUMN blog_id bigint, ADD CONSTRAINT k FOREIGN KEY (blog_id) REFERENCES users;\n"
        "ALTER TABLE posts DROP CONSTRAINT k;",
    ),
    # the other one refuses as much
    prisma_migrations(
        "CREATE TABLE tags (id bigint UNIQUE, name text, CONSTRAINT tags_both UNIQUE (id, name));",
        "ALTER TABLE tags DROP CONSTRAINT tags_both;",
    ),
    # it is made again under the table's and the column's new names
    prisma_migrations(
        POSTS,
        f"{KEY}\nALTER TABLE posts RENAME TO articles;\nALTER TABLE articles RENAME COLUMN user_id TO author_id;\n"
        "ALTER TABLE articles ADD CONSTRAINT articles_author_id_fkey FOREIGN KEY (author_id) REFERENCES users;",
    ),
    prisma_migrations(
        "CREATE TABLE slots (at tsrange, CONSTRAINT apart EXCLUDE USING gist (at WITH &&));",
        "ALTER TABLE slots DROP CONSTRAINT apart, ADD CONSTRAINT apart EXCLUDE USING gist (at WITH &&) WHERE (at <> 'empty');",
    ),
]
ADDS: dict[str | None, tuple[type[Operation], ...]] = {
    "foreign key": (AddForeignKey,),
    "check": (AddCheck,),
    "unique": (AddUnique, AddPrimaryKey, CreateIndex),
    "primary key": (AddPrimaryKey, AddUnique),
    "exclusion": (AddExclusion, AddUnique),
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
    if step.kind == "not null" or not migration.finds(step.table) or is_made_here(step, migration) or is_replaced(step, migration):
        return False
    table = migration.before.table(step.table)
    if table is None or step.kind is None:
        # One that the whole table is not known to have may be there all the same.
        return not (step.guarded and table is not None and table.complete)
    return bool(columns_left(step, migration)) and not (says_not_null(step, migration) or is_implied(step, migration))


def is_made_here(step: DropConstraint, migration: Migration) -> bool:
    before = migration.operations[: migration.operations.index(step)]
    return any(isinstance(other, AddForeignKey) and other.foreign_key.name == step.name for other in before)


def is_replaced(step: DropConstraint, migration: Migration) -> bool:
    """Whether another of its kind comes in its place, or one of its two tables goes."""
    gone = {other.table for other in migration.operations if isinstance(other, DropTable)}
    if step.table in gone or not gone.isdisjoint(step.references):
        return True
    names = names_of(step.table, migration)
    added = [other for other in migration.operations if isinstance(other, ADDS.get(step.kind, ()))]
    return any(getattr(other, "table", None) in names and takes_its_place(other, step, migration) for other in added)


def names_of(table: Name, migration: Migration) -> set[Name]:
    """What the table is called before and after the migration's renamings."""
    names = {table}
    for step in migration.operations:
        if isinstance(step, RenameTable) and step.table in names:
            names.add(step.new_name)
    return names


def takes_its_place(other: Operation, step: DropConstraint, migration: Migration) -> bool:
    """Whether a constraint or an index of its kind guards something of the same."""
    if isinstance(other, CreateIndex):
        return other.index.unique
    columns = set(columns_left(step, migration))
    if not isinstance(other, AddForeignKey) or not columns:
        return True
    renamed = {each.new_name for each in migration.operations if isinstance(each, RenameColumn) and each.column in columns}
    return not (columns | renamed).isdisjoint(other.foreign_key.columns)


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


def is_implied(step: DropConstraint, migration: Migration) -> bool:
    """Whether another unique index of some of its columns stays: no two rows that it refused pass that."""
    after, columns = migration.after.table(step.table), set(columns_left(step, migration))
    indexes = after.indexes if after and step.kind in ("unique", "primary key") else ()
    return any(index.unique and index.predicate is None and columns.issuperset(index.columns) for index in indexes)


def says_not_null(step: DropConstraint, migration: Migration) -> bool:
    """Whether it is a check that a column is not NULL, which the column says itself."""
    before, after = migration.before.table(step.table), migration.after.table(step.table)
    check = next((check for check in before.checks if check.name == step.name), None) if before else None
    required = check.expression.implied_not_null if check else ()
    columns = [after.column(name) for name in required] if after else []
    return bool(columns) and all(column is not None and not column.nullable for column in columns)
