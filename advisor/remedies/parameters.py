"""SQL text with values pasted into it, written again with parameters.

In: the text with `${...}` for each value, and the values. Out: the text with `$1`, `$2`, or as a tagged template, and what to bind.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from advisor.model import Interpolation

HOLE = r"\$\{(?:[^{}]|\{[^{}]*\})*\}"
LITERAL_OR_HOLE = re.compile(rf"'(?:{HOLE}|''|[^'])*'|{HOLE}")
NAME_POSITION = re.compile(
    r"(?:\"|\b(?:from|join|into|update|table|view|index|schema|column|to|order\s+by|group\s+by|asc|desc|returning|set)\s+)$",
    re.IGNORECASE,
)
ORDERING = re.compile(r"\border\s+by\b(?:(?!\b(?:limit|offset|fetch)\b)[^()])*$", re.IGNORECASE)
COMPARES = re.compile(r"(?:[=<>+*/%|-]|\b(?:then|else|when|and|or|like|ilike))\s*$", re.IGNORECASE)
"""What stands before a value, also in an ORDER BY (`ORDER BY CASE WHEN id = ...`)."""
LIST = re.compile(r"\b(?P<negated>not\s+)?in\s*\(\s*$", re.IGNORECASE)
JOINED = re.compile(r"(?P<list>.+?)(?:\.map\([^()]*(?:\([^()]*\))?[^()]*'[^()]*\))?\.join\([^()]*\)", re.DOTALL)
"""`names.map((name) => `'${name}'`).join(',')`: what makes the elements of a list SQL, and the list itself."""
DOUBLES_QUOTES = re.compile(r"""\.replace(?:All)?\(\s*(?:/'/g|"'"|'\\'')\s*,[^()]*\)$""")


class Parameterised(Struct, frozen=True):
    """`numbered` has `$1` and so on for `values`, after the parameters that it has already; `tagged` has template holes.

    What is safe as it is (a constant, a name chosen from a list) stays a hole; in `tagged`, as raw text.
    """

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
        if len(found) == inside and all(each.safety in ("constant", "identifier") for each in found):
            numbered, tagged = numbered + here + match[0], f"{tagged}{here}{as_raw(match[0])}"
            position = match.end()
            continue
        if len(found) < inside or is_name_position(text[: match.start()]):
            return None
        value = value_of(match[0], found)
        if LIST.search(here) and text[match.end() :].lstrip().startswith(")"):
            here = LIST.sub(lambda negated: "<> ALL(" if negated["negated"] else "= ANY(", here)
            value = list_of(value)
        values.append(value)
        numbered, tagged = f"{numbered}{here}${bound + len(values)}", f"{tagged}{here}${{{value}}}"
        position = match.end()
    return Parameterised(numbered + text[position:], tagged + text[position:], tuple(values), bound > 0) if values else None


def as_raw(hole: str) -> str:
    """`${Prisma.raw(direction)}`: a hole of a binding template whose text stays SQL."""
    return re.sub(HOLE, lambda found: f"${{Prisma.raw({found[0][2:-1]})}}", hole)


def list_of(value: str) -> str:
    """`ids` of `ids.join(',')`."""
    joined = JOINED.fullmatch(value)
    return joined["list"] if joined is not None else value


def value_of(found: str, interpolations: Sequence[Interpolation]) -> str:
    """`'${name}'` and `${name}` bind `name`; `'%${name}%'` binds a template string."""
    bare = found.removeprefix("'").removesuffix("'")
    if re.fullmatch(HOLE, bare):
        return DOUBLES_QUOTES.sub("", interpolations[0].text)
    texts = iter(interpolations)
    return "`" + re.sub(HOLE, lambda _: "${" + next(texts).text + "}", bare) + "`"


def stands_for_a_name(text: str, number: int) -> bool:
    """Whether the interpolation with this number (from 0) stands where SQL wants a table, a column or a direction."""
    return is_name_position(before(text, number))


def is_name_position(text: str) -> bool:
    ordered = ORDERING.search(text) is not None and COMPARES.search(text) is None
    return ordered or NAME_POSITION.search(text) is not None


def orders_by(text: str, number: int) -> bool:
    """Whether it stands in an ORDER BY."""
    return ORDERING.search(before(text, number)) is not None


def before(text: str, number: int) -> str:
    """The text before the interpolation with this number; empty where there is none."""
    holes = list(re.finditer(HOLE, text))
    return text[: holes[number].start()] if number < len(holes) else ""
