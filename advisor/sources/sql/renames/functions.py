"""A function gets another name or schema. In: its statement. Out: the catalog with the new one, also wherever it is called.

PostgreSQL keeps calls as trees that know the function, whatever it is called (`pg_depend`). Here it is told by its name: while
another function of the old name is left, or PostgreSQL has one of its own, calls stay. Bodies in quotes are text for PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from msgspec.structs import replace

from advisor.model import Expression, Function, Location, Name, Operation, OtherStatement, Table
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.objects.functions import find_routine
from advisor.sources.sql.spelling.expressions import rewritten
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, fields_of, strings, unwrap, walk
from advisor.sources.sql.types.constants import with_expressions
from advisor.sources.sql.views.builtins import built_in_functions
from advisor.sources.sql.views.following import parsed, views_calling
from advisor.sources.sql.views.writing import print_query


def rename_function(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    yield OtherStatement(statement.location, "RenameStmt")
    function = find_routine(catalog, fields_of(fields["object"]), fields["renameType"], statement.location)
    if function is not None:
        give_function_name(catalog, function, Name(function.name.schema, fields["newname"]), statement.location)


def move_function(catalog: Catalog, statement: Statement, fields: Node) -> None:
    """ALTER FUNCTION ... SET SCHEMA."""
    function = find_routine(catalog, fields_of(fields["object"]), fields["objectType"], statement.location)
    if function is not None:
        give_function_name(catalog, function, Name(fields["newschema"], function.name.name), statement.location)


def give_function_name(catalog: Catalog, function: Function, new: Name, location: Location) -> None:
    """Rename a function where it is declared and wherever it is called."""
    if new == function.name:
        return
    if function.input_types in catalog.objects.overloads(new):
        raise RefusedError(f'function "{new}" already exists with same argument types', location)
    catalog.objects.change_function(function, replace(function, name=new))
    catalog.changed()
    rename_calls(catalog, function.name, new)
    if function.input_types:
        return
    for name in catalog.objects.triggered_by(function.name):
        table = catalog.table(name)
        if table is not None and any(trigger.function == function.name for trigger in table.triggers):
            triggers = (replace(found, function=new) if found.function == function.name else found for found in table.triggers)
            catalog.put(replace(table, triggers=tuple(triggers)))


def rename_calls(catalog: Catalog, old: Name, new: Name) -> None:
    """Write the new name into what calls the function, once it has it."""
    if catalog.objects.overloads(old) or built_in_functions(old.name):
        return
    change = partial(with_call_renamed, old=old, new=new)
    for name in views_calling(catalog, old.name):
        catalog.put(view_with_call_renamed(catalog.known(name), old, new))
    for table in catalog.tables():
        changed = with_expressions(table, change)
        if changed != table:
            catalog.put(changed)
    for domain in catalog.types.domains():
        checks = tuple(replace(check, expression=change(check.expression)) for check in domain.checks)
        catalog.types.put(replace(domain, checks=checks, default=change(domain.default) if domain.default else None))
    for function in catalog.objects.functions():
        arguments = tuple(replace(found, default=change(found.default) if found.default else None) for found in function.arguments)
        if arguments != function.arguments:
            catalog.objects.put_function(replace(function, arguments=arguments))
    catalog.changed()


def with_call_renamed(given: Expression, old: Name, new: Name) -> Expression:
    return rewritten(given, partial(rename_call, old=old, new=new)) if old.name in given.functions else given


def rename_call(kind: str, fields: Node, old: Name, new: Name) -> None:
    """In place. A call is written with the schema where it was, or where it has become another."""
    if kind != "FuncCall" or not is_called(fields, old):
        return
    qualified = len(fields["funcname"]) > 1 or new.schema != old.schema
    fields["funcname"] = [{"String": {"sval": part}} for part in ((new.schema, new.name) if qualified else (new.name,))]


def view_with_call_renamed(view: Table, old: Name, new: Name) -> Table:
    query = parsed(view)
    if query is None or view.view is None:
        return view
    for kind, fields in list(walk(query)):
        keep_alias(kind, fields, old)
        rename_call(kind, fields, old, new)
    return replace(view, view=replace(view.view, text=print_query(query)))


def keep_alias(kind: str, fields: Node, old: Name) -> None:
    """In place, before the call is renamed: a function in FROM is spoken of by the name that it had."""
    if kind != "RangeFunction" or "alias" in fields:
        return
    called, arguments = unwrap(fields_of(fields["functions"][0])["items"][0])
    if called == "FuncCall" and is_called(arguments, old):
        fields["alias"] = {"aliasname": old.name}


def is_called(fields: Node, function: Name) -> bool:
    return strings(fields["funcname"]) in ((function.name,), (function.schema, function.name))
