"""EXPLAIN's TEXT form in, a tree out, with PostgreSQL's own JSON names, values and types.

The indentation is the grammar (`explain.c`): a node's lines stand two columns inside its name, its children's arrows at that same
column, or two further in below a line that names a subplan. What does not fit is reported with its line, never dropped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from advisor.model import Location, Plan, PlanNode, Skipped, SourceText
from advisor.sources.explain.details import (
    DETAILS,
    EXPRESSIONS,
    LINE,
    RAW,
    NotUnderstoodError,
    parse_detail,
)
from advisor.sources.explain.headlines import (
    MODIFY,
    WORKER_FIGURES,
    figures,
    is_known_phrase,
    is_step_elsewhere,
    parse_target,
    split_figures,
    with_places,
)
from advisor.sources.explain.lexis import is_balanced, open_quote, split_list
from advisor.sources.explain.paste import FOOTER, Lines, is_client_noise, is_fence, is_footer, is_under_rule, statement_above
from advisor.sources.explain.summary import add_summary, add_to_group, is_summary

ARROW = "->"
LEADING_ARROW = re.compile(r" *-> *")
FOREIGN = re.compile(r"->|\((?:cost=|actual )|[\r<>:|]|QUERY PLAN")
"""What no node's name has outside of quotes."""
QUOTED = re.compile(r'"(?:[^"]|"")*"')
SUBPLAN = re.compile(r"(InitPlan|SubPlan|CTE) .|(?:InitPlan|SubPlan)$")
"""They have a number since version 8.4."""
UNNUMBERED = ("InitPlan", "SubPlan")
WORKER = re.compile(r"Worker (\d{1,9}): +(.*)$", re.DOTALL)
MEMBERS = frozenset(("Append", "Merge Append", "BitmapAnd", "BitmapOr"))
CODE_FENCES = ("```", "~~~")
LAST_FIELDS = frozenset(("Execution Time", "Total Runtime"))
"""Nothing of a plan comes after them."""
KEYS = ("Group Key: ", "Hash Key: ", "Sort Key: ")
INNER_STEP = 2
ZERO_COUNTS = {
    "Filter": "Rows Removed by Filter",
    "Join Filter": "Rows Removed by Join Filter",
    "Recheck Cond": "Rows Removed by Index Recheck",
    "Conflict Filter": "Rows Removed by Conflict Filter",
}
"""Where TEXT prints the first, JSON prints the second as well under ANALYZE, and TEXT leaves it out when it is zero."""


@dataclass(slots=True, eq=False)
class Draft:
    """A node while its lines are being read."""

    fields: dict[str, Any]
    line: int
    column: int
    indent: int
    """The column of its detail lines, counted from the plan's own left edge."""
    subplan: str | None = None
    relationship: str | None = None
    sets: list[dict[str, Any]] = field(default_factory=list)
    children: list[Draft] = field(default_factory=list)


class TextPlan(Struct, frozen=True):
    """A plan that was read, what was wrong with it, and the line after it."""

    plan: Plan
    problems: tuple[Skipped, ...]
    next_line: int


def is_root(lines: Lines, index: int) -> bool:
    """Whether a plan begins at this line: a node without an arrow, with figures, or (COSTS OFF) with a node's lines below it."""
    text = lines.texts[index].strip()
    if not text[:1].isupper():
        return False
    phrase, match = split_figures(text)
    if match is not None:
        return bool(phrase)
    return is_known_phrase(text) and (is_under_rule(lines, index) or _has_lines_below(lines, index))


def _has_lines_below(lines: Lines, index: int) -> bool:
    if index + 1 >= len(lines):
        return False
    below, base = lines.texts[index + 1], _indentation(lines.texts[index])
    inside, text = _indentation(below) == base + INNER_STEP, below.strip()
    return inside and any((text.startswith(ARROW), LINE.match(text), SUBPLAN.match(text), MODIFY.match(text)))


def is_detail(text: str) -> bool:
    """Whether a line is one of those that only nodes have."""
    return text.partition(":")[0] in DETAILS


def left_edge(lines: Lines, first: int) -> int:
    """The column at which the plan begins: two before the first line below the root.

    psql puts a blank before every line, and a paste that is trimmed has lost the first one; who copies a plan into a program moves
    its first line otherwise than the rest. What stands further in belongs to a node whose line is lost.
    """
    edge = _indentation(lines.texts[first])
    if arrow := LEADING_ARROW.match(lines.texts[first]):
        return arrow.end()
    following = lines.texts[first + 1] if first + 1 < len(lines) else ""
    below, text = _indentation(following), following.strip()
    is_moved = 0 < below - edge < INNER_STEP + len("->  ") and (text.startswith(ARROW) or LINE.match(text) or SUBPLAN.match(text))
    return below - INNER_STEP if is_moved else edge


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


class TextReader:
    """Reads one plan from the line at which it begins."""

    def __init__(self, lines: Lines, first: int, floor: int = 0) -> None:
        """`floor` is the first line that may belong to the statement above the plan."""
        self.lines = lines
        self.first = first
        self.floor = floor
        self.index = first
        self.last = first
        self.base = left_edge(lines, first)
        """The column of the root's name."""
        self.is_plain = type(lines.source) is SourceText
        """Whether the lines are those of the text as it was pasted, so that their numbers and columns are its own."""
        self.open: list[Draft] = []
        self.order: list[Draft] = []
        self.inside: list[tuple[int, dict[str, Any]]] = []
        """Groups within a node (a worker, a target table, a grouping set) and the column of their lines, innermost last."""
        self.pending: tuple[int, str, int] | None = None
        """A subplan's name that waits for its node: column, name, line."""
        self.unnumbered: tuple[int, str] | None = None
        """A name without a number, which stands for each node two columns further in."""
        self.known: dict[str, tuple[int, dict[str, Any]]] = {}
        """Lines that were understood, with their column and fields: the same ones stand below many nodes of a large plan."""
        self.continued: set[int] = set()
        """Lines whose values are told with others', or not told whole: they are looked at each time."""
        self.summary: dict[str, Any] = {}
        self.group: dict[str, Any] | None = None
        self.problems: list[Skipped] = []

    def read(self) -> TextPlan:
        self._node(self.lines.texts[self.first].strip().removeprefix(ARROW).strip(), -INNER_STEP)
        self.index += 1
        texts, known = self.lines.texts, self.known
        while self.index < len(texts):
            seen = known.get(texts[self.index])
            if not (seen is not None and self._takes(*seen)) and not self._line():
                break
            self.index += 1
        self._expect_no_pending()
        return TextPlan(self._build(), tuple(self.problems), self.index)

    # Lines

    def _line(self) -> bool:
        """Take in the line at `index`; False where the plan has ended before it."""
        raw = self.lines.texts[self.index]
        text = raw.lstrip(" ")
        indent = len(raw) - len(text) - self.base
        text = text.strip()
        if not text:
            return self._goes_on_after_blank()
        if text.startswith(ARROW):
            if indent < 0:
                return False
            self.group = None
            self._node(text[len(ARROW) :].strip(), indent)
        # A fence or a footer is none of the plan's lines, wherever it stands: quotes around the lines may have been indented.
        elif indent <= 0 or (text[0] in "`~(" and (text.startswith(CODE_FENCES) or is_footer(text))):
            return self._outer_line(text)
        elif self.group is not None:
            self._attempt(add_to_group, self.group, text)
        else:
            self._detail(text, indent)
        self.last = self.index
        return True

    def _goes_on_after_blank(self) -> bool:
        following = self.lines.next_filled(self.index)
        if following == len(self.lines):
            return False
        raw = self.lines.texts[following]
        text = raw.strip()
        if is_summary(text) and _indentation(raw) <= self.base:
            return True
        return _indentation(raw) > self.base and (text.startswith(ARROW) or is_detail(text))

    def _outer_line(self, text: str) -> bool:
        if is_footer(text):
            self._check_footer(text)
            return False
        if is_fence(text) or is_client_noise(text) or is_root(self.lines, self.index) or LAST_FIELDS & self.summary.keys():
            return False
        self.last = self.index
        self.inside.clear()
        if is_detail(text) and not is_summary(text):
            self._problem(self.index, "this line belongs to a node: the indentation of the plan is lost")
            return True
        try:
            self.group = add_summary(self.summary, self._whole_value(text)[0])
        except NotUnderstoodError as error:
            self._problem(self.index, str(error))
            return LINE.match(text) is not None
        return True

    def _attempt(self, add: Callable[..., None], *arguments: Any) -> None:
        try:
            add(*arguments)
        except NotUnderstoodError as error:
            self._problem(self.index, str(error))
        except ValueError as error:
            self._problem(self.index, f"this line is not understood: {error}")

    # Nodes

    def _node(self, text: str, indent: int) -> None:
        phrase, match = split_figures(text)
        if match is None and not is_known_phrase(phrase) and not is_step_elsewhere(phrase):
            self._problem(self.index, "this node is not understood; it may be cut off")
        elif FOREIGN.search(phrase) and FOREIGN.search(QUOTED.sub('""', phrase)):
            self._problem(self.index, "what stands before this node, or within it, is not understood")
        fields = with_places(phrase)
        try:
            fields.update(figures(match))
        except ValueError as error:
            self._problem(self.index, f"this node is not understood: {error}")
        # The name begins two columns after the arrow's own two; a root has no arrow, which `indent` makes up for.
        draft = Draft(
            fields, self.index, self.lines.texts[self.index].find(text), indent + 3 * INNER_STEP if self.order else INNER_STEP
        )
        self._attach(draft, indent)
        self.order.append(draft)
        self.open.append(draft)
        self.inside.clear()

    def _attach(self, draft: Draft, indent: int) -> None:
        if not self.order:
            return
        if self.pending is None and self.unnumbered is not None and indent <= self.unnumbered[0]:
            self.unnumbered = None
        if self.pending is None and self.unnumbered is not None and indent == self.unnumbered[0] + INNER_STEP:
            self.pending = (*self.unnumbered, self.index)
        if self.pending is not None:
            column, name, _ = self.pending
            if indent == column + INNER_STEP:
                self.pending, draft.subplan = None, name
                indent = column
            else:
                self._expect_no_pending()
        self._close_to(indent)
        if self.open[-1].indent != indent:
            self._problem(self.index, "this node's indentation fits no node above it: the plan is damaged or lines are missing")
        self.open[-1].children.append(draft)

    def _close_to(self, indent: int) -> None:
        """Leave the nodes whose lines stand further in than `indent`; the root stays."""
        while len(self.open) > 1 and self.open[-1].indent > indent:
            self.open.pop()
            self.inside.clear()

    def _expect_no_pending(self) -> None:
        if self.pending is not None:
            self._problem(self.pending[2], f"the plan is cut off: {self.pending[1]} has no node")
            self.pending = None

    # Details

    def _detail(self, text: str, indent: int) -> None:
        while self.inside and self.inside[-1][0] > indent:
            self.inside.pop()
        text, match = self._whole_value(text)
        if self.inside and self.inside[-1][0] == indent:
            self._attempt(self._inside_detail, text, indent, self.inside[-1][1])
            return
        self._close_to(indent)
        draft = self.open[-1]
        if draft.indent != indent:
            self._problem(self.index, "this line's indentation fits no node above it")
        elif match is None and SUBPLAN.match(text):
            self._expect_no_pending()
            self.pending = (indent, text, self.index)
            self.unnumbered = (indent, text) if text in UNNUMBERED else None
        else:
            self.inside.clear()
            self._attempt(self._node_detail, draft, text, indent, match)

    def _takes(self, indent: int, fields: dict[str, Any]) -> bool:
        """Give a known line to the node above it in whose column it stands; False where there is none, or a group is open."""
        if self.inside or self.group is not None:
            return False
        self._close_to(indent)
        if self.open[-1].indent != indent:
            return False
        self.open[-1].fields |= fields
        self.last = self.index
        return True

    def _node_detail(self, draft: Draft, text: str, indent: int, line: re.Match[str] | None) -> None:
        fields = draft.fields
        if text.startswith("Worker ") and (match := WORKER.match(text)):
            worker = _worker(fields, int(match[1]))
            self.inside.append((indent + INNER_STEP, worker))
            self._inside_detail(match[2], indent + INNER_STEP, worker)
        elif fields["Node Type"] == "ModifyTable" and (match := MODIFY.match(text)):
            target = parse_target(match[3])
            if not target:
                raise NotUnderstoodError("this target table is not understood")
            fields.setdefault("Target Tables", []).append(target)
            self.inside.append((indent + INNER_STEP, target))
        elif text.startswith(KEYS):
            if fields["Node Type"] == "Aggregate":
                self._grouping(draft, text, indent)
            else:
                fields |= parse_detail(text, line)
        else:
            found = parse_detail(text, line)
            fields |= found
            # Expressions are long, and seldom the same twice.
            if self.index not in self.continued and EXPRESSIONS.isdisjoint(found):
                self.known[self.lines.texts[self.index]] = (indent, found)

    def _inside_detail(self, text: str, indent: int, group: dict[str, Any]) -> None:
        """A line of a worker, a target table, a grouping set, or a worker's JIT."""
        if match := WORKER_FIGURES.match(text):
            group |= figures(match)
        elif "Sort Key" in group and text.startswith("Group Key: "):
            group["Group Keys"].append(_keys(text))
        elif text == "JIT:":
            group["JIT"] = {}
            self.inside.append((indent + INNER_STEP, group["JIT"]))
        else:
            add_to_group(group, text)

    def _grouping(self, draft: Draft, text: str, indent: int) -> None:
        """Grouping sets: each Hash Key and each Sort Key opens one; Group Keys go on until another opens."""
        kind = text[: len("Sort Key")]
        if kind == "Sort Key":
            opened: dict[str, Any] = {"Sort Key": split_list(text[len("Sort Key: ") :]), "Group Keys": []}
            draft.sets.append(opened)
            self.inside.append((indent + INNER_STEP, opened))
        elif kind == "Hash Key":
            draft.sets.append({"Hash Keys": [_keys(text)]})
        elif draft.sets and draft.sets[-1].keys() == {"Group Keys"}:
            draft.sets[-1]["Group Keys"].append(_keys(text))
        else:
            draft.sets.append({"Group Keys": [_keys(text)]})

    def _whole_value(self, text: str) -> tuple[str, re.Match[str] | None]:
        """The line, with those over which a quoted line break has spread its value, and LINE's match; reports what never closes."""
        match = LINE.match(text)
        if match is None or match[1] in RAW or text.startswith("Trigger"):
            return text, match
        first, quote = self.index, open_quote(match[2])
        if quote is not None:
            text, quote = self._continued(text, quote)
            match = LINE.match(text)
        if quote is not None:
            self._problem(first, "the plan is cut off: a quoted value that begins here does not end")
        elif match is not None and match[1] in EXPRESSIONS and not is_balanced(text):
            self.continued.add(self.index)
            self._problem(first, f"the plan is cut off or damaged: the brackets of {match['name']} do not close")
        return text, match

    def _continued(self, text: str, quote: str) -> tuple[str, str | None]:
        """The line with those below it up to the one that closes its quote; with the quote where none does."""
        parts: list[str] = [text]
        left: str | None = quote
        while left is not None and self.index + 1 < len(self.lines):
            self.index += 1
            parts.append(self._raw(self.index))
            left = open_quote(left + parts[-1])
        self.continued.add(self.index)
        return "\n".join(parts), left

    def _raw(self, index: int) -> str:
        """A line as it is inside a value: only the plan's own left edge is taken off."""
        raw = self.lines.texts[index]
        return raw[self.base :] if not raw[: self.base].strip() else raw

    # The end

    def _check_footer(self, text: str) -> None:
        match = FOOTER.match(text)
        if match is None or not is_under_rule(self.lines, self.first):
            return
        said, found = match[1], self.index - self.first
        if said != str(found):
            self._problem(self.index, f"the plan is incomplete: its footer counts {said} lines, here are {found}")

    def _problem(self, index: int, reason: str) -> None:
        self.problems.append(Skipped(self.lines.source.path, reason, location=self._location(index, index)))

    def _location(self, first: int, last: int, column: int | None = None) -> Location:
        lines, source = self.lines, self.lines.source
        column = _indentation(lines.texts[first]) if column is None else column
        end = len(lines.texts[last].rstrip())
        if self.is_plain:
            return Location(source.path, first + 1, column + 1, last + 1, end + 1)
        return source.location(lines.starts[first] + column, lines.starts[last] + end)

    def _build(self) -> Plan:
        analyzed = "Actual Loops" in self.order[0].fields
        timed = any("Actual Total Time" in draft.fields for draft in self.order)
        for draft in self.order:
            if draft.children:
                _relate(draft)
        built: dict[int, PlanNode] = {}
        self.open.clear()
        root = id(self.order[0])
        while self.order:  # a draft gives its room to the nodes that are made next
            draft = self.order.pop()
            children = tuple(built.pop(id(child)) for child in draft.children)
            draft.children.clear()
            fields = finished_fields(draft, analyzed=analyzed, timed=timed)
            built[id(draft)] = PlanNode(fields, self._location(draft.line, draft.line, draft.column), children)
        if analyzed:
            self.summary.setdefault("Triggers", [])
        place = self._location(self.first, self.last)
        return Plan(built[root], place, self.summary, statement_above(self.lines, self.first, self.floor))


def _keys(text: str) -> list[str]:
    value = text.partition(": ")[2]
    return [] if value == "()" else split_list(value)


def _worker(fields: dict[str, Any], number: int) -> dict[str, Any]:
    workers: list[dict[str, Any]] = fields.setdefault("Workers", [])
    for worker in workers:
        if worker["Worker Number"] == number:
            return worker
    workers.append({"Worker Number": number})
    return workers[-1]


def _relate(draft: Draft) -> None:
    """Give the children their Parent Relationship, which TEXT tells by their order and by the names of subplans."""
    plain = [child for child in draft.children if child.subplan is None]
    for child in draft.children:
        if child.subplan is not None:
            child.relationship = "SubPlan" if child.subplan.startswith("SubPlan") else "InitPlan"
    node_type = draft.fields["Node Type"]
    for position, child in enumerate(plain):
        if node_type in MEMBERS or (node_type == "ModifyTable" and _lists_targets(draft, plain)):
            child.relationship = "Member"
        elif node_type == "Subquery Scan":
            child.relationship = "Subquery"
        elif node_type == "Custom Scan":
            child.relationship = "child" if len(plain) == 1 else "children"
        else:
            child.relationship = "Outer" if position == 0 else "Inner"


def _lists_targets(draft: Draft, plain: list[Draft]) -> bool:
    """Whether a ModifyTable is one of version 13 or before, which has a child for each target table.

    One with several children is. One with a single child is where it expected rows and gave none although its child gave some:
    since 14 it expects none, unless it has RETURNING, and then it gives them.
    """
    if len(plain) != 1:
        return True
    fields, child = draft.fields, plain[0].fields
    return bool(fields.get("Plan Rows") and not fields.get("Actual Rows", 1) and child.get("Actual Rows"))


def finished_fields(draft: Draft, *, analyzed: bool, timed: bool) -> dict[str, Any]:
    """The node's fields in PostgreSQL's order, with the zeros that JSON always prints and TEXT never does."""
    fields = draft.fields
    if draft.sets:
        fields |= _group_fields(draft.sets)
    if analyzed:
        _add_zeros(fields, timed=timed)
    for name, value in (("Parent Relationship", draft.relationship), ("Subplan Name", draft.subplan)):
        if value is None:
            del fields[name]
        else:
            fields[name] = value
    return fields


def _group_fields(sets: list[dict[str, Any]]) -> dict[str, Any]:
    """One plain list of keys is a `Group Key`; anything more came from grouping sets."""
    only = sets[0].get("Group Keys", [])
    if len(sets) == 1 and len(only) == 1 and only[0] and "Sort Key" not in sets[0]:
        return {"Group Key": only[0]}
    return {"Grouping Sets": sets}


def _add_zeros(fields: dict[str, Any], *, timed: bool) -> None:
    for printed, left_out in ZERO_COUNTS.items():
        if printed in fields:
            fields.setdefault(left_out, 0)
    kind = fields["Node Type"]
    if kind == "Index Scan" and "Index Cond" in fields:
        fields.setdefault("Rows Removed by Index Recheck", 0)
    if kind == "Bitmap Heap Scan":
        fields.setdefault("Exact Heap Blocks", 0)
        fields.setdefault("Lossy Heap Blocks", 0)
    if timed and "Actual Total Time" not in fields:
        fields.setdefault("Actual Startup Time", 0.0)
        fields.setdefault("Actual Total Time", 0.0)
