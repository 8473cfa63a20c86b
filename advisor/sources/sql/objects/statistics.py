"""Extended statistics. In: CREATE, ALTER and DROP STATISTICS. Out: operations, and the tables' statistics.

Names, kinds and the order of columns are those of `CreateStatistics` and `ChooseExtendedStatisticName` (statscmds.c).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from advisor.model import AlterTable, Expression, Location, Name, Operation, OtherStatement, Statistics, Table
from advisor.sources.sql.catalog.addresses import in_full
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.catalog.relations import find_relation, qualified
from advisor.sources.sql.spelling.expressions import expression, tree_of, with_column_renamed
from advisor.sources.sql.spelling.names import joined_columns, make_object_name
from advisor.sources.sql.tables.indexes import bare_column
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, fields_of, string, strings

KINDS = ("ndistinct", "dependencies", "mcv")


def create_statistics(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    relation = next((fields_of(node) for node in fields["relations"] if "RangeVar" in node), None)
    if relation is None:
        return [OtherStatement(statement.location, "CreateStatsStmt")]
    table_name = find_relation(catalog, relation)
    table = catalog.table(table_name)
    if table is not None:
        elements = [fields_of(node) for node in fields["exprs"]]
        name = new_name(catalog, fields, table, elements)
        if name in catalog.objects.statistics:
            if fields.get("if_not_exists"):
                return [OtherStatement(statement.location, "CreateStatsStmt")]
            raise RefusedError(f'statistics object "{name}" already exists', statement.location)
        made = read_statistics(name, table, elements, strings(fields.get("stat_types", [])), statement.location)
        catalog.put(replace(table, statistics=(*table.statistics, made)))
    return [AlterTable(statement.location, table_name, "create statistics")]


def new_name(catalog: Catalog, fields: Node, table: Table, elements: list[Node]) -> Name:
    if "defnames" in fields:
        return catalog.new_name(*qualified(fields["defnames"]))
    return chosen_name(catalog, table.name, [element.get("name") for element in elements])


def chosen_name(catalog: Catalog, table: Name, columns: Sequence[str | None]) -> Name:
    """`posts_a_b_stat`, numbered where that is taken; None is an expression, or a column in parentheses."""
    middle, number = joined_columns(column or "expr" for column in columns), 0
    while True:
        name = Name(table.schema, make_object_name(table.name, middle, f"stat{number or ''}"))
        if name not in catalog.objects.statistics:
            return name
        number += 1


def column_of(element: Node) -> str | None:
    """The column of an element; a column in parentheses is one too."""
    if "name" in element:
        return str(element["name"])
    reference = element.get("expr", {}).get("ColumnRef")
    return string(reference["fields"][-1]) if reference is not None else None


def read_statistics(name: Name, table: Table, elements: list[Node], kinds: tuple[str, ...], location: Location) -> Statistics:
    named = {column for element in elements if (column := column_of(element)) is not None}
    expressions = tuple(expression(element["expr"]) for element in elements if column_of(element) is None)
    places = {column.name: number for number, column in enumerate(table.columns)}
    wanted = kinds or (KINDS if named or len(expressions) > 1 else ())
    return Statistics(
        name=name,
        table=table.name,
        kinds=tuple(kind for kind in KINDS if kind in wanted),
        location=location,
        columns=tuple(sorted(named, key=lambda column: places.get(column, len(places)))),
        expressions=expressions,
    )


def clone_statistics(catalog: Catalog, source: Table, table: Name, location: Location, *, comments: bool) -> None:
    """CREATE TABLE ... (LIKE ... INCLUDING STATISTICS): each under a new name."""
    for found in source.statistics:
        name = chosen_name(catalog, table, (*found.columns, *(None for _ in found.expressions)))
        made = replace(found, name=name, table=table, location=location, target=None)
        known = catalog.known(table)
        catalog.put(replace(known, statistics=(*known.statistics, made)))
        if comments:
            catalog.objects.remarks.copy("statistics", in_full(found.name), in_full(name))


def build_statistics_anew(catalog: Catalog, name: Name, column: str) -> None:
    """A column has another type: statistics that read it are made again, without their target (`ATPostAlterTypeParse`)."""
    table = catalog.table(name)
    if table is None:
        return
    reading = [
        found
        for found in table.statistics
        if column in found.columns or any(column in expression.columns for expression in found.expressions)
    ]
    for found in reading:
        elements = [*map(named_element, found.columns), *(element_of(catalog, part, table) for part in found.expressions)]
        change_statistics(catalog, found.name, read_statistics(found.name, table, elements, found.kinds, found.location))
    for child in catalog.children(name):
        build_statistics_anew(catalog, child, column)


def named_element(column: str) -> Node:
    return {"name": column}


def element_of(catalog: Catalog, given: Expression, table: Table) -> Node:
    """An expression, or the column that a cast has become."""
    node = tree_of(given)
    bare = bare_column(catalog, node, table)
    return {"expr": node} if bare is None else named_element(bare)


def find_statistics(catalog: Catalog, nodes: list[Node]) -> Name:
    return catalog.find(*qualified(nodes), catalog.objects.statistics.__contains__)


def change_statistics(catalog: Catalog, name: Name, changed: Statistics | None) -> None:
    """Put other statistics in the place of those of a name; None takes them away."""
    table = catalog.known(catalog.objects.statistics[name])
    kept = (changed if found.name == name else found for found in table.statistics)
    catalog.put(replace(table, statistics=tuple(found for found in kept if found is not None)))


def known_statistics(catalog: Catalog, name: Name) -> Statistics | None:
    table = catalog.table(catalog.objects.statistics.get(name, name))
    return next((found for found in table.statistics if found.name == name), None) if table is not None else None


def alter_statistics(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    """SET STATISTICS; -1 and DEFAULT give the target back to the columns."""
    found = known_statistics(catalog, find_statistics(catalog, fields["defnames"]))
    if found is not None:
        target = fields_of(fields["stxstattarget"]).get("ival", 0) if "stxstattarget" in fields else -1
        change_statistics(catalog, found.name, replace(found, target=target if target >= 0 else None))
    return [OtherStatement(statement.location, "AlterStatsStmt")]


def rename_statistics(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    yield OtherStatement(statement.location, "RenameStmt")
    old = find_statistics(catalog, fields_of(fields["object"])["items"])
    give_statistics_name(catalog, old, Name(old.schema, fields["newname"]), statement.location)


def move_statistics(catalog: Catalog, statement: Statement, fields: Node) -> None:
    old = find_statistics(catalog, fields_of(fields["object"])["items"])
    give_statistics_name(catalog, old, Name(fields["newschema"], old.name), statement.location)


def give_statistics_name(catalog: Catalog, old: Name, new: Name, location: Location) -> None:
    found = known_statistics(catalog, old)
    if found is None or old == new:
        return
    if new in catalog.objects.statistics:
        raise RefusedError(f'statistics object "{new}" already exists', location)
    catalog.objects.remarks.rename("statistics", in_full(old), in_full(new))
    change_statistics(catalog, old, replace(found, name=new))


def drop_statistics(catalog: Catalog, statement: Statement, _fields: Node, target: Node) -> Iterator[Operation]:
    yield OtherStatement(statement.location, "DropStmt")
    name = find_statistics(catalog, fields_of(target)["items"])
    if name in catalog.objects.statistics:
        change_statistics(catalog, name, None)


def reads_column(found: Statistics, column: str) -> bool:
    return column in found.columns or any(column in part.columns for part in found.expressions)


def with_statistics_column_renamed(found: Statistics, old: str, new: str) -> Statistics:
    return replace(
        found,
        columns=tuple(new if column == old else column for column in found.columns),
        expressions=tuple(with_column_renamed(part, old, new) for part in found.expressions),
    )
