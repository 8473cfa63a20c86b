"""The schema that an ORM declares is not the one that the migration history builds, or not the one that a server has.

## Why it matters
Every new environment is made by the history: CI, a colleague's machine, the next region. Where it builds something else than
the ORM's client expects, queries fail there at run time (`column does not exist`), inserts are refused for a NOT NULL that
nobody knows of, or a unique key is missing and duplicates come in. The next `prisma migrate dev` finds the difference too, and
offers to reset the database. A server that differs from its history was changed by hand: the next migration may fail on it, and
a restore brings back something else.

## When it is fine
While a change is being worked on: the schema is edited, its migration not yet written. A project that uses `db push` has no
history, and nothing is said of it; nor of a history that was squashed into an empty baseline, or that builds less than half of
the declared tables: it is not taken for the history of this schema.

Not compared, since an ORM's schema cannot say them: views, functions, triggers, policies, checks, partial and expression
indexes that a hand-written migration makes, the columns of a view that a model stands for, a second index like one that is
declared. They are where the history has them and a server (`--db`) does not. Names of keys and indexes count only where nothing of
the same shape is there (Prisma would rename them), tables of migration tools never. Of Sequelize models, from which no migrations
are made, only the tables and columns that the history lacks are told.

## What to do
Write the migration that is missing, and nothing else: `prisma migrate dev --name catch-up`, `drizzle-kit generate`, `typeorm
migration:generate`. The SQL below is what the history lacks, where it is mechanical. Where the history is right, change the
declaration. A server that was changed by hand: bring the change into a migration, and tell the tool that it is applied there
(`prisma migrate resolve --applied`).

## Sources
- Prisma documentation, "Troubleshooting", section "Schema drift":
  https://www.prisma.io/docs/orm/prisma-migrate/workflows/troubleshooting
- What Prisma counts as a difference: measured with `diff` of its schema engine (@prisma/schema-engine-wasm 8.1.0) on the databases
  that the migrations of formbricks, hoppscotch, papermark, rallly, trigger.dev, typebot and umami build
- Drizzle documentation, "drizzle-kit check": https://orm.drizzle.team/docs/drizzle-kit-check

"""

from collections.abc import Iterable, Iterator

from advisor.model import Database, Difference, Schema
from advisor.remedies import RunSql
from advisor.remedies.drift import catching_up_sql
from advisor.rule import Finding, Related, Severity, prisma, prisma_migrations, rule

DECLARED = prisma("""
    model User {
      id    Int    @id
      email String @unique
      name  String
    }
""")

BAD = [
    DECLARED + prisma_migrations('CREATE TABLE "User" (id integer PRIMARY KEY, email text NOT NULL, name text NOT NULL);'),
    DECLARED
    + prisma_migrations(
        'CREATE TABLE "User" (id integer NOT NULL, email text NOT NULL, CONSTRAINT "User_pkey" PRIMARY KEY (id));',
        'CREATE UNIQUE INDEX "User_email_key" ON "User" (email);',
    ),
    DECLARED
    + prisma_migrations(
        'CREATE TABLE "User" (id bigint PRIMARY KEY, email text NOT NULL, name text);',
        'CREATE UNIQUE INDEX "User_email_key" ON "User" (email);',
    ),
]
GOOD = [
    DECLARED
    + prisma_migrations(
        'CREATE TABLE "User" (id integer PRIMARY KEY, email text NOT NULL, name text NOT NULL);',
        # Another name and another spelling, an index that Prisma cannot say, a function: no drift
        'ALTER TABLE "User" ADD CONSTRAINT "email_unique" UNIQUE (email);\n'
        'CREATE INDEX "User_lower" ON "User" (lower(email));\n'
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';",
    ),
    # No history: the project uses `db push`
    DECLARED,
    # A baseline that was squashed away
    DECLARED + prisma_migrations("SELECT 1;"),
]

SHOWN = 3
"""Differences that one message spells out."""
WORDS = {"declared": "declared", "built": "in the history", "live": "on the server"}


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def schema_drift(database: Database) -> Iterator[Finding]:
    for subject, differences in by_table(database.drift).items():
        first = next((found for found in differences if found.left_location), differences[0])
        place = first.left_location or first.right_location
        if place is None:
            continue
        other = first.right_location if first.left_location else None
        yield Finding(
            at=place,
            subject=subject,
            message=f"{name_of(subject)}: {', '.join(map(told, differences[:SHOWN]))}{and_more(len(differences))}",
            remedy=remedy_for(subject, differences, database),
            related=(Related(other, f"what is {WORDS[first.sides[1]]}"),) if other else (),
        )


def by_table(differences: Iterable[Difference]) -> dict[str, list[Difference]]:
    """Differences by the table that they are about, or by their own name where they are about no part of one."""
    found: dict[str, list[Difference]] = {}
    for difference in differences:
        is_whole = difference.kind in ("table", "enum", "function")
        subject = difference.subject if is_whole else ".".join(difference.subject.split(".", 2)[:2])
        found.setdefault(subject, []).append(difference)
    return found


def name_of(subject: str) -> str:
    return subject.removeprefix("public.")


def told(difference: Difference) -> str:
    """`column name is declared, but not in the history`; `column id: integer declared, bigint in the history`."""
    left, right = (WORDS[side] for side in difference.sides)
    own_name = difference.subject.split(".", 2)[-1] if difference.subject.count(".") > 1 else ""
    what = f"{difference.kind} {own_name}".strip()
    if difference.attribute is None:
        here, there = (left, right) if difference.left is not None else (right, left)
        detail = difference.left or difference.right
        shown = f" {detail}" if difference.kind in ("foreign key", "index", "check") else ""
        return f"{what if not shown else difference.kind}{shown} is {here}, not {there}"
    label = f"{what} {difference.attribute}" if difference.attribute == "default" else what
    return f"{label} is {difference.left or 'none'} as {left}, {difference.right or 'none'} {right}"


def and_more(number: int) -> str:
    return f", and {number - SHOWN} more" if number > SHOWN else ""


def remedy_for(subject: str, differences: Iterable[Difference], database: Database) -> RunSql | None:
    """What the other side lacks, as SQL; none where some of it takes thought (values that must fit a new type)."""
    found = list(differences)
    (left, right), *others = {difference.sides for difference in found}
    source: Schema | None = {"declared": database.declared, "built": database.built, "live": database.live}[left]
    # What differs between three places has no one way to put it right.
    text = catching_up_sql(found, source) if source and not others else None
    return RunSql(f"Bring {name_of(subject)} {WORDS[right]} to what is {WORDS[left]}", text) if text else None
