"""A column and the sequence that feeds it end at different numbers.

## Why it matters
`ALTER COLUMN id TYPE bigint` leaves the sequence behind `serial` as it is: an integer one, which ends at 2,147,483,647. Whoever
changed the type to escape that limit still meets it: `nextval: reached maximum value of sequence`, for every insert from then on.
An identity column's sequence changes along with the column, a sequence of one's own never does. (Prisma's migration from Int to
BigInt with `autoincrement()` says `SET DATA TYPE BIGSERIAL`, which PostgreSQL refuses; who writes BIGINT instead is here.)

The other way round, the column ends first: `integer out of range`.

## When it is fine
The limit is meant: a MAXVALUE that is no type's own, or CYCLE, is left alone. A primary key that is narrower than its sequence is
left to the rule on short keys, and so is what `serial` was before PostgreSQL 10: a bigint sequence of the column's own.

## What to do
`ALTER SEQUENCE ... AS bigint`: it reads no table and takes no time. A column that is too narrow: a wider type, which writes the
table anew.

## Sources
- PostgreSQL documentation, ALTER SEQUENCE: "Changing the data type automatically changes the minimum and maximum values of the
  sequence if and only if the previous minimum and maximum values were the minimum or maximum value of the old data type"
  https://www.postgresql.org/docs/current/sql-altersequence.html
- measured on PostgreSQL 18: after `ALTER COLUMN id TYPE bigint`, `pg_sequences.data_type` of a serial column's sequence is still
  integer, of an identity column's bigint
"""

from collections.abc import Iterator

from advisor.model import Column, Database, Schema, SequenceObject, Table
from advisor.model.schema import HIGHEST, highest_of
from advisor.remedies import ChangeColumnType, Remedy, RunSql
from advisor.remedies.sql import quote, quote_name
from advisor.rule import Finding, Severity, prisma, prisma_migrations, rule, sql

TYPES_OWN = frozenset(HIGHEST.values())
"""Ends that come from a type; any other was chosen."""

BAD = [
    sql("CREATE TABLE orders (id serial PRIMARY KEY); ALTER TABLE orders ALTER COLUMN id TYPE bigint;"),
    sql("""
        CREATE SEQUENCE app_order_no AS integer;
        CREATE TABLE orders (id bigint PRIMARY KEY DEFAULT nextval('app_order_no'));
    """),
    sql("""
        CREATE SEQUENCE numbers;
        CREATE TABLE orders (id bigint PRIMARY KEY, no integer NOT NULL DEFAULT nextval('numbers'));
    """),
    sql("CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY (MAXVALUE 2147483647) PRIMARY KEY);"),
    sql("""
        CREATE SEQUENCE numbers MAXVALUE 2147483647;
        CREATE TABLE orders (id bigint PRIMARY KEY DEFAULT nextval('numbers'));
    """),
    prisma("""
        model Order {
          id BigInt @id @default(autoincrement())
        }
    """)
    + prisma_migrations(
        'CREATE TABLE "Order" ("id" SERIAL NOT NULL, CONSTRAINT "Order_pkey" PRIMARY KEY ("id"));',
        'ALTER TABLE "Order" ALTER COLUMN "id" SET DATA TYPE BIGINT;',
    ),
]
GOOD = [
    sql("""
        CREATE TABLE orders (id serial PRIMARY KEY, b bigserial, s smallserial);
        CREATE TABLE bills (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
        ALTER TABLE bills ALTER COLUMN id TYPE bigint;  -- the sequence goes along
    """),
    sql("""
        CREATE TABLE orders (id serial PRIMARY KEY);
        ALTER TABLE orders ALTER COLUMN id TYPE bigint;
        ALTER SEQUENCE orders_id_seq AS bigint;
    """),
    sql("""
        CREATE SEQUENCE ticket_no MAXVALUE 9999 CYCLE;
        CREATE SEQUENCE booth_no AS integer MAXVALUE 400;
        CREATE TABLE tickets (no bigint PRIMARY KEY DEFAULT nextval('ticket_no'), booth bigint DEFAULT nextval('booth_no'));
    """),
    sql("""
        CREATE TABLE orders (id integer NOT NULL, no integer PRIMARY KEY);
        CREATE SEQUENCE orders_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;  -- as 9.6 dumped a serial
        ALTER SEQUENCE orders_id_seq OWNED BY orders.id;
        ALTER TABLE ONLY orders ALTER COLUMN id SET DEFAULT nextval('orders_id_seq'::regclass);
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def sequence_narrower_than_column(database: Database) -> Iterator[Finding]:
    sequences = {quote_name(sequence.name): sequence for sequence in database.schema.sequences}
    for table, column in database.columns():
        end = HIGHEST.get(column.type)
        sequence = sequences.get(column.draws_from or "")
        if end is None:
            continue
        if column.identity:
            last = highest_of(column.identity_options, column.type)
            if last < end and last in TYPES_OWN:
                yield too_narrow(table, column, f"its identity's sequence ends at {last:,}", widened_identity(table, column, last))
        elif sequence and sequence.counts_up and sequence.highest < end and sequence.highest in TYPES_OWN:
            says = f"its sequence {sequence.name} ends at {sequence.highest:,}"
            yield too_narrow(table, column, says, widened(sequence, column))
        elif sequence and sequence.highest > end and sequence.owner is None and not is_key(column, table):
            yield outgrown(table, column, sequence, database.schema)


def too_narrow(table: Table, column: Column, says: str, remedy: Remedy) -> Finding:
    return Finding(
        at=column.location,
        subject=table.subject(column.name),
        message=f"{table.name}.{column.name} is {column.type}, but {says}: inserts fail from there on",
        remedy=remedy,
    )


def outgrown(table: Table, column: Column, sequence: SequenceObject, schema: Schema) -> Finding:
    return Finding(
        at=column.location,
        subject=table.subject(column.name),
        message=(
            f"{table.name}.{column.name} is {column.type} and holds no number above {HIGHEST[column.type]:,}, "
            f"but its sequence {sequence.name} goes on"
        ),
        remedy=ChangeColumnType.of(table, column, "bigint", schema),
        severity=Severity.INFO,
    )


def widened(sequence: SequenceObject, column: Column) -> RunSql:
    name = quote_name(sequence.name)
    kind = next((option.removeprefix("AS ") for option in sequence.options if option.startswith("AS ")), "bigint")
    return RunSql(
        f"Let {sequence.name} count as far as {column.type} goes",
        f"ALTER SEQUENCE {name} AS {column.type} NO MAXVALUE;",
        f"ALTER SEQUENCE {name} AS {kind} MAXVALUE {sequence.highest};",
    )


def widened_identity(table: Table, column: Column, last: int) -> RunSql:
    place = f"ALTER TABLE {quote_name(table.name)} ALTER COLUMN {quote(column.name)} SET"
    what = f"Let {table.name}.{column.name} count as far as {column.type} goes"
    return RunSql(what, f"{place} NO MAXVALUE;", f"{place} MAXVALUE {last};")


def is_key(column: Column, table: Table) -> bool:
    return table.primary_key is not None and column.name in table.primary_key.columns
