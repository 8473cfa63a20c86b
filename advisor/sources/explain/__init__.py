"""EXPLAIN output in, plans out, whatever form it was pasted in.

The text is taken out of its wrappings first (`wrappings`), then each stretch that is a plan is recognised and read by the reader
of its form (`text`, `json`, `yaml`, `xml`), and at last it is asked whether it is all there (`complete`). All forms give one tree,
with PostgreSQL's own JSON names and values; `unprinted` lists what TEXT cannot tell.
"""

from __future__ import annotations

import gc
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from advisor.model import Plan, Skipped, SourceText
from advisor.sources.explain import json as json_form
from advisor.sources.explain.complete import missing_parts
from advisor.sources.explain.paste import (
    DURATION,
    PARAMETERS,
    QUERY_TEXT,
    Lines,
    LogEntry,
    entry_above,
    is_between,
    is_footer,
    split_lines,
)
from advisor.sources.explain.recognise import looks_like_plan
from advisor.sources.explain.text import ARROW, TextReader, is_root
from advisor.sources.explain.wrappings import losses_of, rejoined, unwrapped

__all__ = ["PlanReading", "looks_like_plan", "read_plans", "to_json"]

LOG = re.compile(r"\b(?:LOG|ERROR|FATAL|STATEMENT|DETAIL): {1,2}\S")
TRUNCATED = re.compile(r"\.\.\. \((\d+) characters truncated\) \.\.\.")
NODE_FIGURES = re.compile(r"\((?:cost=\d|actual |never executed\))")
SAID_IN_TEXT_TOO = (QUERY_TEXT, PARAMETERS)
"""auto_explain writes them before a plan in TEXT as well, without YAML's quotes."""
MOST_PROBLEMS = 1000
"""Then whatever it is, it is no text to be read as plans; each damaged document costs a look at the whole text."""
BEGINNING = 10_000
"""Characters that show how a text is written, as all of it is."""
MOST_HEADER = 6
"""Lines among which a plan begins that is all there is."""


class PlanReading(Struct, frozen=True):
    """The plans of one text in order, and everything in it that was not understood or is missing, each with its place."""

    plans: tuple[Plan, ...]
    problems: tuple[Skipped, ...]


def read_plans(source: SourceText) -> PlanReading:
    """All plans of a text. One that is cut off is read as far as it goes, and a problem says so."""
    with no_collection():
        return _read_plans(source)


@contextmanager
def no_collection() -> Iterator[None]:
    """A large plan is hundreds of thousands of small objects that stay: to look for garbage among them is a third of the work.

    At the end they are old objects at once, without the look at each of them that makes them so.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.freeze()
            gc.unfreeze()
            gc.enable()


def _read_plans(source: SourceText) -> PlanReading:
    if (whole := _whole_json(source)) is not None:
        return whole
    lines = split_lines(source)
    if (whole := _whole_document(lines) or _whole_text(lines)) is not None:
        return whole
    lines = unwrapped(lines)
    reading = _read(lines)
    if reading.problems or not reading.plans:
        candidates = (_read(split_lines(joined)) for joined in rejoined(lines))
        reading = next((again for again in candidates if _is_better(again, reading)), reading)
    problems = [*reading.problems, *losses_of(lines.source), *_cut_by_print(source)]
    if not reading.plans and not problems:
        problems.append(Skipped(source.path, _why_none(source.text), location=source.location(0)))
    return PlanReading(reading.plans, tuple(problems))


def _cut_by_print(source: SourceText) -> Iterator[Skipped]:
    """Where SQLAlchemy has left out the middle of a long value."""
    if "characters truncated" in source.text:
        for match in TRUNCATED.finditer(source.text):
            reason = f"the plan is cut off: this print-out leaves out {match[1]} characters"
            yield Skipped(source.path, reason, location=source.location(match.start(), match.end()))


def _whole_json(source: SourceText) -> PlanReading | None:
    """The plans of a text that is JSON and nothing else, which needs no look at what is around it."""
    start = len(source.text) - len(source.text.lstrip())
    if source.text[start : start + 1] not in ("[", "{") or not json_form.OPENING.match(source.text, start):
        return None
    found = json_form.read_json(source, source.text, start)
    is_whole = found.plans and not found.problems and not source.text[found.end :].strip()
    return PlanReading(found.plans, ()) if is_whole else None


def _whole_document(lines: Lines) -> PlanReading | None:
    """The same of XML and YAML."""
    first = lines.texts[0]
    is_xml, is_yaml = first.startswith("<explain"), first.startswith(("- Plan:", "- Query Text:", "Plan:"))
    if not (is_xml or is_yaml) or "\r" in lines.source.text:
        return None
    part = _xml_at(lines, 0) if is_xml else _yaml_at(lines, 0, names_subplans="Plan " in lines.source.text)
    is_whole = part is not None and part.reading.plans and not part.reading.problems
    return part.reading if part and is_whole and lines.next_filled(part.next_line) == len(lines) else None


def _whole_text(lines: Lines) -> PlanReading | None:
    """The plan of a text that is one plan as psql or a driver prints it, and nothing else."""
    text, beginning = lines.source.text, lines.source.text[:BEGINNING]
    if not text.isascii() or "\t" in text or "\r" in text or beginning.count("(cost=") != beginning.count("  (cost="):
        return None
    first = next((index for index in range(min(len(lines), MOST_HEADER)) if is_root(lines, index)), None)
    if first is None or any(not is_between(line.strip()) for line in lines.texts[:first]):
        return None
    part = _text_at(lines, first, 0, names_subplans="SubPlan " in text or "InitPlan " in text)
    if part is None or part.reading.problems:
        return None
    rest = (line.strip() for line in lines.texts[part.next_line :])
    return part.reading if all(not line or is_footer(line) for line in rest) else None


def _is_better(one: PlanReading, other: PlanReading) -> bool:
    """Whether a reading has fewer faults than another, or a plan where that has none, and nothing less."""
    return (
        (len(one.problems) < len(other.problems) or (not other.plans and bool(one.plans) and not one.problems))
        and sum(1 for plan in one.plans for _ in plan.walk()) >= sum(1 for plan in other.plans for _ in plan.walk())
        and _first_place(one) <= _first_place(other)
    )


def _first_place(reading: PlanReading) -> tuple[int, int]:
    places = [*(plan.location for plan in reading.plans), *(problem.location for problem in reading.problems)]
    return min(((place.line, place.column) for place in places if place is not None), default=(sys.maxsize, 0))


def _why_none(text: str) -> str:
    if LOG.search(text):
        return "no plan was found in this log: auto_explain logs them as “duration: ... ms  plan:”"
    return "no EXPLAIN output was found in it"


def _read(lines: Lines) -> PlanReading:
    plans: list[Plan] = []
    problems: list[Skipped] = []
    told: set[int] = set()
    for part in _parts(lines, told):
        plans.extend(part.plans)
        problems.extend(part.problems)
        if len(problems) >= MOST_PROBLEMS:
            last = problems[-1]
            problems.append(Skipped(last.path, "too much of this text is damaged: the rest was not read", location=last.location))
            return PlanReading(tuple(plans), tuple(problems))
    problems.extend(_entries_without_plan(lines, told) if " ms  plan:" in lines.source.text else ())
    return PlanReading(tuple(plans), tuple(problems))


def _entries_without_plan(lines: Lines, told: set[int]) -> Iterator[Skipped]:
    """auto_explain's entries of which no plan was read: `told` are the lines of those that belong to one."""
    for index, text in enumerate(lines.texts):
        if index not in told and DURATION.match(text):
            start = lines.starts[index]
            yield Skipped(
                lines.source.path, "no plan was found in this entry", location=lines.source.location(start, start + len(text))
            )


class _Part(Struct, frozen=True):
    """What was read at one place of the text, and the line after it."""

    reading: PlanReading
    next_line: int


def _parts(lines: Lines, told: set[int]) -> Iterator[PlanReading]:
    """What each stretch of the text gives, in order. `floor` is the line after the last stretch that was part of a plan.

    The lines of the log's entries that plans belong to are added to `told`.
    """
    text = lines.source.text
    json_text = json_form.without_continuations(text) if '"Plan"' in text or '"Node Type"' in text else ""
    may_be_yaml, may_be_xml, may_be_log = "Plan:" in text, "<explain" in text, "duration: " in text
    names_subplans = "SubPlan " in text or "InitPlan " in text
    index, floor = 0, 0
    while index < len(lines):
        part = _json_at(lines, index, json_text) or (_xml_at(lines, index) if may_be_xml else None)
        part = part or (_yaml_at(lines, index, names_subplans=names_subplans) if may_be_yaml else None)
        part = part or _text_at(lines, index, floor, names_subplans=names_subplans) or _orphan_at(lines, index, floor)
        if part is None:
            index += 1
        else:
            entry = entry_above(lines, index, floor) if may_be_log else None
            if entry is not None:
                told.add(entry.line)
            yield part.reading if entry is None else _with_entry(part.reading, entry)
            floor = index = max(index + 1, part.next_line)


def _with_entry(reading: PlanReading, entry: LogEntry) -> PlanReading:
    """The plan with what the log told of it. Its JSON, YAML and XML hold the query and the parameters themselves."""
    told: dict[str, Any] = {"Duration": entry.duration}
    if entry.parameters is not None:
        told["Query Parameters"] = entry.parameters
    plans = tuple(
        replace(plan, fields={**plan.fields, **told}, statement=plan.statement or entry.statement) for plan in reading.plans
    )
    return PlanReading(plans, reading.problems)


def _json_at(lines: Lines, index: int, json_text: str) -> _Part | None:
    first = lines.texts[index].lstrip()[:1]
    if not json_text or first not in ("[", "{"):
        return None
    start = json_text.find(first, lines.starts[index])
    if not json_form.OPENING.match(json_text, start):
        return None
    found = json_form.read_json(lines.source, json_text, start)
    return _Part(PlanReading(found.plans, found.problems), lines.line_of(found.end) + 1)


def _yaml_at(lines: Lines, index: int, *, names_subplans: bool) -> _Part | None:
    from advisor.sources.explain import yaml

    text = lines.texts[index]
    if not yaml.OPENING.match(text) or any(text.startswith(name) and not text.startswith(f'{name}"') for name in SAID_IN_TEXT_TOO):
        return None
    found = yaml.read_yaml(lines, index)
    if text.startswith(SAID_IN_TEXT_TOO) and not found.plans:
        return None
    problems = found.problems or tuple(
        problem for plan in found.plans for problem in _missing(lines.source, plan, names_subplans=names_subplans)
    )
    return _Part(PlanReading(found.plans, problems), lines.line_after(found.end))


def _xml_at(lines: Lines, index: int) -> _Part | None:
    from advisor.sources.explain import xml

    if xml.OPENING not in lines.texts[index]:
        return None
    found = xml.read_xml(lines, index)
    return _Part(PlanReading(found.plans, found.problems), lines.line_after(found.end))


def _text_at(lines: Lines, index: int, floor: int, *, names_subplans: bool) -> _Part | None:
    if not is_root(lines, index):
        return None
    read = TextReader(lines, index, floor).read()
    problems = read.problems or tuple(_missing(lines.source, read.plan, names_subplans=names_subplans))
    return _Part(PlanReading((read.plan,), problems), read.next_line)


def _orphan_at(lines: Lines, index: int, floor: int) -> _Part | None:
    """A node with an arrow outside of any plan: what is below it is read, and that its plan's beginning is missing is told."""
    text = lines.texts[index].strip()
    if not text.startswith(ARROW) or not NODE_FIGURES.search(text):
        return None
    read = TextReader(lines, index, floor).read()
    start = lines.starts[index]
    place = lines.source.location(start + lines.texts[index].find(ARROW), start + len(lines.texts[index].rstrip()))
    problem = Skipped(lines.source.path, "a node of a plan whose beginning is missing", location=place)
    return _Part(PlanReading((read.plan,), (problem, *read.problems)), read.next_line)


def _missing(source: SourceText, plan: Plan, *, names_subplans: bool) -> Iterator[Skipped]:
    for node, reason in missing_parts(plan, names_subplans=names_subplans):
        yield Skipped(source.path, f"the plan is cut off or incomplete: {reason}", location=node.location)


def to_json(plan: Plan) -> dict[str, Any]:
    """PostgreSQL's own JSON form: `{"Plan": {"Node Type": ..., "Plans": [...]}, "Planning Time": ...}`."""
    built: dict[int, dict[str, Any]] = {}
    for node in reversed(list(plan.walk())):
        children = [built.pop(id(child)) for child in node.children]
        built[id(node)] = {**node.fields, **({"Plans": children} if children else {})}
    return {"Plan": built[id(plan.root)], **plan.fields}
