"""SQL text with values pasted into it, written again with parameters.

In: the text with `${...}` for each value, and the values. Out: the text with `$1`, `$2`, or as a tagged template, and what to bind.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from advisor.model import Interpolation

HOLE = r"\$\{(?:[^{}]|\{[^{}]*\})*\}"
LITERAL_OR_HOLE = re.compile(rf"'(?:{HOLE}|''|[^'])*'|{HOLE}")
NAME_POSITION = re.compile(
    r"(?:\"|\b(?:from|join|into|update|table|view|index|schema|column|to|order\s+by|group\s+by|asc|desc|returning|set)\s+)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Parameterised:
    """`numbered` has `$1` and so on for `values`, after the parameters that it has already; `tagged` has template holes."""

    numbered: str
    tagged: str
    values: tuple[str, ...]
    has_parameters: bool


def parameterised(text: str, interpolations: Sequence[Interpolation]) -> Parameterised | None:
    """The text with its values bound; None where a value stands for a name, which no parameter can."""
    remaining = list(interpolations)
    values: list[str] = []
    bound = max((int(number) for number in re.findall(r"\$(\d+)", text)), default=0)
    numbered, tagged, position = "", "", 0
    for match in LITERAL_OR_HOLE.finditer(text):
        inside = len(re.findall(HOLE, match[0]))
        if inside == 0:
            continue
        here = text[position : match.start()]
        found, remaining = remaining[:inside], remaining[inside:]
        if len(found) < inside or NAME_POSITION.search(text[: match.start()]):
            return None
        value = value_of(match[0], found)
        values.append(value)
        numbered, tagged = f"{numbered}{here}${bound + len(values)}", f"{tagged}{here}${{{value}}}"
        position = match.end()
    return Parameterised(numbered + text[position:], tagged + text[position:], tuple(values), bound > 0) if values else None


def value_of(found: str, interpolations: Sequence[Interpolation]) -> str:
    """`'${name}'` and `${name}` bind `name`; `'%${name}%'` binds a template string."""
    bare = found.removeprefix("'").removesuffix("'")
    if re.fullmatch(HOLE, bare):
        return interpolations[0].text
    texts = iter(interpolations)
    return "`" + re.sub(HOLE, lambda _: "${" + next(texts).text + "}", bare) + "`"


def stands_for_a_name(text: str, number: int) -> bool:
    """Whether the interpolation with this number (from 0) stands where SQL wants a table, a column or a direction."""
    return NAME_POSITION.search(before(text, number)) is not None


def orders_by(text: str, number: int) -> bool:
    """Whether it stands in an ORDER BY."""
    return re.search(r"\border\s+by\b[^()]*$", before(text, number), re.IGNORECASE) is not None


def before(text: str, number: int) -> str:
    """The text before the interpolation with this number; empty where there is none."""
    holes = list(re.finditer(HOLE, text))
    return text[: holes[number].start()] if number < len(holes) else ""
