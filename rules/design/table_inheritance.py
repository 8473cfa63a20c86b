"""A table that INHERITS from another.

## Why it matters
Only columns, checks and NOT NULL go over to the heirs. The parent's primary key, unique and foreign keys and its indexes hold for
the parent's own rows alone: the same id can be in the parent and in every heir, a foreign key that refers to the parent does not
see rows of the heirs, and `SELECT ... FROM parent` reads them all with whatever index each happens to have. Two heirs cannot be
told apart but by `tableoid`.

## When it is fine
Partitions as they were made before PostgreSQL 10, with checks and a trigger: that works, and moving to declarative partitions can
wait. An audit or history table that takes a live table's columns (`LIKE` would copy them once).

## What to do
For parts of one large table: `PARTITION BY`. For kinds of a thing: one table with a column that says which kind, or a table for
what is common, with a table for each kind whose primary key refers to it. For columns that many tables have: `LIKE` in each.

## Sources
- PostgreSQL documentation, "Inheritance", section "Caveats": "indexes (including unique constraints) and foreign key constraints
  only apply to single tables, not to their inheritance children"
  https://www.postgresql.org/docs/current/ddl-inherit.html#DDL-INHERIT-CAVEATS
- PostgreSQL wiki, "Don't use table inheritance" https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_table_inheritance"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from advisor.model import Name, Schema, Table
from advisor.rule import Confidence, Finding, Related, Severity, project, rule, sql

SHOWN = 4

BAD = [
    sql("""
        CREATE TABLE places (id bigint PRIMARY KEY, name text);
        CREATE TABLE capitals (state char(2) UNIQUE NOT NULL) INHERITS (places);
        CREATE TABLE villages (mayor text) INHERITS (places);
    """),
    sql("""
        CREATE TABLE hits (id bigint, year int NOT NULL);  -- parts, as they were made before PostgreSQL 10
        CREATE TABLE hits_2015 (CHECK (year = 2015)) INHERITS (hits);
        CREATE TABLE hits_2016 (CHECK (year = 2016)) INHERITS (hits);
    """),
    project({"migrations/002.sql": "CREATE TABLE admins (level int) INHERITS (users);"}),
]
GOOD = [
    sql("""
        CREATE TABLE hits (id bigint, at date NOT NULL) PARTITION BY RANGE (at);
        CREATE TABLE hits_2026 PARTITION OF hits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
        CREATE TABLE hits_copy (LIKE hits);
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def table_inheritance(schema: Schema) -> Iterator[Finding]:
    heirs: dict[Name, list[Table]] = defaultdict(list)
    for table in schema.tables:
        for parent in table.inherits:
            heirs[parent].append(table)
    for name, tables in heirs.items():
        first, *others = tables
        yield Finding(
            at=first.name_location or first.location,
            subject=f"heirs of {name.qualified}",
            message=f"{named(tables)} {'inherit' if others else 'inherits'} from {name}: {unguarded(schema.table(name))}",
            confidence=Confidence.POSSIBLE if are_partitions(tables) else Confidence.LIKELY,
            related=tuple(Related(each.name_location or each.location, f"{each.name} too") for each in others[:SHOWN]),
        )


def named(tables: Sequence[Table]) -> str:
    return str(tables[0].name) if len(tables) == 1 else f"{tables[0].name} and {len(tables) - 1} more"


def unguarded(parent: Table | None) -> str:
    """What the parent has and its heirs lack."""
    key = parent.primary_key if parent else None
    what = f"its primary key ({', '.join(str(column) for column in key.columns)})" if key else "its unique keys, if it has any,"
    return f"{what} and its indexes hold for its own rows alone, and foreign keys to it do not see theirs"


def are_partitions(tables: Sequence[Table]) -> bool:
    """Whether they divide their parent, as was done before PostgreSQL 10: each has a check, and no column of its own."""
    return len(tables) > 1 and all(table.checks for table in tables)
