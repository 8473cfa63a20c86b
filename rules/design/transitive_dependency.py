"""Columns of another table's rows, copied beside the key that refers to them.

## Why it matters
`customer_name` and `customer_email` beside `customer_id` say of the customer what `customers` says already. When the customer
changes one of them, every row with a copy must be written too; whoever forgets leaves rows that contradict each other, and no
constraint finds them. (In the terms of normal forms: they depend on the key by way of customer_id.)

## When it is fine
The row keeps what was so when it was written: the address on an invoice, the title and price of what was ordered, who did it in a
log. Then the copy is right, and the key alone would be wrong. Tables whose names say so (orders, invoices, payments, lines, logs,
events, requests) are left alone; so are copies beside a key that ON DELETE SET NULL empties: they are what is left then. Whether
others mean it so is not to be seen, and all findings are only possible.

A copy that spares a join in a query that must be fast, if something keeps it up to date: a trigger, or a foreign key over both
columns with ON UPDATE CASCADE, which this rule sees.

## What to do
Drop the copies and join; or say in a comment of the column that it is a snapshot, which ends the finding. The option `words` lists
what such columns tell of a thing.

## Sources
- E. F. Codd, "Further Normalization of the Data Base Relational Model" (1971), third normal form
- PostgreSQL documentation, "Constraints", on ON UPDATE CASCADE https://www.postgresql.org/docs/current/ddl-constraints.html
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.habits import each_or_all
from advisor.model import Column, Schema, Table
from advisor.model.schema import words_of
from advisor.rule import Confidence, Finding, Options, Severity, prisma, project, rule, sql

from ._tables import own_tables

RECORDS = frozenset(
    """order orders invoice invoices receipt receipts payment payments refund refunds charge charges transaction transactions line
    lines item items cart carts quote quotes bill bills billing shipment shipments delivery deliveries booking bookings reservation
    reservations ticket tickets purchase purchases sale sales contract contracts ledger statement statements subscription
    subscriptions audit audits log logs event events activity activities history histories version versions snapshot snapshots
    archive archives archived deleted report reports notification notifications message messages email emails mail mails webhook
    webhooks cache caches cached index search analytics stats statistics summary summaries import imports export exports staging
    commit commits credit credits fee fees dim dimension dimensions fact facts wh
    warehouse rollup draft drafts invite invites invitation invitations request requests response responses submission submissions
    survey surveys feedback feedbacks view views visit visits application applications form forms claim claims""".split()
)
"""Words of tables that keep what was so at a time, or are made from others."""

BAD = [
    sql("""
        CREATE TABLE customers (id bigint PRIMARY KEY, name text, email text);
        CREATE TABLE complaints (
            id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, customer_name text, customer_email text, body text
        );
    """),
    sql("CREATE TABLE patients (id bigint PRIMARY KEY, doctor_id bigint NOT NULL, doctor_name text, doctor_phone text);"),
    sql(
        "CREATE TABLE races (id bigint PRIMARY KEY, fast_lap_driver_id int, fast_lap_driver_name text, fast_lap_driver_slug text);"
    ),
    prisma("""
        model Author {
          id    Int    @id
          name  String
          posts Post[]
        }
        model Post {
          id         Int    @id
          authorId   Int
          authorName String
          author     Author @relation(fields: [authorId], references: [id])
        }
    """),
    project(
        {
            "advisor.toml": "[rules.transitive-dependency]\nwords = ['color']\n",
            "schema.sql": """
                CREATE TABLE cars (id bigint PRIMARY KEY, color text);
                CREATE TABLE races (id bigint PRIMARY KEY, car_id bigint REFERENCES cars, car_color text);
            """,
        }
    ),
]
GOOD = [
    sql("""
        CREATE TABLE customers (id bigint PRIMARY KEY, name text, email text, UNIQUE (id, name));
        CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, customer_name text);
        CREATE TABLE complaints (
            id bigint PRIMARY KEY, customer_id bigint, customer_name text,
            FOREIGN KEY (customer_id, customer_name) REFERENCES customers (id, name) ON UPDATE CASCADE
        );
        CREATE TABLE cases (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, customer_name text);
        COMMENT ON COLUMN cases.customer_name IS 'as it was when the case was opened';
        CREATE TABLE calls (
            id bigint PRIMARY KEY, customer_id bigint REFERENCES customers ON DELETE SET NULL, customer_name text
        );
    """),
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY, name text, role text, created_at timestamptz);
        CREATE TABLE members (
            id bigint PRIMARY KEY, user_id bigint REFERENCES users, user_role text, user_created_at timestamptz, user_phone text
        );
        CREATE TABLE guests (id bigint PRIMARY KEY, guest_name text, guest_email text);
        CREATE TABLE repos (repo_id bigint PRIMARY KEY, repo_name text, repo_title text);  -- the row itself
        CREATE TABLE stops (id bigint PRIMARY KEY, fast_lap_driver_id bigint, fast_food_name text, fast_food_slug text);
        CREATE TABLE galaxy_teams_table (uid uuid PRIMARY KEY, team_id text, team_name text, team_email text);
    """),
]


@dataclass(frozen=True)
class Told(Options):
    words: tuple[str, ...] = (
        *("name", "email", "phone", "title", "address", "username", "fullname", "firstname", "lastname", "slug", "avatar", "logo"),
        *("description", "website", "birthday", "nickname", "surname"),
    )


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def transitive_dependency(schema: Schema, options: Told) -> Iterator[Finding]:
    told = frozenset(options.words)
    tables = [table for table in own_tables(schema) if table.complete]
    findings = [
        finding(table, key, copies)
        for table in tables
        if RECORDS.isdisjoint(words_of(table.name.name))
        for key, copies in copies_in(table, schema, told)
    ]
    message = f"{len(findings)} keys have copies of what they refer to beside them: each change there must be written here too"
    yield from each_or_all(findings, of=len(tables), subject="copies beside keys throughout", message=message)


def finding(table: Table, key: Column, copies: list[Column]) -> Finding:
    names = ", ".join(column.name for column in copies)
    return Finding(
        at=copies[0].location,
        subject=table.subject(*(column.name for column in copies)),
        message=f"{table.name} keeps {names} beside {key.name}: where that changes, every copy must be written too",
        confidence=Confidence.POSSIBLE,
    )


def copies_in(table: Table, schema: Schema, told: frozenset[str]) -> Iterator[tuple[Column, list[Column]]]:
    """Each key with the columns that say something of the row that it refers to."""
    guarded = {name for other in table.foreign_keys if len(other.columns) > 1 for name in other.columns}
    emptied = {name for other in table.foreign_keys if other.on_delete == "SET NULL" for name in other.columns}
    words = {column.words: column for column in table.columns if not (column.comment or column.generated or column.name in guarded)}
    telling = [name for name in words if len(name) > 1 and name[-1] in told]
    for key in table.columns if telling else ():
        stem = key.words[:-1]
        refers = key.words[-1:] in (("id",), ("uuid",), ("key",)) and not (key.is_array or key.name in emptied)
        if stem and refers and not table.is_unique([key.name]):
            beside = {name[len(stem) :]: words[name] for name in telling if name[: len(stem)] == stem and len(name) > len(stem)}
            copies = [
                column for attribute, column in beside.items() if is_there(attribute, column, key, table, schema, len(beside))
            ]
            if copies:
                yield key, copies


def is_there(attribute: tuple[str, ...], column: Column, key: Column, table: Table, schema: Schema, found: int) -> bool:
    """Whether the table referred to has it too. Of a table that is not known two such columns say so, unless it is this one."""
    referred = [other.referenced_table for other in table.foreign_keys if other.columns == (key.name,)]
    referred += [relation.target for relation in table.relations if relation.columns == (key.name,)]
    target = next((other for name in referred if (other := schema.table(name))), None)
    if target is None:
        return found > 1 and not referred and key.words[-2] != thing_of(table)
    return target is not table and any((there.words, there.base_type) == (attribute, column.base_type) for there in target.columns)


def thing_of(table: Table) -> str:
    """What its rows are: `team` of `galaxy_teams_table`."""
    words = [word for word in words_of(table.name.name) if word != "table"]
    return words[-1].removesuffix("s") if words else ""
