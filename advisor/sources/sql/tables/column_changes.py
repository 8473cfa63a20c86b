"""Commands of ALTER TABLE about columns. In: a `Command`. Out: its operation, and the catalog after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from advisor.model import AlterTable, Column, Name, Operation
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.dependents import drop_what_reads_column, trigger_reads
from advisor.sources.sql.objects.policies import policies_reading_column
from advisor.sources.sql.objects.statistics import build_statistics_anew
from advisor.sources.sql.spelling.expressions import expression
from advisor.sources.sql.spelling.types import array_element
from advisor.sources.sql.tables.columns import read_collation, read_column, read_default, read_type, with_type_of_constant
from advisor.sources.sql.tables.commands import Command
from advisor.sources.sql.tables.comparisons import with_comparisons_kept
from advisor.sources.sql.tables.constraints import add_constraint, drop_references, remove_foreign_key
from advisor.sources.sql.tables.indexes import build_indexes_anew, columns_read_by, remove_index, require_columns
from advisor.sources.sql.tables.not_nulls import PendingNotNull, allow_null, make_not_nulls_anew, named, put_not_null, require_value
from advisor.sources.sql.tables.sequence_statements import change_sequence, next_value_of
from advisor.sources.sql.text.quoting import quote_name
from advisor.sources.sql.views.following import drop_views, views_needing_column


def add_column(catalog: Catalog, command: Command) -> Iterator[Operation]:
    fields = command.definition
    table = catalog.table(command.table)
    if table is not None and table.column(fields["colname"]) is not None:
        if command.fields.get("missing_ok"):
            yield AlterTable(command.location, command.table, "add column", fields["colname"])
            return
        raise RefusedError(f'column "{fields["colname"]}" of relation "{table.name}" already exists', command.location)
    found = read_column(catalog, command.statement, fields, command.table, command.end)
    valueless = not (found.column.nullable or found.column.has_default or found.column.identity or found.column.generated)
    yield AlterTable(command.location, command.table, "add column", fields["colname"], needs_empty_table=valueless)
    put_column(catalog, command.table, found.column, to_children=not command.only)
    if found.not_null is not None and table is not None:
        put_not_null(catalog, command.table, named(catalog, command.table, found.not_null), to_children=not command.only)
    for pending in found.constraints:
        operations = add_constraint(catalog, command.table, pending, only=command.only)
        yield from (operation for operation in operations if not isinstance(operation, AlterTable))


def put_column(catalog: Catalog, name: Name, column: Column, *, to_children: bool) -> None:
    """Add a column; a child that has it already keeps its own."""
    table = catalog.table(name)
    if table is None:
        return
    if table.column(column.name) is None:
        catalog.put(replace(table, columns=(*table.columns, column)))
    for child in catalog.children(name) if to_children else ():
        is_partition = catalog.known(child).partition_of == name
        if catalog.known(child).column(column.name) is None:
            catalog.mark_inherited(child, ("column", column.name))
        inherited = replace(column, identity=column.identity if is_partition else None, identity_options=())
        put_column(catalog, child, inherited, to_children=True)


def drop_column(catalog: Catalog, command: Command) -> Iterator[Operation]:
    yield AlterTable(command.location, command.table, "drop column", command.name)
    table = catalog.table(command.table)
    if table is None:
        return
    if not command.fields.get("missing_ok"):
        require_columns(catalog, table, [command.name], command.location)
    remove_column(catalog, command.table, command.name, cascade=command.cascade, only=command.only)


def remove_column(catalog: Catalog, name: Name, column: str, *, cascade: bool, only: bool = False) -> None:
    """Drop a column, and with it every index, key, check, computed column and view that reads it."""
    views = views_needing_column(catalog, name, column)
    drop_columns_of_their_rows(catalog, views)
    drop_views(catalog, views)
    drop_what_reads_column(catalog, name, column)
    for computed in catalog.known(name).columns:
        if computed.generated is not None and column in computed.generated.columns:
            remove_column(catalog, name, computed.name, cascade=cascade, only=only)
    table = catalog.known(name)
    for index in table.indexes:
        if column in columns_read_by(index):
            if cascade:
                drop_references(catalog, name, index)
            remove_index(catalog, index)
    for key in [key for key in table.foreign_keys if column in key.columns]:
        remove_foreign_key(catalog, key)
    table = catalog.known(name)
    catalog.put(
        replace(
            table,
            columns=tuple(other for other in table.columns if other.name != column),
            not_nulls=tuple(found for found in table.not_nulls if found.column != column),
            checks=tuple(check for check in table.checks if column not in check.expression.columns),
        )
    )
    owned = [sequence for sequence, owner in catalog.sequences_of(name).items() if owner == column]
    remove_sequences(catalog, owned, cascade=cascade)
    for child in catalog.children(name):
        if only:
            catalog.mark_own(child, ("column", column))
        elif catalog.goes_with_parent(child, ("column", column)):
            remove_column(catalog, child, column, cascade=cascade)


def drop_columns_of_their_rows(catalog: Catalog, views: Iterable[Name]) -> None:
    """Of views that go, and of those that read them."""
    going = list(views)
    for name in going:
        going += [view.name for view in catalog.views_reading(name) if view.name not in going]
        drop_columns_of_rows(catalog, name)


def drop_columns_of_rows(catalog: Catalog, name: Name) -> None:
    """The columns of other tables that hold rows of one, or arrays of them."""
    for table in catalog.tables_with_rows_of(name):
        for column in table.columns if table.name != name and table.view is None else ():
            if array_element(column.type) == quote_name(name):
                remove_column(catalog, table.name, column.name, cascade=True)


def remove_sequences(catalog: Catalog, sequences: Iterable[Name], *, cascade: bool) -> None:
    """Drop sequences, and with CASCADE the defaults that draw from them."""
    for sequence in list(sequences):
        catalog.forget_sequence(sequence)
        drawn = next_value_of(sequence)
        for table in catalog.drawers(drawn.text) if cascade else ():
            columns = (replace(column, default=None) if column.default == drawn else column for column in table.columns)
            catalog.put(replace(table, columns=tuple(columns)))


def change_column(
    catalog: Catalog, command: Command, action: str, change: Callable[[Column], Column], *, heirs: bool = True
) -> Iterator[Operation]:
    """Change one column of a table and of those that inherit it, or of partitions alone."""
    yield AlterTable(command.location, command.table, action, command.name)
    table = catalog.table(command.table)
    require_columns(catalog, table, [command.name], command.location)
    if table is not None:
        to_children = not command.only and (heirs or table.kind == "partitioned table")
        replace_column(catalog, command.table, command.name, change, to_children=to_children)


def replace_column(catalog: Catalog, name: Name, column: str, change: Callable[[Column], Column], *, to_children: bool) -> None:
    table = catalog.known(name)
    catalog.put(replace(table, columns=tuple(change(other) if other.name == column else other for other in table.columns)))
    for child in catalog.children(name) if to_children else ():
        replace_column(catalog, child, column, change, to_children=True)


def alter_type(catalog: Catalog, command: Command) -> Iterator[Operation]:
    text, enum = read_type(catalog, command.definition["typeName"])
    collation = read_collation(command.definition.get("collClause"))

    def change(column: Column) -> Column:
        default = with_type_of_constant(column.default, column.type, text)
        # Values are written anew, so that how they were kept is forgotten.
        return replace(column, type=text, enum=enum, collation=collation, default=default, storage=None, compression=None)

    if catalog.table(command.table) is not None:
        require_type_free(catalog, command.table, command)
    keep_comparisons(catalog, command, text)
    yield from change_column(catalog, command, "alter type", change)
    build_indexes_anew(catalog, command.table, command.name, collation)
    build_statistics_anew(catalog, command.table, command.name)
    make_not_nulls_anew(catalog, command.table, command.name)
    sequence = catalog.sequences.identity_of(command.table, command.name)
    if sequence is not None:
        change_sequence(catalog, sequence, [{"DefElem": {"defname": "as", "arg": {"TypeName": command.definition["typeName"]}}}])


def keep_comparisons(catalog: Catalog, command: Command, text: str) -> None:
    """In a table and in those that inherit it."""
    tables = [catalog.table(command.table)]
    for table in tables:
        column = table.column(command.name) if table is not None else None
        if table is not None and column is not None:
            changed = with_comparisons_kept(table, column.name, column.type, text)
            if changed is not table:
                catalog.put(changed)
            tables += map(catalog.table, catalog.children(table.name))


def require_type_free(catalog: Catalog, name: Name, command: Command) -> None:
    """What reads a column as an expression of its own keeps it from getting another type (`RememberAllDependentForRebuilding`)."""
    table, column = catalog.known(name), command.name
    reader = None
    if views_needing_column(catalog, name, column):
        reader = "used by a view or rule"
    elif any(trigger_reads(trigger, column) for trigger in table.triggers if not trigger.inherited):
        reader = "used in a trigger definition"
    elif any(other.generated is not None and column in other.generated.columns for other in table.columns):
        reader = "used by a generated column"
    elif any(True for _ in policies_reading_column(catalog, name, column)):
        reader = "used in a policy definition"
    if reader is not None:
        raise RefusedError(f"cannot alter type of a column {reader}", command.location)
    for child in catalog.children(name) if not command.only else ():
        require_type_free(catalog, child, command)


def alter_default(catalog: Catalog, command: Command) -> Iterator[Operation]:
    action = "set default" if "def" in command.fields else "drop default"

    def change(column: Column) -> Column:
        return replace(column, default=read_default(command.fields["def"], column.type) if "def" in command.fields else None)

    yield from change_column(catalog, command, action, change)


def set_not_null(catalog: Catalog, command: Command) -> Iterator[Operation]:
    """With ONLY, where there are children, it is as if NO INHERIT had been said (`ATExecSetNotNull`)."""
    yield AlterTable(command.location, command.table, "set not null", command.name)
    require_columns(catalog, catalog.table(command.table), [command.name], command.location)
    alone = command.only and bool(catalog.children(command.table))
    pending = PendingNotNull(command.name, command.location, no_inherit=alone)
    require_value(catalog, command.table, pending, to_children=not command.only)


def drop_not_null(catalog: Catalog, command: Command) -> Iterator[Operation]:
    table = catalog.table(command.table)
    key = table.primary_key if table is not None else None
    if key is not None and command.name in key.columns:
        raise RefusedError(f'column "{command.name}" is in a primary key', command.location)
    yield AlterTable(command.location, command.table, "drop not null", command.name)
    require_columns(catalog, table, [command.name], command.location)
    if table is not None:
        allow_null(catalog, command.table, command.name, only=command.only)


def set_expression(catalog: Catalog, command: Command) -> Iterator[Operation]:
    generated = expression(command.fields["def"])
    yield from change_column(catalog, command, "set expression", lambda column: replace(column, generated=generated))


def drop_expression(catalog: Catalog, command: Command) -> Iterator[Operation]:
    yield from change_column(catalog, command, "drop expression", lambda column: replace(column, generated=None, virtual=False))
