"""EXPLAIN's YAML form in, trees out.

PostgreSQL writes a small part of YAML (`ExplainProperty`, `ExplainYAMLLineStarting` in explain_format.c): two blanks a level, `- `
before an item, texts in JSON's quotes, lists of one line in brackets. It is read line by line, so that a place is known for each
node, and a plan of any depth is no more work than its lines.
"""

from __future__ import annotations

import json
import re
from typing import Any, Literal

from msgspec import Struct

from advisor.model import Plan, Skipped
from advisor.sources.explain.documents import DocumentPlans, Span, WrongShapeError, join_workers, plans_of
from advisor.sources.explain.lexis import beginning
from advisor.sources.explain.paste import Lines

OPENING = re.compile(
    r"[ \t|│]*(?:- )?(?:Plan:[ \t]*\+?[ \t]*[|│]?[ \t]*$|(?:Node Type|Query Text|Query Identifier|Query Parameters):(?: |$|\+))"
)
DECORATION = re.compile(r"^[ \t]*[|│]|[ \t]*\+?[ \t]*[|│]?[ \t]*$")
"""What psql draws around a line: a border at its left, `+` and a border at its right."""
KEY = re.compile(r"([A-Za-z_][\w ./-]*):(?: (.*))?$")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
LISTS = frozenset({"Plans", "Triggers", "Workers"})
"""Groups that are lists though they may have no item."""


class Frame(Struct):
    """An object or a list that is being filled, and the column at which its lines begin."""

    indent: int
    value: Any


class Pending(Struct, frozen=True):
    """A key whose value is on the lines below it, if there is one."""

    indent: int
    holder: dict[str, Any]
    key: str


class DamagedError(ValueError):
    """A line that is not EXPLAIN's YAML. `str(error)` says why."""


def read_yaml(lines: Lines, first: int) -> DocumentPlans:
    """Read the document whose first line is `first`. `end` is the offset of the line after it."""
    reader = Reader(lines, first)
    source = lines.source
    try:
        reader.read()
        queries = queries_in(reader.document)
        plans = plans_of(source, queries, reader.located, source.location(lines.starts[first], reader.end))
    except (DamagedError, WrongShapeError) as error:
        at = min(reader.index, len(lines) - 1)
        place = source.location(lines.starts[at], lines.starts[at] + len(lines.texts[at]))
        kind = "the YAML plan is damaged" if isinstance(error, DamagedError) else "this YAML is no plan"
        return DocumentPlans((), (Skipped(source.path, f"{kind}: {error}", location=place),), reader.end)
    cut = reader.is_cut or (plans and ends_early(plans[-1]))
    problems = [Skipped(source.path, "the YAML plan is cut off", location=plan.location) for plan in plans if cut]
    return DocumentPlans(plans, tuple(problems[-1:]), reader.end)


def ends_early(plan: Plan) -> bool:
    """Whether fields are missing at the end that PostgreSQL always prints after those that are there.

    A node's width follows its costs, its loops follow its rows; a statement that was run has a list of triggers, though it may be
    empty, but for auto_explain, which prints the query too.
    """
    last = plan.root
    while last.children:
        last = last.children[-1]
    started = "Startup Cost" in last.fields and "Plan Width" not in last.fields
    unfinished = plan.root.analyzed and "Actual Loops" not in last.fields
    return started or unfinished or (plan.root.analyzed and "Triggers" not in plan.fields and plan.statement is None)


def queries_in(document: Any) -> list[dict[str, Any]]:
    """The objects with `Plan`: one, or a list of them."""
    found = document if isinstance(document, list) else [document]
    if not found or not all(isinstance(query, dict) and isinstance(query.get("Plan"), dict) for query in found):
        raise WrongShapeError("an object with “Plan” was expected")
    return found


class Reader:
    """One document, while its lines are read. `document` is what came out, `located` where each node's type stands."""

    def __init__(self, lines: Lines, first: int) -> None:
        self.lines = lines
        self.index = first
        self.located: dict[int, Span] = {}
        self.stack: list[Frame] = []
        self.pending: Pending | None = None
        self.with_two_parts: list[dict[str, Any]] = []
        """Nodes that have `Workers` twice."""

    @property
    def document(self) -> Any:
        return self.stack[0].value if self.stack else None

    @property
    def end(self) -> int:
        return self.lines.starts[self.index] if self.index < len(self.lines) else len(self.lines.source.text)

    @property
    def is_cut(self) -> bool:
        """Whether its last line promises more."""
        return self.pending is not None and self.pending.key not in LISTS

    def read(self) -> None:
        self.read_lines()
        for node in self.with_two_parts:
            node["Workers"] = join_workers([], node["Workers"])

    def read_lines(self) -> None:
        base = None
        while self.index < len(self.lines):
            text = undecorated(self.lines.texts[self.index])
            content = text.lstrip(" ")
            indent = len(text) - len(content)
            base = indent if base is None else base
            if not content or indent < base or (indent == base and self.stack and not self.goes_on(content)):
                return
            self.take(indent, content)
            self.index += 1

    def goes_on(self, content: str) -> bool:
        """Whether a line at the left edge belongs to the document: the next query of a list, another field of an object."""
        return content.startswith("- ") if isinstance(self.document, list) else KEY.match(content) is not None

    def take(self, indent: int, content: str) -> None:
        is_item = content.startswith("- ") or content == "-"
        while self.stack and self.stack[-1].indent > indent:
            self.stack.pop()
        self.open(indent, "list" if is_item else "object")
        if not self.stack or self.stack[-1].indent != indent:
            raise DamagedError("a line that stands in no column of its own")
        holder = self.stack[-1].value
        if is_item != isinstance(holder, list):
            raise DamagedError("an item outside of a list" if is_item else "a field inside of a list")
        if not is_item:
            self.put(holder, indent, content)
            return
        content = content[2:]
        if content[:1] in ('"', "[") or not KEY.match(content):
            holder.append(value_of(content))
            return
        item: dict[str, Any] = {}
        holder.append(item)
        self.stack.append(Frame(indent + 2, item))
        self.put(item, indent + 2, content)

    def open(self, indent: int, kind: Literal["list", "object"]) -> None:
        """Begin what the key above promised, or the document itself; a key without deeper lines below it has nothing."""
        if self.pending is None:
            if not self.stack:
                self.stack.append(Frame(indent, [] if kind == "list" else {}))
            return
        above, self.pending = self.pending, None
        if indent > above.indent:
            if not above.holder[above.key]:
                above.holder[above.key] = [] if kind == "list" else {}
            self.stack.append(Frame(indent, above.holder[above.key]))

    def put(self, holder: dict[str, Any], indent: int, content: str) -> None:
        found = KEY.match(content)
        if found is None:
            raise DamagedError(f"{beginning(content)} is no field")
        key, text = found[1], (found[2] or "").strip()
        if key in holder:
            if key != "Workers" or not isinstance(holder[key], list):
                raise DamagedError(f"the key {beginning(key)} is repeated")
            self.with_two_parts.append(holder)
        if not text:
            self.pending = Pending(indent, holder, key)
            holder.setdefault(key, [] if key in LISTS else {})
            return
        holder[key] = value_of(text)
        if key == "Node Type":
            start = self.lines.starts[self.index] + self.lines.texts[self.index].find("Node Type")
            self.located[id(holder)] = (start, self.lines.starts[self.index] + len(self.lines.texts[self.index].rstrip()))


def undecorated(line: str) -> str:
    """A line without what psql draws around it."""
    if "|" in line or "│" in line or "+" in line:
        line = DECORATION.sub("", line)
    return line.rstrip()


def value_of(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    if NUMBER.fullmatch(text):
        return float(text) if any(sign in text for sign in ".eE") else int(text)
    if text[:1] not in ('"', "["):
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise DamagedError(f"{beginning(text)} does not end") from error
