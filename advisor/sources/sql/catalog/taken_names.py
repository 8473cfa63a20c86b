"""Which names are taken in each schema: PostgreSQL chooses the names that a statement does not give so that they are free."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from advisor.model import Index, Name, Table
from advisor.sources.sql.spelling.names import make_object_name


class TakenNames:
    """The names of relations and constraints."""

    def __init__(self) -> None:
        self._tables: set[Name] = set()
        self.index_tables: dict[Name, Name] = {}
        """For each index its table."""
        self.others: set[Name] = set()
        """Sequences and composite types: they take names among the relations."""
        self._constraints: Counter[Name] = Counter()
        self._last_numbers: dict[tuple[str, str, str | None, str], int] = {}

    def is_relation(self, name: Name) -> bool:
        return name in self._tables or name in self.index_tables or name in self.others

    def freed(self) -> None:
        """Say that a name is free again: numbers that were taken are tried anew."""
        self._last_numbers.clear()

    def register(self, table: Table, indexes: int = 0, foreign_keys: int = 0, checks: int = 0, not_nulls: int = 0) -> None:
        """Take the names of a table and its objects, of these from such positions on."""
        self._tables.add(table.name)
        schema = table.name.schema
        for index in table.indexes[indexes:]:
            if index.name is not None:
                self.index_tables[Name(schema, index.name)] = table.name
                if index.constraint:
                    self._constraints[Name(schema, index.name)] += 1
        for key in table.foreign_keys[foreign_keys:]:
            self._constraints[Name(schema, key.name or "")] += 1
        for check in table.checks[checks:]:
            self._constraints[Name(schema, check.name or "")] += 1
        for not_null in table.not_nulls[not_nulls:]:
            self._constraints[Name(schema, not_null.name)] += 1

    def forget(self, table: Table) -> None:
        """Free the names of a table and its objects."""
        self._tables.discard(table.name)
        schema = table.name.schema
        for index in table.indexes:
            self.index_tables.pop(Name(schema, index.name or ""), None)
        constraints = [index.name for index in table.indexes if index.constraint]
        constraints += [key.name for key in table.foreign_keys] + [check.name for check in table.checks]
        constraints += [not_null.name for not_null in table.not_nulls]
        self._constraints.subtract(Name(schema, name or "") for name in constraints)
        self.freed()

    def note_index(self, index: Index) -> None:
        """Remember the name of an index on a table that is not known."""
        if index.name is not None:
            self.index_tables[Name(index.table.schema, index.name)] = index.table

    def table_of_index(self, name: Name) -> Name | None:
        return self.index_tables.get(name)

    def forget_index(self, name: Name) -> None:
        self.index_tables.pop(name, None)

    def choose_relation_name(self, schema: str, first: str, second: str | None, label: str, *, constraint: bool) -> str:
        """A free name for an index or sequence (`ChooseRelationName`)."""
        return self._choose(
            schema, first, second, label, lambda name: self.is_relation(name) or (constraint and self._constraints[name] > 0)
        )

    def choose_constraint_name(self, schema: str, first: str, second: str | None, label: str) -> str:
        """A free name for a constraint without an index (`ChooseConstraintName`)."""
        return self._choose(schema, first, second, label, lambda name: self._constraints[name] > 0)

    def take_constraint_name(self, name: Name) -> None:
        """A constraint of a domain has a name among those of all constraints."""
        self._constraints[name] += 1

    def free_constraint_name(self, name: Name) -> None:
        self._constraints[name] -= 1
        self.freed()

    def _choose(self, schema: str, first: str, second: str | None, label: str, taken: Callable[[Name], bool]) -> str:
        """`label`, `label1`, `label2`...: the first that is free; without a label the numbers alone.

        Numbers found taken are not tried again until a name is freed.
        """
        key = (schema, first, second, label)
        number = self._last_numbers.get(key, 0 if label else 1)
        while True:
            name = make_object_name(first, second, f"{label}{number or ''}")
            if not taken(Name(schema, name)):
                self._last_numbers[key] = number
                return name
            number += 1
