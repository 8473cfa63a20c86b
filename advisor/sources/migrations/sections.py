"""Files that hold both the way up and the way back, by the marks of the tools that read them. In: a text. Out: its two parts.

A part is the whole text with all else blanked, so that places stay right.

Sources: goose (https://pressly.github.io/goose/blog/2022/overview-sql-file), dbmate (https://github.com/amacneil/dbmate#migrations),
sql-migrate (https://github.com/rubenv/sql-migrate#writing-migrations), node-pg-migrate (src/sqlMigration.ts), MyBatis Migrations.
"""

from __future__ import annotations

import re

from msgspec import Struct

from advisor.model import SourceText


class Marks(Struct, frozen=True):
    """How a tool marks the two ways, and what in a text says that it runs outside a transaction."""

    tool: str
    up: re.Pattern[str]
    down: re.Pattern[str]
    no_transaction: re.Pattern[str] | None = None


def mark(words: str) -> re.Pattern[str]:
    return re.compile(rf"^[ \t]*--[ \t]*{words}", re.IGNORECASE | re.MULTILINE)


MARKS = (
    Marks("goose", mark(r"\+goose\s+up\b"), mark(r"\+goose\s+down\b"), mark(r"\+goose\s+no\s+transaction\b")),
    Marks("dbmate", mark(r"migrate:up\b"), mark(r"migrate:down\b"), mark(r"migrate:up\b[^\n]*\btransaction:\s*false\b")),
    Marks("sql-migrate", mark(r"\+migrate\s+up\b"), mark(r"\+migrate\s+down\b"), mark(r"\+migrate\s+up\b[^\n]*\bnotransaction\b")),
    Marks("node-pg-migrate", mark(r"up\s+migration\b"), mark(r"down\s+migration\b")),
    Marks(
        "sql",
        mark(r"(?:\+micrate\s+|rambler\s+|@)up\b"),
        mark(r"(?:\+micrate\s+|rambler\s+|@)down\b|^[ \t]*--[ \t]*//[ \t]*@undo\b"),
    ),
)
"""The way back may stand alone behind a text without a mark of its own (node-pg-migrate, MyBatis)."""

HINT = re.compile(r"^[ \t]*--[^\n]*(?:goose|migrat|micrate|rambler|@up|@undo)", re.IGNORECASE | re.MULTILINE)


def marks_of(text: str) -> Marks | None:
    """The tool whose marks a text has."""
    if HINT.search(text) is None:
        return None
    return next((marks for marks in MARKS if marks.up.search(text) or marks.down.search(text)), None)


def parts_of(source: SourceText, marks: Marks) -> tuple[SourceText, SourceText | None]:
    """The way up and the way back; None where no way back is written."""
    found = sorted(
        [(match.start(), match.end(), "up") for match in marks.up.finditer(source.text)]
        + [(match.start(), match.end(), "down") for match in marks.down.finditer(source.text)]
    )
    begins_up = not any(way == "up" for _, _, way in found)
    stretches = [(0, found[0][0], "up" if begins_up else "")] if found else []
    ends = [start for start, _, _ in found[1:]] + [len(source.text)]
    stretches += [(start, end, way) for (start, _, way), end in zip(found, ends, strict=True)]
    down = [(start, end) for start, end, way in stretches if way == "down"]
    up = [(start, end) for start, end, way in stretches if way == "up"]
    return only(source, up), only(source, down) if down else None


def only(source: SourceText, stretches: list[tuple[int, int]]) -> SourceText:
    """The text with everything but these stretches blanked."""
    kept, position = [], 0
    for start, end in stretches:
        kept += [blank(source.text[position:start]), source.text[start:end]]
        position = end
    return SourceText(source.path, "".join([*kept, blank(source.text[position:])]))


def blank(text: str) -> str:
    return re.sub(r"[^\r\n]", " ", text)
