"""The database while statements are applied to it. In: a `Schema` to begin with, then changes. Out: a `Schema` after any of them.

Tables are frozen values under their names: a change puts another table there, so that a snapshot shares with the next all tables
that did not change. Beside them stands what the model does not show and PostgreSQL needs: which names are taken, and who depends on
whom.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Literal, TypeAlias, TypeVar

from msgspec.structs import replace

from advisor.errors import AdvisorError
from advisor.model import CompositeType, Domain, Enum, Function, Index, Name, Schema, Skipped, Table
from advisor.sources.sql.catalog.kept_statements import KeptStatements
from advisor.sources.sql.catalog.named_types import NamedTypes
from advisor.sources.sql.catalog.objects import Objects
from advisor.sources.sql.catalog.sequence_ledger import SequenceLedger
from advisor.sources.sql.catalog.session import Session
from advisor.sources.sql.catalog.table_names import begins, moved, named_parts, names_to_inherit, parents_of
from advisor.sources.sql.catalog.taken_names import TakenNames
from advisor.sources.sql.catalog.temporary import TEMPORARY
from advisor.sources.sql.catalog.undo import Undo
from advisor.sources.sql.tables.sequences import SequenceOptions
from advisor.sources.sql.text.quoting import name_spelled, quote_name

DEFAULT_SEARCH_PATH = ("public",)

Lasting = TypeVar("Lasting", Domain, CompositeType, Function)

Part: TypeAlias = tuple[Literal["column", "check", "not null"], str]
"""A column or a check of a table by its name, or a NOT NULL constraint by its column."""


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
        self.names = TakenNames()
        self._drawers: dict[str, set[Name]] = {}
        """For each default that draws from a sequence, the tables that have had it."""
        self._places: dict[Name, int] = {}
        """Where each table stands in the order of creation, which a rename does not change."""
        self._in_schema: Counter[str] = Counter()
        """How many tables each schema has."""
        self._next_place = count()
        self._moved = False
        self._row_columns: dict[Name, set[Name]] = {}
        """For each table those that have had a column of its row type."""
        self.undo: Undo | None = None
        self._readers: dict[Name, set[Name]] = {}
        """For each relation the views that have read it."""
        self.sequences = SequenceLedger()
        self.kept = KeptStatements()
        self._types: set[Name] = set()
        self._children: dict[Name, dict[Name, None]] = {}
        self._inherited: dict[Name, set[Part]] = {}
        self._referrers: dict[Name, set[Name]] = {}
        self.objects = Objects()
        self.types = NamedTypes()
        self.session = Session()
        self.unexamined: list[Skipped] = []
        """What statements may do when they run and cannot be told from their text, since it was last asked."""
        self.incomplete: set[Name] = set()
        """Tables whose columns are not all known."""
        self.search_path: tuple[str, ...] = DEFAULT_SEARCH_PATH
        if schema is not None:
            self._begin_with(schema)

    def _begin_with(self, schema: Schema) -> None:
        for table in schema.tables:
            self.put(table)
        self.incomplete = {table.name for table in schema.tables if not table.complete}
        for enum in schema.enums:
            self._enums[enum.name] = enum
        self._extensions = {**dict.fromkeys(schema.extensions, "public"), **dict(schema.extension_schemas)}
        for sequence in schema.sequences:
            self._note_sequence(sequence.name)
            self.sequences.begin_with(sequence)
        for definition in schema.definitions:
            self.kept.define(definition, ())
        self.types.begin_with(schema)
        for name in self.types.names():
            self.note_type(name)
        for found in schema.ranges:
            self.note_type(found.multirange, dependent=True)
        for composite in schema.composites:
            self.note_other(composite.name)
        for domain in schema.domains:
            for constraint in (domain.not_null_name, *(check.name for check in domain.checks)):
                self.names.take_constraint_name(Name(domain.name.schema, constraint or ""))
        self.objects.begin_with(schema)
        self._snapshot, self.kept.changed = schema, False

    def snapshot(self) -> Schema:
        """The schema as it stands. Asking twice without a change in between gives the same value."""
        if self._snapshot is None or self.kept.changed:
            self.kept.changed = False
            if self._moved:
                self._put_in_order()
                self._moved = False
            self._snapshot = Schema(
                self._lasting_tables(),
                tuple(self._enums.values()),
                tuple(self._extensions),
                extension_schemas=tuple((name, schema) for name, schema in self._extensions.items() if schema != "public"),
                sequences=self.sequences.listed(self._tables.get),
                definitions=self.kept.lasting(),
                domains=lasting(self.types.domains()),
                composites=lasting(self.types.composites()),
                ranges=self.types.ranges(),
                collations=tuple(self.types.collations.values()),
                functions=lasting(self.objects.functions()),
                grants=self.objects.privileges.grants(),
                revoked=self.objects.privileges.revocations(),
                default_grants=self.objects.privileges.default_grants(),
                comments=self.objects.remarks.all(),
                schemas=tuple(self.objects.schemas),
            )
        return self._snapshot

    def _put_in_order(self) -> None:
        """Tables in the order of their creation again: a rename has put one behind all others."""
        ordered = sorted(self._tables.items(), key=lambda item: self._places[item[0]])
        self._tables.clear()
        self._tables.update(ordered)

    def _lasting_tables(self) -> tuple[Table, ...]:
        if not self._in_schema[TEMPORARY] and not self.incomplete:
            return tuple(self._tables.values())
        lasting = (table for name, table in self._tables.items() if name.schema != TEMPORARY)
        return tuple(replace(table, complete=False) if table.name in self.incomplete else table for table in lasting)

    # Relations

    def table(self, name: Name) -> Table | None:
        return self._tables.get(name)

    def known(self, name: Name) -> Table:
        """A table that is known to exist."""
        return self._tables[name]

    def tables_in(self, schema: str) -> list[Name]:
        return [name for name in self._tables if name.schema == schema] if self._in_schema[schema] else []

    def is_relation(self, name: Name) -> bool:
        return self.names.is_relation(name)

    def new_name(self, schema: str | None, name: str) -> Name:
        """Where a new object goes: into its own schema, or the first of the search path that is there."""
        there = (folder for folder in self.search_path if folder not in self.objects.gone_schemas)
        return Name(schema or next(there, "public"), name)

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
        if self.undo is not None:
            self.undo.tables.setdefault(table.name, old)
        self._tables[table.name] = table
        self._snapshot = None
        self.objects.put_table(old, table)
        self.sequences.put_table(table.name)
        if old is None:
            self._in_schema[table.name.schema] += 1
            self._places[table.name] = next(self._next_place)
            self.names.register(table)
        elif all(begins(after, before) for after, before in zip(named_parts(table), named_parts(old), strict=True)):
            self.names.register(table, *map(len, named_parts(old)))
        else:
            self.names.forget(old)
            self.names.register(table)
        for parent in parents_of(table):
            self._children.setdefault(parent, {})[table.name] = None
        self._note_references(table, old)
        if old is None or old.columns is not table.columns or old.view is not table.view:
            self._note_uses(table, old)

    def _note_references(self, table: Table, old: Table | None = None) -> None:
        if old is None or old.foreign_keys is not table.foreign_keys:
            for key in table.foreign_keys:
                self._referrers.setdefault(key.referenced_table, set()).add(table.name)

    def _note_uses(self, table: Table, old: Table | None = None) -> None:
        """Remember which sequences a table draws from and which relations a view reads; of columns that it had, that is known."""
        known = set(map(id, old.columns)) if old is not None else set()
        for column in table.columns:
            if id(column) in known:
                continue
            if column.default is not None and "nextval" in column.default.functions:
                self._drawers.setdefault(column.default.text, set()).add(table.name)
            row_type = name_spelled(column.type.removesuffix("[]"))
            if row_type in self._tables:
                self._row_columns.setdefault(row_type, set()).add(table.name)
        for relation in table.view.reads if table.view is not None else ():
            self._readers.setdefault(relation, set()).add(table.name)

    def tables_with_rows_of(self, name: Name) -> list[Table]:
        """The tables that may have a column of another table's row type."""
        found = (self._tables.get(table) for table in sorted(self._row_columns.get(name, ())))
        return [table for table in found if table is not None]

    def views_reading(self, name: Name) -> list[Table]:
        """The views whose queries read a relation."""
        found = (self._tables.get(view) for view in sorted(self._readers.get(name, ())))
        return [view for view in found if view is not None and view.view is not None and name in view.view.reads]

    def remove(self, name: Name) -> None:
        """Forget a table and everything on it."""
        table = self._tables.pop(name)
        self._in_schema[name.schema] -= 1
        if self.undo is not None:
            self.undo.tables.setdefault(name, table)
        self.names.forget(table)
        self.objects.remove_table(table)
        for kind, rule, relation in self.objects.rules_of(name):
            self.kept.forget(kind, rule, relation)
        self.objects.forget_rules(name)
        for sequence in self.sequences.owned_by(name):
            self.forget_sequence(sequence)
        self._snapshot = None
        self.incomplete.discard(name)
        for parent in parents_of(table):
            self._children.get(parent, {}).pop(name, None)
        self._children.pop(name, None)
        self._inherited.pop(name, None)

    def mark_inherited(self, name: Name, part: Part) -> None:
        """Say that a table has a part only because a parent has it: then it goes when the parent's goes."""
        self._note_inherited(name)
        self._inherited.setdefault(name, set()).add(part)

    def mark_own(self, name: Name, part: Part) -> None:
        self._note_inherited(name)
        self._inherited.get(name, set()).discard(part)

    def _note_inherited(self, name: Name) -> None:
        if self.undo is not None:
            self.undo.inherited.setdefault(name, set(self._inherited.get(name, ())))

    def is_own(self, name: Name, part: Part) -> bool:
        return part not in self._inherited.get(name, ())

    def goes_with_parent(self, name: Name, part: Part) -> bool:
        """Whether a table loses a part when one of its parents has just lost it."""
        table, (kind, wanted) = self._tables[name], part
        if kind in ("column", "check") and table.partition_of is not None:
            return True
        others = [parent for parent in map(self._tables.get, parents_of(table)) if parent is not None]
        names = {inherited for other in others for inherited in names_to_inherit(other, kind)}
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
        self.names.forget(table)
        del self._tables[old]
        self._in_schema.subtract((old.schema,))
        self._in_schema.update((new.schema,))
        self._places[new] = self._places.pop(old)
        self._moved = True
        if old in self._children:
            self._children[new] = self._children.pop(old)
        for parent in parents_of(table):
            self._children[parent] = {new if name == old else name: None for name in self._children.get(parent, {})}
        if old in self.incomplete:
            self.incomplete.remove(old)
            self.incomplete.add(new)
        if old in self._inherited:
            self._inherited[new] = self._inherited.pop(old)
        self.sequences.rename_table(old, new)
        self._tables[new] = moved(table, old, new)
        self.objects.rename_table(old, self._tables[new])
        self.objects.rename_type(quote_name(old), quote_name(new))
        self.names.register(self._tables[new])
        self._note_references(self._tables[new])
        self._note_uses(self._tables[new])
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

    def index(self, name: Name) -> Index | None:
        table = self._tables.get(self.names.index_tables.get(name, name))
        return next((index for index in table.indexes if index.name == name.name), None) if table else None

    def note_other(self, name: Name) -> None:
        """Remember a sequence or a composite type: it takes a name among the relations."""
        self.names.others.add(name)

    def forget_other(self, name: Name) -> None:
        if self.undo is not None and name in self.sequences.options:
            self.undo.dropped_sequences.setdefault(name, self.sequences.state(name))
        self.names.others.discard(name)
        self.objects.forget("sequence", name)
        self.sequences.forget(name)
        self._snapshot = None
        self.names.freed()

    def _note_sequence(self, sequence: Name) -> None:
        if sequence not in self.names.others:
            if self.undo is not None:
                self.undo.made_sequences.append(sequence)
            self.names.others.add(sequence)
            self.objects.create("sequence", sequence)

    def own_sequence(self, sequence: Name, table: Name, column: str, *, identity: bool = False) -> None:
        """A sequence that goes when its column goes."""
        self._note_sequence(sequence)
        self.sequences.own(sequence, table, column, identity=identity)
        self._snapshot = None

    def put_sequence(self, name: Name, options: SequenceOptions) -> None:
        """A sequence: new, or told something else."""
        self._note_sequence(name)
        self.sequences.put(name, options)
        self._snapshot = None

    def sequences_in(self, schema: str) -> list[Name]:
        return sorted(name for name in self.names.others if name.schema == schema and name not in self._types)

    def sequences_of(self, table: Name) -> dict[Name, str]:
        """The sequences that a table's columns own, with the column of each."""
        return self.sequences.owned_by(table)

    def drawers(self, default: str) -> list[Table]:
        """The tables with a column that has this default."""
        found = (self._tables.get(name) for name in sorted(self._drawers.get(default, ())))
        return [
            table for table in found if table and any(column.default and column.default.text == default for column in table.columns)
        ]

    def rename_sequence(self, old: Name, new: Name) -> None:
        self.names.others.discard(old)
        self.names.others.add(new)
        self.objects.rename("sequence", old, new)
        self.sequences.rename(old, new)
        self._snapshot = None
        self.names.freed()

    def forget_sequence(self, sequence: Name) -> None:
        self.forget_other(sequence)

    @contextmanager
    def whole_or_not(self) -> Iterator[None]:
        """What is done inside is taken back where it is refused before its end."""
        self.undo = Undo()
        try:
            yield
        except RefusedError:
            self._take_back(self.undo)
            raise
        finally:
            self.undo = None

    def _take_back(self, done: Undo) -> None:
        self.undo = None
        for name, table in done.tables.items():
            if table is not None:
                self.put(table)
            elif name in self._tables:
                self.remove(name)
        for sequence in done.made_sequences:
            self.forget_sequence(sequence)
        for sequence, state in done.dropped_sequences.items():
            self._note_sequence(sequence)
            self.sequences.put_back(sequence, state)
        self._inherited.update(done.inherited)
        self._snapshot = None

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

    def note_type(self, name: Name, *, dependent: bool = False) -> None:
        """Remember a type that is no enum. One that comes with another has no privileges of its own (`TypeCreate`, pg_type.c)."""
        if name not in self._types:
            self._types.add(name)
            if not dependent:
                self.objects.create("type", name)

    def rename_type(self, old: Name, new: Name) -> None:
        """Give a type that is no enum another name."""
        self._types.discard(old)
        self._types.add(new)
        self.objects.rename("type", old, new)
        self._snapshot = None

    def forget_type(self, name: Name) -> None:
        if name in self._types:
            self._types.discard(name)
            self.objects.forget("type", name)
        self.types.forget(name)
        self.kept.forget("type", name)
        self._snapshot = None

    def changed(self) -> None:
        """Say that objects, which the catalog does not watch, are no longer what the last snapshot holds."""
        self._snapshot = None

    def enum_names(self) -> Iterable[Name]:
        return self._enums.keys()

    def put_enum(self, enum: Enum) -> None:
        if enum.name not in self._enums:
            self.objects.create("type", enum.name)
        self._enums[enum.name] = enum
        self._snapshot = None

    def remove_enum(self, name: Name) -> None:
        del self._enums[name]
        self.objects.forget("type", name)
        self._snapshot = None

    def rename_enum(self, old: Name, new: Name) -> None:
        self._enums = {new if name == old else name: value for name, value in self._enums.items()}
        self._enums[new] = replace(self._enums[new], name=new)
        self.objects.rename("type", old, new)
        self._snapshot = None

    def enum_called(self, spelling: str) -> Enum | None:
        """The enum that `format_type` prints so."""
        return self._enums.get(name_spelled(spelling))

    def table_of_type(self, spelling: str) -> Table | None:
        """The table whose rows are of the type that `format_type` prints so."""
        return self._tables.get(name_spelled(spelling))

    def types_in(self, schema: str) -> list[Name]:
        """The enums, domains and composite types of a schema."""
        return [name for name in (*self._enums, *sorted(self._types)) if name.schema == schema]

    def tables(self) -> Iterable[Table]:
        return list(self._tables.values())

    def add_extension(self, name: str, schema: str = "public") -> None:
        self._extensions.setdefault(name, schema)
        self._snapshot = None

    def extensions_in(self, schema: str) -> list[str]:
        return [name for name, folder in self._extensions.items() if folder == schema]

    def move_extension(self, name: str, schema: str) -> None:
        if name in self._extensions:
            self._extensions[name] = schema
            self._snapshot = None

    def remove_extension(self, name: str) -> None:
        self._extensions.pop(name, None)
        self._snapshot = None

    def take_unexamined(self) -> list[Skipped]:
        """What was not examined since this was last asked."""
        found, self.unexamined = self.unexamined, []
        return found

    def end_session(self) -> None:
        """Temporary tables go, and the search path is the default again."""
        for name in self.tables_in(TEMPORARY):
            self.remove(name)
        self.search_path = DEFAULT_SEARCH_PATH
        self.objects.privileges.role = None
        self.session = Session()


def lasting(found: tuple[Lasting, ...]) -> tuple[Lasting, ...]:
    """What is not the session's own."""
    return tuple(one for one in found if one.name.schema != TEMPORARY)
