"""What tables say of each other by name. In: tables. Out: parents, the parts that heirs have too, a table after a renaming."""

from __future__ import annotations

from msgspec.structs import replace

from advisor.model import Name, Table


def begins(longer: tuple[object, ...], shorter: tuple[object, ...]) -> bool:
    return longer[: len(shorter)] == shorter


def named_parts(table: Table) -> tuple[tuple[object, ...], ...]:
    """What takes names beside the table itself."""
    return (table.indexes, table.foreign_keys, table.checks, table.not_nulls)


def names_to_inherit(table: Table, kind: str) -> list[str | None]:
    """The names of a table's columns or checks, or the columns of its NOT NULL constraints, that its heirs have too."""
    if kind == "not null":
        return [found.column for found in table.not_nulls if not found.no_inherit]
    if kind == "check":
        return [check.name for check in table.checks if not check.no_inherit]
    return [column.name for column in table.columns]


def parents_of(table: Table) -> tuple[Name, ...]:
    return (*table.inherits, *((table.partition_of,) if table.partition_of else ()))


def moved(table: Table, old: Name, new: Name) -> Table:
    """A table after one, itself or another, got another name."""

    def name_of(name: Name) -> Name:
        return new if name == old else name

    return replace(
        table,
        name=name_of(table.name),
        indexes=tuple(replace(index, table=name_of(index.table)) for index in table.indexes),
        foreign_keys=tuple(
            replace(key, table=name_of(key.table), referenced_table=name_of(key.referenced_table)) for key in table.foreign_keys
        ),
        inherits=tuple(map(name_of, table.inherits)),
        partition_of=name_of(table.partition_of) if table.partition_of else None,
        triggers=tuple(
            replace(
                trigger,
                table=name_of(trigger.table),
                referenced_table=name_of(trigger.referenced_table) if trigger.referenced_table else None,
            )
            for trigger in table.triggers
        ),
        statistics=tuple(replace(found, table=name_of(found.table)) for found in table.statistics),
    )
