"""Running rules over a project. In: a Project and Settings. Out: findings with rule, severity and database, and what did not run.

Only categories whose facts the project has are imported. A rule that fails (a third party's, say) costs itself, not the review.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from advisor.engine.facts import CONTEXT, Fact, Surroundings, evidence_for, facts_of, is_options, parameters_of, wider_kinds
from advisor.engine.histories import FindingKey, is_of_the_past, key_of
from advisor.engine.options import options_for
from advisor.engine.registry import categories, load
from advisor.engine.settings import Settings
from advisor.finding import Confidence, Finding, Severity
from advisor.masking import masked
from advisor.model import Database, Location, PrismaSchema, Project, Queries, Schema, Skipped, Target
from advisor.rule import Rule


class NotRun(Struct, frozen=True, order=True):
    """A rule that could not be asked, and the evidence that it lacks."""

    rule: str
    needs: str


@dataclass
class Run:
    """One pass of the rules over one project; remembers the facts of each kind, so that they are listed once."""

    project: Project
    settings: Settings
    facts: dict[type[Any], list[Fact]] = field(default_factory=dict)
    contexts: dict[tuple[type[Any], int], Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    rules_run: list[str] = field(default_factory=list)
    not_run: list[NotRun] = field(default_factory=list)
    rules_off: list[str] = field(default_factory=list)
    failures: list[Skipped] = field(default_factory=list)
    yielding: dict[str, bool | str] = field(default_factory=dict)
    """The rules that are silent about a place which another rule speaks of, and which rule that is (True: any of its category)."""
    of_the_past: set[FindingKey] = field(default_factory=set)
    """What is told of migrations that have run long since, for all that is known."""
    kinds: frozenset[type[Any]] | None = None
    """The only kinds of facts that rules are asked about; None for all."""

    @cached_property
    def target(self) -> Target:
        return Target(self.settings.postgres_version, self.settings.assumptions.get("rows", {}))

    def facts_of(self, kind: type[Any]) -> list[Fact]:
        if self.kinds is not None and kind not in self.kinds:
            return []
        if kind not in self.facts:
            self.facts[kind] = list(facts_of(kind, self.project))
        return self.facts[kind]

    def context_of(self, kind: type[Any], around: Surroundings) -> Any:
        """What a parameter of this kind receives; what depends on the database alone is made once for each."""
        if kind is Target:
            return self.target
        key = (kind, id(around.database))
        if kind not in DATABASE_CONTEXT:
            return CONTEXT[kind](around)
        if key not in self.contexts:
            self.contexts[key] = CONTEXT[kind](around)
        return self.contexts[key]


DATABASE_CONTEXT = (Database, Schema, Queries, PrismaSchema)


def run_rules(project: Project, settings: Settings, kinds: frozenset[type[Any]] | None = None) -> Run:
    """Ask every selected rule; with `kinds`, only about facts of these."""
    run = Run(project, settings, kinds=kinds)
    for category in categories():
        wanted = [name for name in category.rule_names if is_wanted(name, category.name, settings)]
        if not wanted:
            continue
        if category.looks_at and not any(run.facts_of(kind) for kind in category.looks_at):
            run.not_run += [NotRun(name, evidence_for(category.looks_at[0])) for name in wanted]
            continue
        for rule in load(category):
            if rule.name not in wanted:
                continue
            if severity_of(rule, settings) is Severity.OFF:
                run.rules_off.append(rule.name)
            else:
                ask(rule, run)
    run.not_run.sort()
    run.findings = once_a_statement(run.findings, run.yielding)
    return run


def once_a_statement(findings: Iterable[Finding], yielding: Mapping[str, bool | str]) -> list[Finding]:
    """The findings without those of rules that yield, where the rule they yield to, or one of their category, speaks."""
    spoken: set[tuple[str, Location]] = set()
    for one in findings:
        spoken.update((one.rule, place) for place in places_of(one))
        if one.rule not in yielding:
            spoken.update((one.category, place) for place in places_of(one))
    return [one for one in findings if (silent_for(one, yielding), one.at) not in spoken]


def silent_for(finding: Finding, yielding: Mapping[str, bool | str]) -> str:
    """The rule or category that a finding is left to; nothing is called by the empty name."""
    to = yielding.get(finding.rule, "")
    return finding.category if to is True else to or ""


def places_of(finding: Finding) -> Iterator[Location]:
    yield finding.at
    yield from (related.location for related in finding.related)


def is_wanted(rule: str, category: str, settings: Settings) -> bool:
    """Selected (or nothing is), and not ignored. A rule's own name weighs more than its category's."""
    if rule in settings.ignore or (category in settings.ignore and rule not in settings.select):
        return False
    return not settings.select or rule in settings.select or category in settings.select


def severity_of(rule: Rule, settings: Settings) -> Severity:
    """As configured for the rule or its category; a rule that is off by default is on where it is selected by name."""
    configured = configured_severity(rule, settings)
    if configured is not None:
        return configured
    if rule.severity is Severity.OFF and rule.name in settings.select:
        return Severity.WARNING
    return rule.severity


def configured_severity(rule: Rule, settings: Settings) -> Severity | None:
    return settings.severity.get(rule.name, settings.severity.get(rule.category))


def ask(rule: Rule, run: Run) -> None:
    """Hand every fact of its kind to one rule."""
    first, *others = parameters_of(rule)
    if rule.yields:
        run.yielding[rule.name] = rule.yields
    facts = [fact for kind in first.kinds for fact in run.facts_of(kind)]
    if not facts:
        if any(run.facts_of(wider) for kind in first.kinds for wider in wider_kinds(kind)):
            run.rules_run.append(rule.name)
        else:
            run.not_run.append(NotRun(rule.name, " or ".join(dict.fromkeys(map(evidence_for, first.kinds)))))
        return
    given = run.settings.rule_options.get(rule.name, {})
    options = {parameter.kind: options_for(rule, parameter.kind, given) for parameter in others if is_options(parameter.kind)}
    lacking: set[str] = set()
    asked = False
    for value, around in facts:
        context = [options.get(parameter.kind) or run.context_of(parameter.kind, around) for parameter in others]
        missing = [p for p, given in zip(others, context, strict=True) if given is None and not p.optional]
        if missing:
            lacking.update(evidence_for(parameter.kind) for parameter in missing)
            continue
        asked = True
        run.findings += findings_of(rule, value, context, around, run)
    if asked:
        run.rules_run.append(rule.name)
    else:
        run.not_run.append(NotRun(rule.name, ", ".join(sorted(lacking))))


def findings_of(rule: Rule, value: Any, context: Iterable[Any], around: Surroundings, run: Run) -> Iterator[Finding]:
    """A rule's findings about one fact, completed with what the engine knows."""
    migration = around.migration
    if migration and migration.applied:
        return
    try:
        for finding in rule(value, *context):
            told = replace(
                without_passwords(finding),
                rule=rule.name,
                category=rule.category,
                severity=configured_severity(rule, run.settings) or finding.severity or severity_of(rule, run.settings),
                database=folder_of(around.database),
            )
            if migration and is_of_the_past(migration, run.settings):
                told = replace(told, confidence=Confidence.POSSIBLE)
                run.of_the_past.add(key_of(told))
            yield told
    except Exception as error:
        at = getattr(value, "location", None)
        path = at.path if at else getattr(value, "path", ".")
        reason = f"rule {rule.name} failed: {type(error).__name__}: {error}"
        run.failures.append(Skipped(path, reason, location=at))


def without_passwords(finding: Finding) -> Finding:
    """The finding with nothing in its words that must not be printed. What its remedy writes is masked where it is written."""
    related = tuple(replace(each, message=masked(each.message)) for each in finding.related)
    return replace(finding, message=masked(finding.message), subject=masked(finding.subject), related=related)


def folder_of(database: Database | None) -> str:
    return database.folder if database else ""
