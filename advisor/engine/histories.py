"""How far histories have run, and how files that no tool claims are run, as the configuration says. In: a project. Out: it.

What is applied everywhere cannot be changed, and locks nobody any more: nothing is said of it where the configuration names the
last such migration, and all but the newest of a numbered history are taken for applied otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.engine.settings import Settings
from advisor.finding import Confidence, Finding
from advisor.model import Database, Migration, Project


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


def as_history_goes(finding: Finding, migration: Migration, settings: Settings) -> Finding:
    """What an old migration does is only possibly still to come."""
    return replace(finding, confidence=Confidence.POSSIBLE) if migration.later >= settings.pending else finding
