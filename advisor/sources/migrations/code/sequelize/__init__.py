"""Migrations of Sequelize. In: what a migration calls on `queryInterface`. Out: SQL as its query generator writes it."""
