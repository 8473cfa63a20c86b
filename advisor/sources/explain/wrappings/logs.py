"""PostgreSQL's log with auto_explain's entries in, the plans of those entries out.

`auto_explain.c` logs `duration: 12.345 ms  plan:` and below it what EXPLAIN prints, with `Query Text` first and, since version 16,
`Query Parameters`. The server's log writes a tab before each further line (`append_with_tabs` in elog.c); syslog writes it as
`#011` and numbers the lines; csvlog has the whole in a quoted field, jsonlog in a string; a container's log puts a time before each
line. The rest of a log is left out, except for lines that belong to a plan for another reason.
"""

from __future__ import annotations

import json
import re

from msgspec import Struct

from advisor.model import SourceText
from advisor.sources.explain.paste import Lines
from advisor.sources.explain.wrappings.pieces import Builder
from advisor.sources.explain.wrappings.quoted import C_ESCAPE, Literal, keep_doubled, keep_unescaped

MARK = " ms  plan:"
ENTRY = re.compile(r"(?<![=~] ')(?<!'')duration: (\d+(?:\.\d+)?) ms  plan:(?=\s|\\n|#011|$)")
"""An entry, and not a value that a query compares a log's lines with."""
MESSAGE = re.compile(
    r"^[^\n{'\"(]{0,200}\{[^\n]*?\"(?:message|msg|log|textPayload|MESSAGE|@message|body|line|text|event)\"\s*:\s*(?=\")",
    re.MULTILINE,
)
STRING = re.compile(r"\"[^\"\\\n]*+(?:\\.[^\"\\\n]*+)*+\"")
CSV_FIELD = re.compile(r"\"duration: [\d.]+ ms  plan:\n[^\"]*+(?:\"\"[^\"]*+)*+(?:\"|\Z)")
CONTENT = re.compile(r"(?:\t|#011| )*(?=Query Text: |\{|<explain\b|Query Parameters: )")
TAB = re.compile(r"(?:\t|#011)$")
SEVERITY = re.compile(
    r"\b(?:LOG|ERROR|WARNING|NOTICE|INFO|DEBUG\d?|FATAL|PANIC|DETAIL|HINT|CONTEXT|STATEMENT|QUERY|LOCATION): {1,2}"
)
PLAN_WORDS = ("(cost=", "(actual ", '"Plan"', "Node Type", "Node-Type", "QUERY PLAN")
SYSLOG_TAB = re.compile("#011")
NUMBERED = re.compile(r"\[\d+-\d+\] $")
FIRST_NUMBER = re.compile(r"-1\] $")
PREFIX_PARTS = re.compile(r"(\d+| +)")
MAX_PREFIX = 300
BARE_XML = re.compile(r"<explain\b[^>\n]*>(?=\s*<(?:Query-Text|Query-Parameters|Plan)>)")
END_TAG = "</explain>"


class Entry(Struct, frozen=True):
    """How an entry's further lines begin, and what begins another one."""

    prefix: re.Pattern[str]
    """What stands before each line of the plan."""
    another: re.Pattern[str] | None
    """What stands before the first line of an entry; None where it cannot be told."""
    has_tab: bool
    chunk: re.Pattern[str] | None = None
    """What stands before the rest of a line that was too long for syslog (900 bytes, `write_syslog` in elog.c)."""


def messages(lines: Lines) -> SourceText | None:
    """Logs of one JSON object a line: the message in the place of the object."""
    text = lines.source.text
    if "{" not in text or not any(word in text for word in (MARK, *PLAN_WORDS)) or not MESSAGE.search(text):
        return None
    builder, position = Builder(lines.source), 0
    for match in MESSAGE.finditer(text):
        string = STRING.match(text, match.end())
        end = text.find("\n", match.end())
        end = len(text) if end < 0 else end
        if string is not None and text[end - 1] == "}" and is_object(text[text.index("{", match.start()) : end]):
            builder.keep(position, match.start())
            keep_message(builder, string)
            position = end
        elif position and MARK in text[match.end() : end]:
            builder.lose("this entry of the log is cut off", match.start(), end)
    builder.keep(position, len(text))
    return builder.build() if position else None


def is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def keep_message(builder: Builder, string: re.Match[str]) -> None:
    """A message without the line end of a stream's line; a message of several lines has a blank line behind it."""
    start, end = string.start() + 1, string.end() - 1
    breaks = [match.start() for match in C_ESCAPE.finditer(builder.origin.text, start, end) if match.group() == "\\n"]
    if breaks and breaks[-1] == end - len("\\n"):
        end = breaks.pop()
    keep_unescaped(builder, start, end)
    if breaks:
        builder.put("\n", string.end(), string.end())


def entries(lines: Lines) -> SourceText | None:
    """A log's entries with a plan, one below the other, each as `duration: 12.345 ms  plan:` and the plan's lines."""
    text = lines.source.text
    if MARK not in text:
        return None
    builder, position = Builder(lines.source), 0
    for match in ENTRY.finditer(text):
        if match.start() < position or is_done(text, match):
            continue
        keep_gap(builder, position, text.rfind("\n", position, match.start()) + 1 or position)
        if text[match.start() - 1 : match.start()] == '"' and (field := CSV_FIELD.match(text, match.start() - 1)):
            if not field[0].endswith('"'):
                builder.lose("this entry of the log is cut off", match.start(), match.end())
            keep_doubled(builder, Literal(field.start(), field.end()))
            position = end_of_line(text, field.end())
        else:
            position = keep_entry(lines, match, builder)
        builder.put("\n\n", position, position)
    if not position:
        return None
    keep_gap(builder, position, len(text))
    return builder.build()


def is_done(text: str, match: re.Match[str]) -> bool:
    """Whether an entry is plain already: nothing before it on its line, and its plan not set off from the left edge."""
    return text[match.start() - 1 : match.start()] in ("", "\n") and not text[match.end() : match.end() + 2].strip("\n").isspace()


def end_of_line(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    return len(text) if end < 0 else end


def keep_gap(builder: Builder, start: int, end: int) -> None:
    """What stands between entries, where it could belong to a plan."""
    gap = builder.origin.text[start:end]
    if any(word in gap for word in PLAN_WORDS):
        builder.keep(start, end)


def keep_entry(lines: Lines, match: re.Match[str], builder: Builder) -> int:
    """An entry of a log of lines; gives the offset behind it."""
    header = lines.line_of(match.start())
    builder.keep(match.start(), match.end())
    index = header + 1
    if index >= len(lines):
        return len(lines.source.text)
    entry = entry_of(lines.texts[header][: match.start() - lines.starts[header]], lines.texts[index])
    while index < len(lines):
        # A blank line of a query may have lost its tab.
        filled = lines.next_filled(index) if entry.has_tab else index
        if filled == len(lines):
            break
        start, line = lines.starts[filled], lines.texts[filled]
        if (prefix := belongs(line, entry)) is not None:
            builder.put("\n" * (filled - index + 1), start, start)
        elif (prefix := goes_on(line, entry)) is None:
            break
        keep_line(builder, start + prefix, start + len(line))
        index = filled + 1
    return lines.starts[index] if index < len(lines) else len(lines.source.text)


def keep_line(builder: Builder, start: int, end: int) -> None:
    """A line of an entry, with syslog's tabs as tabs."""
    for match in SYSLOG_TAB.finditer(builder.origin.text, start, end):
        builder.keep(start, match.start())
        builder.put("\t", match.start(), match.end())
        start = match.end()
    builder.keep(start, end)


def entry_of(header: str, line: str) -> Entry:
    """What the two first lines of an entry tell of the others."""
    content = CONTENT.search(line[:MAX_PREFIX])
    prefix = line[: content.end()] if content is not None else line[: len(line) - len(line.lstrip("\t"))]
    tab = TAB.search(prefix)
    chunk = prefix[: tab.start()] if tab is not None and NUMBERED.search(prefix[: tab.start()]) else None
    # Without its last word, which tells the severity.
    another = pattern_of(" ".join(header.split(" ")[:-2])) if len(header.split()) > 1 else None
    return Entry(pattern_of(prefix), another, tab is not None, pattern_of(chunk) if chunk else None)


def goes_on(line: str, entry: Entry) -> int | None:
    """Where the rest of a line begins that syslog has split: a numbered message without a tab, and not the first of another."""
    match = entry.chunk.match(line) if entry.chunk is not None else None
    return match.end() if match is not None and not FIRST_NUMBER.search(match[0]) else None


def pattern_of(prefix: str) -> re.Pattern[str]:
    """What is like a prefix: with other digits, and other blanks between its words. Behind it a plan's own indentation begins."""
    words = prefix[:MAX_PREFIX].rstrip(" ")
    parts = PREFIX_PARTS.split(words)
    like = "".join(r"\d+" if part.isdigit() else " +" if part.startswith(" ") else re.escape(part) for part in parts)
    return re.compile(like + prefix[len(words) :])


def belongs(line: str, entry: Entry) -> int | None:
    """Where the plain text of an entry's further line begins; None where the line is not one."""
    match = entry.prefix.match(line)
    if match is None or (not entry.has_tab and is_another(line, entry)):
        return None
    return match.end()


def is_another(line: str, entry: Entry) -> bool:
    """Whether a line begins another entry, or tells of this one what is no plan."""
    if not line.strip() or SEVERITY.search(line[:MAX_PREFIX]):
        return True
    return entry.another is not None and entry.another.match(line) is not None


def whole_xml(lines: Lines) -> SourceText | None:
    """auto_explain's XML has no `Query` between `explain` and `Plan`, as EXPLAIN's own has: it is put in."""
    text = lines.source.text
    if MARK not in text or END_TAG not in text:
        return None
    builder, position = Builder(lines.source), 0
    for match in BARE_XML.finditer(text):
        closing = text.find(END_TAG, match.end())
        if closing < 0:
            break
        builder.keep(position, match.end())
        builder.put("<Query>", match.end(), match.end())
        builder.keep(match.end(), closing)
        builder.put("</Query>", closing, closing)
        position = closing
    builder.keep(position, len(text))
    return builder.build() if position else None
