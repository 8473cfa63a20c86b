"""Migrations of Kysely. In: what a migration calls on `db`. Out: SQL as Kysely compiles it for PostgreSQL."""
