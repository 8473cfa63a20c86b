"""EXPLAIN's JSON form in, trees out: the document itself, or a driver's row around it.

`[{"Plan": ...}]`, `{"Plan": ...}`, `[{"QUERY PLAN": [{"Plan": ...}]}]`, psql's `+` at the ends of lines. Each node's place is that
of its `"Node Type"`; the decoder does not tell places, but it keeps the order of the text.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from advisor.model import Plan, Skipped, SourceText
from advisor.sources.explain.documents import DocumentPlans, WrongShapeError, join_workers, plans_of, preorder
from advisor.sources.explain.lexis import beginning

OPENING = re.compile(r'[\[{][\s\[{+]*"(?:Plan|Node Type|QUERY PLAN|Query Text|Query Identifier|Query Parameters)"\s*:')
CONTINUATION = re.compile(r"\+(?=[ \t]*\r?$)", re.MULTILINE)
NODE_TYPE = re.compile(r'"Node Type"\s*:\s*"[^"\\]*')
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
MAX_PLANS = 10_000


@dataclass(slots=True)
class _Decoded:
    """Objects that repeat a key are noticed while they are decoded."""

    repeated: list[str] = field(default_factory=list)

    def object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        decoded = dict(pairs)
        return decoded if len(decoded) == len(pairs) else self._merged(pairs)

    def _merged(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """Before version 13 a node may have `Workers` twice: they are parts of one list."""
        merged: dict[str, Any] = {}
        for key, value in pairs:
            if key == "Workers" and isinstance(merged.get(key), list) and isinstance(value, list):
                merged[key] = join_workers(merged[key], value)
            elif key in merged:
                self.repeated.append(key)
            else:
                merged[key] = value
        return merged


def without_continuations(text: str) -> str:
    """psql's `+` at the ends of lines as blanks, so that offsets stay. JSON itself never has one there."""
    return CONTINUATION.sub(" ", text)


def _no_constant(name: str) -> float:
    raise WrongShapeError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise WrongShapeError(f"the number {text[:30]} is too large")
    return value


def read_json(source: SourceText, text: str, start: int) -> DocumentPlans:
    """Read the document that begins at `start` of `text`, which is the source's text without psql's continuations."""
    decoded = _Decoded()
    decoder = json.JSONDecoder(object_pairs_hook=decoded.object, parse_constant=_no_constant, parse_float=_finite)

    def problem(reason: str, offset: int, end: int) -> DocumentPlans:
        place = source.location(offset, min(offset + 1, len(text)))
        return DocumentPlans((), (Skipped(source.path, reason, location=place),), max(end, start + 1))

    try:
        document, end = decoder.raw_decode(text, start)
    except json.JSONDecodeError as error:
        cut = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
        return problem(f"the JSON plan is {'cut off' if cut else 'damaged'}: {error.msg}", error.pos, error.pos)
    except RecursionError:
        return problem("the JSON plan is nested too deeply to be read", start, len(text))
    except ValueError as error:
        return problem(f"the JSON plan is damaged: {error}", start, len(text))
    try:
        plans = _plans(source, text, document, start, end)
    except WrongShapeError as error:
        return problem(f"this JSON is no plan: {error}", start, end)
    problems = [
        Skipped(
            source.path, f"the key {beginning(key)} is repeated in one object of the plan", location=source.location(start, end)
        )
        for key in sorted(set(decoded.repeated))
    ]
    return DocumentPlans(plans, tuple(problems), end)


def _plans(source: SourceText, text: str, document: Any, start: int, end: int) -> tuple[Plan, ...]:
    if SURROGATE.search(text, start, end):
        document = _encodable(document)
    queries = list(_queries(document))
    nodes = [node for query in queries for node in preorder(query["Plan"])]
    order = sorted_by_text(queries)
    places = [(match.start(), match.end() + 1) for match in NODE_TYPE.finditer(text, start, end)]
    located = dict(zip((id(node) for node in order), places, strict=True)) if len(nodes) == len(places) else {}
    return plans_of(source, queries, located, source.location(start, end))


def _queries(document: Any) -> Iterator[dict[str, Any]]:
    """The objects with a `Plan` in any of the wrappings: lists, driver rows, a bare node."""
    waiting, seen = [document], 0
    while waiting:
        value = waiting.pop()
        seen += 1
        if seen > MAX_PLANS:
            raise WrongShapeError(f"it holds more than {MAX_PLANS} plans")
        if isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, dict) and isinstance(value.get("Plan"), dict):
            yield value
        elif isinstance(value, dict) and "QUERY PLAN" in value:
            waiting.append(value["QUERY PLAN"])
        elif isinstance(value, dict) and "Node Type" in value:
            yield {"Plan": value}
        else:
            raise WrongShapeError("an object with “Plan” was expected")


def sorted_by_text(queries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The nodes in the order in which their `Node Type` stands in the text; jsonb puts `Plans` before it."""
    order: list[dict[str, Any]] = []
    waiting: list[tuple[dict[str, Any], bool]] = [(query["Plan"], False) for query in reversed(queries)]
    while waiting:
        node, is_due = waiting.pop()
        keys = list(node)
        children_first = "Plans" in node and keys.index("Plans") < keys.index("Node Type")
        if is_due or not children_first:
            order.append(node)
        if not is_due:
            if children_first:
                waiting.append((node, True))
            waiting.extend((child, False) for child in reversed(node.get("Plans", [])))
    return order


def _encodable(document: Any) -> Any:
    """The document with lone surrogates as U+FFFD: they are no characters and could not be written out."""

    def clean(text: str) -> str:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    holder: list[Any] = [document]
    waiting: list[Any] = [holder]
    while waiting:
        value = waiting.pop()
        items = list(enumerate(value)) if isinstance(value, list) else list(value.items())
        for key, item in items:
            if isinstance(item, str):
                value[key] = clean(item)
            elif isinstance(item, (list, dict)):
                waiting.append(item)
    return holder[0]
