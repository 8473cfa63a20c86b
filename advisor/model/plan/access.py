"""How a plan's node reads its table, and what index would read it better: plan and schema in, names, conditions and columns out.

Source for the order of the columns: PostgreSQL documentation, "Multicolumn Indexes" (a btree is most useful with equality on its
leading columns and an inequality on the first one after them) and "Indexes and ORDER BY".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from advisor.model.plan.conditions import Condition, conditions
from advisor.model.plan.times import KEPT
from advisor.model.plan.tree import Plan, PlanNode
from advisor.model.schema import Index, IndexKey, Name, Schema, Table

SORT_KEY = re.compile(
    r'(?:(?:"(?:[^"]|"")+"|[\w$]+)\.){0,2}(?P<column>"(?:[^"]|"")+"|[^\W\d][\w$]*)'
    r"(?P<down> DESC)?(?: NULLS (?P<nulls>FIRST|LAST))?$"
)
DATE_AS_TEXT = re.compile(r"'[12]\d{3}-\d{2}[-%']")
NUMBERED = re.compile(r"_\d+$")
PASSED_THROUGH = ("Gather", "Gather Merge", "Subquery Scan", "Result", "LockRows")
"""Nodes that hand rows on one by one, so that what is asked above them reaches the scan below."""


LOOKED_UP_BY_JOIN = {
    "Inner": ("Outer", "Inner"),
    "Semi": ("Outer", "Inner"),
    "Right Semi": ("Outer", "Inner"),
    "Left": ("Inner",),
    "Anti": ("Inner",),
    "Right": ("Outer",),
    "Right Anti": ("Outer",),
}
"""For each type of join the side that can be looked up by the other side's rows; one whose rows are all kept must be read whole."""


class Access(Struct, frozen=True):
    """A scan of a table: the node, the table's name as far as it is known, and the table itself where a schema has it."""

    node: PlanNode
    name: Name
    table: Table | None


def access_of(node: PlanNode, schema: Schema | None) -> Access | None:
    """What a scan reads; None for a node that reads no table. A partition counts as the table that it is a part of."""
    if node.relation is None:
        return None
    table = _table_of(node, schema)
    if table is not None:
        parent = schema.table(table.partition_of) if schema and table.partition_of else None
        table = parent or table
        return Access(node, table.name, table)
    return Access(node, Name(node.text("Schema") or "public", node.relation), None)


def _table_of(node: PlanNode, schema: Schema | None) -> Table | None:
    if schema is None or node.relation is None:
        return None
    namespace = node.text("Schema")
    return schema.table(Name(namespace, node.relation)) if namespace else schema.table_named(node.relation)


@lru_cache(maxsize=KEPT)
def parents_of(plan: Plan) -> Mapping[PlanNode, PlanNode]:
    return {child: node for node in plan.walk() for child in node.children}


def ancestors(node: PlanNode, parents: Mapping[PlanNode, PlanNode]) -> Iterator[PlanNode]:
    """The nodes above, nearest first."""
    while node in parents:
        node = parents[node]
        yield node


def family_of(node: PlanNode, parents: Mapping[PlanNode, PlanNode]) -> tuple[object, ...]:
    """What the scans of one partitioned table have in common: their Append, and the alias without its number.

    PostgreSQL calls the partitions of `events` in a plan `events_1`, `events_2`, ...; the branches of a UNION ALL keep their names.
    """
    append = next((above for above in ancestors(node, parents) if above.type in ("Append", "Merge Append")), None)
    alias = node.text("Alias") or ""
    return (append, NUMBERED.sub("", alias)) if append is not None else (node,)


def elapsed(plan: Plan) -> float | None:
    """Milliseconds that the statement took; None where the plan does not tell."""
    return plan.elapsed


def conditions_of(access: Access, *fields: str) -> tuple[Condition, ...]:
    """The conditions in these fields of the node, with the table's own side of each comparison."""
    node = access.node
    return tuple(condition for name in fields for condition in conditions(node.text(name), node.text("Alias")))


def indexable(access: Access, found: Sequence[Condition]) -> tuple[Condition, ...]:
    """Those that a btree index on plain columns serves.

    A cast to text means nothing on a `character varying` column; on any other it keeps the index out.
    """
    return tuple(condition for condition in found if condition.is_plain and _is_served(access.table, condition))


def _is_served(table: Table | None, condition: Condition) -> bool:
    if table is None or condition.column is None:
        return not is_date_as_text(condition)
    column = table.column(condition.column)
    return column is not None and (condition.cast is None or column.type.startswith(("character", "text", "citext", "name")))


def is_date_as_text(condition: Condition) -> bool:
    """`(at)::text ~~ '2024-02%'`: where no schema tells the type, a cast to text compared with a date is one of a time."""
    return condition.cast == "text" and DATE_AS_TEXT.match(condition.value) is not None


def key_columns(found: Sequence[Condition], order: Sequence[IndexKey] = ()) -> tuple[str | IndexKey, ...]:
    """The columns of an index for these conditions: equalities, then the order that is asked for or the first range."""
    equal = list(dict.fromkeys(condition.column for condition in found if condition.is_equality and condition.column))
    ranges = [condition.column for condition in found if condition.is_range and condition.column and condition.column not in equal]
    keys = tuple(key for key in order if key.column not in equal)
    if keys and (not ranges or ranges[0] == keys[0].column):
        return (*equal, *(plain(key) for key in keys))
    return (*equal, *ranges[:1])


def plain(key: IndexKey) -> str | IndexKey:
    """A key that is just a column as its name."""
    return key.column if key.column is not None and key == IndexKey(key.column) else key


def truths(found: Sequence[Condition]) -> tuple[str, ...]:
    """Columns asked for true, false or NULL: worth an index only where nothing better narrows the rows."""
    return tuple(dict.fromkeys(c.column for c in found if c.column and c.operator in ("is true", "is false", "is null")))


def wanted_order(node: PlanNode, parents: Mapping[PlanNode, PlanNode]) -> tuple[IndexKey, ...]:
    """The order in which a LIMIT above wants the scan's rows, where an index could give it; empty without one."""
    sort: PlanNode | None = None
    for above in ancestors(node, parents):
        if above.type == "Limit":
            return sort_keys(sort) if sort is not None else ()
        if above.type == "Sort" and sort is None:
            sort = above
        elif above.type not in PASSED_THROUGH:
            break
    return ()


def sort_keys(sort: PlanNode) -> tuple[IndexKey, ...]:
    """A Sort's keys as index keys; empty where one of them is no plain column."""
    keys = sort.fields.get("Sort Key", [])
    found = [sort_key(key) for key in keys if isinstance(key, str)] if isinstance(keys, list) else []
    return () if None in found else tuple(key for key in found if key is not None)


def sort_key(text: str) -> IndexKey | None:
    """`p.created_at DESC NULLS LAST` as an index key; None for an expression or an order of its own collation."""
    match = SORT_KEY.match(text)
    if match is None:
        return None
    name, down = match["column"], match["down"] is not None
    column = name[1:-1].replace('""', '"') if name.startswith('"') else name
    first = {"FIRST": True, "LAST": False}.get(match["nulls"] or "")
    return IndexKey(column, descending=down, nulls_first=None if first == down else first)


def index_for(table: Table | None, columns: Sequence[str | IndexKey]) -> Index | None:
    """An index of the table that already begins with these columns, the leading equalities in any order; None without one.

    Where keys with an order are among them, it must give that order, read forwards or backwards.
    """
    if table is None or not columns:
        return None
    return next((index for index in table.indexes if _begins_with(index, columns)), None)


def _begins_with(index: Index, columns: Sequence[str | IndexKey]) -> bool:
    names = [column.column if isinstance(column, IndexKey) else column for column in columns]
    leading = index.keys[: len(names)]
    whole = index.method == "btree" and index.predicate is None and index.valid
    if not whole or {key.column for key in leading} != set(names) or any(key.opclass or key.collation for key in leading):
        return False
    first = next((place for place, column in enumerate(columns) if isinstance(column, IndexKey)), len(names))
    order = [column if isinstance(column, IndexKey) else IndexKey(column) for column in columns[first:]]
    return not order or index.serves_order(order, [name for name in names[:first] if name is not None])


def look_up_join(node: PlanNode, parents: Mapping[PlanNode, PlanNode]) -> tuple[PlanNode, PlanNode] | None:
    """The hash or merge join that a scan feeds whole, and its other side, by whose rows it could be looked up instead."""
    side = node
    while (above := parents.get(side)) is not None and above.type in ("Hash", "Sort"):
        side = above
    if above is None or above.type not in ("Hash Join", "Merge Join"):
        return None
    looked_up = side.text("Parent Relationship") in LOOKED_UP_BY_JOIN.get(above.text("Join Type") or "Inner", ())
    other = next((child for child in above.children if child is not side), None)
    return (above, other) if looked_up and other is not None else None


def join_conditions_of(access: Access, join: PlanNode) -> tuple[Condition, ...]:
    """What the join above a scan compares of the scan's table: its own side of each comparison."""
    alias = access.node.text("Alias") or access.node.relation
    found = (each for name in ("Hash Cond", "Merge Cond", "Join Filter") for each in conditions(join.text(name), alias))
    return tuple(each for each in found if each.qualifier == alias)


def rows_read(node: PlanNode) -> float:
    """Rows that a scan looked at in all its loops: those it gave and those its Filter removed (EXPLAIN tells both per loop)."""
    return (node.rows + node.number("Rows Removed by Filter")) * node.loops
