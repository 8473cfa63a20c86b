"""One database read from its Prisma schema and from the SQL that Prisma makes of it is one and the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from advisor.model import Column, ForeignKey, Index, Location, SourceText, Table
from advisor.sources.sql import read_sql
from tests.sources.prisma.helpers import FIXTURES, read_files

NOWHERE = Location("", 1, 1, 1, 1)

PAIRS = [
    ([FIXTURES / "everything.prisma"], FIXTURES / "everything.sql"),
    (sorted((FIXTURES / "clinic").glob("*.prisma")), FIXTURES / "clinic" / "schema.sql"),
]


def plain_column(column: Column) -> Column:
    default = replace(column.default, rowless_calls=(), cast_to=None) if column.default else None
    return replace(column, location=NOWHERE, field=None, native_type=None, ignored=False, client_default=None, default=default)


def plain_index(index: Index) -> Index:
    return replace(index, location=NOWHERE, name_is_default=False)


def plain_key(key: ForeignKey) -> ForeignKey:
    return replace(key, location=NOWHERE, name_is_default=False)


def plain(table: Table) -> tuple[object, ...]:
    """What a table is, apart from where it was written and what only an ORM knows."""
    return (
        table.name,
        tuple(plain_column(column) for column in table.columns),
        sorted(map(plain_index, table.indexes), key=lambda index: str(index.name)),
        sorted(map(plain_key, table.foreign_keys), key=lambda key: str(key.name)),
    )


@pytest.mark.parametrize(("schema", "sql"), PAIRS, ids=["one file", "several files"])
def test_prisma_and_its_sql_come_to_the_same_tables(schema: list[Path], sql: Path) -> None:
    declared = read_files(*schema).schema
    built = read_sql([SourceText(sql.name, sql.read_text())])
    assert not built.problems
    tables = [table for table in declared.tables if table.kind == "table"]
    assert {table.name: plain(table) for table in tables} == {table.name: plain(table) for table in built.schema.tables}
    assert {enum.name: enum.values for enum in declared.enums} == {enum.name: enum.values for enum in built.schema.enums}
    assert set(declared.extensions) == set(built.schema.extensions)
