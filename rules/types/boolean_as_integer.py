"""A number or a letter that means yes or no.

## Why it matters
A column `is_active integer` takes 2 and -1 as well, which some code counts as true (`<> 0`) and some as false (`= 1`); a letter
takes `Y`, `y`, `T` and a blank. Every query must know how the column says yes, every client must convert. A `boolean` takes one
byte and nothing but true, false and NULL, and stands in a WHERE clause by itself.

## When it is fine
The schema must also run on a database that has no boolean (Oracle before 23ai), or a standard or another system sets the values.
There are more than two values, whatever the name says: then an enum or a CHECK says which.

## What to do
Change the type, as below; nothing but the way in which queries ask changes with it. PostgreSQL writes the table anew, and code that
writes numbers fails from then on: change both together, or add a column and fill it. Where a CHECK or an index's predicate
compares the column with a number, that must be dropped first, and no SQL is proposed.

## Sources
- PostgreSQL documentation, "Boolean Type" https://www.postgresql.org/docs/current/datatype-boolean.html
- tried on PostgreSQL 18: no cast from boolean to smallint or bigint, an INSERT of 1 into a boolean column is refused
"""

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.habits import each_or_all
from advisor.model import Column, Database, Schema, Table
from advisor.remedies import ChangeColumnType, ChangeColumnTypes
from advisor.remedies.sql import quote
from advisor.rule import Confidence, Finding, Severity, prisma, project, rule, sql

QUESTIONS = frozenset("is has was should".split())
STATES = frozenset("enabled disabled active deleted hidden visible archived verified locked published flag".split())
NUMBERS = frozenset({"smallint", "integer", "bigint"})
OTHER_ENDS = frozenset("id count number by level rank order position at size".split())
LETTERS = frozenset({"character", "character varying"})
PAIRS = ("YN", "TF", "10")
"""How a letter says yes and no."""
OTHERS = "Any value but {yes} becomes false."

BAD = [
    sql("CREATE TABLE users (id bigint PRIMARY KEY, is_active integer NOT NULL DEFAULT 1);"),
    sql("CREATE TABLE users (id bigint PRIMARY KEY, has_paid smallint, is_member numeric(1), is_admin bit(1));"),
    sql("""
        CREATE TABLE users (
            id bigint PRIMARY KEY, is_locked char(1) DEFAULT 'f' NOT NULL, is_new varchar(1) CHECK (is_new IN ('Y', 'N'))
        );
    """),
    prisma("""
        model User {
          id       Int @id
          isActive Int @default(1) @db.SmallInt
        }
    """),
    project({"migrations/009.sql": "ALTER TABLE users ADD COLUMN enabled smallint NOT NULL DEFAULT 0;"}),
    sql("""
        CREATE TABLE u (is_a int, is_b int, is_c int, is_d int, is_e int, is_f int, is_g int, is_h int, is_i int);
        CREATE TABLE v (is_j bigint DEFAULT 0, is_k int);
    """),
    sql("CREATE TABLE t (id int, is_a int, is_b smallint DEFAULT 1, has_c char(1) DEFAULT 'y', was_d bigint, is_e bit(1));"),
]
GOOD = [
    sql("""
        CREATE TABLE users (
            id bigint PRIMARY KEY, is_active boolean NOT NULL DEFAULT true, active_users integer, users_active integer DEFAULT 0,
            flags integer, is_rank integer DEFAULT 3, island integer, has bigint, isbn bigint, deleted_by integer, hash_flag bytea
        );
    """),
    sql("""
        CREATE TABLE purges (id bigint PRIMARY KEY, archived integer DEFAULT 0, deleted integer DEFAULT 0);
        CREATE TABLE issuers (id integer PRIMARY KEY);
        CREATE TABLE cards (is_id integer REFERENCES issuers, was_id integer);
        CREATE VIEW shown AS SELECT 1 AS is_shown;
    """),
    prisma("""
        model User {
          id       Int     @id
          isActive Boolean @default(true)
        }
    """),
]


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def boolean_as_integer(database: Database) -> Iterator[Finding]:
    flags = [(table, column) for table, column in database.columns() if holds_one_of_two(column) and is_flag(table, column)]
    changes = [change(table, column, database.schema) for table, column in flags]
    yield from each_or_all(
        [finding(table, column, how) for (table, column), how in zip(flags, changes, strict=True)],
        of=2 * len(flags),
        subject="numbers for booleans throughout",
        message=f"{len(flags)} columns say yes and no with a number or a letter: they take other values too",
        remedy=ChangeColumnTypes("Make the flags boolean", tuple(how for how in changes if how)),
    )


def finding(table: Table, column: Column, how: ChangeColumnType | None) -> Finding:
    return Finding(
        at=column.location,
        subject=table.subject(column.name),
        message=f"{table.name}.{column.name} says yes or no in {column.type}: it takes other values too",
        remedy=how,
        confidence=Confidence.LIKELY if column.words[0] in QUESTIONS else Confidence.POSSIBLE,
    )


def holds_one_of_two(column: Column) -> bool:
    """Whether it could say yes and no, by its type and its default."""
    kind, size = column.base_type, column.modifiers
    fits = kind in NUMBERS or (kind in LETTERS and size == (1,)) or column.type in ("numeric(1,0)", "bit(1)", '"char"')
    return fits and not (column.is_array or column.identity or column.generated) and default_of(column) is not None


def is_flag(table: Table, column: Column) -> bool:
    """Whether its name asks a question, or is a state. A state in a wider number may well be a count."""
    words = column.words
    if not words or words[-1] in OTHER_ENDS or any(column.name in key.columns for key in table.foreign_keys):
        return False
    if len(words) == 1:
        return words[0] in STATES and column.base_type not in ("integer", "bigint")
    return words[0] in QUESTIONS or (words[-1] in ("flag", "enabled", "disabled") and words[0] not in ("num", "total"))


def default_of(column: Column) -> str | None:
    """What its default is as a boolean, empty where it has none; None where it is something else."""
    if not column.has_default or column.default is None:
        return ""
    given = column.default.text.partition("::")[0].removeprefix("B").strip("'()").upper()
    return next(("true" if given == pair[0] else "false" for pair in PAIRS if given in tuple(pair)), None)


def change(table: Table, column: Column, schema: Schema) -> ChangeColumnType | None:
    compared = any(column.name in check.expression.columns for check in table.checks)
    compared |= any(index.predicate is not None and column.name in index.predicate.columns for index in table.indexes)
    how = None if compared else ChangeColumnType.of(table, column, "boolean", schema)
    if how is None:
        return None
    name, note = quote(column.name), None
    there, back = f"{name} <> 0", f"{name}::integer" + (f"::{column.type}" if column.type != "integer" else "")
    if column.type == "bit(1)":
        there = f"{name} = B'1'"
    elif column.base_type not in NUMBERS and column.base_type != "numeric":
        yes, no = letters(column)
        there, back = f"{name} = '{yes}'", f"CASE WHEN {name} THEN '{yes}' WHEN NOT {name} THEN '{no}' END"
        note = OTHERS.format(yes=yes)
    defaults = (default_of(column), column.default.text) if column.default and column.has_default else (None, None)
    return replace(how, using=there, back_using=back, default=defaults[0], back_default=defaults[1], note=note)


def letters(column: Column) -> tuple[str, str]:
    """How it says yes and no, as its default shows."""
    given = column.default.text.partition("::")[0].strip("'") if column.default and column.has_default else "N"
    pair = next(pair for pair in PAIRS if given.upper() in tuple(pair))
    return (pair[0].lower(), pair[1].lower()) if given.islower() else (pair[0], pair[1])
