"""What rules on SQL statements share: their parts, the tables these read, and how they are called."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.model import FromItem, Part, Predicate, Query, Role, Schema, Table

LASTING: frozenset[Role] = frozenset({"application", "example"})
"""Files whose statements run again and again; a migration or a seed runs once."""


def parts_of(query: Query, roles: frozenset[Role] = LASTING) -> Iterator[Part]:
    """The parts of a statement in files of these roles; an ORM's calls have none."""
    yield from query.parts if query.scope.role in roles else ()


def subject(query: Query, what: str) -> str:
    """What a finding is about, wherever in its file: the function, or the file itself."""
    return f"{query.scope.function or query.location.path}: {what}"


def table_of(relation: FromItem | None, schema: Schema | None) -> Table | None:
    """The table that a relation is; None for subqueries, and where the schema has none of its name."""
    if relation is None or relation.name is None or schema is None:
        return None
    return schema.table(relation.name) or schema.table_named(relation.name.name)


def shown(relation: FromItem) -> str:
    """What a relation is called for people."""
    return relation.name.name if relation.name is not None else relation.alias or relation.kind


def narrows(predicate: Predicate) -> bool:
    """Whether a comparison that all rows must meet is one that an index on the plain column can look up."""
    plain = predicate.around is None and predicate.cast_to is None
    return plain and not (predicate.negated or predicate.under_or or predicate.optional)


def fixed_columns(part: Part, alias: str) -> tuple[str, ...]:
    """The columns of a relation that are compared by `=` with one value."""
    return tuple(
        predicate.column
        for predicate in part.predicates
        if predicate.relation == alias and predicate.operator == "=" and narrows(predicate) and predicate.other is None
    )
