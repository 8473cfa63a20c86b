"""ALTER TABLE: how rows and values are kept. In: commands. Out: storage, options, replica identity of tables, columns, indexes.

Sources: "ALTER TABLE" and "ALTER INDEX" in PostgreSQL's documentation; `ATSimpleRecursion` (src/backend/commands/tablecmds.c) tells
which commands partitions and children follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec.structs import replace

from advisor.model import AlterTable, Column, Index, Name, Operation, OtherStatement, Table
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.catalog.relations import find_relation, find_type_name
from advisor.sources.sql.tables.commands import Apply, Command
from advisor.sources.sql.tables.indexes import require_columns
from advisor.sources.sql.tables.properties import storage_parameters, stored, tablespace_named, view_options, with_server_options
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, string

IDENTITIES = {"d": "default", "f": "full", "n": "nothing"}


def change_columns(catalog: Catalog, name: Name, column: str, change: Callable[[Column], Column], *, to_children: bool) -> None:
    table = catalog.known(name)
    catalog.put(replace(table, columns=tuple(change(other) if other.name == column else other for other in table.columns)))
    for child in catalog.children(name) if to_children else ():
        change_columns(catalog, child, column, change, to_children=True)


def column_command(action: str, changer: Callable[[Catalog, Command], Callable[[Column], Column]], *, inherited: bool) -> Apply:
    """A command that changes one column, of a table's children too where it is `inherited`."""

    def apply(catalog: Catalog, command: Command) -> Iterator[Operation]:
        yield AlterTable(command.location, command.table, action, command.name or None)
        table = catalog.table(command.table)
        if table is not None and command.name:
            require_columns(catalog, table, [command.name], command.location)
            to_children = inherited and not command.only
            change_columns(catalog, command.table, command.name, changer(catalog, command), to_children=to_children)

    return apply


def table_command(action: str, changer: Callable[[Catalog, Command, Table], Table]) -> Apply:
    def apply(catalog: Catalog, command: Command) -> Iterator[Operation]:
        yield AlterTable(command.location, command.table, action)
        table = catalog.table(command.table)
        if table is not None:
            catalog.put(changer(catalog, command, table))

    return apply


def storage_change(catalog: Catalog, command: Command) -> Callable[[Column], Column]:
    words = string(command.fields["def"])
    return lambda column: replace(column, storage=stored(catalog, column.type, words))


def compression_change(_catalog: Catalog, command: Command) -> Callable[[Column], Column]:
    words = string(command.fields["def"]).lower()
    return lambda column: replace(column, compression=None if words == "default" else words)


def statistics_change(_catalog: Catalog, command: Command) -> Callable[[Column], Column]:
    target = int(command.definition.get("ival", 0)) if "def" in command.fields else -1
    return lambda column: replace(column, statistics_target=None if target < 0 else target)


def options_change(_catalog: Catalog, command: Command) -> Callable[[Column], Column]:
    return lambda column: replace(column, options=with_options(column.options, command))


def server_options_change(_catalog: Catalog, command: Command) -> Callable[[Column], Column]:
    return lambda column: replace(column, options=with_server_options(column.options, command.definition["items"]))


def with_options(known: tuple[str, ...], command: Command) -> tuple[str, ...]:
    """Parameters after SET (...) or RESET (...): those given go to the end, as `transformRelOptions` puts them."""
    nodes = command.definition["items"]
    given = storage_parameters(nodes)
    names = {parameter.partition("=")[0] for parameter in given}
    kept = tuple(parameter for parameter in known if parameter.partition("=")[0] not in names)
    return kept if command.fields["subtype"] in ("AT_ResetRelOptions", "AT_ResetOptions") else (*kept, *given)


def set_relation_options(_catalog: Catalog, command: Command, table: Table) -> Table:
    if table.view is not None and table.kind == "view":
        return replace(
            table, view=replace(table.view, **view_options(command.definition["items"], reset="Reset" in command.fields["subtype"]))
        )
    return replace(table, storage=with_options(table.storage, command))


def set_replica_identity(_catalog: Catalog, command: Command, table: Table) -> Table:
    kind = command.definition["identity_type"]
    return replace(table, replica_identity=f"index {command.definition['name']}" if kind == "i" else IDENTITIES[kind])


def set_type(catalog: Catalog, command: Command, table: Table) -> Table:
    return replace(table, of_type=find_type_name(catalog, command.definition))


PROPERTIES: dict[str, Apply] = {
    "AT_AddOf": table_command("of", set_type),
    "AT_AlterColumnGenericOptions": column_command("options", server_options_change, inherited=False),
    "AT_ClusterOn": table_command("cluster on", lambda _, command, table: replace(table, clustered_on=command.name)),
    "AT_DropCluster": table_command("set without cluster", lambda _, __, table: replace(table, clustered_on=None)),
    "AT_DropOf": table_command("not of", lambda _, __, table: replace(table, of_type=None)),
    "AT_GenericOptions": table_command(
        "options",
        lambda _, command, table: replace(
            table, server_options=with_server_options(table.server_options, command.definition["items"])
        ),
    ),
    "AT_ReplicaIdentity": table_command("replica identity", set_replica_identity),
    "AT_ResetOptions": column_command("reset options", options_change, inherited=False),
    "AT_ResetRelOptions": table_command("reset rel options", set_relation_options),
    "AT_SetAccessMethod": table_command(
        "set access method",
        lambda _, command, table: replace(table, access_method=None if command.name in ("heap", "") else command.name),
    ),
    "AT_SetCompression": column_command("set compression", compression_change, inherited=False),
    "AT_SetOptions": column_command("set options", options_change, inherited=False),
    "AT_SetRelOptions": table_command("set rel options", set_relation_options),
    "AT_SetStatistics": column_command("set statistics", statistics_change, inherited=True),
    "AT_SetStorage": column_command("set storage", storage_change, inherited=True),
    "AT_SetTableSpace": table_command(
        "set table space", lambda _, command, table: replace(table, tablespace=tablespace_named(command.name))
    ),
}
"""What applies each kind of command."""


def alter_index(catalog: Catalog, command: Command, index: Index) -> None:
    """ALTER INDEX: of what it can change the model shows storage parameters and the tablespace; ATTACH is `attach_index`'s."""
    if command.fields["subtype"] in ("AT_SetRelOptions", "AT_ResetRelOptions"):
        changed = replace(index, storage=with_options(index.storage, command))
    elif command.fields["subtype"] == "AT_SetTableSpace":
        changed = replace(index, tablespace=tablespace_named(command.name))
    else:
        return
    table = catalog.known(index.table)
    catalog.put(replace(table, indexes=tuple(changed if other is index else other for other in table.indexes)))


def cluster(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    """`CLUSTER t USING i` moves rows, and the table remembers the index for the next time."""
    table = catalog.table(find_relation(catalog, fields["relation"])) if "relation" in fields else None
    if table is not None and "indexname" in fields:
        catalog.put(replace(table, clustered_on=fields["indexname"]))
    return [OtherStatement(statement.location, "ClusterStmt")]
