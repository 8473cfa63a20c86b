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
are made, only the tables and columns that the history lacks are told. Of TypeORM, tables without an entity and what its decorators
cannot say (an index by method or direction, one left to hand with `synchronize: false`) are no drift; of Drizzle, indexes of other
methods than btree that only the history has.

One cause, one finding: the differences of a table are one, and so is one that five tables or more have alike. Where a statement
that could not be followed (dynamic SQL, code that computes its SQL) names the table, the finding says so and is only possible.

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

from collections.abc import Iterable, Iterator, Sequence

from advisor.model import Database, Difference, Schema
from advisor.remedies import RunSql
from advisor.remedies.drift import catching_up_sql
from advisor.rule import (
    Confidence,
    Example,
    Finding,
    Related,
    Severity,
    prisma,
    prisma_migrations,
    project,
    rule,
    typescript,
)

DECLARED = prisma("""
    model User {
      id    Int    @id
      email String @unique
      name  String
    }
""")

DRIZZLE = project(
    {
        "drizzle.config.ts": """
        import { defineConfig } from "drizzle-kit";
        export default defineConfig({ dialect: "postgresql", schema: "./src/schema.ts", out: "./drizzle" });
    """,
        "src/schema.ts": """
        import { index, integer, pgTable, text, timestamp } from "drizzle-orm/pg-core";
        export const posts = pgTable("posts", {
          id: integer("id").primaryKey(),
          title: text("title").notNull(),
          publishedAt: timestamp("published_at"),
        }, (table) => [index("posts_published_at").on(table.publishedAt)]);
    """,
    }
)


def drizzle_migration(text: str) -> Example:
    return project(
        {
            "drizzle/meta/_journal.json": '{"version": "7", "dialect": "postgresql", "entries": [{"idx": 0, "tag": "0000_first"}]}',
            "drizzle/0000_first.sql": text,
        }
    )


TYPEORM = typescript(
    """
    import { Column, CreateDateColumn, Entity, Index, PrimaryGeneratedColumn } from "typeorm";

    @Entity("photo")
    @Index("photo_title_search", { synchronize: false })
    export class Photo {
      @PrimaryGeneratedColumn()
      id: number;

      @Column({ length: 80 })
      title: string;

      @Column({ type: "int", default: null })
      views: number | null;

      @CreateDateColumn()
      createdAt: Date;
    }
    """,
    "src/photo.entity.ts",
)


def typeorm_migration(*statements: str) -> Example:
    queries = "\n".join(f"    await queryRunner.query(`{statement}`);" for statement in statements)
    return project(
        {
            "package.json": '{"dependencies": {"typeorm": "0.3.20", "pg": "8"}}',
            "src/migrations/1700000000000-First.ts": f"""
import {{ MigrationInterface, QueryRunner }} from "typeorm";

export class First1700000000000 implements MigrationInterface {{
  async up(queryRunner: QueryRunner): Promise<void> {{
{queries}
  }}
  async down(queryRunner: QueryRunner): Promise<void> {{}}
}}
""",
        }
    )


SEQUELIZE = typescript(
    """
    const { DataTypes, Sequelize } = require("sequelize");
    const sequelize = new Sequelize(process.env.DATABASE_URL, { dialect: "postgres" });

    const Task = sequelize.define("Task", {
      title: { type: DataTypes.STRING, allowNull: false },
      done: DataTypes.BOOLEAN,
    }, { tableName: "tasks", timestamps: false });
    module.exports = Task;
    """,
    "models/task.js",
)


def sequelize_migration(columns: str) -> Example:
    return project(
        {
            "package.json": '{"dependencies": {"sequelize": "6", "pg": "8"}}',
            "migrations/20240101000000-first.js": f"""
module.exports = {{
  up: (queryInterface, Sequelize) => queryInterface.createTable("tasks", {{
    id: {{ type: Sequelize.INTEGER, primaryKey: true, autoIncrement: true }},
    {columns}
  }}),
  down: (queryInterface) => queryInterface.dropTable("tasks"),
}};
""",
        }
    )


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
    # Drizzle: nobody generated the migration for a column and its index
    DRIZZLE + drizzle_migration('CREATE TABLE "posts" ("id" integer PRIMARY KEY, "title" text NOT NULL);'),
    # TypeORM: the history has another length, and NOT NULL where the entity takes null
    TYPEORM
    + typeorm_migration(
        'CREATE TABLE "photo" ("id" SERIAL PRIMARY KEY, "title" character varying(40) NOT NULL, "views" integer NOT NULL,'
        ' "createdAt" TIMESTAMP NOT NULL DEFAULT now())',
    ),
    # Sequelize: every query of the model names a column that the table has not
    SEQUELIZE + sequelize_migration("title: { type: Sequelize.STRING, allowNull: false },"),
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
    DRIZZLE
    + drizzle_migration(
        'CREATE TABLE "posts" ("id" integer PRIMARY KEY, "title" text NOT NULL, "published_at" timestamp(6));\n'
        'CREATE INDEX "posts_published_at" ON "posts" ("published_at");\n'
        # What drizzle-kit does not see, made by hand
        'CREATE INDEX "posts_title" ON "posts" USING gin (to_tsvector(\'english\', "title"));'
    ),
    TYPEORM
    + typeorm_migration(
        'CREATE TABLE "photo" ("id" SERIAL PRIMARY KEY, "title" character varying(80) NOT NULL, "views" integer,'
        ' "createdAt" TIMESTAMP NOT NULL DEFAULT now())',
        # Its own: an index that the entity leaves to hand-written migrations, a table without an entity
        'CREATE INDEX "photo_title_search" ON "photo" ("title", "views")',
        'CREATE TABLE "photo_import" ("id" integer)',
    ),
    # A model may leave out lengths, NOT NULL, defaults and columns that it does not use
    SEQUELIZE
    + sequelize_migration(
        "title: { type: Sequelize.STRING(120), allowNull: false },"
        " done: { type: Sequelize.BOOLEAN, allowNull: false, defaultValue: false }, note: Sequelize.TEXT,"
    ),
]

SHOWN = 3
"""Differences that one message spells out."""
SHARED_BY = 5
"""So many tables with one and the same difference have one cause, and are one finding."""
WORDS = {"declared": "declared", "built": "in the history", "live": "on the server"}


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def schema_drift(database: Database) -> Iterator[Finding]:
    shared, others = by_cause(database.drift)
    for differences in shared:
        yield from shared_finding(differences, database)
    for subject, differences in by_table(others).items():
        message = f"{name_of(subject)}: {'; '.join(map(told, differences[:SHOWN]))}{and_more(len(differences))}"
        yield from finding(subject, message, differences, database)


def by_cause(differences: Iterable[Difference]) -> tuple[list[list[Difference]], list[Difference]]:
    """What many tables have alike, cause by cause (a type spelled in another way throughout), and the rest."""
    causes: dict[tuple[object, ...], list[Difference]] = {}
    for difference in differences:
        alike = difference.attribute or (own_name(difference) if difference.kind == "column" else difference.kind)
        key = (difference.kind, alike, difference.left, difference.right, difference.sides, difference.doubt is None)
        causes.setdefault(key, []).append(difference)
    shared = [found for found in causes.values() if len({table_of(difference) for difference in found}) >= SHARED_BY]
    shared = [found for found in shared if found[0].kind not in ("table", "enum", "function")]
    taken = {id(difference) for found in shared for difference in found}
    return shared, [difference for difference in differences if id(difference) not in taken]


def shared_finding(differences: Sequence[Difference], database: Database) -> Iterator[Finding]:
    first = differences[0]
    named = ", ".join(
        name_of(difference.subject if first.attribute else table_of(difference)) for difference in differences[:SHOWN]
    )
    what = f"{told(first, with_name=False)}, in {len({table_of(difference) for difference in differences})} tables"
    yield from finding(first.subject, f"{what}: {named}{and_more(len(differences))}", differences, database)


def finding(subject: str, message: str, differences: Sequence[Difference], database: Database) -> Iterator[Finding]:
    """A finding at the first place that is known; only possible where it may come from what could not be followed."""
    first = next((found for found in differences if found.left_location), differences[0])
    place = first.left_location or first.right_location
    if place is None:
        return
    other = first.right_location if first.left_location else None
    doubt = next((found.doubt for found in differences if found.doubt), None)
    related = [Related(other, f"what is {WORDS[first.sides[1]]}")] if other else []
    if doubt is not None:
        message += f"; this may come from {doubt.path}, line {doubt.line}, which could not be followed"
        related.append(Related(doubt, "not followed: the difference may come from here"))
    yield Finding(
        at=place,
        subject=subject,
        message=message,
        remedy=remedy_for(subject, differences, database),
        confidence=Confidence.POSSIBLE if doubt is not None else Confidence.CERTAIN,
        related=tuple(related),
    )


def by_table(differences: Iterable[Difference]) -> dict[str, list[Difference]]:
    """Differences by the table that they are about, or by their own name where they are about no part of one."""
    found: dict[str, list[Difference]] = {}
    for difference in differences:
        found.setdefault(table_of(difference), []).append(difference)
    return found


def table_of(difference: Difference) -> str:
    is_whole = difference.kind in ("table", "enum", "function")
    return difference.subject if is_whole else ".".join(difference.subject.split(".", 2)[:2])


def name_of(subject: str) -> str:
    return subject.removeprefix("public.")


def told(difference: Difference, *, with_name: bool = True) -> str:
    """`column name is declared, but not in the history`; `column id is integer as declared, bigint in the history`."""
    left, right = (WORDS[side] for side in difference.sides)
    named = with_name or (difference.kind == "column" and difference.attribute is None)
    what = f"{difference.kind} {own_name(difference) if named else ''}".strip()
    if difference.attribute is None:
        here, there = (left, right) if difference.left is not None else (right, left)
        if difference.kind in ("foreign key", "index", "check"):
            what = in_words(difference.left or difference.right or "")
        return f"{what} is {here}, not {there}"
    label = what if difference.attribute in ("type", "nullable", "definition") else f"{what} {difference.attribute}"
    return f"{label} is {difference.left or 'none'} as {left}, {difference.right or 'none'} {right}"


def in_words(definition: str) -> str:
    """`UNIQUE INDEX (email)` as `unique index on (email)`."""
    keywords, parenthesis, rest = definition.partition("(")
    kind, using, method = keywords.strip().partition(" USING ")
    words = {"UNIQUE": "unique constraint", "EXCLUDE": "exclusion constraint"}.get(kind, kind.lower())
    place = " on" if kind.endswith(("INDEX", "UNIQUE")) and not method else ""
    return f"{words}{using.lower()}{method}{place} {parenthesis}{rest}"


def own_name(difference: Difference) -> str:
    return difference.subject.split(".", 2)[-1] if difference.subject.count(".") > 1 else ""


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
