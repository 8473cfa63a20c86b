"""How far histories have run, and how files that no tool claims are run, as the configuration says. In: a project. Out: it.

What is applied everywhere cannot be changed, and locks nobody any more: nothing is said of it where the configuration names the
last such migration. Otherwise all but the newest of a numbered history are taken for applied: what each rule finds in them is told
once, and is only possible.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from msgspec.structs import replace

from advisor.engine.settings import Settings
from advisor.finding import Finding, Related
from advisor.model import Database, Migration, Project

FindingKey = tuple[str, str, str]
"""Rule, database and subject."""

A_FEW = 2
"""So many findings of one rule in the past of a history are told one by one."""


def with_histories(project: Project, settings: Settings) -> Project:
    """The project with what the configuration knows of its migrations."""
    if not settings.start_after and not settings.in_transaction:
        return project
    return replace(project, databases=tuple(told(database, settings) for database in project.databases))


def told(database: Database, settings: Settings) -> Database:
    return replace(database, migrations=tuple(migrations_told(database, settings)))


def migrations_told(database: Database, settings: Settings) -> Iterator[Migration]:
    last = last_applied(database, settings.start_after)
    for place, migration in enumerate(database.migrations):
        applied = place <= last.get(migration.tool, -1)
        told = replace(migration, applied=applied) if applied else migration
        yield in_transaction(told) if settings.in_transaction and migration.tool == "sql" else told


def in_transaction(migration: Migration) -> Migration:
    """As it runs where somebody begins a transaction for it, who will not do so for a lone statement that cannot stand in one."""
    if migration.is_one_statement and any(getattr(step, "concurrently", False) for step in migration.operations):
        return migration
    return replace(migration, begun_by_tool=True, transaction="one" if migration.transaction == "none" else migration.transaction)


def last_applied(database: Database, start: str) -> dict[str, int]:
    """The place of the last migration whose name begins so, by tool."""
    if not start:
        return {}
    return {migration.tool: place for place, migration in enumerate(database.migrations) if migration.name.startswith(start)}


def is_of_the_past(migration: Migration, settings: Settings) -> bool:
    """Whether it has run long since, for all that is known: what it does is only possibly still to come."""
    return migration.later >= settings.pending


def key_of(finding: Finding) -> FindingKey:
    return finding.rule, finding.database, finding.subject


def past_told_once(findings: Sequence[Finding], of_the_past: Collection[FindingKey]) -> list[Finding]:
    """The findings, but those of one rule about the past of one history in one, at the newest of its places, if they are many."""
    past: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        if key_of(finding) in of_the_past:
            past[finding.rule, finding.database].append(finding)
    many = {where: told for where, told in past.items() if len(told) > A_FEW}
    told_once = {id(finding) for told in many.values() for finding in told}
    return [*(finding for finding in findings if id(finding) not in told_once), *map(as_one, many.values())]


def as_one(told: Sequence[Finding]) -> Finding:
    *older, newest = sorted(told, key=lambda finding: finding.at)
    alike = [Related(finding.at, finding.message) for finding in reversed(older)]
    more = f"; {len(older)} older migrations do the same"
    return replace(newest, message=newest.message + more, related=(*newest.related, *alike))
