"""Drizzle's `relations(table, ({ one, many }) => ...)` and `defineRelations(schema, (r) => ...)`. Out: the model's Relations."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.model import Location, Relation
from advisor.sources.evaluation.containers import ObjectValue, entry, is_given, items_of
from advisor.sources.evaluation.evaluator import Evaluator
from advisor.sources.evaluation.symbols import Call, External, Member, called_name
from advisor.sources.evaluation.values import UNDEFINED, Function, Value
from advisor.sources.orm.drizzle.builders import TableBuilder, Tables, listed

OLD = External("drizzle-orm", "*")
NEW = External("(relations)", "r")


def relations_of(value: Value, tables: Tables, evaluator: Evaluator) -> Iterator[tuple[TableBuilder, Relation]]:
    """The relations that an exported value declares, each with the table that has it."""
    name = called_name(value)
    if not isinstance(value, Call):
        return
    if name == "relations":
        table, fields = tables.of(value.argument(0)), value.argument(1)
        found = evaluator.apply(fields, (OLD,)) if isinstance(fields, Function) else UNDEFINED
        for key, call, location in calls_of(found):
            relation = old_relation(key, call, location, tables) if table is not None else None
            if table is not None and relation is not None:
                yield table, relation
    elif name in ("defineRelations", "defineRelationsPart"):
        yield from defined_relations(value, tables, evaluator)


def calls_of(value: Value) -> Iterator[tuple[str, Call, Location]]:
    for key, made in value.entries.items() if isinstance(value, ObjectValue) else ():
        if isinstance(made, Call) and isinstance(value, ObjectValue):
            yield key, made, value.places[key].location


def old_relation(key: str, call: Call, location: Location, tables: Tables) -> Relation | None:
    """`one(users, { fields: [posts.authorId], references: [users.id] })`, `many(posts)`."""
    target = tables.of(call.argument(0))
    kind = called_name(call)
    if target is None or kind not in ("one", "many"):
        return None
    options = call.argument(1)
    return Relation(
        key,
        target.name,
        kind == "many",
        location,
        names(items_of(entry(options, "fields")), tables),
        names(items_of(entry(options, "references")), tables),
    )


def names(values: tuple[Value, ...], tables: Tables) -> tuple[str, ...]:
    return tuple(pair[1].name for value in values if (pair := tables.column(value)) is not None)


def defined_relations(value: Call, tables: Tables, evaluator: Evaluator) -> Iterator[tuple[TableBuilder, Relation]]:
    """`defineRelations(schema, (r) => ({ posts: { author: r.one.users({ from: r.posts.authorId, to: r.users.id }) } }))`."""
    schema, define = value.argument(0), value.argument(1)
    found = evaluator.apply(define, (NEW,)) if isinstance(define, Function) else UNDEFINED

    def table_named(name: str) -> TableBuilder | None:
        return tables.of(evaluator.property(schema, name, value.place))

    for key, fields in found.entries.items() if isinstance(found, ObjectValue) else ():
        table = table_named(key)
        for field, call, location in calls_of(fields) if table is not None else ():
            callee = call.callee
            if not (isinstance(callee, Member) and isinstance(callee.owner, Member) and callee.owner.owner == NEW):
                continue
            target, many = table_named(callee.name), callee.owner.name == "many"
            if table is None or target is None:
                continue
            options = call.argument(0)
            mine = () if many else column_names(table, entry(options, "from"))
            yield (
                table,
                Relation(field, target.name, many, location, mine, column_names(target, entry(options, "to")) if mine else ()),
            )


def column_names(table: TableBuilder, value: Value) -> tuple[str, ...]:
    """The columns of `r.posts.authorId`, or of an array of such."""
    found = (table.columns.get(one.name) for one in listed(value) if isinstance(one, Member)) if is_given(value) else ()
    return tuple(column.name for column in found if column is not None)
