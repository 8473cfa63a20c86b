"""Sequences. In: the nodes of CREATE SEQUENCE, ALTER SEQUENCE and IDENTITY (...). Out: their options, as PostgreSQL stores them.

Source: `init_params` (src/backend/commands/sequence.c).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from advisor.sources.sql.spelling.types import format_type
from advisor.sources.sql.text.tree import Node, fields_of, strings

HIGHEST = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}
"""The last number that a sequence of each type can give."""


class SequenceOptions(Struct, frozen=True):
    """What a sequence is told or has by default."""

    type: str = "bigint"
    increment: int = 1
    minimum: int = 1
    maximum: int = HIGHEST["bigint"]
    start: int = 1
    cache: int = 1
    cycle: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """What is not what a sequence of its type and direction has anyway, in SQL."""
        usual = options_of([], self.type, rising=self.increment > 0)
        found = []
        if self.increment != 1:
            found.append(f"INCREMENT BY {self.increment}")
        if self.minimum != usual.minimum:
            found.append(f"MINVALUE {self.minimum}")
        if self.maximum != usual.maximum:
            found.append(f"MAXVALUE {self.maximum}")
        if self.start != (self.minimum if self.increment > 0 else self.maximum):
            found.append(f"START WITH {self.start}")
        if self.cache != 1:
            found.append(f"CACHE {self.cache}")
        return (*found, "CYCLE") if self.cycle else tuple(found)

    @property
    def words_with_type(self) -> tuple[str, ...]:
        return self.words if self.type == "bigint" else (f"AS {self.type}", *self.words)


def options_of(nodes: Iterable[Node], type_name: str = "bigint", *, rising: bool = True) -> SequenceOptions:
    """A new sequence with these options."""
    return altered(SequenceOptions(type_name, increment=1 if rising else -1), nodes, new=True)


def altered(known: SequenceOptions, nodes: Iterable[Node], *, new: bool = False) -> SequenceOptions:
    """A sequence after ALTER SEQUENCE. What only a running sequence has (RESTART) changes nothing."""
    given: dict[str, Node | None] = {fields["defname"]: fields.get("arg") for fields in map(fields_of, nodes)}
    wanted = given.get("as")
    type_name = format_type(fields_of(wanted)) if wanted else known.type
    retyped = "as" in given and not new
    to_highest = retyped and known.maximum == HIGHEST.get(known.type)
    to_lowest = retyped and known.minimum == -HIGHEST.get(known.type, 0) - 1
    found = replace(known, type=type_name)
    if given.get("increment") is not None:
        found = replace(found, increment=number(given["increment"]))
    if "cycle" in given:
        found = replace(found, cycle=is_true(given["cycle"]))
    highest, rising = HIGHEST.get(type_name, HIGHEST["bigint"]), found.increment > 0
    if given.get("maxvalue") is not None:
        found = replace(found, maximum=number(given["maxvalue"]))
    elif new or "maxvalue" in given or to_highest:
        found = replace(found, maximum=highest if rising or to_highest else -1)
    if given.get("minvalue") is not None:
        found = replace(found, minimum=number(given["minvalue"]))
    elif new or "minvalue" in given or to_lowest:
        found = replace(found, minimum=1 if rising and not to_lowest else -highest - 1)
    if given.get("start") is not None:
        found = replace(found, start=number(given["start"]))
    elif new:
        found = replace(found, start=found.minimum if rising else found.maximum)
    return replace(found, cache=number(given["cache"])) if given.get("cache") is not None else found


def number(node: Node | None) -> int:
    return int(number_text(node)) if node else 0


def number_text(node: Node) -> str:
    fields = fields_of(node)
    return str(fields["fval"]) if "fval" in fields else str(fields.get("ival", 0))


def is_true(node: Node | None) -> bool:
    return bool(fields_of(node).get("boolval")) if node else False


def sequence_name(nodes: Iterable[Node]) -> tuple[str | None, str] | None:
    """What IDENTITY (SEQUENCE NAME ...) names it."""
    for fields in map(fields_of, nodes):
        if fields["defname"] == "sequence_name" and "arg" in fields:
            *schema, name = strings(fields["arg"]["List"]["items"])
            return (schema[-1] if schema else None), name
    return None


def options_in_words(words: Sequence[str]) -> SequenceOptions:
    """The options that the model's words say."""
    found = dict(word.rsplit(" ", 1) for word in words if " " in word)
    increment = int(found.get("INCREMENT BY", 1))
    usual = options_of([], found.get("AS", "bigint"), rising=increment > 0)
    minimum, maximum = int(found.get("MINVALUE", usual.minimum)), int(found.get("MAXVALUE", usual.maximum))
    start = int(found.get("START WITH", minimum if increment > 0 else maximum))
    return SequenceOptions(usual.type, increment, minimum, maximum, start, int(found.get("CACHE", 1)), "CYCLE" in words)
