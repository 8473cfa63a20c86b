"""What a Prisma schema says beside its models: where it connects, and which client it generates."""

from __future__ import annotations

from msgspec import Struct

from advisor.model.location import Location

POSTGRESQL_PROVIDERS = ("postgresql", "postgres", "cockroachdb")
"""Prisma's names for databases whose SQL is PostgreSQL's."""


class Datasource(Struct, frozen=True):
    """`datasource db { ... }`. `provider` as written (`postgresql`, `mysql`, ...)."""

    name: str
    provider: str
    location: Location
    relation_mode: str = "foreignKeys"
    url_variable: str | None = None


class PreviewFeature(Struct, frozen=True):
    name: str
    location: Location


class Generator(Struct, frozen=True):
    """`generator client { ... }`."""

    name: str
    provider: str
    location: Location
    preview_features: tuple[PreviewFeature, ...] = ()
    output: str | None = None


class PrismaSchema(Struct, frozen=True):
    """A Prisma schema's settings; `paths` are its files."""

    location: Location
    paths: tuple[str, ...]
    datasource: Datasource | None = None
    generators: tuple[Generator, ...] = ()
    models: tuple[str, ...] = ()
    """The names of its models, where its tables are another SQL database's: code that queries them is looked at all the same."""

    @property
    def speaks_postgresql(self) -> bool:
        """Whether its database is PostgreSQL, or takes its SQL; a schema without a datasource is taken for PostgreSQL's."""
        return self.datasource is None or self.datasource.provider in POSTGRESQL_PROVIDERS
