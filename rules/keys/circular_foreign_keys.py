"""Tables that refer to each other in a circle of NOT NULL foreign keys.

## Why it matters
No row of any of them can be the first: each INSERT asks for a row in the next table, and the last one for a row in the first. Nor
can one be deleted first. Tools that insert table by table (fixtures, seeds, factories, `pg_restore --data-only`) fail, and so do
ORMs.

Only a single statement gets through, since foreign keys are checked at its end: `WITH u AS (INSERT INTO users ...) INSERT INTO
teams ...`, with both ids known beforehand.

## When it is fine
A key of the circle is DEFERRABLE: it is then checked at the end of the transaction, by itself or after SET CONSTRAINTS. Or one of
its columns may be NULL: insert without, update then. A table that refers to itself is no circle, since its first row can be its
own parent. Nothing is said of these.

## What to do
Take the key out that matters less: let `teams.owner_id` be NULL, or say who the owner is in the table of members. Or make it
DEFERRABLE INITIALLY DEFERRED, which a foreign key can become at any time without a check of its rows; a Prisma schema cannot say
it, its migration can.

## Sources
- PostgreSQL documentation, CREATE TABLE, DEFERRABLE https://www.postgresql.org/docs/current/sql-createtable.html; ALTER TABLE,
  ALTER CONSTRAINT https://www.postgresql.org/docs/current/sql-altertable.html
- tried on PostgreSQL 18: two inserts fail, one statement with WITH goes through
"""

from collections.abc import Iterator, Mapping

from advisor.model import ForeignKey, Name, Schema
from advisor.remedies import RunSql
from advisor.remedies.sql import quote, quote_name
from advisor.rule import Finding, Related, Severity, prisma, rule, sql

BAD = [
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY, team_id bigint NOT NULL);
        CREATE TABLE teams (id bigint PRIMARY KEY, owner_id bigint NOT NULL REFERENCES users);
        ALTER TABLE users ADD FOREIGN KEY (team_id) REFERENCES teams;
    """),
    prisma("""
        model User {
          id     Int    @id
          teamId Int
          team   Team   @relation("members", fields: [teamId], references: [id])
          owns   Team[] @relation("owner")
        }
        model Team {
          id      Int    @id
          ownerId Int
          owner   User   @relation("owner", fields: [ownerId], references: [id])
          members User[] @relation("members")
        }
    """),
    sql("""
        CREATE TABLE a (id bigint PRIMARY KEY, b_id bigint NOT NULL, unseen_id bigint NOT NULL REFERENCES unseen (id));
        CREATE TABLE b (id bigint PRIMARY KEY, c_id bigint NOT NULL);
        CREATE TABLE c (id bigint PRIMARY KEY, a_id bigint NOT NULL REFERENCES a);
        ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b_id) REFERENCES b;
        ALTER TABLE b ADD CONSTRAINT b_c FOREIGN KEY (c_id) REFERENCES c;
    """),
]
GOOD = [
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY, team_id bigint NOT NULL, parent_id bigint NOT NULL REFERENCES users);
        CREATE TABLE teams (id bigint PRIMARY KEY, owner_id bigint REFERENCES users);
        ALTER TABLE users ADD FOREIGN KEY (team_id) REFERENCES teams;
    """),
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY, team_id bigint NOT NULL);
        CREATE TABLE teams (id bigint PRIMARY KEY, owner_id bigint NOT NULL REFERENCES users);
        ALTER TABLE users ADD FOREIGN KEY (team_id) REFERENCES teams DEFERRABLE INITIALLY DEFERRED;
    """),
    sql("""
        CREATE TABLE a (id bigint PRIMARY KEY);
        CREATE TABLE b (id bigint PRIMARY KEY, a_id bigint NOT NULL REFERENCES a);
        CREATE TABLE c (id bigint PRIMARY KEY, a_id bigint NOT NULL REFERENCES a, b_id bigint NOT NULL REFERENCES b);
    """),
]

Graph = Mapping[Name, list[ForeignKey]]


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def circular_foreign_keys(schema: Schema) -> Iterator[Finding]:
    demands: dict[Name, list[ForeignKey]] = {table.name: [] for table in schema.tables} | binding_keys(schema)
    told: set[Name] = set()
    for start in in_circles(demands):
        circle = [] if start in told else shortest_circle(start, demands)
        names = [key.table for key in circle]
        if not circle or not told.isdisjoint(names):
            continue
        told.update(names)
        first, *others = circle
        yield Finding(
            at=first.location,
            subject=f"{first.table.qualified}({', '.join(first.columns)})",
            message=f"{' → '.join(map(str, [*names, names[0]]))}: each row needs one of the next table first",
            remedy=deferred(first),
            related=tuple(Related(key.location, f"{key.table} needs {key.referenced_table}") for key in others),
        )


def binding_keys(schema: Schema) -> dict[Name, list[ForeignKey]]:
    """By table, the keys that must be met when a row is inserted: checked at once, and none of whose columns may be NULL."""
    found: dict[Name, list[ForeignKey]] = {}
    for table in schema.tables:
        required = {column.name for column in table.columns if not column.nullable}
        for key in table.foreign_keys if schema.parent_of(table) is None else ():
            if not key.deferrable and key.enforced and key.referenced_table != table.name and required.issuperset(key.columns):
                found.setdefault(table.name, []).append(key)
    return found


def in_circles(demands: Graph) -> list[Name]:
    """The tables that are left when those which nothing leads out of, or into, are taken away one after the other."""
    left = set(demands)
    ahead = {name: {key.referenced_table for key in keys if key.referenced_table in left} for name, keys in demands.items()}
    behind: dict[Name, set[Name]] = {name: set() for name in left}
    for name, targets in ahead.items():
        for target in targets:
            behind[target].add(name)
    for forwards, backwards in ((ahead, behind), (behind, ahead)):
        ends = [name for name in left if not forwards[name]]
        while ends:
            end = ends.pop()
            left.discard(end)
            for neighbour in backwards[end]:
                forwards[neighbour].discard(end)
                if neighbour in left and not forwards[neighbour]:
                    ends.append(neighbour)
            for neighbour in forwards[end]:
                backwards[neighbour].discard(end)
    return [name for name in demands if name in left]


def shortest_circle(start: Name, demands: Graph) -> list[ForeignKey]:
    """The keys that lead from a table back to it; none where it only leads to a circle."""
    reached: dict[Name, list[ForeignKey]] = {start: []}
    waiting = [start]
    for name in waiting:
        for key in demands.get(name, ()):
            if key.referenced_table == start:
                return [*reached[name], key]
            if key.referenced_table not in reached:
                reached[key.referenced_table] = [*reached[name], key]
                waiting.append(key.referenced_table)
    return []


def deferred(key: ForeignKey) -> RunSql | None:
    if key.name is None or key.location.path.endswith(".prisma"):
        return None
    alter = f"ALTER TABLE {quote_name(key.table)} ALTER CONSTRAINT {quote(key.name)}"
    return RunSql(
        f"Check the foreign key {key.name} at the end of the transaction",
        f"{alter} DEFERRABLE INITIALLY DEFERRED;",
        f"{alter} NOT DEFERRABLE;",
    )
