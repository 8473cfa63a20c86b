"""What an object needs before it can be made. In: types, expressions, queries. Out: keys of the pieces that make what they name.

By names, without resolving them: what is needed once too often costs nothing but an earlier place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from advisor.formats.ddl.pieces import Key
from advisor.formats.ddl.serial import Sequences, sequence_of
from advisor.formats.ddl.words import name_of_type, words_of
from advisor.model import Definition, Expression, Function, Index, Name, Schema, Table

TYPE_KINDS = frozenset({"type", "domain"})
ROUTINE_KINDS = frozenset({"function", "procedure", "aggregate"})


class Makers(Struct, frozen=True):
    """Which piece makes what."""

    relations: Mapping[Name, Key]
    types: Mapping[Name, Key]
    functions: Mapping[str, list[Key]]
    """By bare name: all overloads."""
    bare_relations: Mapping[str, list[Key]]
    bare_types: Mapping[str, list[Key]]
    others: Mapping[str, list[Key]]
    """Operator classes, servers and whatever else is kept as its statement, by bare name."""

    def of_type(self, text: str | None) -> Iterator[Key]:
        """A type's maker; a table's name is a type too."""
        name = name_of_type(text) if text else None
        if name is not None:
            yield from (made[name] for made in (self.types, self.relations) if name in made)

    def of_expression(self, expression: Expression | None) -> Iterator[Key]:
        if expression is not None:
            yield from self.of_text(expression.text)

    def of_text(self, text: str) -> Iterator[Key]:
        """The functions that a text calls and the types that it names."""
        for word, called in words_of(text):
            if called:
                yield from self.functions.get(word, ())
            yield from self.bare_types.get(word, ())

    def of_query(self, text: str) -> Iterator[Key]:
        """The same, and relations."""
        yield from self.of_text(text)
        for word, _ in words_of(text):
            yield from self.bare_relations.get(word, ())

    def of_statement(self, text: str) -> Iterator[Key]:
        """The same, and functions that are named and not called: `CREATE OPERATOR ... (FUNCTION = f)`."""
        yield from self.of_query(text)
        for word, called in words_of(text):
            yield from self.functions.get(word, ()) if not called else ()
            yield from self.others.get(word, ())

    def of_opclass(self, name: str | None) -> Iterator[Key]:
        yield from self.others.get(name.rpartition(".")[2], ()) if name else ()


def makers_of(schema: Schema, roots: Mapping[Name, Name]) -> Makers:
    """`roots` says, for each partition, with which table it is made."""
    relations = {table.name: relation_key(roots[table.name]) for table in schema.tables}
    types = {name: type_key(name) for name in type_names(schema)}
    types |= {kind.multirange: type_key(kind.name) for kind in schema.ranges}
    functions: dict[str, list[Key]] = defaultdict(list)
    others: dict[str, list[Key]] = defaultdict(list)
    for function in schema.functions:
        functions[function.name.name].append(function_key(function))
    for number, definition in enumerate(schema.definitions):
        if definition.kind in TYPE_KINDS:
            types[definition.name] = definition_key(definition, number)
        held = functions if definition.kind in ROUTINE_KINDS else others
        held[definition.name.name].append(definition_key(definition, number))
    return Makers(relations, types, functions, by_bare_name(relations), by_bare_name(types), others)


def type_names(schema: Schema) -> Iterator[Name]:
    yield from (kind.name for kind in schema.enums)
    yield from (kind.name for kind in schema.domains)
    yield from (kind.name for kind in schema.composites)
    yield from (kind.name for kind in schema.ranges)


def by_bare_name(made: Mapping[Name, Key]) -> dict[str, list[Key]]:
    found: dict[str, list[Key]] = defaultdict(list)
    for name, key in made.items():
        found[name.name].append(key)
    return found


def relation_key(name: Name) -> Key:
    return ("relation", name.qualified)


def type_key(name: Name) -> Key:
    return ("type", name.qualified)


def function_key(function: Function) -> Key:
    return ("function", function.signature)


def definition_key(definition: Definition, number: int) -> Key:
    return (definition.kind, f"{definition.name.qualified} {number}")


def apart_key(key: Key) -> Key:
    """What a piece leaves for later, when it stands in a circle."""
    return (f"rest of {key[0]}", key[1])


def needs_of_shape(table: Table, makers: Makers, sequences: Sequences) -> Iterator[Key]:
    """What no form of the table can do without."""
    for column in table.columns:
        yield from makers.of_type(column.type)
        yield from makers.of_expression(column.generated)
        name = sequence_of(column)
        yield from [("sequence", name)] if name is not None and not sequences.is_serial(column, table) else ()
    yield from makers.of_type(str(table.of_type) if table.of_type else None)
    yield from (makers.relations[parent] for parent in table.inherits if parent in makers.relations)
    for key in table.partition_key.keys if table.partition_key else ():
        yield from makers.of_expression(key.expression)
        yield from makers.of_opclass(key.opclass)
    for index in table.indexes:
        yield from needs_of_index(index, makers) if index.constraint else ()


def needs_of_rest(table: Table, makers: Makers, sequences: Sequences) -> Iterator[Key]:
    """What its defaults, checks, indexes and statistics call; the table whose column makes a sequence that it draws from."""
    for column in table.columns:
        drawn_from = sequence_of(column)
        maker = sequences.made_with(drawn_from) if drawn_from is not None else None
        yield from [makers.relations[maker]] if maker is not None and maker in makers.relations else ()
    for expression in (*(column.default for column in table.columns), *(check.expression for check in table.checks)):
        yield from makers.of_expression(expression)
    for index in table.indexes:
        yield from needs_of_index(index, makers)
    for statistics in table.statistics:
        for expression in statistics.expressions:
            yield from makers.of_expression(expression)


def needs_of_index(index: Index, makers: Makers) -> Iterator[Key]:
    yield from makers.of_expression(index.predicate)
    for key in index.keys:
        yield from makers.of_expression(key.expression)
        yield from makers.of_opclass(key.opclass)


def needs_of_function(function: Function, makers: Makers) -> Iterator[Key]:
    """Its types, what its defaults call, and all that a body without quotes speaks of."""
    for argument in function.arguments:
        yield from makers.of_type(argument.type)
        yield from makers.of_expression(argument.default)
    yield from makers.of_type(function.returns)
    yield from makers.of_query(function.sql_body) if function.sql_body is not None else ()
    yield from makers.of_text(f"{function.support}()") if function.support is not None else ()


def wishes_of_function(function: Function, makers: Makers) -> Iterable[Key]:
    """What a body in SQL speaks of: PostgreSQL reads it where it plans an index or a generated column that calls the function."""
    return makers.of_query(function.body) if function.language == "sql" and function.sql_body is None else ()
