"""Options as lists of words. In: what the catalogs keep. Out: the spelling of the model: `START WITH 5`, `table_name 'posts'`."""

from __future__ import annotations

from collections.abc import Iterable

from advisor.model import Name
from advisor.sources.postgres.session import Row
from advisor.sources.sql.spelling.names import make_object_name
from advisor.sources.sql.text.quoting import quote_identifier, quote_name, quote_string

HIGHEST = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}
"""The last number that a sequence of each type can give."""


def foreign_options(options: Iterable[str] | None) -> tuple[str, ...]:
    """`{column_name=id}` as `column_name 'id'`."""
    pairs = (option.partition("=") for option in options or ())
    return tuple(f"{quote_identifier(name)} {quote_string(value)}" for name, _, value in pairs)


def sequence_options(row: Row) -> tuple[str, ...]:
    """What is not what a sequence of its type and direction gets anyway (`init_params`, src/backend/commands/sequence.c)."""
    rising, highest = row["increment"] > 0, HIGHEST.get(row["sequence_type"], HIGHEST["bigint"])
    least, greatest = (1, highest) if rising else (-highest - 1, -1)
    words = []
    if row["increment"] != 1:
        words.append(f"INCREMENT BY {row['increment']}")
    if row["least"] != least:
        words.append(f"MINVALUE {row['least']}")
    if row["greatest"] != greatest:
        words.append(f"MAXVALUE {row['greatest']}")
    if row["start"] != (row["least"] if rising else row["greatest"]):
        words.append(f"START WITH {row['start']}")
    if row["cache"] != 1:
        words.append(f"CACHE {row['cache']}")
    return (*words, "CYCLE") if row["cycle"] else tuple(words)


def identity_options(row: Row) -> tuple[str, ...]:
    """Those of an identity column; its sequence is named where PostgreSQL would have named it otherwise."""
    usual = Name(row["table_schema"], make_object_name(row["table_name"], row["name"], "seq"))
    name = Name(row["sequence_schema"], row["sequence"])
    named = () if name == usual else (f"SEQUENCE NAME {quote_name(name)}",)
    return (*named, *sequence_options(row))
