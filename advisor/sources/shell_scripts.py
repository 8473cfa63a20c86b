"""Shell scripts, as far as rules about backups ask: which programs a script calls, and with which variables.

In: the text of a script. Out: a `CodeFile` whose shell commands are its logical lines (continuations joined, comments and
here-documents left out); none where no program of PostgreSQL is mentioned.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from advisor.model import CodeFile, Interpolation, Role, Scope, ShellCommand, SourceText

MENTIONS = re.compile(r"\b(?:pg_dump|pg_dumpall|pg_restore|pg_basebackup|psql)\b")
TOKEN = re.compile(
    r"""
      (?P<escape>\\.)
    | (?P<single>'[^']*')
    | (?P<double>"(?:\\.|[^"\\])*")
    | (?P<comment>(?<![^\s;&|(])\#[^\n]*)
    | (?P<here><<-?[ \t]*(?P<quote>['"]?)(?P<mark>\w+)(?P=quote))
    | (?P<newline>\n)
    | (?P<plain>[^\\'"\#<\n]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
SPEAKS = re.compile(
    r"""^\s*(?:(?:if|then|else|do|!|\{|\()\s+)*
      (?:command\s+-[vV]|which|type|hash|man|pgrep|pkill|killall|(?:sudo\s+)?(?:apt|apt-get|apk|yum|dnf|brew)\b)""",
    re.VERBOSE,
)
"""Commands that name a program and do not run it."""
RUNS_TEXT = re.compile(r"(?:^|\s)(?:-\w*c|eval|ssh|su|exec|timeout|xargs|watch)(?:\s|$)|=$")
"""What stands before a quoted text that is run: `bash -c "..."`, `ssh host "..."`; an assignment too, as it may be run later."""
MAX_BEFORE = 300
"""Characters before a quoted text that are looked at."""
SEPARATOR = re.compile(r"&&|\|\|?|;|\n")
VARIABLE = re.compile(r"\$\{[^}]*\}|\$[A-Za-z_]\w*")


@dataclass(slots=True)
class Line:
    """A logical line while it is read: where its words begin and end, its text, and the stretches in which variables count."""

    start: int | None = None
    end: int = 0
    words: list[str] = field(default_factory=list)
    expanded: list[tuple[int, int]] = field(default_factory=list)

    def take(self, match: re.Match[str]) -> None:
        if self.start is None and match[0].strip():
            self.start = match.end() - len(match[0].lstrip())
        if match[0].strip():
            self.end = match.start() + len(match[0].rstrip())
        self.words.append(match[0])


def read_shell_script(source: SourceText, role: Role) -> CodeFile:
    """The script's commands; a variable between single quotes is none."""
    if not MENTIONS.search(source.text):
        return CodeFile(source.path, role)
    commands = tuple(
        command_of(line, source, Scope(role))
        for line in logical_lines(source.text)
        if line.start is not None and not only_speaks(line)
    )
    return CodeFile(source.path, role, shell_commands=commands)


def only_speaks(line: Line) -> bool:
    """Whether a line names a program of PostgreSQL and runs none: `echo "pg_dump failed"`, `command -v pg_dump || exit 1`."""
    if not MENTIONS.search("".join(line.words)):
        return False
    unquoted, before = "", ""
    for word in line.words:
        text = word[:1] in ("'", '"') and len(word) > 1 and re.search(r"\s", word) is not None
        is_run = not text or RUNS_TEXT.search(before) or "$(" in word or "`" in word
        unquoted += word if is_run else " "
        before = SEPARATOR.split(before + (" " if text else word))[-1][-MAX_BEFORE:]
    return not any(MENTIONS.search(part) and not SPEAKS.search(part) for part in SEPARATOR.split(unquoted))


def logical_lines(text: str) -> Iterator[Line]:
    line, marks, position = Line(), list[str](), 0
    while match := TOKEN.match(text, position):
        position = match.end()
        kind = match.lastgroup
        if kind == "newline":
            yield line
            line = Line()
            for mark in marks:
                position = end_of_here_document(text, position, mark)
            marks.clear()
        elif kind != "comment" and match[0] != "\\\n":
            line.take(match)
            if kind == "here":
                marks.append(match["mark"])
            if kind in ("double", "plain"):
                line.expanded.append(match.span())
    yield line


def end_of_here_document(text: str, position: int, mark: str) -> int:
    """The start of the line after the one that ends a here-document; the end of the text where nothing ends it."""
    found = re.compile(rf"^[ \t]*{re.escape(mark)}[ \t]*(?:\n|\Z)", re.MULTILINE).search(text, position)
    return found.end() if found else len(text)


def command_of(line: Line, source: SourceText, scope: Scope) -> ShellCommand:
    variables = tuple(
        Interpolation(found[0], source.location(*found.span()))
        for start, end in line.expanded
        for found in VARIABLE.finditer(source.text, start, end)
    )
    text = "".join(line.words).strip()
    return ShellCommand(source.location(line.start or 0, line.end), scope, "sh", text, through_shell=True, interpolations=variables)
