"""Migrations of node-pg-migrate. In: what a migration calls on `pgm`. Out: SQL as it writes it."""
