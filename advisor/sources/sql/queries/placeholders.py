"""Placeholders of drivers and templates (`?`, `${id}`). In: the text of a statement. Out: one that parses, with `$n`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pglast.parser import ParseError, parse_sql_json

from advisor.sources.sql.text.split import masked, next_piece

_NUMBERED = re.compile(r"\$(\d+)")
_QUESTION_MARK = re.compile(r"\?(?!\s*[#|&])")
"""A placeholder: not jsonb's `?|` and `?&`, nor its `?` before a string (which is masked)."""

MAX_PARAMETER = 60_000
"""PostgreSQL numbers parameters with 16 bits."""


def numbered(text: str) -> tuple[str, dict[int, str]]:
    """The text with `$n` for every placeholder, and what each new number stands for.

    `?` is a placeholder only where the text is no SQL with it: it is an operator of jsonb too.
    """
    first = max((int(match[1]) for match in _NUMBERED.finditer(text) if int(match[1]) < MAX_PARAMETER), default=0) + 1
    parameters: dict[int, str] = {}
    parts, position = [], 0
    for start, end in template_expressions(text):
        number = first + len(parameters)
        parameters[number] = text[start + 2 : end - 1].strip()
        parts += [text[position:start], f"${number}"]
        position = end
    sql = "".join([*parts, text[position:]])
    return (sql if parses(sql) else with_question_marks_numbered(sql, first + len(parameters))), parameters


def template_expressions(text: str) -> Iterator[tuple[int, int]]:
    """The stretches of `${...}`, braces inside counted."""
    position = text.find("${")
    while position >= 0:
        depth, end = 0, position + 1
        for end in range(position + 1, len(text)):
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            if depth == 0:
                break
        if depth:
            return
        yield position, end + 1
        position = text.find("${", end)


def parses(sql: str) -> bool:
    try:
        parse_sql_json(sql)
    except (ParseError, UnicodeEncodeError):
        return False
    return True


def with_question_marks_numbered(sql: str, number: int) -> str:
    piece = next_piece(sql, 0)
    if piece is None:
        return sql
    visible, parts, position = masked(sql, piece), [sql[: piece.start]], 0
    for match in _QUESTION_MARK.finditer(visible):
        parts += [sql[piece.start + position : piece.start + match.start()], f"${number}"]
        number, position = number + 1, match.end()
    return "".join([*parts, sql[piece.start + position :]])
