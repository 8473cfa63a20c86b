"""Sequences, and which of them a `serial` column makes. In: a Schema. Out: CREATE SEQUENCE, OWNED BY, the serial columns."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from advisor.model import Column, Name, Schema, SequenceObject, Table
from advisor.remedies.sql import quote, quote_name
from advisor.sources.sql.spelling.names import make_object_name

SEQUENCE_DEFAULT = re.compile(r"""nextval\('(?P<name>(?:[^']|'')+)'(?:::regclass)?\)""")

SERIAL = {"smallint": "smallserial", "integer": "serial", "bigint": "bigserial"}

NAMED = "SEQUENCE NAME "

GREATEST = {"smallint": "32767", "integer": "2147483647", "bigint": "9223372036854775807"}


class Drawn(Struct, frozen=True):
    """The column that a sequence was made for, known by the column's default alone."""

    table: Table
    column: Column


class Sequences(Struct, frozen=True):
    """All sequences of a schema, by how a default spells them."""

    own: dict[str, SequenceObject]
    implied: dict[str, Drawn]
    serial: frozenset[str]
    """Those that need no statement, because the column is written as `serial`."""
    identities: dict[str, Name]
    """The tables whose identity columns make a sequence."""

    def made_with(self, name: str) -> Name | None:
        """The table that brings a sequence along."""
        owner = owner_of(name, self) if name in self.serial else None
        return owner[0] if owner is not None else self.identities.get(name)

    def is_serial(self, column: Column, table: Table) -> bool:
        name = sequence_of(column)
        return name is not None and name in self.serial and owner_of(name, self) == (table.name, column.name)


def sequence_of(column: Column) -> str | None:
    """The sequence that a column's default draws from, as it is spelled there."""
    found = SEQUENCE_DEFAULT.fullmatch(column.default.text) if column.default else None
    return found["name"].replace("''", "'").removeprefix("public.") if found else None


def sequences_of(schema: Schema) -> Sequences:
    own = {quote_name(sequence.name): sequence for sequence in schema.sequences}
    identities = {
        identity_sequence(column, table): table.name for table in schema.tables for column in table.columns if column.identity
    }
    implied: dict[str, Drawn] = {}
    serial: set[str] = set()
    for name, drawn in draws_of(schema):
        if (
            name not in own
            and name not in identities
            and (name not in implied or name == usual_sequence(drawn.column, drawn.table))
        ):
            implied[name] = drawn
        if written_as_serial(name, drawn.column, drawn.table, own.get(name)):
            serial.add(name)
    return Sequences(own, implied, frozenset(serial & (own.keys() | implied.keys())), identities)


def draws_of(schema: Schema) -> Iterator[tuple[str, Drawn]]:
    """The columns that draw from a sequence, by how it is spelled; a partition's mostly draw from what the whole table's do."""
    for table in schema.tables:
        for column in table.columns if table.kind in ("table", "partitioned table", "partition") else ():
            name = sequence_of(column)
            if name is not None:
                yield name, Drawn(table, column)


def usual_sequence(column: Column, table: Table) -> str:
    """The sequence that PostgreSQL makes for a column, as a default spells it (`ChooseRelationName` with the label `seq`)."""
    return quote_name(Name(table.name.schema, make_object_name(table.name.name, column.name, "seq")))


def identity_sequence(column: Column, table: Table) -> str:
    """The sequence of an identity column, as a default would spell it."""
    named = (option.removeprefix(NAMED) for option in column.identity_options if option.startswith(NAMED))
    return next(named, usual_sequence(column, table))


def written_as_serial(name: str, column: Column, table: Table, sequence: SequenceObject | None) -> bool:
    """Whether `serial` would make just this sequence: its name, its owner, its type, nothing said of it."""
    if column.type not in SERIAL or column.nullable or table.of_type:
        return False
    return name == usual_sequence(column, table) and (
        sequence is None
        or (sequence.owner == (table.name, column.name) and all(is_default(option, column.type) for option in sequence.options))
    ) and (sequence is None or column.type == "bigint" or f"AS {column.type}" in sequence.options)  # fmt: skip


def is_default(option: str, kind: str) -> bool:
    """Whether an option says what a sequence for a column of this type has anyway."""
    return option in (
        f"AS {kind}", "START WITH 1", "INCREMENT BY 1", "MINVALUE 1", f"MAXVALUE {GREATEST[kind]}", "CACHE 1",
        "NO MINVALUE", "NO MAXVALUE", "NO CYCLE",
    )  # fmt: skip


def owner_of(name: str, sequences: Sequences) -> tuple[Name, str] | None:
    if name in sequences.own:
        return sequences.own[name].owner
    drawn = sequences.implied.get(name)
    return (drawn.table.name, drawn.column.name) if drawn else None


def sequence_statements(sequences: Sequences) -> Iterator[tuple[str, str]]:
    """Each sequence that must be made before the columns that draw from it: its name as defaults spell it, and its statement."""
    for name, sequence in sequences.own.items():
        if name not in sequences.serial:
            yield name, " ".join(["CREATE SEQUENCE", name, *sequence.options]) + ";"
    for name, drawn in sequences.implied.items():
        if name not in sequences.serial:
            kind = f" AS {drawn.column.type}" if drawn.column.type in ("smallint", "integer") else ""
            yield name, f"CREATE SEQUENCE {name}{kind};"


def owned_by(sequences: Sequences) -> dict[Name, list[str]]:
    """By table: the statements that let a sequence go when its column goes."""
    found: dict[Name, list[str]] = {}
    for name in (*sequences.own, *sequences.implied):
        owner = owner_of(name, sequences)
        if owner is not None and name not in sequences.serial:
            table, column = owner
            found.setdefault(table, []).append(f"ALTER SEQUENCE {name} OWNED BY {quote_name(table)}.{quote(column)};")
    return found
