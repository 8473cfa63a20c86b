"""Whether a table's CHECKs prove a partition's bound, so that attaching it reads no row. In: the table, the key, the bound's node.

PostgreSQL proves far more (`predicate_implied_by`); here the conditions must be written as the bound itself would be, over one
column: `id >= 10 AND id < 20`, `id IN (7)`. What is not seen to be proven is taken for scanned.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from advisor.model import PartitionKey, Table
from advisor.sources.sql.spelling.printing import print_expression
from advisor.sources.sql.text.tree import Node

CONJUNCTION = re.compile(r"\s+AND\s+", re.IGNORECASE)
NOISE = re.compile(r"[()\s]|::[a-z ]+(?:\(\d+\))?")


def proves_bound(table: Table, key: PartitionKey, bound: Node) -> bool:
    column = key.keys[0].column if len(key.keys) == 1 else None
    known = table.column(column) if column else None
    if known is None or known.nullable:
        return False
    wanted = {normal(condition) for condition in conditions_of(known.name, bound)}
    had = {normal(part) for check in table.checks if check.validated for part in CONJUNCTION.split(check.expression.text)}
    return bool(wanted) and wanted <= had


def conditions_of(column: str, bound: Node) -> Iterator[str]:
    """What the bound says, as one would write it; nothing for a hash partition, a default one, or bounds that are no constants."""
    if bound.get("is_default"):
        return
    if bound["strategy"] == "l":
        values = [print_expression(node) for node in bound["listdatums"]]
        yield f"{column} = {values[0]}" if len(values) == 1 else f"{column} = ANY (ARRAY[{', '.join(values)}])"
    if bound["strategy"] == "r":
        for sign, nodes in ((">=", bound["lowerdatums"]), ("<", bound["upperdatums"])):
            if "ColumnRef" not in nodes[0]:
                yield f"{column} {sign} {print_expression(nodes[0])}"


def normal(text: str) -> str:
    """A condition without what PostgreSQL adds when it prints one: parentheses and casts. `IN (7)` is `= 7`."""
    found = re.sub(r"\bIN\s*\(([^,()]+)\)", r"= \1", text, flags=re.IGNORECASE)
    found = re.sub(r"\bIN\s*\(([^()]+)\)", r"= ANY (ARRAY[\1])", found, flags=re.IGNORECASE)
    return NOISE.sub("", found).lower()
