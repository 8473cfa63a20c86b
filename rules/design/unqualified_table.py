"""A statement that names a table without its schema.

## Why it matters
Which table `orders` is, the session's search_path says: a role, a database, a pooler or a line above in the same file sets it. A
migration that runs under another one makes its table in another schema, or changes another table of that name; a file that is read
together with others may have changed it for those behind it. pg_dump names every schema for that reason.

## When it is fine
There is one schema, `public`, and nobody sets search_path. Tools that keep many tenants in schemas of their own count on it: the
same migration runs once for each. Statements behind a `SET search_path` of their own are not told. Nor are temporary tables, and
what a query reads.

## What to do
`CREATE TABLE app.orders`, `ALTER TABLE app.orders`, `REFERENCES app.customers`. Where all of a history leaves the schemas out,
that is told once, with its number.

## Sources
- PostgreSQL documentation, "Schemas", section "The Schema Search Path"
  https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATH
"""

from collections.abc import Iterator

from advisor.habits import each_or_all
from advisor.model import Database, Migration, WrittenName
from advisor.rule import Finding, Related, Severity, prisma, prisma_migrations, project, rule, sql

BAD = [
    sql("CREATE TABLE orders (id bigint PRIMARY KEY);"),
    sql("""
        CREATE SCHEMA shop;
        CREATE TABLE shop.orders (id bigint PRIMARY KEY, parent_id bigint);
        ALTER TABLE shop.orders ADD FOREIGN KEY (parent_id) REFERENCES orders;
    """),
    project({"migrations/002.sql": "ALTER TABLE orders ADD COLUMN total numeric; DROP TABLE basket;"}),
    prisma_migrations('CREATE TABLE "Order" (id bigint PRIMARY KEY);'),
    sql("\n".join(f"CREATE TABLE posts{letter} (id bigint PRIMARY KEY);" for letter in "abcdefghijk")),
]
GOOD = [
    sql("""
        CREATE TABLE shop.orders (id bigint PRIMARY KEY);
        CREATE INDEX ON shop.orders (id);
        CREATE TEMPORARY TABLE found (id bigint);
        SET search_path = shop;
        CREATE TABLE baskets (id bigint PRIMARY KEY);
    """),
    prisma("""
        model Order {
          id Int @id
        }
    """),
]


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def unqualified_table(database: Database) -> Iterator[Finding]:
    migrations = [migration for migration in database.migrations if not migration.applied]
    findings = [finding(migration) for migration in migrations if migration.unqualified_names]
    names = len({name.text for migration in migrations for name in migration.unqualified_names})
    message = (
        f"{len(findings)} of {len(migrations)} files name tables ({names} of them) without their schema: search_path says which"
    )
    yield from each_or_all(findings, of=len(migrations), subject="tables without schema throughout", message=message)


def finding(migration: Migration) -> Finding:
    """One for a file: whoever begins to write schemas there writes them all."""
    places: dict[str, WrittenName] = {}
    for name in migration.unqualified_names:
        places.setdefault(name.text, name)
    first, *others = places.values()
    beside = tuple(Related(other.location, other.text) for other in others[:4])
    names = f"{first.text} and {len(others)} more tables are named" if others else f"{first.text} is named"
    return Finding(
        at=first.location,
        subject=f"{migration.name}: {first.text}",
        message=f"{names} without a schema: search_path says which is meant",
        related=beside,
    )
