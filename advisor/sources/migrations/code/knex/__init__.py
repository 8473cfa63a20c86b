"""Migrations of Knex. In: what a migration calls on `knex`. Out: SQL as Knex writes it for PostgreSQL."""
