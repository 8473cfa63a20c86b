"""Prisma schemas read whole. In: the files of one schema. Out: its tables, its settings, and what could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from advisor.model import PrismaSchema, Schema, Skipped, SourceText
from advisor.model.prisma import POSTGRESQL_PROVIDERS
from advisor.sources.prisma.declarations import declare
from advisor.sources.prisma.lower import lower
from advisor.sources.prisma.parser import parse
from advisor.sources.prisma.problems import Problems
from advisor.sources.prisma.settings import settings_of


@dataclass(frozen=True, slots=True)
class PrismaReading:
    """`schema` is empty where the datasource is another database's; `settings` are there in any case."""

    schema: Schema
    settings: PrismaSchema
    problems: tuple[Skipped, ...] = ()


def read_prisma(sources: Sequence[SourceText]) -> PrismaReading:
    """Read the files of one schema, in the order given. Never raises for what they hold.

    A schema without a datasource is taken for PostgreSQL's. Problems come in the order of files and lines.
    """
    problems = Problems()
    declarations = declare([parse(source, problems) for source in sources], problems)
    settings = settings_of(declarations.configs, sources)
    foreign = left_alone(settings)
    if foreign is None:
        keys = settings.datasource is None or settings.datasource.relation_mode != "prisma"
        cockroach = settings.datasource is not None and settings.datasource.provider == "cockroachdb"
        schema = lower(declarations, foreign_keys=keys, cockroach=cockroach)
    else:
        schema = Schema()
    return PrismaReading(schema, settings, (*([foreign] if foreign else []), *problems.in_order(settings.paths)))


def left_alone(settings: PrismaSchema) -> Skipped | None:
    """Why the tables are not looked at, where they are not PostgreSQL's."""
    datasource = settings.datasource
    if datasource is None or datasource.provider in POSTGRESQL_PROVIDERS:
        return None
    reason = f"its tables are not PostgreSQL's: the provider is {datasource.provider or 'not given'}"
    return Skipped(datasource.location.path, reason, "left alone", datasource.location)
