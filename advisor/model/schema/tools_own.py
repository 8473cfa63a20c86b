"""What belongs to the tools that run migrations or to the host, and to no application."""

from collections.abc import Collection

TOOLS_OWN = frozenset(
    """__diesel_schema_migrations __drizzle_migrations __efmigrationshistory _prisma_migrations alembic_version ar_internal_metadata
    atlas_schema_revisions databasechangelog databasechangeloglock django_migrations doctrine_migration_versions
    flyway_schema_history goose_db_version gorp_migrations knex_migrations knex_migrations_lock migrations pgmigrations phinxlog
    schema_migrations sequelizemeta _sqlx_migrations typeorm_metadata kysely_migration kysely_migration_lock""".split()
)
"""Tables in which tools that run migrations note what they have run, in lower case: a dump has them, the history has not."""

HOSTS_OWN = frozenset("auth cron extensions graphql neon_auth net pgsodium realtime storage vault".split())
"""Schemas that Supabase and Neon make, to which an application's tables refer: its history makes nothing in them."""

PLATFORM = HOSTS_OWN | frozenset(
    """_analytics _realtime _supavisor graphql_public hdb_catalog information_schema pg_catalog pgbouncer pgmq pgsodium_masks pgtle
    repack supabase_functions supabase_migrations tiger topology""".split()
)
"""The same with all else that a database of Supabase's may have beside the application's own."""


def platform_schemas(made: Collection[str]) -> frozenset[str]:
    """Those of the host where the input is a whole database of Supabase's, a dump or a live one, which has three of them at least.
    Else none, as an application may well call a schema `auth` itself."""
    return PLATFORM if {"auth", "storage", "extensions"}.issubset(made) else frozenset()
