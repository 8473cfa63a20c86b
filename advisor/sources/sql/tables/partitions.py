"""Partitioning. In: `PartitionSpec` and `PartitionBoundSpec` nodes. Out: the model's `PartitionKey`, and a bound as SQL."""

from __future__ import annotations

from typing import Literal

from advisor.model import PartitionKey, Table
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.spelling.printing import comma_separated
from advisor.sources.sql.tables.indexes import read_key
from advisor.sources.sql.text.tree import Node, fields_of

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


def partition_bound(fields: Node) -> str:
    """`FOR VALUES FROM (1) TO (10)`, `FOR VALUES IN ('a')`, `FOR VALUES WITH (modulus 4, remainder 0)` or `DEFAULT`."""
    if fields.get("is_default"):
        return "DEFAULT"
    if fields["strategy"] == "h":
        return f"FOR VALUES WITH (modulus {fields['modulus']}, remainder {fields.get('remainder', 0)})"
    if fields["strategy"] == "l":
        return f"FOR VALUES IN ({comma_separated(fields['listdatums'])})"
    return f"FOR VALUES FROM ({comma_separated(fields['lowerdatums'])}) TO ({comma_separated(fields['upperdatums'])})"
