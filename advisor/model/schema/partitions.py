"""How partitioned tables are divided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from advisor.model.schema.indexes import IndexKey


@dataclass(frozen=True, slots=True)
class PartitionKey:
    """How a partitioned table is divided: `range`, `list` or `hash`, by columns or expressions."""

    strategy: Literal["range", "list", "hash"]
    keys: tuple[IndexKey, ...]
