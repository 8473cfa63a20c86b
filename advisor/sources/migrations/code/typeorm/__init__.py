"""Migrations of TypeORM. In: what a migration calls on `queryRunner`. Out: SQL as its query runner writes it."""
