"""DROP FUNCTION, and with CASCADE whatever calls the function. In: `DropStmt` nodes. Out: the catalog without both.

PostgreSQL knows from `pg_depend` which function a call means. Here it is told by its name: while another function of the name is
left, or PostgreSQL has one of its own, callers stay. Bodies in quotes are text for PostgreSQL too: they depend on nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from advisor.model import Domain, Function, Index, Name, Operation, OtherStatement, Table
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.catalog.remarks import domain_place
from advisor.sources.sql.objects.functions import find_routine, remove_function
from advisor.sources.sql.objects.kept import forget
from advisor.sources.sql.spelling.expressions import calls
from advisor.sources.sql.tables.column_changes import remove_column
from advisor.sources.sql.tables.indexes import remove_index
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, fields_of
from advisor.sources.sql.views.builtins import built_in_functions
from advisor.sources.sql.views.following import drop_views, views_calling


def drop_function(catalog: Catalog, statement: Statement, fields: Node, target: Node) -> Iterator[Operation]:
    """With arguments the one of these types, without the only one of the name."""
    yield OtherStatement(statement.location, "DropStmt")
    function = find_routine(catalog, fields_of(target), fields["removeType"], statement.location)
    if function is not None and fields["behavior"] == "DROP_CASCADE":
        drop_with_callers(catalog, function)
    elif function is not None:
        remove_function(catalog, function)


def drop_with_callers(catalog: Catalog, function: Function) -> None:
    remove_function(catalog, function)
    name = function.name.name
    if catalog.objects.overloads(function.name) or built_in_functions(name):
        return
    drop_views(catalog, views_calling(catalog, function.name))
    for table in catalog.tables():
        drop_calls_in_table(catalog, table.name, function.name)
    for domain in catalog.types.domains():
        drop_calls_in_domain(catalog, domain, function.name)
    drop_definitions_naming(catalog, name)
    for other in catalog.objects.functions():
        if calls_in_signature(other, function.name) and other in catalog.objects.functions():
            drop_with_callers(catalog, other)


def drop_calls_in_table(catalog: Catalog, name: Name, function: Name) -> None:
    """Generated columns, defaults, checks, indexes, policies, triggers and statistics of a table."""
    table = catalog.table(name)
    if table is None:
        return
    for index in table.indexes:
        if index_calls(index, function):
            remove_index(catalog, index)
    for column in table.columns:
        if calls(column.generated, function):
            remove_column(catalog, name, column.name, cascade=True)
    table = catalog.known(name)
    changed = without_calls(table, function)
    if changed != table:
        catalog.put(changed)


def index_calls(index: Index, function: Name) -> bool:
    return any(calls(expression, function) for expression in (*(key.expression for key in index.keys), index.predicate))


def without_calls(table: Table, function: Name) -> Table:
    return replace(
        table,
        columns=tuple(replace(column, default=None) if calls(column.default, function) else column for column in table.columns),
        checks=tuple(check for check in table.checks if not calls(check.expression, function)),
        policies=tuple(found for found in table.policies if not (calls(found.using, function) or calls(found.check, function))),
        triggers=tuple(found for found in table.triggers if not calls(found.condition, function)),
        statistics=tuple(found for found in table.statistics if not any(calls(part, function) for part in found.expressions)),
    )


def drop_calls_in_domain(catalog: Catalog, domain: Domain, function: Name) -> None:
    kept = tuple(check for check in domain.checks if not calls(check.expression, function))
    for check in domain.checks:
        if check not in kept:
            catalog.names.free_constraint_name(Name(domain.name.schema, check.name or ""))
            catalog.objects.remarks.put_on_part("constraint", check.name or "", domain_place(domain.name), None)
    changed = replace(domain, checks=kept, default=None if calls(domain.default, function) else domain.default)
    if changed != domain:
        catalog.types.put(changed)
        catalog.changed()


def calls_in_signature(other: Function, function: Name) -> bool:
    """In the default of an argument, or in a body that PostgreSQL keeps as a tree."""
    in_default = any(calls(argument.default, function) for argument in other.arguments)
    return in_default or (other.sql_body is not None and names(other.sql_body, function.name))


def drop_functions_reading(catalog: Catalog, relation: Name) -> None:
    """A table or sequence goes, with CASCADE, and the functions that name it in a default or in a body kept as a tree."""
    for function in catalog.objects.functions():
        texts = [function.sql_body or "", *(argument.default.text for argument in function.arguments if argument.default)]
        if any(names(text, relation.name) for text in texts if relation.name in text):
            drop_with_callers(catalog, function)


def drop_definitions_naming(catalog: Catalog, function: str) -> None:
    """Aggregates, operators, casts, event triggers, rules ... that are made of a function."""
    for key, definition in catalog.kept.all():
        if names(definition.sql, function):
            forget(catalog, key)


def names(sql: str, word: str) -> bool:
    return re.search(rf"(?<![\w$]){re.escape(word)}(?![\w$])", sql, re.IGNORECASE) is not None
