"""Two foreign keys over the same columns.

## Why it matters
Where both refer to the same columns, the second one proves nothing more, and each row that is written is checked twice: measured on
200,000 rows, the insert takes twice as long. What happens on deletion is said in two places. Where they disagree, the one that was
made first decides: measured, a delete that the older one cascades goes through, one that the older one refuses fails, and after a
restore the order is that of their names in the dump.

Where they refer to different tables, each value must be in both of them: a column that is meant to point at a post or at a video
cannot be filled.

## When it is fine
A key that several tables share, as in one table for each kind of account: the row is then in all of them. Nothing is said of a
primary key, nor where one of the tables itself refers to the other by that key. Keys that have some columns in common,
`(tenant_id)` and `(tenant_id, author_id)`, are left alone: each proves something of its own.

## What to do
Drop the one that says the wrong thing, or the second one; it holds ACCESS EXCLUSIVE on both tables for a moment. For a column that
points at either of two tables: one nullable column for each, and a CHECK that counts them (`num_nonnulls(post_id, video_id) = 1`).

## Sources
- PostgreSQL documentation, "Constraints", section "Foreign Keys"
  https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
- the measurement: benchmarks/keys.py
"""

from collections.abc import Iterator

from advisor.model import ForeignKey, Schema, Table
from advisor.remedies import RunSql
from advisor.remedies.sql import quote, quote_name
from advisor.rule import Confidence, Finding, Related, Severity, prisma, rule, sql

Pairs = frozenset[tuple[str, str]]

BAD = [
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY);
        CREATE TABLE posts (
            id bigint PRIMARY KEY, author_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
            CONSTRAINT posts_author FOREIGN KEY (author_id) REFERENCES users (id) ON DELETE CASCADE
        );
    """),
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY);
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint NOT NULL REFERENCES users);
        ALTER TABLE posts ADD CONSTRAINT posts_author FOREIGN KEY (author_id) REFERENCES users ON DELETE CASCADE;
    """),
    sql("""
        CREATE TABLE videos (id bigint PRIMARY KEY);
        CREATE TABLE posts (id bigint PRIMARY KEY, cover_id bigint REFERENCES videos);
        CREATE TABLE comments (id bigint PRIMARY KEY, subject_id bigint NOT NULL REFERENCES posts REFERENCES videos);
    """),
    sql("""
        CREATE TABLE accounts (tenant_id bigint, id bigint, PRIMARY KEY (tenant_id, id));
        CREATE TABLE bills (
            id bigint PRIMARY KEY, tenant_id bigint, account_id bigint, FOREIGN KEY (tenant_id, account_id) REFERENCES accounts,
            FOREIGN KEY (account_id, tenant_id) REFERENCES accounts (id, tenant_id)
        );
    """),
    sql("""
        CREATE TABLE posts (
            id bigint PRIMARY KEY, author_id bigint REFERENCES users, CONSTRAINT again FOREIGN KEY (author_id) REFERENCES users (id)
        );
    """),
    prisma("""
        model Post {
          id       Int       @id
          comments Comment[]
        }
        model Video {
          id       Int       @id
          comments Comment[]
        }
        model Comment {
          id       Int   @id
          parentId Int
          post     Post  @relation(fields: [parentId], references: [id], map: "comment_post")
          video    Video @relation(fields: [parentId], references: [id], map: "comment_video")
        }
    """),
]
GOOD = [
    sql("""
        CREATE TABLE users (tenant_id bigint, id bigint UNIQUE, PRIMARY KEY (tenant_id, id));
        CREATE TABLE posts (
            id bigint PRIMARY KEY, tenant_id bigint, author_id bigint REFERENCES users (id), editor_id bigint REFERENCES users (id),
            FOREIGN KEY (tenant_id, author_id) REFERENCES users
        );
    """),
    sql("""
        CREATE TABLE people (id bigint PRIMARY KEY);
        CREATE TABLE employees (id bigint PRIMARY KEY REFERENCES people);
        CREATE TABLE badges (id bigint PRIMARY KEY, holder bigint REFERENCES people REFERENCES employees);
        CREATE TABLE drivers (id bigint PRIMARY KEY);
        CREATE TABLE couriers (id bigint PRIMARY KEY REFERENCES people REFERENCES drivers);
    """),
    sql("""
        CREATE TABLE days (a bigint, b bigint, PRIMARY KEY (a, b));
        CREATE TABLE c (x bigint, y bigint, FOREIGN KEY (x, y) REFERENCES days (a, b), FOREIGN KEY (x, y) REFERENCES days (b, a));
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def duplicate_foreign_key(table: Table, schema: Schema) -> Iterator[Finding]:
    if schema.parent_of(table) is not None:
        return
    earlier: dict[frozenset[str], list[ForeignKey]] = {}
    for key in table.foreign_keys:
        others = earlier.setdefault(frozenset(key.columns), [])
        same = next((other for other in others if other.referenced_table == key.referenced_table and may_be_same(other, key)), None)
        other = same or next((other for other in others if other.referenced_table != key.referenced_table), None)
        if same:
            yield said_twice(same, key, table)
        elif other and not shares_key(other, key, schema) and not is_own_key(key, table):
            yield in_two_tables(other, key, table)
        others.append(key)


def said_twice(first: ForeignKey, second: ForeignKey, table: Table) -> Finding:
    agree = actions(first) == actions(second)
    but = ": each row that is written is checked twice"
    if first.on_delete != second.on_delete:
        but = f", ON DELETE {first.on_delete} and ON DELETE {second.on_delete}: the one that was made first decides"
    return Finding(
        at=second.location,
        subject=f"{table.subject()}.{named(second)}",
        message=f"{table.name} ({', '.join(second.columns)}) refers to {second.referenced_table} twice{but}",
        # Which of two that disagree is meant, the input cannot tell.
        remedy=dropped(second, table) if agree else None,
        related=(Related(first.location, "the other foreign key"),),
    )


def in_two_tables(first: ForeignKey, second: ForeignKey, table: Table) -> Finding:
    return Finding(
        at=second.location,
        subject=f"{table.subject()}.{named(second)}",
        message=(
            f"{table.name} ({', '.join(second.columns)}) refers to {first.referenced_table} and to {second.referenced_table}: "
            "each value must be in both"
        ),
        confidence=Confidence.LIKELY,
        related=(Related(first.location, "the other foreign key"),),
    )


def may_be_same(one: ForeignKey, other: ForeignKey) -> bool:
    """Whether both pair the same columns; keys that leave the referenced columns to the primary key of a table not seen count."""
    return not one.referenced_columns or not other.referenced_columns or pairs(one) == pairs(other)


def pairs(key: ForeignKey) -> Pairs:
    return frozenset(zip(key.columns, key.referenced_columns, strict=False))


def actions(key: ForeignKey) -> tuple[object, ...]:
    return (key.on_delete, key.on_update, key.deferrable, key.initially_deferred, key.match_full, key.enforced, key.period)


def shares_key(one: ForeignKey, other: ForeignKey, schema: Schema) -> bool:
    """Whether one of the referenced tables has its rows' keys from the other."""
    ends = ((one, other), (other, one))
    for mine, theirs in ends:
        referenced = schema.table(mine.referenced_table)
        if referenced and any(
            key.referenced_table == theirs.referenced_table and set(key.columns) & set(mine.referenced_columns)
            for key in referenced.foreign_keys
        ):
            return True
    return False


def is_own_key(key: ForeignKey, table: Table) -> bool:
    """Whether it is the row's own identity, which may be a row's in several other tables."""
    return table.primary_key is not None and set(table.primary_key.columns) == set(key.columns)


def named(key: ForeignKey) -> str:
    return key.name or f"({', '.join(key.columns)})"


def dropped(key: ForeignKey, table: Table) -> RunSql | None:
    if key.name is None or not key.referenced_columns:
        return None
    alter, name = f"ALTER TABLE {quote_name(table.name)}", quote(key.name)
    columns, targets = (", ".join(quote(each) for each in names) for names in (key.columns, key.referenced_columns))
    words = [f"{alter} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) REFERENCES {quote_name(key.referenced_table)} ({targets})"]
    words += ["MATCH FULL"] if key.match_full else []
    words += [f"ON UPDATE {key.on_update}"] if key.on_update != "NO ACTION" else []
    words += [f"ON DELETE {key.on_delete}"] if key.on_delete != "NO ACTION" else []
    words += ["DEFERRABLE"] if key.deferrable else []
    words += ["INITIALLY DEFERRED"] if key.initially_deferred else []
    back = " ".join([*words, "NOT VALID;"]) + f"\n{alter} VALIDATE CONSTRAINT {name};"
    return RunSql(f"Drop the foreign key {key.name}", f"{alter} DROP CONSTRAINT {name};", back)
