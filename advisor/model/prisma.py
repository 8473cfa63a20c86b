"""What a Prisma schema says beside its models: where it connects, and which client it generates."""

from __future__ import annotations

from dataclasses import dataclass

from advisor.model.location import Location

POSTGRESQL_PROVIDERS = ("postgresql", "postgres", "cockroachdb")
"""Prisma's names for databases whose SQL is PostgreSQL's."""


@dataclass(frozen=True, slots=True)
class Datasource:
    """`datasource db { ... }`. `provider` as written (`postgresql`, `mysql`, ...)."""

    name: str
    provider: str
    location: Location
    relation_mode: str = "foreignKeys"
    url_variable: str | None = None


@dataclass(frozen=True, slots=True)
class PreviewFeature:
    name: str
    location: Location


@dataclass(frozen=True, slots=True)
class Generator:
    """`generator client { ... }`."""

    name: str
    provider: str
    location: Location
    preview_features: tuple[PreviewFeature, ...] = ()
    output: str | None = None


@dataclass(frozen=True, slots=True)
class PrismaSchema:
    """A Prisma schema's settings; `paths` are its files."""

    location: Location
    paths: tuple[str, ...]
    datasource: Datasource | None = None
    generators: tuple[Generator, ...] = ()

    @property
    def speaks_postgresql(self) -> bool:
        """Whether its database is PostgreSQL, or takes its SQL; a schema without a datasource is taken for PostgreSQL's."""
        return self.datasource is None or self.datasource.provider in POSTGRESQL_PROVIDERS
