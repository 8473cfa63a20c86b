"""A function gets another name or schema. In: its statement. Out: the catalog with the new one, also wherever it is called.

PostgreSQL keeps calls as trees that know the function, whatever it is called (`pg_depend`). Here it is told by its name: while
another function of the old name is left, or PostgreSQL has one of its own, calls stay. Bodies in quotes are text for PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from msgspec.structs import replace

from advisor.model import Function, Location, Name, Operation, OtherStatement
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.objects.functions import find_routine
from advisor.sources.sql.renames.mentions import change_mentions
from advisor.sources.sql.spelling.expressions import is_call_of
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, fields_of, unwrap
from advisor.sources.sql.views.builtins import built_in_functions


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
    change_mentions(catalog, old.name, partial(rename_call, old=old, new=new))


def rename_call(kind: str, fields: Node, path: Sequence[str], old: Name, new: Name) -> None:
    """In place. A call is written with the schema where it was, or where it has become another."""
    keep_alias(kind, fields, path, old)
    if kind != "FuncCall" or not is_call_of(fields, old, path):
        return
    qualified = len(fields["funcname"]) > 1 or new.schema != old.schema
    fields["funcname"] = [{"String": {"sval": part}} for part in ((new.schema, new.name) if qualified else (new.name,))]


def keep_alias(kind: str, fields: Node, path: Sequence[str], old: Name) -> None:
    """In place, before the call itself is renamed: a function in FROM is spoken of by the name that it had."""
    if kind != "RangeFunction" or "alias" in fields:
        return
    called, arguments = unwrap(fields_of(fields["functions"][0])["items"][0])
    if called == "FuncCall" and is_call_of(arguments, old, path):
        fields["alias"] = {"aliasname": old.name}
