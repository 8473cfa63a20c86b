"""Partitioning. In: `PartitionSpec` and `PartitionBoundSpec` nodes. Out: the model's `PartitionKey`, and a bound as SQL."""

from __future__ import annotations

from itertools import zip_longest
from typing import Literal

from advisor.model import Location, PartitionKey, Table
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.spelling.printing import comma_separated
from advisor.sources.sql.tables.indexes import read_key
from advisor.sources.sql.text.tree import Node, constant, fields_of

BOOLEANS = {"t": True, "true": True, "f": False, "false": False}

STRATEGIES: dict[str, Literal["range", "list", "hash"]] = {
    "PARTITION_STRATEGY_HASH": "hash",
    "PARTITION_STRATEGY_LIST": "list",
    "PARTITION_STRATEGY_RANGE": "range",
}


def partition_key(catalog: Catalog, fields: Node, table: Table) -> PartitionKey:
    """`PARTITION BY RANGE (at)`."""
    strategy = STRATEGIES[fields["strategy"]]
    method = "hash" if strategy == "hash" else "btree"
    keys = tuple(read_key(catalog, fields_of(node), table, method) for node in fields["partParams"])
    return PartitionKey(strategy, keys)


def partition_bound(fields: Node, at: Location | None, parent: Table | None = None) -> str:
    """`FOR VALUES FROM (1) TO (10)`, `FOR VALUES IN ('a')`, `FOR VALUES WITH (modulus 4, remainder 0)` or `DEFAULT`."""
    types = key_types(parent)
    if fields.get("is_default"):
        return "DEFAULT"
    if fields["strategy"] == "h":
        if "modulus" not in fields:  # the parser leaves a 0 out
            raise RefusedError("modulus for hash partition must be an integer value greater than zero", at)
        return f"FOR VALUES WITH (modulus {fields['modulus']}, remainder {fields.get('remainder', 0)})"
    if fields["strategy"] == "l":
        return f"FOR VALUES IN ({values(fields['listdatums'], types * len(fields['listdatums']))})"
    return f"FOR VALUES FROM ({values(fields['lowerdatums'], types)}) TO ({values(fields['upperdatums'], types)})"


def key_types(table: Table | None) -> list[str | None]:
    """The types of a partition key's columns; None for what is an expression."""
    if table is None or table.partition_key is None:
        return []
    columns = [table.column(key.column) if key.column is not None else None for key in table.partition_key.keys]
    return [column.type if column is not None else None for column in columns]


def values(nodes: list[Node], types: list[str | None]) -> str:
    return comma_separated([bound_value(node, type_name) for node, type_name in zip_longest(nodes, types[: len(nodes)])])


def bound_value(node: Node, type_name: str | None) -> Node:
    """A value without the cast and collation that its column's type makes needless; PostgreSQL stores the value alone."""
    if "CollateClause" in node or "TypeCast" in node:
        inner = bound_value(fields_of(node)["arg"], type_name)
        return inner if "A_Const" in inner else node
    word = constant(node)
    if type_name == "boolean" and isinstance(word, str) and word.lower() in BOOLEANS:
        return {"A_Const": {"boolval": {"boolval": True} if BOOLEANS[word.lower()] else {}}}
    return node
