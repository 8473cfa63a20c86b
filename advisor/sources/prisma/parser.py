"""Prisma schema text in, its blocks and what could not be read out.

A recursive-descent parser after Prisma's own grammar, which goes by lines: a block opens with `model Name {`, holds one declaration
a line, and closes with a `}` that begins a line. So a bad line costs that line, a block that never closes costs that block, and
text outside any block is passed over up to the next line that opens one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, TypeVar, get_args

from advisor.model import SourceText, Span
from advisor.sources.prisma.expressions import (
    Cursor,
    LineError,
    parse_attribute,
    parse_attributes,
    parse_identifier,
    parse_value,
    string_value,
)
from advisor.sources.prisma.lexer import BLANK, Lexer, Token
from advisor.sources.prisma.problems import Problems
from advisor.sources.prisma.syntax import (
    Attribute,
    Block,
    Config,
    EnumBlock,
    EnumValue,
    Field,
    FieldType,
    Identifier,
    Model,
    Setting,
)

Keyword: TypeAlias = Literal["model", "view", "type", "enum", "datasource", "generator"]
KEYWORDS: dict[str, Keyword] = {keyword: keyword for keyword in get_args(Keyword)}
NEXT_BLOCK = re.compile(rf"[\r\n](?={BLANK}(?:(?:{'|'.join(KEYWORDS)}){BLANK}[^\W_][\w-]*{BLANK}\{{|/\*))")
"""A line end before a line that opens a block, or before a comment that may hide what looks like one."""

GLUED_KEYWORD = re.compile(rf"(?P<keyword>{'|'.join(KEYWORDS)})(?P<name>[^\W_][\w-]*)")

MAX_TOKENS_OF_LINE = 20_000
"""Longer lines are no schema; the limit keeps memory flat on whatever else a file may hold."""

Member: TypeAlias = Field | EnumValue | Setting | Attribute
Node = TypeVar("Node", Field, EnumValue, Setting, Attribute)


@dataclass(slots=True)
class ParsedFile:
    """One file's blocks in order. `unread` are the names of blocks that were lost, so that nobody reports them as unknown."""

    blocks: list[Block] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)


@dataclass(slots=True)
class BadLines:
    """Lines that could not be read, with none between them that could: reported as one."""

    reason: str
    start: int
    end: int
    further: int = 0

    @property
    def message(self) -> str:
        return self.reason + more_lines(self.further)


def parse(source: SourceText, problems: Problems) -> ParsedFile:
    """Read one file. Whatever is wrong with it is added to `problems`; it never raises."""
    parser = Parser(source, problems)
    parser.run()
    return parser.result


class Parser:
    """The state of one reading: the lines to come, and what was found."""

    def __init__(self, source: SourceText, problems: Problems) -> None:
        self.source = source
        self.problems = problems
        self.result = ParsedFile()
        self._lexer = Lexer(source.text)
        self._tokens = self._lexer.tokens()
        self._pushed_back: list[Token] | None = None

    def run(self) -> None:
        while (line := self.next_line()) is not None:
            if line:
                self.read_top_level(line)

    def next_line(self) -> list[Token] | None:
        """The tokens up to the next line end; None at the end of the file.

        Comments before the line's words and one behind them are left out: Prisma's grammar takes them nowhere else.
        """
        if self._pushed_back is not None:
            pushed_back, self._pushed_back = self._pushed_back, None
            return pushed_back
        line: list[Token] = []
        comment: Token | None = None
        while len(line) < MAX_TOKENS_OF_LINE:
            token = next(self._tokens, None)
            if token is None:
                return line or None
            if token.kind == "newline":
                return line
            if comment is not None:
                line.append(comment)
            comment = token if token.kind == "comment" and line else None
            if token.kind != "comment":
                line.append(token)
        self._tokens = self._lexer.tokens(self._lexer.end_of_line(line[-1].end))
        return line

    def report(self, reason: str, start: int, end: int) -> None:
        self.problems.add(self.source.location(start, end), reason)

    def read_top_level(self, line: list[Token]) -> None:
        line = with_keyword_apart(line)
        if opens_block(line):
            self.read_block(line)
        elif line[0].kind == "name" and len(line) > 1 and line[1].text == "{":
            self.skip_unknown_block(line)
        else:
            self.skip_to_next_block(line)

    def skip_to_next_block(self, line: list[Token]) -> None:
        """Pass over text that belongs to no block, without looking at its words."""
        text = self.source.text
        found = NEXT_BLOCK.search(text, line[-1].end)
        end = found.start() if found else len(text)
        skipped = text[line[0].start : end].rstrip()
        self._tokens = self._lexer.tokens(end)
        reason = f"`{shortened(line[0].text)}` does not begin a block ({', '.join(KEYWORDS)})"
        self.report(reason + more_lines(skipped.count("\n")), line[0].start, line[0].start + len(skipped))

    def skip_unknown_block(self, line: list[Token]) -> None:
        """`word {` and what follows, up to the brace that closes it."""
        end = line[-1].end
        while (following := self.next_line()) is not None:
            if opens_block(following):
                self._pushed_back = following
                break
            end = following[0].end if following else end
            if following and following[0].text == "}":
                self._pushed_back = [token for token in following[1:] if token.kind != "comment"]
                break
        self.report(f"`{shortened(line[0].text)}` is no kind of block ({', '.join(KEYWORDS)})", line[0].start, end)

    def read_block(self, opening: list[Token]) -> None:
        """A block from its opening line to its closing brace. What follows the opening brace on its line has no meaning."""
        keyword, name = KEYWORDS[opening[0].text], Identifier(opening[1].text, opening[1].span)
        members: list[Member] = []
        bad_lines: list[BadLines] = []
        adjoining = False
        while (line := self.next_line()) is not None and not opens_block(line):
            if line and line[0].text == "}":
                self._pushed_back = [token for token in line[1:] if token.kind != "comment"]
                self.take_block(keyword, name, members, Span(opening[0].start, line[0].end))
                self.report_lines(bad_lines)
                return
            if line:
                adjoining = not read_line(line, keyword, members, bad_lines, adjoining=adjoining)
        self._pushed_back = line
        self.result.unread.add(name.text)
        self.report_lines(bad_lines)
        # Where another block opens, the brace is missing before that: this is the line that Prisma names, too.
        end = line if line is not None else opening
        self.report(f"{keyword} {name.text} is left out: its `}}` is missing", end[0].start, end[2].end)

    def report_lines(self, bad_lines: Sequence[BadLines]) -> None:
        for bad in bad_lines:
            self.report(bad.message, bad.start, bad.end)

    def take_block(self, keyword: Keyword, name: Identifier, members: Sequence[Member], span: Span) -> None:
        attributes = of_kind(members, Attribute)
        block: Block
        match keyword:
            case "datasource" | "generator":
                block = Config(keyword, name, of_kind(members, Setting), span, self.source)
            case "enum":
                block = EnumBlock(name, of_kind(members, EnumValue), attributes, span, self.source)
            case "model" | "view" | "type":
                block = Model(keyword, name, of_kind(members, Field), attributes, span, self.source)
        self.result.blocks.append(block)


def opens_block(line: Sequence[Token]) -> bool:
    """`model Post {`: no other line of the language looks like it."""
    if len(line) < 3 or line[0].text not in KEYWORDS or line[2].text != "{":
        return False
    return line[1].kind in ("name", "number") and "." not in line[1].text


def with_keyword_apart(line: list[Token]) -> list[Token]:
    """`modelPost {` is `model Post {`: Prisma's grammar wants no blank behind a keyword, so `models {` is a model called `s`."""
    match = GLUED_KEYWORD.fullmatch(line[0].text) if len(line) > 1 and line[1].text == "{" else None
    if match is None:
        return line
    middle = line[0].start + len(match["keyword"])
    keyword = Token("name", match["keyword"], line[0].start, middle)
    return [keyword, Token("name", match["name"], middle, line[0].end), *line[1:]]


def of_kind(members: Sequence[Member], kind: type[Node]) -> tuple[Node, ...]:
    return tuple(member for member in members if isinstance(member, kind))


def shortened(text: str) -> str:
    return text if len(text) <= 30 else text[:30] + "..."


def more_lines(count: int) -> str:
    return f" (and {count} more line{'s' if count > 1 else ''})" if count else ""


def read_line(
    line: Sequence[Token], keyword: Keyword, members: list[Member], bad_lines: list[BadLines], *, adjoining: bool
) -> bool:
    """Read one line of a block into `members`, or into `bad_lines` (`adjoining`: the line before went there too)."""
    cursor = Cursor(line)
    try:
        members.append(READERS[keyword](cursor))
        faults = cursor.faults
    except LineError as problem:
        if adjoining:
            bad_lines[-1].end = line[-1].end
            bad_lines[-1].further += 1
        else:
            bad_lines.append(BadLines(f"not a line of a {keyword} block: {problem}", line[0].start, line[-1].end))
        return False
    bad_lines.extend(BadLines(fault, line[0].start, line[-1].end) for fault in faults[:1])
    return True


def read_model_line(cursor: Cursor) -> Field | Attribute:
    """`name Type @attribute ...`, or `@@attribute(...)`."""
    if cursor.at("@@"):
        return read_block_attribute(cursor)
    name = parse_identifier(cursor, "the name of a field")
    if cursor.at(":"):
        raise LineError(f"no `:` stands between `{name.text}` and its type")
    type_ = parse_type(cursor)
    attributes = parse_attributes(cursor)
    cursor.finish()
    return Field(name, type_, attributes, Span(name.span.start, cursor.last_end))


def read_block_attribute(cursor: Cursor) -> Attribute:
    attribute = parse_attribute(cursor)
    cursor.finish()
    return attribute


def parse_type(cursor: Cursor) -> FieldType:
    """`String`, `String?`, `String[]`, `Unsupported("tsvector")`; the spellings of old are refused by name, as Prisma does."""
    if cursor.at("["):
        raise LineError("a list is written `Type[]`, not `[Type]`")
    name = parse_identifier(cursor, "a type")
    text, unsupported = name.text, False
    if name.text == "Unsupported" and cursor.at("(") and cursor.expect("(").start == name.span.end:
        literal = cursor.advance()
        if literal.kind != "string":
            raise LineError('expected a string: `Unsupported("...")`')
        text, unsupported = string_value(literal), True
        cursor.expect(")")
    if cursor.at("!"):
        raise LineError(f"a field is required as it is: `{name.text}`, not `{name.text}!`")
    arity = parse_arity(cursor)
    return FieldType(text, arity, Span(name.span.start, cursor.last_end), unsupported)


def parse_arity(cursor: Cursor) -> Literal["required", "optional", "list"]:
    if cursor.take("["):
        opening_end = cursor.last_end
        if cursor.expect("]").start > opening_end:
            raise LineError("no blank stands inside `[]`")
        if cursor.at("?"):
            raise LineError("a list cannot be optional: `Type[]` or `Type?`")
        return "list"
    return "optional" if cursor.take("?") else "required"


def read_enum_line(cursor: Cursor) -> EnumValue | Attribute:
    if cursor.at("@@"):
        return read_block_attribute(cursor)
    name = parse_identifier(cursor, "the name of a value")
    attributes = parse_attributes(cursor)
    cursor.finish()
    return EnumValue(name, attributes, Span(name.span.start, cursor.last_end))


def read_setting(cursor: Cursor) -> Setting:
    name = parse_identifier(cursor, "the name of a setting")
    cursor.expect("=")
    value = parse_value(cursor) if cursor.next is not None else None
    cursor.finish()
    return Setting(name, value, Span(name.span.start, cursor.last_end))


READERS: dict[Keyword, Callable[[Cursor], Member]] = {
    "model": read_model_line,
    "view": read_model_line,
    "type": read_model_line,
    "enum": read_enum_line,
    "datasource": read_setting,
    "generator": read_setting,
}
"""How a line of each kind of block is read."""
