"""An INSERT that does not say which columns it fills.

## Why it matters
Without a list, values go to columns in the order in which the table has them. That order is not the same everywhere: a
column added in a migration stands last on the server and in the middle of a database built anew from the schema. The
statement then fails, or, where types agree, writes first names into last names.

## When it is fine
In dumps, seeds and migrations, which are written for one state of the table and run on it once: they are left alone. So
is `INSERT ... DEFAULT VALUES`.

## What to do
List the columns. Those that are left out get their default.

## Sources
- PostgreSQL documentation, "Inserting Data": the data values are listed in the order in which the columns appear in the
  table; many users consider it good practice to always list the column names
"""

from collections.abc import Iterator

from advisor.model import Query, Table
from advisor.remedies import RewriteCode
from advisor.remedies.sql import quote, quote_name
from advisor.rule import Finding, Severity, rule, sql, typescript

from ._parts import parts_of, shown, subject

TABLE = sql("CREATE TABLE people (id bigint GENERATED ALWAYS AS IDENTITY, first_name text, last_name text);")
BAD = [
    TABLE + sql("INSERT INTO people VALUES (DEFAULT, 'Ada', 'Lovelace');", "queries.sql"),
    TABLE
    + typescript("""
        import { Pool } from 'pg';
        const pool = new Pool();
        export const add = (of: string[]) => pool.query('INSERT INTO people VALUES (DEFAULT, $1, $2)', of);
    """),
    typescript("""
        import { Pool } from 'pg';
        const pool = new Pool();
        export const archive = () => pool.query('INSERT INTO archive SELECT * FROM events WHERE done');
    """),
]
GOOD = [
    TABLE + sql("INSERT INTO people (first_name, last_name) VALUES ('Ada', 'Lovelace');", "queries.sql"),
    TABLE + sql("INSERT INTO people DEFAULT VALUES;", "queries.sql"),
    TABLE + sql("INSERT INTO people VALUES (DEFAULT, 'Ada', 'Lovelace');", "seeds/people.sql"),
    TABLE + sql("INSERT INTO people VALUES (DEFAULT, 'Ada', 'Lovelace');", "tests/people.test.sql"),
    TABLE + sql("INSERT INTO people (first_name) SELECT last_name FROM people;", "queries.sql"),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def insert_without_columns(query: Query, table: Table | None) -> Iterator[Finding]:
    for part in parts_of(query):
        if part.unlisted:
            name = shown(part.relations[0])
            yield Finding(
                at=part.location,
                subject=subject(query, f"INSERT INTO {name}"),
                message=f"INSERT INTO {name} lists no columns: values go by the order of the table's, which migrations change",
                remedy=listed(query, table) if table is not None and part.role == "statement" else None,
            )


def listed(query: Query, table: Table) -> RewriteCode:
    columns = ", ".join(quote(column.name) for column in table.columns if not column.generated)
    return RewriteCode("List the columns", query.location, f"INSERT INTO {quote_name(table.name)} ({columns}) ...", "sql")
