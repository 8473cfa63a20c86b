"""The database while statements are applied to it. In: a `Schema` to begin with, then changes. Out: a `Schema` after any of them.

Tables are frozen values under their names: a change puts another table there, so that a snapshot shares with the next all tables
that did not change. Beside them stands what the model does not show and PostgreSQL needs: which names are taken, and who depends on
whom.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Literal, TypeAlias

from advisor.errors import AdvisorError
from advisor.model import Definition, Enum, Index, Name, Schema, SequenceObject, Table
from advisor.sources.sql.names import make_object_name

DEFAULT_SEARCH_PATH = ("public",)
TEMPORARY = "pg_temp"

Part: TypeAlias = tuple[Literal["column", "check"], str]
"""A column or a check of a table, by its name."""

DefinitionKey: TypeAlias = tuple[str, Name, tuple[str, ...]]
"""A definition's kind, its name, and a function's argument types."""


class RefusedError(AdvisorError):
    """PostgreSQL would refuse the statement: what it makes exists, or what it changes does not."""


class Catalog:
    """Tables, enums and extensions by name, and what is needed to apply statements to them."""

    def __init__(self, schema: Schema | None = None) -> None:
        self._tables: dict[Name, Table] = {}
        self._enums: dict[Name, Enum] = {}
        self._extensions: dict[str, str] = {}
        """Extensions, and the schema that each was put into."""
        self._snapshot: Schema | None = None
        self._index_tables: dict[Name, Name] = {}
        self._constraints: Counter[Name] = Counter()
        self._others: set[Name] = set()
        self._sequences: dict[Name, dict[Name, str]] = {}
        self._sequence_options: dict[Name, dict[str, str]] = {}
        self._definitions: dict[DefinitionKey, Definition] = {}
        self._types: set[Name] = set()
        self._children: dict[Name, dict[Name, None]] = {}
        self._inherited: dict[Name, set[Part]] = {}
        self._referrers: dict[Name, set[Name]] = {}
        self._last_numbers: dict[tuple[str, str, str | None, str], int] = {}
        self.incomplete: set[Name] = set()
        """Tables whose columns are not known: made from a query."""
        self.search_path: tuple[str, ...] = DEFAULT_SEARCH_PATH
        if schema is not None:
            self._begin_with(schema)

    def _begin_with(self, schema: Schema) -> None:
        for table in schema.tables:
            self.put(table)
        for enum in schema.enums:
            self._enums[enum.name] = enum
        self._extensions = {**dict.fromkeys(schema.extensions, "public"), **dict(schema.extension_schemas)}
        for sequence in schema.sequences:
            self.put_sequence(sequence.name, dict(option.split(" ", 1) for option in sequence.options))
            if sequence.owner is not None:
                self.own_sequence(sequence.name, *sequence.owner)
        for definition in schema.definitions:
            self.define(definition, ())
            if definition.kind == "type":
                self.note_type(definition.name)
        self._snapshot = schema

    def snapshot(self) -> Schema:
        """The schema as it stands. Asking twice without a change in between gives the same value."""
        if self._snapshot is None:
            tables = tuple(table for name, table in self._tables.items() if name.schema != TEMPORARY)
            self._snapshot = Schema(
                tables,
                tuple(self._enums.values()),
                tuple(self._extensions),
                extension_schemas=tuple((name, schema) for name, schema in self._extensions.items() if schema != "public"),
                sequences=self._own_sequences(),
                definitions=tuple(self._definitions.values()),
            )
        return self._snapshot

    # Relations

    def table(self, name: Name) -> Table | None:
        return self._tables.get(name)

    def known(self, name: Name) -> Table:
        """A table that is known to exist."""
        return self._tables[name]

    def tables_in(self, schema: str) -> list[Name]:
        return [name for name in self._tables if name.schema == schema]

    def is_relation(self, name: Name) -> bool:
        return name in self._tables or name in self._index_tables or name in self._others

    def new_name(self, schema: str | None, name: str) -> Name:
        """Where a new object goes: into its own schema, or the first of the search path."""
        return Name(schema or next(iter(self.search_path), "public"), name)

    def find(self, schema: str | None, name: str, exists: Callable[[Name], bool] | None = None) -> Name:
        """The object that a name means: the first of the search path that exists, or where it would be if it did."""
        if schema is not None:
            return Name(schema, name)
        found = exists or self.is_relation
        candidates = (Name(folder, name) for folder in (TEMPORARY, *self.search_path))
        return next((candidate for candidate in candidates if found(candidate)), self.new_name(None, name))

    def put(self, table: Table) -> None:
        """Make a table what this value says, new or known."""
        old = self._tables.get(table.name)
        self._tables[table.name] = table
        self._snapshot = None
        old_indexes, old_keys, old_checks = (old.indexes, old.foreign_keys, old.checks) if old else ((), (), ())
        if begins(table.indexes, old_indexes) and begins(table.foreign_keys, old_keys) and begins(table.checks, old_checks):
            self._register(table, len(old_indexes), len(old_keys), len(old_checks))
        elif old is not None:
            self._forget(old)
            self._register(table)
        for parent in parents_of(table):
            self._children.setdefault(parent, {})[table.name] = None

    def _register(self, table: Table, indexes: int = 0, foreign_keys: int = 0, checks: int = 0) -> None:
        """Take the names of a table's objects, from these positions on."""
        schema = table.name.schema
        for index in table.indexes[indexes:]:
            if index.name is not None:
                self._index_tables[Name(schema, index.name)] = table.name
                if index.constraint:
                    self._constraints[Name(schema, index.name)] += 1
        for key in table.foreign_keys[foreign_keys:]:
            self._constraints[Name(schema, key.name or "")] += 1
            self._referrers.setdefault(key.referenced_table, set()).add(table.name)
        for check in table.checks[checks:]:
            self._constraints[Name(schema, check.name or "")] += 1

    def _forget(self, table: Table) -> None:
        """Free the names of a table's objects."""
        schema = table.name.schema
        for index in table.indexes:
            self._index_tables.pop(Name(schema, index.name or ""), None)
        constraints = [index.name for index in table.indexes if index.constraint]
        constraints += [key.name for key in table.foreign_keys] + [check.name for check in table.checks]
        self._constraints.subtract(Name(schema, name or "") for name in constraints)
        self._last_numbers.clear()

    def remove(self, name: Name) -> None:
        """Forget a table and everything on it."""
        table = self._tables.pop(name)
        self._forget(table)
        for sequence in self._sequences.pop(name, {}):
            self.forget_other(sequence)
        self._snapshot = None
        self.incomplete.discard(name)
        for parent in parents_of(table):
            self._children.get(parent, {}).pop(name, None)
        self._children.pop(name, None)
        self._inherited.pop(name, None)

    def mark_inherited(self, name: Name, part: Part) -> None:
        """Say that a table has a part only because a parent has it: then it goes when the parent's goes."""
        self._inherited.setdefault(name, set()).add(part)

    def mark_own(self, name: Name, part: Part) -> None:
        self._inherited.get(name, set()).discard(part)

    def is_own(self, name: Name, part: Part) -> bool:
        return part not in self._inherited.get(name, ())

    def goes_with_parent(self, name: Name, part: Part) -> bool:
        """Whether a table loses a part when one of its parents has just lost it."""
        table, (kind, wanted) = self._tables[name], part
        if kind == "column" and table.partition_of is not None:
            return True
        others = [parent for parent in map(self._tables.get, parents_of(table)) if parent is not None]
        names = {found.name for other in others for found in (other.columns if kind == "column" else other.checks)}
        return part in self._inherited.get(name, ()) and wanted not in names

    def remove_parent(self, child: Name, parent: Name) -> None:
        """End an inheritance, once the child's value no longer names the parent; what no parent has any more is the child's own."""
        self._children.get(parent, {}).pop(child, None)
        for part in [part for part in self._inherited.get(child, ()) if self.goes_with_parent(child, part)]:
            self.mark_own(child, part)

    def rename(self, old: Name, new: Name) -> None:
        """Give a table another name or schema; it keeps its place in the order, and all that speak of it follow."""
        children, referrers = self.children(old), list(self.referrers(old))
        table = self._tables[old]
        self._forget(table)
        self._tables = {new if name == old else name: value for name, value in self._tables.items()}
        self._children = {new if name == old else name: value for name, value in self._children.items()}
        for parent in parents_of(table):
            self._children[parent] = {new if name == old else name: None for name in self._children.get(parent, {})}
        if old in self.incomplete:
            self.incomplete.add(new)
        if old in self._inherited:
            self._inherited[new] = self._inherited.pop(old)
        if old in self._sequences:
            self._sequences[new] = self._sequences.pop(old)
        self._tables[new] = moved(table, old, new)
        self._register(self._tables[new])
        for name in [*children, *(name for name in referrers if name != old)]:
            self.put(moved(self._tables[name], old, new))
        self._snapshot = None

    def children(self, name: Name) -> list[Name]:
        """The partitions of a table, or the tables that inherit from it."""
        return list(self._children.get(name, ()))

    def partitions(self, name: Name) -> list[Name]:
        return [child for child in self.children(name) if self._tables[child].partition_of == name]

    def referrers(self, name: Name) -> Iterator[Name]:
        """The tables with a foreign key to a table."""
        for referrer in sorted(self._referrers.get(name, ())):
            table = self._tables.get(referrer)
            if table is not None and any(key.referenced_table == name for key in table.foreign_keys):
                yield referrer

    # Indexes and other names

    def note_index(self, index: Index) -> None:
        """Remember the name of an index on a table that is not known."""
        if index.name is not None:
            self._index_tables[Name(index.table.schema, index.name)] = index.table

    def table_of_index(self, name: Name) -> Name | None:
        return self._index_tables.get(name)

    def forget_index(self, name: Name) -> None:
        self._index_tables.pop(name, None)

    def index(self, name: Name) -> Index | None:
        table = self._tables.get(self._index_tables.get(name, name))
        return next((index for index in table.indexes if index.name == name.name), None) if table else None

    def note_other(self, name: Name) -> None:
        """Remember a sequence or a composite type: it takes a name among the relations."""
        self._others.add(name)

    def forget_other(self, name: Name) -> None:
        self._others.discard(name)
        self._sequence_options.pop(name, None)
        self._snapshot = None
        self._last_numbers.clear()

    def own_sequence(self, sequence: Name, table: Name, column: str) -> None:
        """A sequence that goes when its column goes."""
        self._others.add(sequence)
        self._sequences.setdefault(table, {})[sequence] = column

    def put_sequence(self, name: Name, options: dict[str, str]) -> None:
        """A sequence with a statement of its own: new, or told something else. Options are by their first words."""
        self._others.add(name)
        self._sequence_options[name] = {**self._sequence_options.get(name, {}), **options}
        self._snapshot = None

    def has_sequence(self, name: Name) -> bool:
        """Whether a sequence was made by a statement of its own."""
        return name in self._sequence_options

    def _own_sequences(self) -> tuple[SequenceObject, ...]:
        owners = {sequence: (table, owned[sequence]) for table, owned in self._sequences.items() for sequence in owned}
        return tuple(
            SequenceObject(name, tuple(f"{word} {value}".rstrip() for word, value in options.items()), owners.get(name))
            for name, options in self._sequence_options.items()
        )

    def sequences_of(self, table: Name) -> dict[Name, str]:
        """The sequences that a table's columns own, with the column of each."""
        return dict(self._sequences.get(table, {}))

    def rename_sequence(self, old: Name, new: Name) -> None:
        self._others.discard(old)
        self._others.add(new)
        if old in self._sequence_options:
            self._sequence_options[new] = self._sequence_options.pop(old)
        for table, owned in self._sequences.items():
            self._sequences[table] = {new if name == old else name: column for name, column in owned.items()}
        self._last_numbers.clear()

    def forget_sequence(self, sequence: Name) -> None:
        self.forget_other(sequence)
        for owned in self._sequences.values():
            owned.pop(sequence, None)

    def choose_relation_name(self, schema: str, first: str, second: str | None, label: str, *, constraint: bool) -> str:
        """A free name for an index or sequence (`ChooseRelationName`)."""
        return self._choose(
            schema, first, second, label, lambda name: self.is_relation(name) or (constraint and self._constraints[name] > 0)
        )

    def choose_constraint_name(self, schema: str, first: str, second: str | None, label: str) -> str:
        """A free name for a constraint without an index (`ChooseConstraintName`)."""
        return self._choose(schema, first, second, label, lambda name: self._constraints[name] > 0)

    def _choose(self, schema: str, first: str, second: str | None, label: str, taken: Callable[[Name], bool]) -> str:
        """`label`, `label1`, `label2`...: the first that is free. Numbers found taken are not tried again until a name is freed."""
        key = (schema, first, second, label)
        number = self._last_numbers.get(key, 0)
        while True:
            name = make_object_name(first, second, f"{label}{number or ''}")
            if not taken(Name(schema, name)):
                self._last_numbers[key] = number
                return name
            number += 1

    # Types, extensions

    def enum(self, name: Name) -> Enum | None:
        return self._enums.get(name)

    def find_enum(self, schema: str | None, name: str) -> Name | None:
        """The enum that a type's name means."""
        found = self.find(schema, name, self._enums.__contains__)
        return found if found in self._enums else None

    def find_type(self, schema: str | None, name: str) -> Name | None:
        """The enum, domain or composite type that a type's name means; None for a built-in or an unknown one."""
        found = self.find(schema, name, lambda candidate: candidate in self._enums or candidate in self._types)
        return found if found in self._enums or found in self._types else None

    def note_type(self, name: Name) -> None:
        """Remember a type that is no enum."""
        self._types.add(name)

    def forget_type(self, name: Name) -> None:
        self._types.discard(name)
        self.forget_definitions("type", name)

    def define(self, definition: Definition, arguments: tuple[str, ...]) -> None:
        """Keep a statement that makes a type, collation or function; `arguments` are a function's types."""
        self._definitions[(definition.kind, definition.name, arguments)] = definition
        self._snapshot = None

    def definitions(self, kind: str, name: Name) -> list[tuple[DefinitionKey, Definition]]:
        return [(key, found) for key, found in self._definitions.items() if key[:2] == (kind, name)]

    def forget_definitions(self, kind: str, name: Name, arguments: tuple[str, ...] | None = None) -> None:
        """Drop what has a name: all of the functions called so where no arguments are given."""
        for key, _ in self.definitions(kind, name):
            if arguments is None or key[2] == arguments:
                del self._definitions[key]
                self._snapshot = None

    def enum_names(self) -> Iterable[Name]:
        return self._enums.keys()

    def put_enum(self, enum: Enum) -> None:
        self._enums[enum.name] = enum
        self._snapshot = None

    def remove_enum(self, name: Name) -> None:
        del self._enums[name]
        self._snapshot = None

    def rename_enum(self, old: Name, new: Name) -> None:
        self._enums = {new if name == old else name: value for name, value in self._enums.items()}
        self._enums[new] = replace(self._enums[new], name=new)
        self._snapshot = None

    def types_in(self, schema: str) -> list[Name]:
        """The enums, domains and composite types of a schema."""
        return [name for name in (*self._enums, *sorted(self._types)) if name.schema == schema]

    def tables(self) -> Iterable[Table]:
        return list(self._tables.values())

    def add_extension(self, name: str, schema: str = "public") -> None:
        self._extensions.setdefault(name, schema)
        self._snapshot = None

    def remove_extension(self, name: str) -> None:
        self._extensions.pop(name, None)
        self._snapshot = None

    def end_session(self) -> None:
        """Temporary tables go, and the search path is the default again."""
        for name in self.tables_in(TEMPORARY):
            self.remove(name)
        self.search_path = DEFAULT_SEARCH_PATH


def begins(longer: tuple[object, ...], shorter: tuple[object, ...]) -> bool:
    return longer[: len(shorter)] == shorter


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
    )
