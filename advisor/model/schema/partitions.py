"""How partitioned tables are divided."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from advisor.model.schema.indexes import IndexKey


class PartitionKey(Struct, frozen=True):
    """How a partitioned table is divided: `range`, `list` or `hash`, by columns or expressions."""

    strategy: Literal["range", "list", "hash"]
    keys: tuple[IndexKey, ...]
