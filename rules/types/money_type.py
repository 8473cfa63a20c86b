"""A column of type money.

## Why it matters
`money` holds a number of cents and no currency. Which sign stands before it and how many digits stand behind the point is the
setting `lc_monetary` of the session that reads: a dump of `$1,000.00` restored where the setting differs is refused or becomes
another amount. Fractions of a cent are lost at every division: `'1.00'::money / 3 * 3` is 0.99. Clients get a text, with sign and
commas.

## When it is fine
Hardly ever; PostgreSQL's own wiki advises against it.

## What to do
`numeric`, with the currency in a column of its own, or whole cents in a `bigint`. The cast takes the digits as `lc_monetary` shows
them: run it with the setting that the values were written under.

## Sources
- PostgreSQL documentation, "Monetary Types": "since the output of this data type is locale-sensitive, it might not work to load
  money data into a database that has a different setting of lc_monetary"
  https://www.postgresql.org/docs/current/datatype-money.html
- PostgreSQL wiki, "Don't use money" https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_money
"""

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.model import Column, Schema, Table
from advisor.remedies import ChangeColumnType
from advisor.rule import Finding, Severity, prisma, project, rule, sql

ENOUGH = "19 digits hold every value of money. Behind the point keep as many as lc_monetary shows."

BAD = [
    sql("CREATE TABLE orders (id bigint PRIMARY KEY, total money NOT NULL DEFAULT 0, fees money[]);"),
    sql("CREATE TABLE orders (id bigint PRIMARY KEY, net money, double money GENERATED ALWAYS AS (net * 2) STORED);"),
    prisma("""
        model Order {
          id    Int     @id
          total Decimal @db.Money
        }
    """),
    project({"migrations/003.sql": "ALTER TABLE orders ADD COLUMN discount money;"}),
]
GOOD = [
    sql("CREATE TABLE orders (id bigint PRIMARY KEY, total numeric(12,2), currency text, money_back bigint);"),
    prisma("""
        model Order {
          id    Int     @id
          total Decimal @db.Decimal(12, 2)
        }
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def money_type(column: Column, table: Table, schema: Schema) -> Iterator[Finding]:
    if column.base_type != "money":
        return
    how = ChangeColumnType.of(table, column, column.type.replace("money", "numeric(19,2)"), schema)
    yield Finding(
        at=column.location,
        subject=table.subject(column.name),
        message=f"{table.name}.{column.name} is of type money: its currency and its cents hang on lc_monetary of who reads",
        remedy=replace(how, note=ENOUGH) if how else None,
    )
