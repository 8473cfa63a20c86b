"""Migrations in TypeScript or JavaScript. In: a file. Out: the SQL that its `up` and `down` run, and what cannot be told."""

from advisor.sources.migrations.code.recognise import dialect_of_migration, may_be_code_migration, read_code_migration

__all__ = ["dialect_of_migration", "may_be_code_migration", "read_code_migration"]
