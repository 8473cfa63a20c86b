"""A type that the project's own list forbids.

## Why it matters
A team that has agreed on some types wants to hear of the others: no `serial` beside identity columns, no `real` in an application
about money, no `citext` because a client cannot read it. What each costs, the team knows; this rule only keeps the list.

## When it is fine
Never, or it should not be on the list: an exception is a suppression, with its reason, at the column.

## What to do
Set the option `types`: names as SQL writes them (`varchar`, `int4`, `timestamptz`) or as PostgreSQL prints them (`character
varying`, `integer`), without length. `varchar[]` means arrays alone, `varchar` both. A type with a length means just that:
`varchar(255)`. The list is empty, so that the rule finds nothing until it is set.

## Sources
- PostgreSQL documentation, "Data Types", table of names and aliases https://www.postgresql.org/docs/current/datatype.html
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.habits import each_or_all
from advisor.model import Column, Database
from advisor.model.schema import printed_type
from advisor.rule import Example, Finding, Options, Severity, prisma, project, rule, sql

LIST = project({"advisor.toml": "[rules.disallowed-type]\ntypes = ['varchar', 'float8', 'point[]', 'char(36)', 'citext']\n"})


def listed(example: Example) -> Example:
    return LIST + example


BAD = [
    listed(sql("CREATE TABLE users (id bigint PRIMARY KEY, nick varchar(20), height double precision, ways point[]);")),
    listed(sql("CREATE EXTENSION citext; CREATE TABLE users (id char(36) PRIMARY KEY, names text[], email public.citext);")),
    listed(
        prisma("""
            model User {
              id     Int   @id
              height Float
            }
        """)
    ),
    listed(sql(f"CREATE TABLE sizes ({', '.join(f'{letter} float8' for letter in 'abcdefghijk')}, tags text[], codes varchar[]);")),
]
GOOD = [
    listed(sql("CREATE TABLE users (id bigint PRIMARY KEY, nick text, height real, at point, code char(2));")),
    sql("CREATE TABLE users (id bigint PRIMARY KEY, nick varchar(20));"),
]


@dataclass(frozen=True)
class Forbidden(Options):
    types: tuple[str, ...] = ()


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def disallowed_type(database: Database, options: Forbidden) -> Iterator[Finding]:
    forbidden = {printed_type(name): name for name in options.types}
    findings: dict[str, list[Finding]] = {name: [] for name in options.types}
    for table, column in database.columns():
        name = next((forbidden[kind] for kind in spellings(column) if kind in forbidden), None)
        if name is not None:
            message = f"{table.name}.{column.name} is {column.type}, which the project does not allow"
            findings[name].append(Finding(at=column.location, subject=table.subject(column.name), message=message))
    for name, found in findings.items():
        message = f"{len(found)} columns are {name}, which the project does not allow"
        yield from each_or_all(found, of=2 * len(found), subject=f"{name} throughout", message=message)


def spellings(column: Column) -> tuple[str, ...]:
    """Its type with all that belongs to it, without the brackets, without the length; of an extension's, without the schema."""
    plain = column.type.rstrip("[]")
    base = column.base_type
    return (column.type, plain, f"{base}[]" if column.is_array else base, base, base.rpartition(".")[2])
