"""A floating-point column that holds money.

## Why it matters
`real` and `double precision` hold binary fractions, and 0.1 is none. Measured: a million times 0.1 add up to 100000.0000013 in
double precision and to 100958.34 in real; `0.1 + 0.2 = 0.3` is false; `floor(19.99 * 100)` is 1998. Sums come out another way when
rows are added in another order. Invoices that do not add up, and comparisons that fail for a hundredth of a cent, follow.

## When it is fine
Estimates: forecasts, averages, statistics, market prices that a chart shows (such findings are only possible, and where there are
several they are told once). Nothing is said of
rates, ratios, percentages, factors and the like.

## What to do
`numeric`, which is exact, or whole cents in a `bigint`. The cast keeps 15 digits of a double, which takes the noise away:
19.99 comes out as 19.99. Code must follow: node-postgres hands out numeric as text, Prisma's Decimal is an object of decimal.js, so
that `+` no longer adds.

## Sources
- PostgreSQL documentation, "Numeric Types", section "Floating-Point Types": "If you require exact storage and calculations (such as
  for monetary amounts), use the numeric type instead" https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-FLOAT
- the measurement: benchmarks/column_types.py
"""

from collections.abc import Iterator

from advisor.habits import each_or_all
from advisor.model import Column, Database, Schema, Table
from advisor.model.schema import words_of
from advisor.remedies import ChangeColumnType, ChangeColumnTypes
from advisor.rule import Confidence, Finding, Severity, prisma, project, rule, sql

FLOATS = frozenset({"real", "double precision"})
MONEY = frozenset(
    """price prices cost costs fee fees salary salaries wage wages revenue payment payments payout payouts subtotal refund refunds
    invoice invoiced dollars euros usd eur gbp money""".split()
)
"""Words that mean money wherever they stand."""
MAYBE_MONEY = frozenset(
    "amount amounts total balance tax taxes discount budget credit debit deposit income profit paid due".split()
)
"""Words that mean money where the table speaks of money elsewhere."""
NO_MONEY = frozenset(
    """rate rates ratio percent percentage pct factor multiplier weight score index coefficient probability avg average mean stddev
    change growth elasticity token tokens energy count hours hour time minutes seconds ms quantity qty volume ranking rank
    distance miles km page pages per""".split()
)
CURRENCY = frozenset("currency currencies iso4217".split())
OF_MONEY = frozenset(
    """bill billing bonus budget deposit donation expense invoice loan order payment payout payroll price purchase refund salary
    subscription transaction wallet withdrawal""".split()
)
"""Words of tables in which an amount is one of money, in the singular."""
ESTIMATES = frozenset(
    "market stats statistics analytics metrics report reports forecast forecasts estimate estimated projected".split()
)
COST = "binary fractions do not hold cents exactly, and sums and comparisons drift"

BAD = [
    sql("CREATE TABLE products (id bigint PRIMARY KEY, price double precision NOT NULL, shipping_cost real);"),
    sql("CREATE TABLE invoices (id bigint PRIMARY KEY, total float8, currency text);"),
    prisma("""
        model Order {
          id        Int   @id
          unitPrice Float
          fee       Float @default(0)
        }
    """),
    project({"migrations/005.sql": "ALTER TABLE payments ADD COLUMN amount float;"}),
    sql("CREATE TABLE t (id bigint PRIMARY KEY, price real, fee real, cost float, salary float, revenue float, ratio real);"),
    sql("""
        CREATE TABLE expenses (id bigint PRIMARY KEY, amount real, width real);
        CREATE TABLE invoice_lines (id bigint PRIMARY KEY, total float);
        CREATE TABLE sizes (id bigint PRIMARY KEY, amount_eur real, height real, depth real, area real, length real);
        CREATE TABLE daily_stats (id bigint, revenue real, estimated_cost real, price float, fees real, payout real);
        CREATE TABLE shares (id bigint PRIMARY KEY, market_price float, projected_cost real);
    """),
]
GOOD = [
    sql("CREATE TABLE products (id bigint PRIMARY KEY, price numeric(12,2), price_cents bigint, tax_rate double precision);"),
    sql("""
        CREATE TABLE doses (id bigint PRIMARY KEY, amount double precision, total real);  -- milligrams
        CREATE TABLE plans (id bigint PRIMARY KEY, priceless real, cost_factor real, price_change_percent real);
    """),
    prisma("""
        model Ingredient {
          id     Int   @id
          amount Float
        }
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def float_for_money(database: Database) -> Iterator[Finding]:
    floats = [(table, column) for table, column in database.columns() if column.base_type in FLOATS]
    money = [(table, column) for table, column in floats if is_money(column, table)]
    changes = [change(table, column, database.schema) for table, column in money]
    for estimates in (False, True):
        alike = [one for one in zip(money, changes, strict=True) if is_estimate(*one[0]) is estimates]
        yield from each_or_all(
            [finding(table, column, how, estimate=estimates) for (table, column), how in alike],
            of=len(alike) if estimates else len(floats),
            subject=f"{'estimates of ' if estimates else ''}money as floating point throughout",
            message=f"{len(alike)} columns hold {'figures of ' if estimates else ''}money as floating point: {COST}",
            remedy=ChangeColumnTypes("Make the columns that hold money numeric", tuple(how for _, how in alike if how)),
        )


def finding(table: Table, column: Column, how: ChangeColumnType | None, *, estimate: bool) -> Finding:
    return Finding(
        at=column.location,
        subject=table.subject(column.name),
        message=f"{table.name}.{column.name} holds money as {column.base_type}: {COST}",
        remedy=how,
        confidence=Confidence.POSSIBLE if estimate else Confidence.LIKELY,
    )


def is_money(column: Column, table: Table) -> bool:
    """By whole words of its name; a word that may mean anything counts where a currency or the table's name says money."""
    words = frozenset(column.words)
    if words & NO_MONEY:
        return False
    return bool(words & MONEY) or (bool(words & MAYBE_MONEY) and speaks_of_money(table))


def speaks_of_money(table: Table) -> bool:
    about = {form for word in words_of(table.name.name) for form in (word, word.removesuffix("s"), word.removesuffix("es"))}
    return bool(about & OF_MONEY) or any((CURRENCY | MONEY) & frozenset(other.words) for other in table.columns)


def is_estimate(table: Table, column: Column) -> bool:
    """Whether it is a figure to look at, by its name or its table's."""
    return not ESTIMATES.isdisjoint((*column.words, *words_of(table.name.name)))


def change(table: Table, column: Column, schema: Schema) -> ChangeColumnType | None:
    return ChangeColumnType.of(table, column, column.type.replace(column.base_type, "numeric"), schema)
