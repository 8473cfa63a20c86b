"""SQL inside Drizzle schemas: ``sql`...` `` with columns and values put in, and conditions such as `isNull(t.deletedAt)`.

In: a value. Out: SQL text, columns by their bare names (as PostgreSQL prints them in checks and predicates); None where it cannot
be told.
"""

from __future__ import annotations

from advisor.remedies.sql import quote_name
from advisor.sources.evaluation.containers import ArrayValue
from advisor.sources.evaluation.conversions import as_text
from advisor.sources.evaluation.symbols import Call, External, Member, Template, called_name, unroll
from advisor.sources.evaluation.values import Value
from advisor.sources.orm.ddl import literal, quoted
from advisor.sources.orm.drizzle.builders import Tables, schema_of

COMPARISONS = {"eq": "=", "ne": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "like": "like", "ilike": "ilike"}
TESTS = {"isNull": "is null", "isNotNull": "is not null"}


def sql_of(value: Value, tables: Tables) -> str | None:
    """The SQL that a value is."""
    root, steps = unroll(value)
    if isinstance(root, Template) and is_sql(root.tag):
        return template_sql(root, tables)  # `.as()`, `.mapWith()` and `.inlineParams()` change nothing of it
    if isinstance(root, External) and root.name == "sql" and steps:
        return raw_sql(steps[0].name, steps[0].call, tables)
    return condition(root, tables) if isinstance(root, Call) else None


def is_sql(tag: Value) -> bool:
    return isinstance(tag, External) and tag.name == "sql"


def template_sql(template: Template, tables: Tables) -> str | None:
    inside = [operand(value, tables) for value in template.values]
    if any(text is None for text in inside):
        return None
    return "".join(text + (put_in or "") for text, put_in in zip(template.texts, [*inside, ""], strict=True))


def operand(value: Value, tables: Tables) -> str | None:
    """Something that stands in SQL: a column, a table, a constant, other SQL."""
    column = tables.column(value) if isinstance(value, Member) else None
    if column is not None:
        return quoted(column[1].name)
    table = tables.of(value)
    if table is not None:
        return quote_name(table.name)
    if isinstance(value, str):
        return literal(value)
    if value is None or isinstance(value, (bool, int, float)):
        return as_text(value)
    if isinstance(value, ArrayValue):
        items = [operand(item, tables) for item in value.items]
        return "(" + ", ".join(item or "" for item in items) + ")" if None not in items else None
    if called_name(value) == "pgEnum" and isinstance(value, Call) and isinstance(value.argument(0), str):
        return quoted(str(value.argument(0)))
    return quoted(str(schema_of(value))) if schema_of(value) else sql_of(value, tables)


def raw_sql(name: str, call: Call, tables: Tables) -> str | None:
    """`sql.raw("...")`, `sql.identifier("name")`, `sql.join([...], separator)`."""
    first = call.argument(0)
    if name in ("raw", "identifier") and isinstance(first, str):
        return first if name == "raw" else quoted(first)
    if name == "join" and isinstance(first, ArrayValue):
        items = [operand(item, tables) for item in first.items]
        separator = sql_of(call.argument(1), tables) or ""
        return separator.join(item or "" for item in items) if None not in items else None
    return None


def condition(call: Call, tables: Tables) -> str | None:
    """A condition made of drizzle-orm's functions."""
    name = called_name(call)
    parts = [operand(argument, tables) for argument in call.arguments]
    if not parts or any(part is None for part in parts):
        return None
    if name in COMPARISONS and len(parts) == 2:
        return f"{parts[0]} {COMPARISONS[name]} {parts[1]}"
    if name in TESTS:
        return f"{parts[0]} {TESTS[name]}"
    if name in ("and", "or"):
        return "(" + f" {name} ".join(f"({part})" for part in parts) + ")"
    if name == "not":
        return f"not ({parts[0]})"
    if name in ("inArray", "notInArray") and len(parts) == 2:
        return f"{parts[0]} {'in' if name == 'inArray' else 'not in'} {parts[1]}"
    return None
