"""EXPLAIN output in, plans out, whatever form it was pasted in.

The text is taken apart first (`paste`), then each stretch that is a plan is recognised and read by the reader of its form
(`text`, `json`), and at last it is asked whether it is all there (`complete`). All forms give one tree, with PostgreSQL's own JSON
names and values; `unprinted` lists what TEXT cannot tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from advisor.model import Plan, Skipped, SourceText
from advisor.sources.explain import json as json_form
from advisor.sources.explain.complete import missing_parts
from advisor.sources.explain.paste import Lines, split_lines
from advisor.sources.explain.recognise import looks_like_plan
from advisor.sources.explain.text import ARROW, TextReader, is_root

__all__ = ["PlanReading", "looks_like_plan", "read_plans", "to_json"]

NODE_FIGURES = re.compile(r"\((?:cost=\d|actual |never executed\))")


@dataclass(frozen=True, slots=True)
class PlanReading:
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


def _parts(source: SourceText) -> Iterator[PlanReading]:
    lines = split_lines(source)
    json_text = json_form.without_continuations(source.text) if '"Plan"' in source.text or '"Node Type"' in source.text else None
    index, orphan = 0, False
    while index < len(lines):
        text = lines.texts[index].strip()
        if json_text is not None and text[:1] in ("[", "{"):
            start = source.text.find(text[0], lines.starts[index])
            if json_form.OPENING.match(json_text, start):
                found = json_form.read_json(source, json_text, start)
                yield PlanReading(found.plans, found.problems)
                index = max(index + 1, source.position(found.end)[0])
                continue
        if is_root(lines, index):
            read = TextReader(lines, index).read()
            yield PlanReading((read.plan,), read.problems or tuple(_missing(source, read.plan)))
            index, orphan = max(index + 1, read.next_line), False
            continue
        if not text:
            orphan = False
        elif text.startswith(ARROW) and not orphan and NODE_FIGURES.search(text):
            orphan = True
            yield PlanReading((), (_orphan(lines, index),))
        index += 1


def _missing(source: SourceText, plan: Plan) -> Iterator[Skipped]:
    for node, reason in missing_parts(plan):
        yield Skipped(source.path, f"the plan is cut off or incomplete: {reason}", location=node.location)


def _orphan(lines: Lines, index: int) -> Skipped:
    start = lines.starts[index]
    place = lines.source.location(start, start + len(lines.texts[index].rstrip()))
    return Skipped(lines.source.path, "a node of a plan whose beginning is missing", location=place)


def to_json(plan: Plan) -> dict[str, Any]:
    """PostgreSQL's own JSON form: `{"Plan": {"Node Type": ..., "Plans": [...]}, "Planning Time": ...}`."""
    built: dict[int, dict[str, Any]] = {}
    for node in reversed(list(plan.walk())):
        children = [built.pop(id(child)) for child in node.children]
        built[id(node)] = {**node.fields, **({"Plans": children} if children else {})}
    return {"Plan": built[id(plan.root)], **plan.fields}
