"""Columns that a sequence counts up. In: a database. Out: which columns these are, and which of them own their sequence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from advisor.model import Column, Database, Name, SequenceObject, Table
from advisor.remedies.sql import quote_name


def sequences_by_name(database: Database) -> Mapping[str, SequenceObject]:
    """Sequences with a statement of their own, as a default names them."""
    return {quote_name(sequence.name): sequence for sequence in database.schema.sequences}


def numbered_columns(database: Database) -> Iterator[tuple[Table, Column]]:
    """Columns that are counted up by a sequence or an identity."""
    for table, column in database.columns():
        if column.identity or column.draws_from:
            yield table, column


def serial_columns(database: Database) -> Iterator[tuple[Table, Column]]:
    """Columns with a sequence that is theirs alone: what `serial` makes, and what a dump writes in its place."""
    sequences = sequences_by_name(database)
    numbered = list(numbered_columns(database))
    drawn = Counter(column.draws_from for _, column in numbered)
    for table, column in numbered:
        if column.draws_from is None or drawn[column.draws_from] > 1 or column.identity:
            continue
        sequence = sequences.get(column.draws_from)
        owned = sequence.owner == (table.name, column.name) if sequence else is_named_after(column.draws_from, table.name, column)
        if owned:
            yield table, column


def is_named_after(sequence: str, table: Name, column: Column) -> bool:
    """Whether a sequence that no statement makes has the name that PostgreSQL gives to a serial column's, which it cuts to fit."""
    bare = sequence.rpartition(".")[2].strip('"')
    return bare.rstrip("0123456789").endswith("_seq") and bare.startswith((f"{table.name}_"[:20], f"{column.name}_"))


def sequence_of(column: Column, table: Table, database: Database) -> tuple[Name, str] | None:
    """A serial column's sequence and the type that it counts in; None where it has options of its own."""
    sequence = sequences_by_name(database).get(column.draws_from or "")
    if sequence is None:
        bare = (column.draws_from or "").rpartition(".")[2].strip('"')
        return Name(table.name.schema, bare), column.type
    counts_in = next((option.removeprefix("AS ") for option in sequence.options if option.startswith("AS ")), "bigint")
    plain = all(option.startswith("AS ") for option in sequence.options)
    return (sequence.name, counts_in) if plain else None
