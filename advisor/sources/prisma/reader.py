"""Prisma schemas read whole. In: the files of one schema. Out: its tables, its settings, and what could not be read."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from advisor.model import Location, PrismaSchema, Schema, Skipped, SourceText
from advisor.model.prisma import POSTGRESQL_PROVIDERS
from advisor.sources.prisma.declarations import declare
from advisor.sources.prisma.lower import lower
from advisor.sources.prisma.parser import parse
from advisor.sources.prisma.problems import Problems
from advisor.sources.prisma.settings import settings_of
from advisor.sources.prisma.validation import validate
from advisor.sources.prisma.versions import OLDEST, dialect_of

OTHER_SQL = ("mysql", "sqlite", "sqlserver")
"""The providers of other databases with tables: what code does with them is judged, as far as that needs no schema."""


class PrismaReading(Struct, frozen=True):
    """`schema` is empty where the datasource is another database's; `settings` are there in any case."""

    schema: Schema
    settings: PrismaSchema
    problems: tuple[Skipped, ...] = ()


def read_prisma(sources: Sequence[SourceText], version: int | None = None, *, url_elsewhere: bool = False) -> PrismaReading:
    """Read the files of one schema, in the order given. Never raises for what they hold.

    `version` is the major version of Prisma, where it is known; otherwise what any version takes is taken. `url_elsewhere` says
    that prisma.config.ts names the connection. A schema without a datasource is taken for PostgreSQL's. Problems come in the order
    of files and lines: what is lost, and what Prisma refuses.
    """
    problems = Problems()
    dialect = None if url_elsewhere and version == OLDEST else dialect_of(version)
    files = [parse(source, problems) for source in sources]
    sound = not problems
    declarations = declare(files, problems)
    settings = settings_of(declarations.configs, sources)
    mistakes = validate(
        [block for file in files for block in file.blocks], settings, frozenset(declarations.unread), dialect, sound=sound
    )
    foreign = left_alone(settings)
    if foreign is None:
        keys = settings.datasource is None or settings.datasource.relation_mode != "prisma"
        cockroach = settings.datasource is not None and settings.datasource.provider == "cockroachdb"
        keyed = not cockroach and (version is None or version >= OLDEST)
        schema = lower(declarations, foreign_keys=keys, cockroach=cockroach, keyed_join_tables=keyed)
    else:
        schema = Schema()
        sql = settings.datasource is not None and settings.datasource.provider in OTHER_SQL
        settings = replace(settings, models=tuple(declarations.models) if sql else ())
        add_unless_said(mistakes.unknown_types, problems)
    add_unless_said(mistakes.found, problems)
    return PrismaReading(schema, settings, (*([foreign] if foreign else []), *problems.in_order(settings.paths)))


def add_unless_said(mistakes: Sequence[tuple[Location, str]], problems: Problems) -> None:
    """Add what Prisma refuses, unless the same line is already known to be lost."""
    for location, reason in mistakes:
        if not problems.has_line(location):
            problems.add(location, reason)


def left_alone(settings: PrismaSchema) -> Skipped | None:
    """Why the tables are not looked at, where they are not PostgreSQL's."""
    datasource = settings.datasource
    if datasource is None or datasource.provider in POSTGRESQL_PROVIDERS:
        return None
    provider = datasource.provider or "not given"
    reason = f"its tables are not PostgreSQL's, so that no PostgreSQL rule applies to it: the provider is {provider}"
    return Skipped(datasource.location.path, reason, "left alone", datasource.location)
