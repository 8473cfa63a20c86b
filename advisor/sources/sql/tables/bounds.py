"""What a partition's bound says of its rows, and whether a table's CHECKs prove it, so that attaching it reads no row.

In: the table, the key, the bound's node. PostgreSQL proves far more (`predicate_implied_by`); here the conditions must be written
as the bound itself would be, over one column: `id >= 10 AND id < 20`, `id IN (7)`. What is not seen to be proven is taken for
scanned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from json import loads

from pglast.parser import parse_sql_json

from advisor.model import Column, PartitionKey, Table
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.spelling.printing import print_expression
from advisor.sources.sql.text.quoting import quote_identifier, quote_string
from advisor.sources.sql.text.tree import Node, constant, fields_of

CONJUNCTION = re.compile(r"\s+AND\s+", re.IGNORECASE)
PLAIN_ELEMENT = re.compile(r"""(?!null$)[^\s{},"\\]+""", re.IGNORECASE)
ESCAPED, BACKSLASHED = re.compile(r'["\\]'), r"\\\g<0>"
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
        values = [print_expression(node) for node in bound["listdatums"] if not is_null(node)]
        if values:
            yield f"{column} = {values[0]}" if len(values) == 1 else f"{column} = ANY (ARRAY[{', '.join(values)}])"
    if bound["strategy"] == "r":
        for sign, nodes in ((">=", bound["lowerdatums"]), ("<", bound["upperdatums"])):
            if "ColumnRef" not in nodes[0]:
                yield f"{column} {sign} {print_expression(nodes[0])}"


def is_null(node: Node) -> bool:
    return bool(node.get("A_Const", {}).get("isnull"))


def bound_check(catalog: Catalog, partition: Table) -> str | None:
    """The condition of the rows of a partition, as the CHECK that DETACH ... CONCURRENTLY leaves behind says it.

    None where it has none: a default partition, one by hash (its condition names the parent), a key of several columns
    (which is not followed), and a table whose own CHECK says it. Source: `DetachAddConstraintIfNeeded`
    (src/backend/commands/tablecmds.c).
    """
    parent = catalog.table(partition.partition_of) if partition.partition_of else None
    if parent is None or parent.partition_key is None or partition.partition_bound is None or len(parent.partition_key.keys) > 1:
        return None
    statement = parse_sql_json(f"CREATE TABLE part PARTITION OF whole {partition.partition_bound}")
    bound = fields_of(loads(statement)["stmts"][0]["stmt"])["partbound"]
    if proves_bound(partition, parent.partition_key, bound):
        return None
    (key,) = parent.partition_key.keys
    subject = quote_identifier(key.column) if key.column is not None else f"({key.expression.text})" if key.expression else ""
    column = parent.column(key.column) if key.column is not None else None
    own = [as_folded(condition, bound, column) for condition in conditions_of(subject, bound)]
    null = any(is_null(node) for node in bound.get("listdatums", ()))
    above = bound_check(catalog, parent)
    if null:
        own = [" OR ".join([f"{subject} IS NULL", *own])]
    elif own:
        own = [f"{subject} IS NOT NULL", *own]
    return " AND ".join([*((above,) if above else ()), *(f"({condition})" for condition in own)]) or None


def as_folded(condition: str, bound: Node, column: Column | None) -> str:
    """A condition as PostgreSQL keeps it: a list of values is one constant of an array, a truth value needs no comparison."""
    subject, _, values = condition.partition(" = ANY (ARRAY[")
    if values and column is not None:
        words = [constant(node) for node in bound["listdatums"] if not is_null(node)]
        kind = "text" if column.type.startswith("character varying") else column.type
        return f"{subject} = ANY ({quote_string(array_text(words))}::{kind}[])"
    if column is not None and column.type == "boolean":
        return condition.removesuffix(" = true") if condition.endswith(" = true") else f"NOT {condition.removesuffix(' = false')}"
    return condition


def array_text(values: Iterable[object]) -> str:
    """`{a,"b c"}`: an array as PostgreSQL prints it (`array_out`, src/backend/utils/adt/arrayfuncs.c)."""
    words = [str(value) for value in values]
    return "{" + ",".join(word if PLAIN_ELEMENT.fullmatch(word) else f'"{ESCAPED.sub(BACKSLASHED, word)}"' for word in words) + "}"


def normal(text: str) -> str:
    """A condition without what PostgreSQL adds when it prints one: parentheses and casts. `IN (7)` is `= 7`."""
    found = re.sub(r"\bIN\s*\(([^,()]+)\)", r"= \1", text, flags=re.IGNORECASE)
    found = re.sub(r"\bIN\s*\(([^()]+)\)", r"= ANY (ARRAY[\1])", found, flags=re.IGNORECASE)
    return NOISE.sub("", found).lower()
