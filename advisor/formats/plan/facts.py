"""What a plan says of itself beside its nodes: times, just-in-time compilation, settings. In: a Plan. Out: names and words.

Settings are told as they are: EXPLAIN lists those that differ from the built-in default and bear on plans.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from advisor.formats.plan.figures import Figures, Trigger, number
from advisor.formats.plan.words import compact, milliseconds
from advisor.model import Plan

MATTERS = 0.1
"""The share of the execution from which planning, compilation or serialization is worth a reader's eye."""
LEAST_TIME = 1.0
"""Milliseconds below which they never are."""


class Fact(Struct, frozen=True):
    """`matters`: it took so much that a reader should see it."""

    name: str
    words: str
    matters: bool = False


def times_of(plan: Plan) -> tuple[Fact, ...]:
    """Planning and execution; what was done instead, where there is no time."""
    executed = next(
        (found for name in ("Execution Time", "Total Runtime") if (found := number(plan.fields.get(name))) is not None), None
    )
    facts = []
    if (planned := number(plan.fields.get("Planning Time"))) is not None:
        facts.append(Fact("planned in", milliseconds(planned), executed is not None and planned > max(executed, LEAST_TIME)))
    if executed is not None:
        facts.append(Fact("executed in", milliseconds(executed)))
    elif not plan.root.analyzed:
        facts.append(Fact("not executed", "estimates only"))
    elif plan.root.total_time:
        facts.append(Fact("executed in", milliseconds(plan.root.total_time)))
    else:
        facts.append(Fact("executed", "without timing"))
    return tuple(facts)


def facts_of(plan: Plan, figures: Figures) -> Iterator[Fact]:
    """Compilation, serialization, triggers without a time, and settings."""
    yield from compilation(plan)
    yield from serialization(plan)
    for trigger in figures.triggers:
        if trigger.time is None or figures.measure != "time":
            yield Fact("trigger", trigger_words(trigger))
    if settings := settings_words(plan):
        yield Fact("settings", settings)


def compilation(plan: Plan) -> Iterator[Fact]:
    given = group(plan, "JIT")
    functions, total = number(given.get("Functions")), number(group_in(given, "Timing").get("Total"))
    if functions is None and total is None:
        return
    counted = f"{functions:,.0f} functions" if functions is not None else ""
    took = f"{milliseconds(total)}{share_words(plan)}" if total is not None else ""
    yield Fact(
        "compilation (JIT)", " in ".join(part for part in (counted, took) if part), total is not None and matters(total, plan)
    )


def serialization(plan: Plan) -> Iterator[Fact]:
    given = group(plan, "Serialization")
    time, size = number(given.get("Time")), number(given.get("Output Volume"))
    if time is not None and matters(time, plan):
        yield Fact("serialization", f"{f'{size:,.0f} kB in ' if size else ''}{milliseconds(time)}{share_words(plan)}", matters=True)


def trigger_words(trigger: Trigger) -> str:
    """`posts_touched on posts, 50 calls`."""
    where = f" on {trigger.relation}" if trigger.relation else ""
    time = f", {milliseconds(trigger.time)}" if trigger.time is not None else ""
    return f"{trigger.name}{where}, {compact(trigger.calls)} call{'s' * (trigger.calls != 1)}{time}"


def settings_words(plan: Plan) -> str:
    return ", ".join(f"{name} = {value}" for name, value in group(plan, "Settings").items())


def share_words(plan: Plan) -> str:
    return f" of {milliseconds(plan.execution_time)}" if plan.execution_time > 0 else ""


def matters(time: float, plan: Plan) -> bool:
    return time >= max(MATTERS * plan.execution_time, LEAST_TIME)


def group(plan: Plan, name: str) -> dict[str, Any]:
    value = plan.fields.get(name)
    return value if isinstance(value, dict) else {}


def group_in(given: dict[str, Any], name: str) -> dict[str, Any]:
    value = given.get(name)
    return value if isinstance(value, dict) else {}


def heading_words(plan: Plan) -> str:
    """`planned in 0.18 ms, executed in 21.7 ms`."""
    return ", ".join(time_words(fact) for fact in times_of(plan))


def time_words(fact: Fact) -> str:
    """`executed in 36.5 ms`, `not executed: estimates only`."""
    if fact.name.endswith(" in"):
        return f"{fact.name} {fact.words}"
    return f"{fact.name}: {fact.words}" if fact.name.startswith("not") else f"{fact.name}, {fact.words}"
