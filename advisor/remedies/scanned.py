"""The index that a plan's scans ask for. In: the tables scanned, and the table itself where a schema has it. Out: a remedy."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.model import IndexKey, Name, Schema, Table
from advisor.remedies.indexes import CreateIndex
from advisor.remedies.remedy import Remedy
from advisor.remedies.rewrites import RunSql


def index_for_scans(
    names: Sequence[Name], columns: tuple[str | IndexKey, ...], table: Table | None, schema: Schema | None
) -> Remedy:
    """One index; for partitions whose parent no schema tells, one on each of them."""
    if table is not None and schema is not None:
        return CreateIndex.on(table, columns, schema)
    each = [CreateIndex(name, columns) for name in dict.fromkeys(names)]
    if len(each) == 1:
        return each[0]
    return RunSql(
        f"Index {len(each)} partitions ({', '.join(map(str, columns))})",
        "\n".join(["-- partitions that are made later want it too", *(index.up() for index in each)]),
        back="\n".join(index.down() for index in each),
    )
