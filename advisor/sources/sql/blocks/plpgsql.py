"""The shape of a PL/pgSQL body. In: its text with comments blanked and quotes filled. Out: blocks, branches, statements.

Only what decides whether a statement runs is read. Source: PostgreSQL documentation, section 41.6 "Control Structures".
"""

from __future__ import annotations

import re
from typing import TypeAlias

from msgspec import Struct

TOKEN = re.compile(r"(?P<word>[^\W\d][\w$]*)|(?P<mark>[;()]|<<)")
WORD = re.compile(r"[^\W\d][\w$]*")
BLANK = re.compile(r"\s*(?:<<[^>]*>>\s*)*")
LOOPS = frozenset({"loop", "while", "for", "foreach"})


class Plain(Struct, frozen=True):
    """A statement, as characters of the body from its first word to its semicolon."""

    start: int
    end: int
    word: str


class Branch(Struct, frozen=True):
    """A condition as characters of the body, and what runs if it holds; ELSE has none."""

    condition: tuple[int, int] | None
    body: tuple[Step, ...]


class If(Struct, frozen=True):
    branches: tuple[Branch, ...]


class Repeated(Struct, frozen=True):
    """What runs in a loop, or in one of the branches of CASE. `header` is what stands before LOOP, as characters of the body."""

    body: tuple[Step, ...]
    word: str
    header: tuple[int, int] = (0, 0)


class Block(Struct, frozen=True):
    """DECLARE ... BEGIN ... EXCEPTION ... END: declarations as characters of the body, steps, and the bodies of its handlers."""

    body: tuple[Step, ...]
    handlers: tuple[tuple[Step, ...], ...] = ()
    declared: tuple[tuple[int, int], ...] = ()


Step: TypeAlias = Plain | If | Repeated | Block


def read_body(plain: str) -> tuple[Step, ...]:
    """The steps of a body, whose text has its comments blanked and its quotes filled."""
    return Reader(plain).steps(frozenset())


class Reader:
    """A place in the text, and what can be read from there on."""

    def __init__(self, plain: str) -> None:
        self.plain = plain
        self.position = 0

    def peek(self) -> str:
        """The next word in lower case; empty where something else or nothing comes."""
        blank = BLANK.match(self.plain, self.position)
        self.position = blank.end() if blank else self.position
        word = WORD.match(self.plain, self.position)
        return word.group().lower() if word else ""

    def take(self, *words: str) -> bool:
        """Pass a word if it is one of these."""
        word = self.peek()
        if word in words:
            self.position += len(word)
            return True
        return False

    def pass_semicolon(self) -> None:
        end = self.plain.find(";", self.position)
        self.position = end + 1 if end >= 0 else len(self.plain)

    def until(self, *words: str) -> int:
        """Go behind the first of these words outside parentheses and CASE expressions; its offset, or the end of the text."""
        depth, cases = 0, 0
        for match in TOKEN.finditer(self.plain, self.position):
            found = match.group().lower()
            if found in ("(", ")"):
                depth += 1 if found == "(" else -1
            elif depth == 0 and cases == 0 and found in words:
                self.position = match.end()
                return match.start()
            elif found == "case":
                cases += 1
            elif found == "end" and cases:
                cases -= 1
        self.position = len(self.plain)
        return len(self.plain)

    def steps(self, ends: frozenset[str]) -> tuple[Step, ...]:
        """Steps up to one of these words, which is left to be read."""
        found: list[Step] = []
        while True:
            word = self.peek()
            if word in ends or self.position >= len(self.plain):
                return tuple(found)
            step = self.step(word)
            if step is not None:
                found.append(step)

    def step(self, word: str) -> Step | None:
        if word == "declare":
            self.take("declare")
            start = self.position
            return self.block(self.declarations(start, self.until("begin")))
        if word == "begin":
            self.take("begin")
            return self.block()
        if word == "if":
            self.take("if")
            return self.branches()
        if word == "case":
            self.take("case")
            return self.cases()
        if word in LOOPS:
            start = self.position + len(word)
            stop = self.until("loop")
            body = self.steps(frozenset({"end"}))
            self.pass_semicolon()
            return Repeated(body, word, (start, stop))
        return self.plain_statement(word)

    def plain_statement(self, word: str) -> Plain | None:
        start = self.position
        self.until(";")
        return Plain(start, self.position, word) if word else None

    def declarations(self, start: int, stop: int) -> tuple[tuple[int, int], ...]:
        """Each up to its semicolon."""
        ends = [match.start() for match in re.finditer(";", self.plain[start:stop])]
        return tuple((start + begin, start + end) for begin, end in zip([0, *(end + 1 for end in ends)], ends, strict=False))

    def block(self, declared: tuple[tuple[int, int], ...] = ()) -> Block:
        body = self.steps(frozenset({"end", "exception"}))
        handlers = []
        if self.take("exception"):
            while self.take("when"):
                self.until("then")
                handlers.append(self.steps(frozenset({"when", "end"})))
        self.pass_semicolon()
        return Block(body, tuple(handlers), declared)

    def branches(self) -> If:
        found = []
        ends = frozenset({"elsif", "elseif", "else", "end"})
        while True:
            start = self.position
            stop = self.until("then")
            found.append(Branch((start, stop), self.steps(ends)))
            if not self.take("elsif", "elseif"):
                break
        if self.take("else"):
            found.append(Branch(None, self.steps(frozenset({"end"}))))
        self.pass_semicolon()
        return If(tuple(found))

    def cases(self) -> Repeated:
        body: list[Step] = []
        self.until("when")
        ends = frozenset({"when", "else", "end"})
        while True:
            self.until("then")
            body.extend(self.steps(ends))
            if not self.take("when"):
                break
        if self.take("else"):
            body.extend(self.steps(frozenset({"end"})))
        self.pass_semicolon()
        return Repeated(tuple(body), "case")


def plain_steps(steps: tuple[Step, ...]) -> list[Plain]:
    """All statements, wherever they stand."""
    found: list[Plain] = []
    for step in steps:
        if isinstance(step, Plain):
            found.append(step)
        elif isinstance(step, If):
            for branch in step.branches:
                found.extend(plain_steps(branch.body))
        else:
            found.extend(plain_steps(step.body))
            for handler in step.handlers if isinstance(step, Block) else ():
                found.extend(plain_steps(handler))
    return found
