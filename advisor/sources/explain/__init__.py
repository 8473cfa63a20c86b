"""EXPLAIN output in, plans out, whatever form it was pasted in.

The text is taken apart first (`paste`), then each stretch that is a plan is recognised and read by the reader of its form (`text`,
`json`, `yaml`, `xml`), and at last it is asked whether it is all there (`complete`). All forms give one tree, with PostgreSQL's own
JSON names and values; `unprinted` lists what TEXT cannot tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from advisor.model import Plan, Skipped, SourceText
from advisor.sources.explain import json as json_form
from advisor.sources.explain.complete import missing_parts
from advisor.sources.explain.paste import Lines, split_lines
from advisor.sources.explain.recognise import looks_like_plan
from advisor.sources.explain.text import ARROW, TextReader, is_root

__all__ = ["PlanReading", "looks_like_plan", "read_plans", "to_json"]

NODE_FIGURES = re.compile(r"\((?:cost=\d|actual |never executed\))")


class PlanReading(Struct, frozen=True):
    """The plans of one text in order, and everything in it that was not understood or is missing, each with its place."""

    plans: tuple[Plan, ...]
    problems: tuple[Skipped, ...]


def read_plans(source: SourceText) -> PlanReading:
    """All plans of a text. One that is cut off is read as far as it goes, and a problem says so."""
    plans: list[Plan] = []
    problems: list[Skipped] = []
    for part in _parts(source):
        plans.extend(part.plans)
        problems.extend(part.problems)
    if not plans and not problems:
        problems.append(Skipped(source.path, "no EXPLAIN output was found in it", location=source.location(0)))
    return PlanReading(tuple(plans), tuple(problems))


class _Part(Struct, frozen=True):
    """What was read at one place of the text, and the line after it."""

    reading: PlanReading
    next_line: int


def _parts(source: SourceText) -> Iterator[PlanReading]:
    """What each stretch of the text gives, in order. `floor` is the line after the last stretch that was part of a plan."""
    lines = split_lines(source)
    holds_json = '"Plan"' in source.text or '"Node Type"' in source.text
    json_text = json_form.without_continuations(source.text) if holds_json else ""
    may_be_yaml, may_be_xml = "Plan:" in source.text, "<explain" in source.text
    index, floor = 0, 0
    while index < len(lines):
        part = _json_at(lines, index, json_text)
        part = part or (_yaml_at(lines, index) if may_be_yaml else None) or (_xml_at(lines, index) if may_be_xml else None)
        part = part or _text_at(lines, index, floor) or _orphans_at(lines, index)
        if part is None:
            index += 1
        else:
            yield part.reading
            floor = index = max(index + 1, part.next_line)


def _json_at(lines: Lines, index: int, json_text: str) -> _Part | None:
    first = lines.texts[index].lstrip()[:1]
    if not json_text or first not in ("[", "{"):
        return None
    start = json_text.find(first, lines.starts[index])
    if not json_form.OPENING.match(json_text, start):
        return None
    found = json_form.read_json(lines.source, json_text, start)
    return _Part(PlanReading(found.plans, found.problems), lines.source.position(found.end)[0])


def _yaml_at(lines: Lines, index: int) -> _Part | None:
    from advisor.sources.explain import yaml

    if not yaml.OPENING.match(lines.texts[index]):
        return None
    found = yaml.read_yaml(lines, index)
    problems = found.problems or tuple(problem for plan in found.plans for problem in _missing(lines.source, plan))
    return _Part(PlanReading(found.plans, problems), lines.line_after(found.end))


def _xml_at(lines: Lines, index: int) -> _Part | None:
    from advisor.sources.explain import xml

    if xml.OPENING not in lines.texts[index]:
        return None
    found = xml.read_xml(lines, index)
    return _Part(PlanReading(found.plans, found.problems), lines.line_after(found.end))


def _text_at(lines: Lines, index: int, floor: int) -> _Part | None:
    if not is_root(lines, index):
        return None
    read = TextReader(lines, index, floor).read()
    problems = read.problems or tuple(_missing(lines.source, read.plan))
    return _Part(PlanReading((read.plan,), problems), read.next_line)


def _orphans_at(lines: Lines, index: int) -> _Part | None:
    """Nodes with arrows outside of any plan, up to the next blank line: one problem."""
    text = lines.texts[index].strip()
    if not text.startswith(ARROW) or not NODE_FIGURES.search(text):
        return None
    start, following = lines.starts[index], index + 1
    while following < len(lines) and lines.texts[following].strip() and not is_root(lines, following):
        following += 1
    place = lines.source.location(start + lines.texts[index].find(ARROW), start + len(lines.texts[index].rstrip()))
    problem = Skipped(lines.source.path, "a node of a plan whose beginning is missing", location=place)
    return _Part(PlanReading((), (problem,)), following)


def _missing(source: SourceText, plan: Plan) -> Iterator[Skipped]:
    for node, reason in missing_parts(plan):
        yield Skipped(source.path, f"the plan is cut off or incomplete: {reason}", location=node.location)


def to_json(plan: Plan) -> dict[str, Any]:
    """PostgreSQL's own JSON form: `{"Plan": {"Node Type": ..., "Plans": [...]}, "Planning Time": ...}`."""
    built: dict[int, dict[str, Any]] = {}
    for node in reversed(list(plan.walk())):
        children = [built.pop(id(child)) for child in node.children]
        built[id(node)] = {**node.fields, **({"Plans": children} if children else {})}
    return {"Plan": built[id(plan.root)], **plan.fields}
