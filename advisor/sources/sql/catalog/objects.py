"""What a database has beside tables and types, while statements are applied: functions, schemas, comments, privileges.

In: changes, those of relations too (the catalog tells of them). Out: what a `Schema` is made of. Triggers, policies and statistics
stand in their tables' values; here is only which tables have them, so that no statement looks through all tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from advisor.model import Function, Name, Schema, Table
from advisor.sources.sql.catalog.acl import Privileges
from advisor.sources.sql.catalog.addresses import in_full
from advisor.sources.sql.catalog.remarks import Remarks, domain_place
from advisor.sources.sql.spelling.types import array_element

Types = tuple[str, ...]
"""The types of a routine's input arguments: with its name they tell it from others."""

DefinitionKey = tuple[str, Name, Types]
"""A definition's kind, its name, and an aggregate's or operator's argument types."""


class Objects:
    """Functions by name and signature, schemas, and the ledgers of comments and privileges."""

    def __init__(self) -> None:
        self.remarks = Remarks()
        self.privileges = Privileges()
        self.schemas: dict[str, None] = {}
        self.gone_schemas: set[str] = set()
        """Those that were dropped or renamed: a search path passes over them."""
        self.statistics: dict[Name, Name] = {}
        """Extended statistics, and the table of each."""
        self.policy_readers: dict[Name, set[tuple[Name, str]]] = {}
        """For each relation the policies of other tables that read it, by table and name."""
        self._functions: dict[Name, dict[Types, Function]] = {}
        self._schemas_with: dict[str, set[Name]] = {}
        """For each bare name of a function, its names in all schemas that have had one."""
        self._listed: tuple[Function, ...] | None = ()
        """All functions, until one is changed."""
        self._of_type: dict[str, set[tuple[Name, Types]]] = {}
        self._triggered: dict[Name, set[Name]] = {}
        self._rules: dict[Name, set[DefinitionKey]] = {}

    def begin_with(self, schema: Schema) -> None:
        """Take over what a schema has, once its tables and types are there."""
        self.schemas.update(dict.fromkeys(schema.schemas))
        for function in schema.functions:
            self.put_function(function)
        for comment in schema.comments:
            self.remarks.put(comment.kind, comment.object, comment.text)
        self.privileges.begin_with(schema.grants, schema.revoked, schema.default_grants)

    # Functions

    def functions(self) -> tuple[Function, ...]:
        if self._listed is None:
            self._listed = tuple(function for overloads in self._functions.values() for function in overloads.values())
        return self._listed

    def functions_called(self, name: str) -> list[Function]:
        """The functions of a bare name, whatever their schema."""
        return [function for known in sorted(self._schemas_with.get(name, ())) for function in self.overloads(known).values()]

    def overloads(self, name: Name) -> dict[Types, Function]:
        return self._functions.get(name, {})

    def put_function(self, function: Function) -> None:
        """Add a function, or put another in the place of the one with its signature."""
        overloads = self._functions.setdefault(function.name, {})
        if function.input_types in overloads:
            self._note_types(overloads[function.input_types], add=False)
        else:
            self.privileges.create("function", function.signature, function.name.schema)
        overloads[function.input_types] = function
        self._note_types(function, add=True)

    def _note_types(self, function: Function, *, add: bool) -> None:
        self._listed = None
        key = (function.name, function.input_types)
        self._schemas_with.setdefault(function.name.name, set()).add(function.name)
        for type_name in types_of(function):
            users = self._of_type.setdefault(type_name, set())
            if add:
                users.add(key)
            else:
                users.discard(key)

    def remove_function(self, function: Function) -> None:
        """Forget a function; who depends on it is the caller's to find."""
        overloads = self._functions.get(function.name, {})
        if overloads.pop(function.input_types, None) is None:
            return
        if not overloads:
            del self._functions[function.name]
        self._note_types(function, add=False)
        self.privileges.forget("function", function.signature)
        self.remarks.forget(comment_kind(function), function.signature)

    def change_function(self, old: Function, new: Function) -> None:
        """Another name or other types for one function: its privileges and comment follow."""
        self._note_types(old, add=False)
        overloads = self._functions[old.name]
        if new.name == old.name:
            items = [(new.input_types, new) if known is old else (types, known) for types, known in overloads.items()]
            self._functions[old.name] = dict(items)
        else:
            del overloads[old.input_types]
            if not overloads:
                del self._functions[old.name]
            self._functions.setdefault(new.name, {})[new.input_types] = new
        self._note_types(new, add=True)
        self.privileges.rename("function", old.signature, new.signature)
        self.remarks.rename(comment_kind(old), old.signature, new.signature)

    def functions_of_type(self, type_name: str) -> list[Function]:
        """The functions that take or give a type, as `format_type` prints it, or an array of it."""
        return [self._functions[name][types] for name, types in sorted(self._of_type.get(type_name, ()))]

    def rename_type(self, old: str, new: str) -> None:
        """A type has another name, or a table whose rows functions take."""
        for function in self.functions_of_type(old):
            self.change_function(function, with_type_renamed(function, old, new))
        self._of_type.pop(old, None)

    def functions_in(self, schema: str) -> list[Function]:
        return [function for function in self.functions() if function.name.schema == schema]

    # Relations and what goes with them

    def put_table(self, old: Table | None, table: Table) -> None:
        """A table is new or has changed."""
        if old is None:
            self.privileges.create("table", table.name.qualified, table.name.schema)
        elif len(old.columns) > len(table.columns):
            for column in {column.name for column in old.columns} - {column.name for column in table.columns}:
                self.privileges.forget_column(table.name.qualified, column)
        if old is None or old.triggers is not table.triggers:
            for trigger in table.triggers:
                self._triggered.setdefault(trigger.function, set()).add(table.name)
        if old is None or old.statistics is not table.statistics:
            self._note_statistics(old, table)
        self.remarks.keep_to(table)

    def _note_statistics(self, old: Table | None, table: Table) -> None:
        there = {found.name for found in table.statistics}
        for found in old.statistics if old is not None else ():
            if found.name not in there:
                self.statistics.pop(found.name, None)
                self.remarks.forget("statistics", in_full(found.name))
        self.statistics.update(dict.fromkeys(there, table.name))

    def remove_table(self, table: Table) -> None:
        self.privileges.forget("table", table.name.qualified)
        self.remarks.forget_relation(table.name)
        for found in table.statistics:
            self.statistics.pop(found.name, None)
            self.remarks.forget("statistics", in_full(found.name))

    def rename_table(self, old: Name, table: Table) -> None:
        """Note a table under its new name."""
        new = table.name
        self.privileges.rename("table", old.qualified, new.qualified)
        self.remarks.rename_relation(old, new)
        for trigger in table.triggers:
            self._triggered.setdefault(trigger.function, set()).add(new)
        for found in table.statistics:
            self.statistics[found.name] = new
        self.policy_readers[new] = self.policy_readers.pop(old, set())
        if old in self._rules:
            self._rules[new] = self._rules.pop(old)

    def triggered_by(self, function: Name) -> list[Name]:
        """The tables that have had a trigger with this function."""
        return sorted(self._triggered.get(function, ()))

    # Rules, which are kept as statements

    def note_rule(self, table: Name, key: DefinitionKey) -> None:
        self._rules.setdefault(table, set()).add(key)

    def rules_of(self, table: Name) -> Iterable[DefinitionKey]:
        return sorted(self._rules.get(table, ()))

    def forget_rules(self, table: Name) -> None:
        self._rules.pop(table, None)

    # Sequences and types

    def create(self, kind: str, name: Name) -> None:
        """A sequence or type is new."""
        if kind == "sequence":
            self.privileges.create("sequence", name.qualified, name.schema)
        else:
            self.privileges.create("type", name.qualified, name.schema)

    def forget(self, kind: str, name: Name) -> None:
        """A sequence or type is gone."""
        if kind == "sequence":
            self.privileges.forget("sequence", name.qualified)
            self.remarks.forget("sequence", in_full(name))
            return
        self.privileges.forget("type", name.qualified)
        self.remarks.forget("type", in_full(name))
        self.remarks.forget_relation(domain_place(name))

    def rename(self, kind: str, old: Name, new: Name) -> None:
        if kind == "sequence":
            self.privileges.rename("sequence", old.qualified, new.qualified)
            self.remarks.rename("sequence", in_full(old), in_full(new))
            return
        self.privileges.rename("type", old.qualified, new.qualified)
        self.remarks.rename("type", in_full(old), in_full(new))
        self.remarks.rename_relation(domain_place(old), domain_place(new))


def comment_kind(function: Function) -> str:
    return "procedure" if function.kind == "procedure" else "function"


def types_of(function: Function) -> Iterator[str]:
    """Every type that a function takes or gives, arrays by their elements."""
    for argument in function.arguments:
        yield array_element(argument.type)
    if function.returns is not None:
        yield array_element(function.returns)


def with_type_renamed(function: Function, old: str, new: str) -> Function:
    def renamed(text: str) -> str:
        return new + text[len(old) :] if array_element(text) == old else text

    return replace(
        function,
        arguments=tuple(replace(argument, type=renamed(argument.type)) for argument in function.arguments),
        returns=renamed(function.returns) if function.returns is not None else None,
    )
