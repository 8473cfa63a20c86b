"""What a rule file needs: the decorator, what it yields, and the examples that are its tests.

A rule is a pure function. Its first parameter's type is what it looks at, once for each; the others are context. The engine reads
the annotations and hands the facts over; `X | None` marks context that a rule can do without. See `advisor.engine.facts` for the
types on offer, and docs/rules.md for a whole example.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

from msgspec import Struct

from advisor.finding import Confidence, Finding, Related, Saving, Severity
from advisor.model.plan.tree import Plan

__all__ = [
    "Confidence",
    "Example",
    "Finding",
    "Options",
    "PlanOptions",
    "Related",
    "Rule",
    "Saving",
    "Severity",
    "plan",
    "prisma",
    "prisma_migrations",
    "project",
    "rule",
    "saving",
    "shell",
    "sql",
    "typescript",
]

RuleFunction = Callable[..., Iterator[Finding]]


@dataclass(frozen=True)
class Options:
    """Base of a rule's own options: a frozen dataclass whose fields have defaults. A parameter of that type receives them."""


@dataclass(frozen=True)
class PlanOptions(Options):
    """What every rule on a plan asks first: whether the statement is worth a word."""

    min_time: float = 10.0
    """Milliseconds of a whole statement below which it is left alone."""
    min_share: float = 0.1
    """The part of the statement's time that the fault takes."""

    def skips(self, plan: Plan) -> bool:
        """Whether the statement was not run, or is too short to be worth a word."""
        return plan.elapsed is None or plan.elapsed < self.min_time

    def weighs(self, plan: Plan, milliseconds: float) -> bool:
        """Whether so much of the statement's time is worth a word."""
        return milliseconds >= self.min_share * (plan.elapsed or 0.0)


def saving(plan: Plan, milliseconds: float | None = None, *, blocks: float | None = None, rows: float | None = None) -> Saving:
    """What a statement would be spared at most, with the part of its time that this is. What is not worth a figure is left out."""
    known = milliseconds is not None and plan.elapsed
    return Saving(
        milliseconds,
        min(milliseconds / plan.elapsed, 1.0) if milliseconds is not None and known and plan.elapsed else None,
        round(blocks) if blocks else None,
        round(rows) if rows else None,
    )


class Example(Struct, frozen=True):
    """A small project: paths and texts. `a + b` is one project with the files of both."""

    written: Mapping[str, str]
    """The texts as the rule's file has them, indented like the code around them."""

    @property
    def files(self) -> dict[str, str]:
        """The texts. Made when asked for: a review imports every rule and needs no example."""
        return {path: dedent(text).lstrip("\n") for path, text in self.written.items()}

    def __add__(self, other: Example) -> Example:
        return Example({**self.written, **other.written})

    def __str__(self) -> str:
        files = self.files
        if len(files) == 1:
            return next(iter(files.values()))
        return "\n".join(f"// {path}\n{text}" for path, text in files.items())


def project(files: Mapping[str, str]) -> Example:
    """An example of several files."""
    return Example(files)


def sql(text: str, path: str = "schema.sql") -> Example:
    """SQL in one file."""
    return project({path: text})


def prisma(text: str, path: str = "prisma/schema.prisma") -> Example:
    """A Prisma schema (a PostgreSQL datasource is assumed where it has none)."""
    return project({path: text})


def prisma_migrations(*texts: str) -> Example:
    """A folder of Prisma migrations, in order."""
    folder = {f"prisma/migrations/{number:04}_step/migration.sql": text for number, text in enumerate(texts, 1)}
    return project({"prisma/migrations/migration_lock.toml": 'provider = "postgresql"\n', **folder})


def typescript(text: str, path: str = "src/app.ts") -> Example:
    """TypeScript in one file."""
    return project({path: text})


def shell(text: str, path: str = "scripts/backup.sh") -> Example:
    """A shell script."""
    return project({path: text})


def plan(text: str, path: str = "plan.txt") -> Example:
    """EXPLAIN output."""
    return project({path: text})


@dataclass(frozen=True)
class Rule:
    """A rule as the engine knows it: the function, its page, its examples. Calling it calls the function."""

    name: str
    severity: Severity
    function: RuleFunction
    page: str
    bad: tuple[Example, ...] = ()
    good: tuple[Example, ...] = ()
    category: str = ""
    yields: bool | str = False
    """Whether it is silent about a statement that another rule of its category speaks of; or the rule, of any category, that it
    leaves a place to."""

    def __call__(self, *facts: Any) -> Iterator[Finding]:
        return self.function(*facts)

    @property
    def summary(self) -> str:
        """The first line of the page."""
        return self.page.strip().partition("\n")[0]


def rule(
    *, severity: Severity, bad: Sequence[Example] = (), good: Sequence[Example] = (), yields: bool | str = False
) -> Callable[[RuleFunction], Rule]:
    """Make a rule of a function: named after it, with its module's docstring as the page. `yields`: see `Rule`."""

    def decorate(function: RuleFunction) -> Rule:
        page = dedent(function.__globals__.get("__doc__") or "").strip()
        return Rule(
            name=function.__name__.replace("_", "-"),
            severity=severity,
            function=function,
            page=page,
            bad=tuple(bad),
            good=tuple(good),
            category=function.__module__.split(".")[-2] if "." in function.__module__ else "",
            yields=yields,
        )

    return decorate
