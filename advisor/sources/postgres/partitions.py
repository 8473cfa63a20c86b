"""How tables are divided. In: `pg_get_partkeydef` and the expression of a bound. Out: the model's key, and the bound's text."""

from __future__ import annotations

from collections.abc import Iterable

from advisor.model import IndexKey, PartitionKey
from advisor.sources.postgres.expressions import statement_of
from advisor.sources.sql.spelling.expressions import expression
from advisor.sources.sql.tables.partitions import STRATEGIES, partition_bound
from advisor.sources.sql.text.tree import Node, fields_of, strings


def read_partition_key(text: str) -> PartitionKey:
    """`RANGE (at, lower(name) text_pattern_ops)`: the server leaves out operator classes and collations that are the default."""
    fields = statement_of(f"CREATE TABLE divided () PARTITION BY {text}")["partspec"]
    return PartitionKey(STRATEGIES[fields["strategy"]], tuple(key_of(fields_of(node)) for node in fields["partParams"]))


def key_of(fields: Node) -> IndexKey:
    return IndexKey(
        column=fields.get("name"),
        expression=expression(fields["expr"]) if "expr" in fields else None,
        opclass=visible(strings(fields["opclass"])) if "opclass" in fields else None,
        collation=visible(strings(fields["collation"])) if "collation" in fields else None,
    )


def visible(parts: Iterable[str]) -> str:
    return ".".join(part for part in parts if part not in ("pg_catalog", "public"))


def read_bound(text: str) -> str:
    """A bound in the model's spelling."""
    return partition_bound(statement_of(f"CREATE TABLE part PARTITION OF divided {text}")["partbound"], None)
