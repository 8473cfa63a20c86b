"""Sequences with everything that PostgreSQL fills in. In: a schema. Out: all sequences it has, those of serial columns too.

Source: `init_params` of src/backend/commands/sequence.c.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from advisor.model import Name, Schema, SequenceObject
from advisor.sources.postgres.options import HIGHEST
from advisor.sources.sql.spelling.names import make_object_name

DRAWN_FROM = re.compile(r"""nextval\('((?:[^']|'')+)'(?:::(?:regclass|text))*\)""")
PART = re.compile(r'"((?:[^"]|"")+)"|([^".]+)')
WORDS = ("INCREMENT", "MINVALUE", "MAXVALUE", "START", "CACHE")


def all_sequences(schema: Schema) -> Iterator[SequenceObject]:
    """Sequences with canonical options, once each: those with a statement of their own, and those that a default draws from."""
    explicit = {sequence.name for sequence in schema.sequences}
    for sequence in schema.sequences:
        yield replace(sequence, options=canonical_options(sequence.options, type_in(sequence.options)))
    implied: dict[Name, SequenceObject] = {}
    # Other columns may draw from the sequence of a serial column, as its children do: it belongs to the one it is named after.
    for table in schema.tables:
        for column in table.columns:
            name = drawn_from(column.default.text) if column.default else None
            usual = Name(table.name.schema, make_object_name(table.name.name, column.name, "seq"))
            if name is not None and name not in explicit and (name not in implied or name == usual):
                implied[name] = SequenceObject(name, canonical_options((), column.type), (table.name, column.name))
    yield from implied.values()


def drawn_from(default: str) -> Name | None:
    """The sequence of `nextval('schema.name'::regclass)`."""
    found = DRAWN_FROM.fullmatch(default)
    parts = [quoted.replace('""', '"') or bare for quoted, bare in PART.findall(found[1].replace("''", "'"))] if found else []
    return Name(parts[-2] if len(parts) > 1 else "public", parts[-1]) if parts else None


def type_in(options: Iterable[str]) -> str:
    return next((option.removeprefix("AS ") for option in options if option.startswith("AS ")), "bigint")


def canonical_options(options: Iterable[str], type_name: str) -> tuple[str, ...]:
    """All options of a sequence with their values, in one order; its name is told apart."""
    said = dict(read_option(option) for option in options if not option.startswith(("AS ", "SEQUENCE ")))
    increment = int(said.get("INCREMENT", "1"))
    highest = HIGHEST.get(type_name, HIGHEST["bigint"])
    least = int(said.get("MINVALUE", "1" if increment > 0 else str(-highest - 1)))
    greatest = int(said.get("MAXVALUE", str(highest) if increment > 0 else "-1"))
    start = int(said.get("START", str(least if increment > 0 else greatest)))
    values = (increment, least, greatest, start, int(said.get("CACHE", "1")))
    words = tuple(f"{word} {value}" for word, value in zip(WORDS, values, strict=True))
    return (f"AS {type_name}", *words, *(("CYCLE",) if "CYCLE" in said else ()))


def read_option(option: str) -> tuple[str, str]:
    """`START WITH 5` as `START` and `5`."""
    first, _, rest = option.partition(" ")
    return first, rest.removeprefix("WITH ").removeprefix("BY ")
