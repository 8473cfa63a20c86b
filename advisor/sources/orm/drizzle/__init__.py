"""Drizzle's PostgreSQL schemas: tables of `drizzle-orm/pg-core` in, the DDL that drizzle-kit writes out."""

from advisor.sources.orm.drizzle.read import read_drizzle
from advisor.sources.orm.drizzle.settings import DrizzleSettings, read_settings

__all__ = ["DrizzleSettings", "read_drizzle", "read_settings"]
