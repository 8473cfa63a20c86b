"""Writing Prisma Client calls. In: a query as it was found, with columns. Out: TypeScript in the names of the application.

Queries speak of columns once they are linked; what is written for a reader speaks of fields again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from advisor.model import IndexKey, OrderKey, Predicate, Query, Table

OPERATORS = {
    "=": "equals",
    "<": "lt",
    "<=": "lte",
    ">": "gt",
    ">=": "gte",
    "!=": "not",
    "in": "in",
    "not in": "notIn",
    "has": "has",
}


def field_of(column: str, table: Table | None) -> str:
    """The field that a column is called in the Prisma schema."""
    found = table.column(column) if table else None
    return (found.field or found.name) if found else column


def call(query: Query, method: str, arguments: Sequence[str], model: str | None = None) -> str:
    """`prisma.post.findMany({ ... })`, one argument a line; one that begins with `//` is a comment."""
    client = query.client or "prisma"
    lines = "".join(f"  {argument}{'' if argument.startswith('//') else ','}\n" for argument in arguments if argument)
    return f"{client}.{model or query.model}.{method}({{\n{lines}}})"


def where_entries(predicates: Iterable[Predicate], table: Table | None) -> tuple[str, ...] | None:
    """`published: true`, `createdAt: { gt: since }`; None where one of them cannot be written from what is known."""
    entries = [where_entry(predicate, table) for predicate in predicates]
    return None if None in entries else tuple(entry for entry in entries if entry)


def where_entry(predicate: Predicate, table: Table | None) -> str | None:
    word = OPERATORS.get(predicate.operator)
    if word is None or predicate.path or predicate.negated or predicate.under_or or predicate.value_text is None:
        return None
    field = field_of(predicate.column, table)
    if word != "equals":
        return f"{field}: {{ {word}: {predicate.value_text} }}"
    return field if predicate.value_text == field else f"{field}: {predicate.value_text}"


def order_by(keys: Sequence[IndexKey], table: Table | None) -> str:
    """`orderBy: [{ createdAt: 'desc' }, { id: 'desc' }]`; empty without any key."""
    entries = [f"{{ {field_of(key.column or '', table)}: {direction(key)} }}" for key in keys]
    if not entries:
        return ""
    return f"orderBy: {entries[0]}" if len(entries) == 1 else f"orderBy: [{', '.join(entries)}]"


def direction(key: IndexKey) -> str:
    """`'desc'`, or `{ sort: 'desc', nulls: 'last' }` where the place of NULLs was said."""
    word = "'desc'" if key.descending else "'asc'"
    return word if key.nulls_first is None else f"{{ sort: {word}, nulls: '{'first' if key.nulls_first else 'last'}' }}"


def own_keys(keys: Sequence[OrderKey]) -> tuple[IndexKey, ...] | None:
    """The keys of an order; None where one of them belongs to a relation."""
    if any(key.path for key in keys):
        return None
    return tuple(IndexKey(key.column, descending=key.descending, nulls_first=key.nulls_first) for key in keys)


def plural(model: str) -> str:
    """A name for many of a model: `post` gives `posts`, `category` gives `categories`."""
    if re.search(r"[^aeiou]y$", model):
        return model[:-1] + "ies"
    return f"{model}Rows" if model.endswith("s") else f"{model}s"


def capitalised(name: str) -> str:
    return name[:1].upper() + name[1:]
