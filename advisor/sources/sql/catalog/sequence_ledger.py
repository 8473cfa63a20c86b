"""Sequences while statements are applied. In: changes. Out: the model's sequences, and which columns draw from which.

A serial column's sequence is shown by the column's default, an identity column's by the column: neither is listed, unless it is not
what the column alone would bring.
"""

from __future__ import annotations

from collections.abc import Callable

from advisor.model import Name, SequenceObject, Table
from advisor.sources.sql.spelling.names import make_object_name
from advisor.sources.sql.tables.sequences import SequenceOptions, options_in_words
from advisor.sources.sql.text.quoting import quote_name, quote_string

Owner = tuple[Name, str]


class SequenceLedger:
    """Sequences by name, with their options and the columns that they go with."""

    def __init__(self) -> None:
        self.options: dict[Name, SequenceOptions] = {}
        self._owners: dict[Name, Owner] = {}
        self._of_table: dict[Name, dict[Name, str]] = {}
        self._of_identity: set[Name] = set()
        self._shown: dict[Name, SequenceObject | None] = {}
        """What the model lists for each sequence, as far as that was thought over."""
        self._changed: set[Name] = set()
        """Sequences to think over again: they or the tables that own them have changed."""
        self._listed: tuple[SequenceObject, ...] | None = ()

    def put(self, name: Name, options: SequenceOptions) -> None:
        self.options[name] = options
        self._changed.add(name)

    def put_table(self, table: Name) -> None:
        """A table has changed: a sequence is shown or not by what its column is."""
        self._changed.update(self._of_table.get(table, ()))

    def own(self, sequence: Name, table: Name, column: str, *, identity: bool = False) -> None:
        """A sequence goes with a column from now on."""
        self.disown(sequence)
        self._owners[sequence] = (table, column)
        self._of_table.setdefault(table, {})[sequence] = column
        self._changed.add(sequence)
        if identity:
            self._of_identity.add(sequence)

    def disown(self, sequence: Name) -> None:
        owner = self._owners.pop(sequence, None)
        self._changed.add(sequence)
        if owner is not None:
            self._of_table.get(owner[0], {}).pop(sequence, None)

    def owner(self, sequence: Name) -> Owner | None:
        return self._owners.get(sequence)

    def owned_by(self, table: Name) -> dict[Name, str]:
        return dict(self._of_table.get(table, {}))

    def identity_of(self, table: Name, column: str) -> Name | None:
        """The sequence of an identity column."""
        owned = self._of_table.get(table, {})
        return next((name for name, owner in owned.items() if owner == column and name in self._of_identity), None)

    def state(self, name: Name) -> tuple[SequenceOptions | None, Owner | None, bool]:
        """All that is known of a sequence, for `put_back`."""
        return self.options.get(name), self._owners.get(name), name in self._of_identity

    def put_back(self, name: Name, state: tuple[SequenceOptions | None, Owner | None, bool]) -> None:
        options, owner, identity = state
        if options is not None:
            self.put(name, options)
        if owner is not None:
            self.own(name, *owner, identity=identity)

    def forget(self, name: Name) -> None:
        self.disown(name)
        self.options.pop(name, None)
        self._listed = None
        self._of_identity.discard(name)

    def rename(self, old: Name, new: Name) -> None:
        owner, identity = self._owners.get(old), old in self._of_identity
        self.options = {new if name == old else name: options for name, options in self.options.items()}
        if owner is not None:
            self.own(new, *owner, identity=identity)
        self.disown(old)
        self._changed.add(new)
        self._listed = None
        self._of_identity.discard(old)

    def rename_table(self, old: Name, new: Name) -> None:
        owned = self._of_table.pop(old, {})
        self._of_table[new] = owned
        self.put_table(new)
        for sequence, column in owned.items():
            self._owners[sequence] = (new, column)

    def begin_with(self, sequence: SequenceObject) -> None:
        self.put(sequence.name, options_in_words(sequence.options))
        if sequence.owner is not None:
            self.own(sequence.name, *sequence.owner)

    def listed(self, table_called: Callable[[Name], Table | None]) -> tuple[SequenceObject, ...]:
        """The sequences that the model lists. What did not change since it was last asked is not thought over again."""
        for name in self._changed:
            owner, options = self._owners.get(name), self.options.get(name)
            table = table_called(owner[0]) if owner is not None else None
            shown = self._object(name, options, owner, table) if options is not None else None
            if shown != self._shown.get(name):
                self._listed = None
            self._shown[name] = shown
        self._changed.clear()
        if self._listed is None:
            self._listed = tuple(shown for name in self.options if (shown := self._shown[name]) is not None)
        return self._listed

    def _object(self, name: Name, options: SequenceOptions, owner: Owner | None, table: Table | None) -> SequenceObject | None:
        if name in self._of_identity or name.schema == "pg_temp":
            return None
        column = table.column(owner[1]) if table is not None and owner is not None else None
        if table is not None and column is not None and column.default is not None and not options.words:
            usual = Name(table.name.schema, make_object_name(table.name.name, column.name, "seq"))
            drawn = f"nextval({quote_string(quote_name(name))}::regclass)"
            if name == usual and options.type == column.type and column.default.text == drawn:
                return None
        return SequenceObject(name, options.words_with_type, owner)
