"""Prisma client calls in, queries out: what they filter, order, limit and fetch, and the loops around them."""

from __future__ import annotations

import re
from typing import cast

from tree_sitter import Node

from advisor.model import Bound, Cursor, Query
from advisor.model.query import Verb
from advisor.sources.typescript.context import CodeContext
from advisor.sources.typescript.prisma_clients import METHODS, PrismaCall
from advisor.sources.typescript.prisma_filters import Filters, order_keys
from advisor.sources.typescript.results import is_awaited, result_of
from advisor.sources.typescript.scopes import IDENTIFIERS
from advisor.sources.typescript.syntax import arguments_of, field
from advisor.sources.typescript.transactions import goes_to_transaction
from advisor.sources.typescript.values import UNSEEN, Entry, ObjectValue

OFFSET_NAME = re.compile(r"offset|skip|page|start(Index|Row|At)?$|^from$", re.IGNORECASE)
CHANGEABLE = "(identifier) @n (shorthand_property_identifier) @n (call_expression) @n (this) @n"
MAX_DEPTH = 10
KEY_ARGUMENTS = ("where", "data", "create", "update", "cursor", "skip", "take", "orderBy", "select", "include")


def read_prisma_call(context: CodeContext, call: Node, found: PrismaCall) -> Query:
    """The query that a Prisma call makes, in the loops around it."""
    given = arguments_of(call)
    options = context.values.object(given[0]) if given else ObjectValue()
    around = context.surroundings(call, given)
    filters = Filters(context, around.found)
    where = options.get("where")
    if where is not None:
        filters.read(where.value)
    order = options.get("orderBy")
    keys, order_complete = order_keys(context, order.value) if order is not None else ((), True)
    cursor, cursor_complete = read_cursor(context, options)
    result = result_of(context.tree, call)
    return Query(
        location=context.location(call),
        scope=context.scope(call),
        origin="prisma",
        verb=cast("Verb", METHODS[found.method]),
        method=found.method,
        model=found.model,
        predicates=tuple(filters.predicates),
        order_by=keys,
        limit=read_bound(context, options.get("take")),
        offset=None if cursor is not None and is_cursor_skip(context, options) else read_bound(context, options.get("skip")),
        cursor=cursor,
        distinct=names_in(context, options.get("distinct")),
        include=included(context, options),
        select=selected(context, options),
        loops=around.loops,
        uses_element_of=around.uses_element_of,
        parameters=around.parameters,
        awaited=is_awaited(context.tree, call),
        batched_in_transaction=goes_to_transaction(context.tree, call),
        result_first_only=result.first_only,
        complete=options.complete and filters.complete and order_complete and cursor_complete,
        client=context.text(found.client),
        result_name=result.name,
    )


def read_bound(context: CodeContext, entry: Entry | None) -> Bound | None:
    """`take` or `skip`; None where it is absent or `undefined`."""
    if entry is None or context.text(context.values.follow(entry.value)) == "undefined":
        return None
    constant = context.values.integer(entry.value)
    grows = constant is None and grows_with_page(context, entry.value)
    return Bound(context.text(entry.value), context.location(entry.at), constant, grows)


def grows_with_page(context: CodeContext, node: Node, steps: int = 6) -> bool:
    """Whether an expression multiplies, or names something like an offset, itself or through constants of the file."""
    if is_fixed(context, node) or "Math.random" in context.text(context.values.follow(node)):
        return False
    if "*" in operators_in(context, node):
        return True
    names = context.tree.captures("(identifier) @n (property_identifier) @n (shorthand_property_identifier) @n", node).get("n", [])
    for name in names:
        if OFFSET_NAME.search(context.text(name)) and not context.text(name).lower().endswith("size"):
            return True
        followed = context.values.follow(name)
        if steps > 0 and followed != name and grows_with_page(context, followed, steps - 1):
            return True
    return False


def is_fixed(context: CodeContext, node: Node) -> bool:
    """Whether an expression is made of constants alone: `2 * PAGE_SIZE`."""
    used = context.tree.captures(CHANGEABLE, context.values.follow(node)).get("n", [])
    return all(name.type in IDENTIFIERS and context.values.is_constant(name) for name in used)


def operators_in(context: CodeContext, node: Node) -> set[str]:
    binaries = context.tree.captures("(binary_expression) @b", node).get("b", [])
    return {operator.type for binary in binaries if (operator := field(binary, "operator")) is not None}


def read_cursor(context: CodeContext, options: ObjectValue) -> tuple[Cursor | None, bool]:
    """The cursor of a call, and whether its columns are seen."""
    entry = options.get("cursor")
    if entry is None or context.text(context.values.follow(entry.value)) == "undefined":
        return None, True
    value = context.values.object(entry.value)
    assigned = assigned_object(context, entry.value)
    if not value.entries and assigned is not None:
        return cursor_in_variable(context, options, entry, assigned), True
    columns: list[str] = []
    for part in value:
        inner = context.values.object(part.value)
        columns.extend(key.key for key in inner) if inner.entries else columns.append(part.key)
    conditions = [part.condition for part in (entry, *value) if part.condition is not None]
    literal = context.tree.ancestors(value.entries[0].at)[-1] if value.entries else entry.value
    cursor = Cursor(
        columns=tuple(columns),
        location=context.location(entry.at),
        optional=entry.optional or any(part.optional for part in value),
        skips_cursor_row=is_cursor_skip(context, options),
        takes_one_more=takes_one_more(context, options.get("take")),
        value_text=context.text(literal),
        condition=context.text(conditions[0]) if conditions else None,
    )
    return cursor, bool(columns)


def assigned_object(context: CodeContext, node: Node) -> ObjectValue | None:
    """What is assigned later to a variable that begins empty (`let cursor; ... cursor = { id: last.id }`)."""
    binding = context.scopes.resolve(node)
    for change in context.scopes.assigned_later(binding) if binding is not None and binding.kind == "variable" else ():
        right = field(change, "right")
        found = context.values.object(right) if right is not None else UNSEEN
        if found.entries and found.complete:
            return found
    return None


def cursor_in_variable(context: CodeContext, options: ObjectValue, entry: Entry, assigned: ObjectValue) -> Cursor:
    name = context.text(entry.value)
    return Cursor(
        columns=tuple(part.key for part in assigned),
        location=context.location(entry.at),
        optional=True,
        skips_cursor_row=is_cursor_skip(context, options),
        takes_one_more=takes_one_more(context, options.get("take")),
        value_text=name,
        condition=name,
    )


def is_cursor_skip(context: CodeContext, options: ObjectValue) -> bool:
    """Whether `skip` leaves out the cursor's own row: 1, `cursor ? 1 : 0`, or anything that is not plainly 0 or a page's offset."""
    entry = options.get("skip")
    if entry is None:
        return False
    node = context.values.follow(entry.value)
    return context.text(node) not in ("0", "undefined") and not operators_in(context, node) & {"*"}


def takes_one_more(context: CodeContext, entry: Entry | None) -> bool:
    """`take: limit + 1`, itself or through a constant."""
    if entry is None:
        return False
    node = context.values.follow(entry.value)
    right, operator = field(node, "right"), field(node, "operator")
    return (
        node.type == "binary_expression"
        and operator is not None
        and operator.type == "+"
        and right is not None
        and "1" in (context.text(right), context.text(field(node, "left") or right))
    )


def names_in(context: CodeContext, entry: Entry | None) -> tuple[str, ...]:
    """`distinct: ["a", "b"]` or `distinct: "a"`."""
    if entry is None:
        return ()
    array = context.values.array(entry.value)
    elements = array.elements if array is not None else (entry.value,)
    return tuple(name for element in elements if (name := context.values.string(element)) is not None)


def included(context: CodeContext, options: ObjectValue, prefix: str = "", depth: int = 0) -> tuple[str, ...]:
    """The relation fields that a call fetches along, dotted; those that a `select` includes further down as well."""
    names: list[str] = []
    for argument in ("include", "select"):
        for name, value in chosen(context, options.get(argument)):
            if argument == "include":
                names.append(prefix + name)
            if depth < MAX_DEPTH and value.entries:
                names.extend(included(context, value, f"{prefix}{name}.", depth + 1))
    return tuple(names)


def selected(context: CodeContext, options: ObjectValue, prefix: str = "", depth: int = 0) -> tuple[str, ...]:
    """The fields that a call selects, dotted inside relations; empty where it selects none, that is all."""
    names: list[str] = []
    for name, value in chosen(context, options.get("select")):
        nested = selected(context, value, f"{prefix}{name}.", depth + 1) if depth < MAX_DEPTH else ()
        names.extend(nested or (prefix + name,))
    return tuple(names)


def chosen(context: CodeContext, entry: Entry | None) -> list[tuple[str, ObjectValue]]:
    """The names under `select` or `include` that are not switched off, with what is asked of each."""
    value = context.values.object(entry.value) if entry is not None else UNSEEN
    return [
        (inner.key, context.values.object(inner.value))
        for inner in value
        if context.text(context.values.follow(inner.value)) not in ("false", "undefined")
    ]
