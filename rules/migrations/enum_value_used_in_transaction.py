"""A new value of an enum that is used in the transaction that adds it.

## Why it matters
PostgreSQL refuses to use the value before the transaction that adds it is committed: "unsafe use of new value", error 55P04. The
migration fails, on every database that has the type already.

## When it is fine
The same transaction makes the type: then its values can be used at once.

## What to do
Add the value in a migration of its own, before the one that uses it.

## Sources
- PostgreSQL documentation, ALTER TYPE, "Notes": "the new value cannot be used until after the transaction has been committed"
  https://www.postgresql.org/docs/current/sql-altertype.html
"""

from collections.abc import Iterator

from advisor.model import AddCheck, AddColumn, AddEnumValue, ChangeRows, CreateIndex, CreateType, Migration, Operation, SetDefault
from advisor.remedies.migrations import SafeSteps, Step
from advisor.remedies.sql import quote_name, quote_string
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

TABLES = "CREATE TYPE mood AS ENUM ('sad', 'happy');\nCREATE TABLE people (id bigint PRIMARY KEY, mood mood);"
VALUE = "ALTER TYPE mood ADD VALUE 'content';"
BAD = [
    prisma_migrations(TABLES, f"{VALUE}\nUPDATE people SET mood = 'content' WHERE mood IS NULL;"),
    prisma_migrations(TABLES, f"{VALUE}\nALTER TABLE people ALTER COLUMN mood SET DEFAULT 'content';"),
    project({"migrations/042_mood.sql": f"BEGIN;\n{VALUE}\nINSERT INTO people (mood) VALUES ('content');\nCOMMIT;"}),
]
GOOD = [
    prisma_migrations(TABLES, VALUE, "UPDATE people SET mood = 'content' WHERE mood IS NULL;"),
    prisma_migrations(f"{TABLES}\n{VALUE}\nALTER TABLE people ALTER COLUMN mood SET DEFAULT 'content';"),
    prisma_migrations(TABLES, f"{VALUE}\nUPDATE people SET mood = 'happy' WHERE mood IS NULL;"),
    project({"migrations/042_mood.sql": f"BEGIN;\n{VALUE}\nCOMMIT;\nUPDATE people SET mood = 'content';"}),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def enum_value_used_in_transaction(migration: Migration) -> Iterator[Finding]:
    made = {step.name for step in migration.operations if isinstance(step, CreateType)}
    added: dict[str, tuple[int, AddEnumValue]] = {}
    for moment in migration.moments:
        step = moment.operation
        if isinstance(step, AddEnumValue):
            if moment.transaction is not None and step.name not in made:
                added[step.value] = (moment.transaction, step)
            continue
        for value in [text for text in texts_of(step) if text in added and added[text][0] == moment.transaction]:
            yield finding(migration, added.pop(value)[1], step)


def texts_of(step: Operation) -> tuple[str, ...]:
    """The strings that an operation has PostgreSQL read now. Nothing reads a query's or a function's before it runs."""
    match step:
        case ChangeRows():
            return step.texts
        case AddColumn() | SetDefault():
            return strings_in(step.default_text)
        case AddCheck():
            return strings_in(step.expression)
        case CreateIndex():
            return strings_in(str(step.index.predicate or ""))
    return ()


def strings_in(expression: str | None) -> tuple[str, ...]:
    return tuple((expression or "").split("'")[1::2])


def finding(migration: Migration, added: AddEnumValue, use: Operation) -> Finding:
    text = f"ALTER TYPE {quote_name(added.name)} ADD VALUE IF NOT EXISTS {quote_string(added.value)};"
    return Finding(
        at=use.location,
        subject=f"{migration.name}: {added.name.qualified}.{added.value}",
        message=f"{added.value!r} is used in the transaction that adds it to {added.name}: PostgreSQL refuses that",
        remedy=SafeSteps(
            f"Add {added.value!r} in a migration of its own", added.location, (Step("add_value", text),), migration.tool
        ),
        confidence=Confidence.CERTAIN if migration.before.enum(added.name) else Confidence.LIKELY,
        related=(Related(added.location, f"adds {added.value!r}"),),
    )
