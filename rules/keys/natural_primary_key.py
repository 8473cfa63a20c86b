"""A primary key made of what the row says, not of a number or UUID drawn for it.

## Why it matters
What means something changes: an email, a slug, a number of another system. The change is then an update of every row that refers to
it, within one transaction, and breaks what stands in URLs, caches and logs. Each foreign key and each index over it carries the
whole text.

## When it is fine
Codes that are given by a standard and never change (countries, currencies), settings by name, the columns of a join table, the key
of the row that it extends. Many hold that a natural key is the better one wherever there is one; therefore this rule is off
unless a project asks for it.

## What to do
An identity column or UUID as the primary key, and the natural key as a unique one.

## Sources
- the discussion of both sides: https://en.wikipedia.org/wiki/Surrogate_key
"""

from collections.abc import Iterator

from advisor.habits import each_or_all
from advisor.model import Column, Database, Table
from advisor.rule import Confidence, Finding, Severity, prisma, rule, sql

IDS = frozenset("id uuid guid key no number ulid cuid uid pk".split())
TEXTS = frozenset({"text", "character varying", "character", "citext", "bpchar"})

BAD = [
    sql("CREATE TABLE users (email text PRIMARY KEY, name text);"),
    sql("CREATE TABLE products (sku varchar(20) PRIMARY KEY, price numeric);"),
    sql("CREATE EXTENSION citext; CREATE TABLE tags (name citext PRIMARY KEY); CREATE TABLE zones (zone char(3) PRIMARY KEY);"),
    prisma("""
        model Page {
          slug  String @id
          title String
        }
    """),
    sql("\n".join(f"CREATE TABLE posts{letter} (slug text PRIMARY KEY, title text);" for letter in "abcdefghijk")),
]
GOOD = [
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY, email text UNIQUE);
        CREATE TABLE tokens (id text PRIMARY KEY, user_uuid uuid);
        CREATE TABLE profiles (user_email text PRIMARY KEY REFERENCES users (email), bio text);
        CREATE TABLE follows (a bigint REFERENCES users, b bigint REFERENCES users, PRIMARY KEY (a, b));
        CREATE TABLE schema_migrations (version varchar PRIMARY KEY);
        CREATE TYPE level AS ENUM ('low', 'high');
        CREATE TABLE limits (level level PRIMARY KEY, value int);
    """),
    prisma("""
        model Page {
          id   String @id @default(cuid())
          slug String @unique
        }
        model Session {
          token String @id @default(uuid())
        }
    """),
]


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def natural_primary_key(database: Database) -> Iterator[Finding]:
    keys = [
        (table, column) for table, column in database.columns() if table.primary_key and column.name in table.primary_key.columns
    ]
    found = [(table, column) for table, column in keys if is_natural(column, table)]
    yield from each_or_all(
        [
            Finding(
                at=column.location,
                subject=table.subject(column.name),
                message=f"{table.model or table.name} is keyed by {column.name}: if it changes, every reference changes",
                confidence=Confidence.LIKELY,
            )
            for table, column in found
        ],
        of=len({table.name for table, _ in keys}),
        subject="natural keys throughout",
        message=f"{len(found)} primary keys are texts that mean something, and may change",
    )


def is_natural(column: Column, table: Table) -> bool:
    """Whether a text is the whole key, is drawn by nobody, is no reference, and is not called an id."""
    whole = table.primary_key is not None and len(table.primary_key.columns) == 1
    drawn = column.default is not None or column.client_default is not None
    refers = any(column.name in key.columns for key in table.foreign_keys)
    named_id = bool(IDS & set(column.words[-1:]))
    return whole and column.base_type in TEXTS and column.enum is None and not (drawn or refers or named_id)
