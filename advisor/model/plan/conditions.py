"""The conditions of a plan's node: `((author_id = 'x'::text) AND published)` in, comparisons of columns out.

PostgreSQL writes them with `ruleutils.c`: every comparison in brackets, constants with their type, columns with their table's alias
where there is more than one table. What is read is the outermost AND; an OR or a computed expression is one condition without a
column, since no plain index on columns serves it. `alternatives` reads the sides of an OR.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

WORD = re.compile(
    r"""(?P<space>\s+)
      |(?P<text>[EBXU]?&?'(?:[^'\\]|''|\\.)*')
      |(?P<name>"(?:[^"]|"")+"|[^\W\d][\w$]*)
      |(?P<number>\d[\w.]*)
      |(?P<parameter>\$\d+)
      |(?P<cast>::)
      |(?P<operator>[-+*/<>=~!@\#%^&|`?]+)
      |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
MIRRORED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
EQUALITIES = frozenset(("=", "in"))
ARITHMETIC = frozenset(("+", "-", "*", "/", "%", "^", "||", "->", "->>", "#>", "#>>", "&", "|", "#"))
"""Operators that compute what is compared by another."""
RANGES = frozenset(("<", "<=", ">", ">="))
CONSTANTS = (["true"], ["false"], ["NULL"])
NO_COLUMNS = frozenset("AND ANY ALL BETWEEN CASE DISTINCT ELSE END FALSE FROM IN IS NOT NULL OR THEN TRUE WHEN".split())
MAX_LENGTH = 20_000
"""A longer expression (a list of thousands of values) is cut before its list is read; nobody indexes by what comes after."""


class Condition(Struct, frozen=True):
    """One comparison. `column` is None where it is no plain column that is compared: an expression, an OR, a row.

    `operator` is `=`, `<>`, `<`, `<=`, `>`, `>=`, `in` (`= ANY (...)`), `has element` (a value `= ANY (column)`), `is null`,
    `is not null`, `is true`, `is false`, `or`, or PostgreSQL's own (`~~` is LIKE, `@>` contains). `cast` is the type that the
    column is cast to before it is compared: of a `character varying` column to text it means nothing, of any other it keeps a plain
    index out. `qualifier` is the table's alias.
    """

    text: str
    column: str | None = None
    operator: str = ""
    qualifier: str | None = None
    cast: str | None = None
    value: str = ""
    expression: str | None = None
    """What is compared, where it is computed: `lower(name)`, `(at)::text`; None for a column as it is."""
    comparison: str = ""
    """How that expression is compared, in the words of `operator`; empty where the text does not tell."""

    @property
    def is_equality(self) -> bool:
        return self.column is not None and self.operator in EQUALITIES

    @property
    def is_range(self) -> bool:
        return self.column is not None and self.operator in RANGES

    @property
    def is_truth(self) -> bool:
        """Whether it asks for true, false or NULL, of which a column usually has many rows."""
        return self.operator in ("is true", "is false", "is null", "is not null")

    @property
    def is_plain(self) -> bool:
        """Whether a btree index on the column as it is can serve it, as far as the text tells."""
        return (self.is_equality or self.is_range) and self.cast in (None, "text")


def alternatives(condition: Condition, alias: str | None = None) -> tuple[tuple[Condition, ...], ...]:
    """The sides of an OR, each with the conditions that it joins by AND; nothing of any other condition."""
    if condition.operator != "or":
        return ()
    tokens = _tokens(condition.text)
    pairs = _closing(tokens)
    first, end = 0, len(tokens)
    while tokens[first].text == "(" and pairs.get(first) == end - 1:
        first, end = first + 1, end - 1
    cuts = [place for place, word in _outer_words(tokens, pairs, first, end) if word == "OR"]
    sides = [(left + 1, right) for left, right in pairwise([first - 1, *cuts, end]) if left + 1 < right]
    return tuple(conditions(condition.text[tokens[left].start : tokens[right - 1].end], alias) for left, right in sides)


class Parts(Struct, frozen=True):
    """What an expression is made of: columns, functions, the types it casts to, operators."""

    columns: tuple[str, ...]
    functions: tuple[str, ...]
    casts: tuple[str, ...]
    operators: tuple[str, ...]


def parts_of(expression: str, alias: str | None = None) -> Parts:
    """The parts of an expression, each once; functions and types in lower case, without their schema."""
    tokens = _tokens(expression[:MAX_LENGTH])
    functions, casts, operators, place = [], [], [], 0
    while place < len(tokens):
        token, following = tokens[place], tokens[place + 1].text if place + 1 < len(tokens) else ""
        if token.kind == "cast":
            name, place = _type_name(tokens, place + 1)
            casts.append(name.rpartition(" . ")[2].lower())
            continue
        if token.kind == "name" and following == "(" and token.text.upper() not in NO_COLUMNS:
            functions.append(_unquote(token.text).lower())
        elif token.kind == "operator":
            operators.append(token.text)
        place += 1
    lists = (columns_in(expression, alias), functions, casts, operators)
    return Parts(*(tuple(dict.fromkeys(each)) for each in lists))


def columns_in(expression: str, alias: str | None = None) -> tuple[str, ...]:
    """The names in an expression that may be columns of its table: neither called, nor types, nor of another table."""
    tokens = _tokens(expression[:MAX_LENGTH])
    texts = ["", "", *(token.text for token in tokens), ""]
    found, place = [], 0
    while place < len(tokens):
        token, (qualifier, dot, _, after) = tokens[place], texts[place : place + 4]
        place = _type_name(tokens, place + 1)[1] if token.kind == "cast" else place + 1
        own = dot != "." or alias is None or _unquote(qualifier) == alias
        if token.text == "AT" and after == "TIME":
            place += len(("TIME", "ZONE"))
        elif token.text == "COLLATE":
            place += 1
        elif token.kind == "name" and own and after.upper() not in ("(", ".", "FROM") and token.text.upper() not in NO_COLUMNS:
            found.append(_unquote(token.text))
    return tuple(dict.fromkeys(found))


class _Token(Struct, frozen=True):
    kind: str
    text: str
    start: int
    end: int


def conditions(expression: str | None, alias: str | None = None) -> tuple[Condition, ...]:
    """The conditions that an expression joins by AND; none of None.

    With an alias, the side of a comparison that is a column of that table counts, whichever side it stands on.
    """
    if not expression:
        return ()
    tokens = _tokens(expression[:MAX_LENGTH])
    return tuple(_condition(expression, tokens, part, alias) for part in _conjuncts(tokens))


def _tokens(expression: str) -> list[_Token]:
    return [
        _Token(str(match.lastgroup), match.group(), match.start(), match.end())
        for match in WORD.finditer(expression)
        if match.lastgroup != "space"
    ]


def _closing(tokens: Sequence[_Token]) -> dict[int, int]:
    """For each opening bracket the place of its closing one; those that never close are left out."""
    pairs, open_at = {}, []
    for place, token in enumerate(tokens):
        if token.text in ("(", "["):
            open_at.append(place)
        elif token.text in (")", "]") and open_at:
            pairs[open_at.pop()] = place
    return pairs


def _conjuncts(tokens: list[_Token]) -> list[tuple[int, int]]:
    """The stretches of tokens between the outermost ANDs, without brackets around them."""
    pairs = _closing(tokens)
    found, waiting = [], [(0, len(tokens))]
    while waiting:
        first, end = waiting.pop()
        while first < end and tokens[first].text == "(" and pairs.get(first) == end - 1:
            first, end = first + 1, end - 1
        words = list(_outer_words(tokens, pairs, first, end))
        cuts = [place for place, word in words if word == "AND"]
        if cuts and not any(word in ("OR", "BETWEEN", "CASE") for _, word in words):
            bounds = [first - 1, *cuts, end]
            waiting.extend((left + 1, right) for left, right in reversed(list(pairwise(bounds))))
        elif first < end:
            found.append((first, end))
    return found


def _outer_words(tokens: Sequence[_Token], pairs: dict[int, int], first: int, end: int) -> Iterator[tuple[int, str]]:
    """The bare words of a stretch that stand in no brackets, in upper case, with their places."""
    place = first
    while place < end:
        if place in pairs:
            place = pairs[place]
        elif tokens[place].kind == "name":
            yield place, tokens[place].text.upper()
        place += 1


class _Operand(Struct, frozen=True):
    """A column at the beginning of a stretch, and the place after it."""

    column: str
    qualifier: str | None
    cast: str | None
    next: int


def _condition(expression: str, tokens: list[_Token], part: tuple[int, int], alias: str | None) -> Condition:
    first, end = part
    text = expression[tokens[first].start : tokens[end - 1].end]
    pairs = _closing(tokens[first:end])
    local = tokens[first:end]
    words = [word for _, word in _outer_words(local, pairs, 0, len(local))]
    if "OR" in words:
        return Condition(text, operator="or")
    if words[:1] == ["NOT"]:
        operand = _operand(local, 1)
        if operand is not None and operand.next == len(local):
            return Condition(text, operand.column, "is false", operand.qualifier, operand.cast)
        return Condition(text, operator="not")
    operand = _operand(local, 0)
    if operand is None:
        return _mirrored(text, local, pairs) or _element(text, local, pairs) or _computed(text, local, pairs)
    found = _comparison(text, local, operand)
    if operand.cast is not None:
        found = replace(found, expression=_source(text, local, local[: operand.next]))
    if alias is not None and found.qualifier not in (None, alias) and (other := _mirrored(text, local, pairs)):
        return other
    return found


def _operand(tokens: Sequence[_Token], first: int) -> _Operand | None:
    """`p.author_id`, `(status)::text`, `"Weird Name"`; None for anything that is not just a column."""
    opened = 0
    while first + opened < len(tokens) and tokens[first + opened].text == "(":
        opened += 1
    place, names = first + opened, []
    while place < len(tokens) and tokens[place].kind == "name":
        names.append(_unquote(tokens[place].text))
        place += 1
        if place < len(tokens) and tokens[place].text == ".":
            place += 1
        else:
            break
    if not names or len(names) > 3 or names in CONSTANTS or (place < len(tokens) and tokens[place].text in ("(", "[", ".")):
        return None
    cast = None
    while True:
        if opened and place < len(tokens) and tokens[place].text == ")":
            opened, place = opened - 1, place + 1
        elif place < len(tokens) and tokens[place].kind == "cast":
            name, place = _type_name(tokens, place + 1)
            cast = cast or name
        else:
            break
    if opened:
        return None
    return _Operand(names[-1], names[-2] if len(names) > 1 else None, cast, place)


def _type_name(tokens: Sequence[_Token], place: int) -> tuple[str, int]:
    """`character varying(20)[]` and the like, and the place after it."""
    words = []
    while place < len(tokens) and tokens[place].kind == "name" and tokens[place].text not in ("IS", "IN", "AND", "OR"):
        words.append(tokens[place].text)
        place += 1
        if place < len(tokens) and tokens[place].text == ".":
            words.append(".")
            place += 1
    while place + 1 < len(tokens) and tokens[place].text in ("(", "["):
        closing = ")" if tokens[place].text == "(" else "]"
        while place < len(tokens) and tokens[place].text != closing:
            place += 1
        place += 1
    return " ".join(words), place


def _comparison(text: str, tokens: Sequence[_Token], operand: _Operand) -> Condition:
    rest = tokens[operand.next :]
    value = _source(text, tokens, rest[1:])
    if not rest:
        return Condition(text, operand.column, "is true", operand.qualifier, operand.cast)
    words = [token.text.upper() for token in rest[:3]]
    if words[0] == "IS":
        known = {"IS NULL", "IS NOT NULL", "IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE"}
        phrase = " ".join(words)
        return Condition(text, operand.column, phrase.lower() if phrase in known else "is", operand.qualifier, operand.cast, value)
    if rest[0].kind != "operator":
        return Condition(text, operator="expression")
    operator = rest[0].text
    if words[1:2] == ["ANY"]:
        operator = "in" if operator == "=" else f"{operator} any"
    elif words[1:2] == ["ALL"]:
        operator = f"{operator} all"
    return Condition(text, operand.column, operator, operand.qualifier, operand.cast, value)


def _computed(text: str, tokens: Sequence[_Token], pairs: dict[int, int]) -> Condition:
    """A comparison of an expression: what stands before its outermost comparing operator, how it is compared, and with what."""
    places = [place for place in _outer_places(tokens, pairs) if tokens[place].kind == "operator"]
    place = next((place for place in places if tokens[place].text not in ARITHMETIC), None)
    if not place:
        return Condition(text, operator="expression", expression=_source(text, tokens, tokens[: places[0]]) if places else None)
    word = tokens[place + 1].text.upper() if place + 1 < len(tokens) else ""
    how = {"ANY": " any", "ALL": " all"}.get(word, "")
    operator = tokens[place].text + how
    return Condition(
        text,
        operator="expression",
        value=_source(text, tokens, tokens[place + 1 :]),
        expression=_source(text, tokens, tokens[:place]),
        comparison="in" if operator == "= any" else operator,
    )


def _outer_places(tokens: Sequence[_Token], pairs: dict[int, int]) -> Iterator[int]:
    place = 0
    while place < len(tokens):
        if place not in pairs:
            yield place
        place = pairs.get(place, place) + 1


def _mirrored(text: str, tokens: Sequence[_Token], pairs: dict[int, int]) -> Condition | None:
    """`5 < a` as `a > 5`: where the right side is a column and the operator can be turned round."""
    place = 0
    while place < len(tokens) and tokens[place].text not in MIRRORED:
        place = pairs.get(place, place) + 1
    if place + 1 >= len(tokens):
        return None
    operand = _operand(tokens, place + 1)
    if operand is None or operand.next != len(tokens):
        return None
    value = _source(text, tokens, tokens[:place])
    return Condition(text, operand.column, MIRRORED[tokens[place].text], operand.qualifier, operand.cast, value)


def _element(text: str, tokens: Sequence[_Token], pairs: dict[int, int]) -> Condition | None:
    """`'x' = ANY (tags)`: where the list is a column."""
    place = next((place for place in _outer_places(tokens, pairs) if tokens[place].text == "="), None)
    if place is None or [token.text for token in tokens[place + 1 : place + 3]] != ["ANY", "("]:
        return None
    operand = _operand(tokens, place + 2)
    if operand is None or operand.next != len(tokens):
        return None
    return Condition(text, operand.column, "has element", operand.qualifier, operand.cast, _source(text, tokens, tokens[:place]))


def _source(text: str, tokens: Sequence[_Token], part: Sequence[_Token]) -> str:
    """The part of a condition's text that some of its tokens stand for."""
    return text[part[0].start - tokens[0].start : part[-1].end - tokens[0].start] if part else ""


def _unquote(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
