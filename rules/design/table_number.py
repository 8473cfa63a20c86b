"""A table in the singular among tables in the plural, or the other way round.

## Why it matters
Whoever writes a query should not have to look up whether it was `user` or `users`. Frameworks guess names by one rule (Rails and
Laravel the plural, Prisma and Django the model's own name); a table that keeps another one must be named by hand everywhere.

## When it is fine
Words that are the same in both, or have no plural: `news`, `equipment`, `metadata`; these are left alone, and so are names in other
languages, as far as English endings can tell. A table of one row.

## What to do
The option `number` is `plural` or `singular`. Without it the rule holds to what most of the schema's tables are, and is silent
where there is no such habit (three quarters of them).

## Sources
- Rails: https://guides.rubyonrails.org/active_record_basics.html#naming-conventions
- Prisma: https://www.prisma.io/docs/orm/prisma-schema/data-model/models
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.errors import ConfigurationError
from advisor.habits import each_or_all
from advisor.model import Schema, Table
from advisor.model.schema import words_of
from advisor.rule import Confidence, Finding, Options, Severity, prisma, project, rule, sql

from ._tables import own_tables

BOTH = frozenset(
    """news data metadata information equipment series species status media history feedback staff stuff content info config cache
    settings preferences analytics statistics stats credentials permissions access sms dns aws address business process progress
    class analysis basis axis bus virus bonus canvas alias gas lens chaos campus census radius focus corpus menus sales goods
    audit inventory research software hardware money music traffic evidence knowledge advice furniture luggage weather fish sheep
    schema log storage security usage auth""".split()
)
"""Words that are both, or whose ending tells nothing."""
PLURALS = frozenset("people children men women criteria indices matrices vertices feet mice teeth geese".split())

BAD = [
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY); CREATE TABLE orders (id bigint PRIMARY KEY);
        CREATE TABLE categories (id bigint PRIMARY KEY); CREATE TABLE invoice (id bigint PRIMARY KEY);
    """),
    project(
        {
            "advisor.toml": "[rules.table-number]\nnumber = 'singular'\n",
            "schema.sql": "CREATE TABLE order_items (id bigint PRIMARY KEY); CREATE TABLE people (id bigint PRIMARY KEY);",
        }
    ),
    prisma("""
        model User {
          id Int @id
        }
        model Order {
          id Int @id
        }
        model Category {
          id Int @id
        }
        model Invoices {
          id Int @id
        }
    """),
]
GOOD = [
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY); CREATE TABLE orders (id bigint PRIMARY KEY);
        CREATE TABLE addresses (id bigint PRIMARY KEY); CREATE TABLE order_history (id bigint PRIMARY KEY);
        CREATE TABLE news (id bigint PRIMARY KEY); CREATE TABLE people (id bigint PRIMARY KEY);
        CREATE VIEW invoice AS SELECT id FROM orders; CREATE TABLE alembic_version (version_num text PRIMARY KEY);
    """),
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY); CREATE TABLE orders (id bigint PRIMARY KEY);
        CREATE TABLE tag (id bigint PRIMARY KEY); CREATE TABLE invoice (id bigint PRIMARY KEY);  -- no habit
    """),
    prisma("""
        model User {
          id Int @id

          @@map("users")
        }
        model Order {
          id Int @id

          @@map("orders")
        }
    """),
]


@dataclass(frozen=True)
class Wanted(Options):
    number: str = ""

    def __post_init__(self) -> None:
        if self.number not in ("", "singular", "plural"):
            raise ConfigurationError(f"rules.table-number.number: singular or plural expected, not {self.number}")


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def table_number(schema: Schema, options: Wanted) -> Iterator[Finding]:
    told = [(table, number) for table in own_tables(schema) if (number := number_of(table))]
    wanted = options.number or habit([number for _, number in told])
    findings = [
        Finding(
            at=table.name_location or table.location,
            subject=table.subject(),
            message=f"{table.name} is in the {number}, "
            + ("not" if options.number else "the other tables are")
            + f" in the {wanted}",
            confidence=Confidence.LIKELY,
        )
        for table, number in told
        if wanted and number != wanted
    ]
    message = f"{len(findings)} of {len(told)} tables are not in the {wanted}"
    yield from each_or_all(findings, of=len(told), subject=f"not in the {wanted}", message=message)


def habit(numbers: list[str]) -> str | None:
    """What three quarters of the tables are, and at least three."""
    return next((number for number in ("plural", "singular") if numbers.count(number) >= max(3, 0.75 * len(numbers))), None)


def number_of(table: Table) -> str | None:
    """Whether its name's last word is in the singular or the plural; None where that cannot be told."""
    words = [word for word in words_of(table.name.name) if not word.isdigit()]
    if not words or words[-1] in BOTH or len(words[-1]) < 3:
        return None
    last = words[-1]
    return "plural" if last in PLURALS or (last.endswith("s") and not last.endswith(("ss", "us", "is"))) else "singular"
