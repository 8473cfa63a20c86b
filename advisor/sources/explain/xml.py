"""EXPLAIN's XML form in, trees out.

PostgreSQL makes a tag of a label by putting `-` for whatever no tag has (`ExplainXMLTag`), and writes everything as text: `Startup
Cost` is `Startup-Cost`, `I/O Read Time` is `I-O-Read-Time`. Some groups are tagged by what they are and not by their label. Here
are the ways back. A document type is refused, and with it every entity that is not XML's own.
"""

from __future__ import annotations

import re
from typing import Any
from xml.parsers import expat

from msgspec import Struct, field

from advisor.model import Skipped
from advisor.sources.explain.documents import DocumentPlans, Span, WrongShapeError, join_workers, plans_of
from advisor.sources.explain.paste import Lines

OPENING = "<explain"
CLOSING = "</explain>"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
HYPHENATED = {"One-Time-Filter": "One-Time Filter"}
"""Labels with a hyphen of their own."""
BOOLEANS = frozenset(
    """Parallel Aware|Async Capable|Inner Unique|Single Copy|Disabled|Inlining|Optimization|Expressions|Deforming""".split("|")
)
TEXTS = frozenset(
    """Alias|CTE Name|Command|Conflict Resolution|Constraint Name|Custom Plan Provider|Filter|Function Name|Index Name|Node Type
    |One-Time Filter|Query Text|Relation|Relation Name|Remote SQL|Schema|Subplan Name|Table Function Name|Trigger Name
    |Tuplestore Name|Window|Run Condition""".replace("\n    ", "").split("|")
)
"""Labels whose text stays a text though it may look like a number: a table may be called "7"."""
EMPTY_LISTS = frozenset("Plans Triggers Workers Group-Key Hash-Key Sort-Key Output".split())
"""Elements that are lists though they may have no item."""
SORT_GROUPS, SORT_SPACE = "Incremental-Sort-Groups", "Sort-Space"
DISK_METHODS = ("external sort", "external merge")


class Element(Struct):
    """An element while it is read: its tag, its text and what is inside of it."""

    tag: str
    at: Span
    parts: list[str] = field(default_factory=list)
    children: list[tuple[str, Any]] = field(default_factory=list)


class Reader:
    """One document, while it is read. `queries` are the objects with `Plan`, `located` where each node's type stands."""

    def __init__(self) -> None:
        self.stack: list[Element] = []
        self.queries: list[dict[str, Any]] = []
        self.located: dict[int, Span] = {}
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text
        self.parser.StartDoctypeDeclHandler = self.refuse

    def refuse(self, *_: object) -> None:
        raise WrongShapeError("it has a document type")

    def start(self, tag: str, _: dict[str, str]) -> None:
        self.stack.append(Element(tag, (self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber)))

    def text(self, text: str) -> None:
        if self.stack:
            self.stack[-1].parts.append(text)

    def end(self, tag: str) -> None:
        element = self.stack.pop()
        if tag == "Query":
            self.queries.append(value_of(element))
        elif self.stack:
            # What a setting is set to is a text, however it looks.
            value = "".join(element.parts) if self.stack[-1].tag == "Settings" else value_of(element)
            self.stack[-1].children.append((tag, value))
            if tag == "Node-Type":
                self.stack[-1].at = element.at
            elif isinstance(value, dict) and "Node Type" in value:
                self.located[id(value)] = element.at


def read_xml(lines: Lines, first: int) -> DocumentPlans:
    """Read the document whose `<explain` stands on the line `first`. `end` is the offset after it."""
    source = lines.source
    start = source.text.find(OPENING, lines.starts[first])
    close = source.text.find(CLOSING, start)
    end = close + len(CLOSING) if close >= 0 else len(source.text)
    reader = Reader()
    try:
        reader.parser.Parse(source.text[start:end], close >= 0)
        if close < 0:
            return problem(lines, start, end, "the XML plan is cut off: it does not end")
        if not reader.queries:
            raise WrongShapeError("an element “Query” was expected")
        located = {key: span_of(lines, start, place) for key, place in reader.located.items()}
        return DocumentPlans(plans_of(source, queries_of(reader), located, source.location(start, end)), (), end)
    except expat.ExpatError as error:
        place = span_of(lines, start, (error.lineno, error.offset))[0]
        return problem(lines, place, end, f"the XML plan is damaged: {expat.ErrorString(error.code)}")
    except WrongShapeError as error:
        return problem(lines, start, end, f"this XML is no plan: {error}")


def queries_of(reader: Reader) -> list[dict[str, Any]]:
    if not all(isinstance(query, dict) and isinstance(query.get("Plan"), dict) for query in reader.queries):
        raise WrongShapeError("an element “Plan” was expected")
    return reader.queries


def problem(lines: Lines, at: int, end: int, reason: str) -> DocumentPlans:
    place = lines.source.location(at, min(at + len(OPENING), len(lines.source.text)))
    return DocumentPlans((), (Skipped(lines.source.path, reason, location=place),), end)


def span_of(lines: Lines, start: int, place: Span) -> Span:
    """From the parser's line, counted from 1, and column to offsets of the source; to the end of the line."""
    line = lines.source.position(start)[0] - 1 + place[0] - 1
    column = place[1] + (start - lines.starts[line] if place[0] == 1 else 0)
    offset = lines.starts[line] + min(column, len(lines.texts[line]))
    return offset, max(lines.starts[line] + len(lines.texts[line].rstrip()), offset)


def value_of(element: Element) -> Any:
    """A list where every child is an item of it, an object where children have labels, else the text."""
    tags = {tag for tag, _ in element.children}
    if not tags:
        text = "".join(element.parts)
        if element.tag in EMPTY_LISTS and not text.strip(" \t\r\n+"):
            return []
        if element.tag == "Settings" and not text.strip(" \t\r\n+"):
            return {}
        return text if element.tag == "Item" else typed(label_of(element.tag), text)
    if tags == {"Item"} or (len(tags) == 1 and element.tag == f"{next(iter(tags))}s"):
        return [value for _, value in element.children]
    return object_of(element)


def object_of(element: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    groups = [value for tag, value in element.children if tag == SORT_GROUPS]
    spaces = [value for tag, value in element.children if tag == SORT_SPACE]
    for tag, value in element.children:
        label = label_of(tag)
        if tag == SORT_GROUPS:
            label = "Full-sort Groups" if value is groups[0] else "Pre-sorted Groups"
        elif tag == SORT_SPACE:
            label = f"Sort Space {kind_of_space(value, spaces, found)}"
        elif element.tag == "Settings":
            label = tag
        again = label == "Workers" and isinstance(found.get(label), list)
        found[label] = join_workers(found[label], value) if again else value
    return found


def kind_of_space(space: object, spaces: list[Any], group: dict[str, Any]) -> str:
    """Of two the first is memory. One alone is on disk where all of the group's methods are."""
    if len(spaces) > 1:
        return "Memory" if space is spaces[0] else "Disk"
    methods = group.get("Sort Methods Used") or [""]
    return "Disk" if all(method in DISK_METHODS for method in methods) else "Memory"


def label_of(tag: str) -> str:
    return HYPHENATED.get(tag) or tag.replace("I-O-", "I/O ").replace("-", " ")


def typed(label: str, text: str) -> Any:
    if label in BOOLEANS and text in ("true", "false"):
        return text == "true"
    if label in TEXTS or not NUMBER.fullmatch(text):
        return text
    return float(text) if any(sign in text for sign in ".eE") else int(text)
