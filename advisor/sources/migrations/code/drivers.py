"""Which database the migrations of an application are for, where only its package.json tells. In: what was read. Out: less of it.

The calls of a schema builder look alike for all databases; a package that depends on MySQL's driver and not on PostgreSQL's runs
them on MySQL.
"""

from __future__ import annotations

from advisor.model import Manifest
from advisor.sources.reading import Reading

POSTGRESQL = frozenset(("pg", "pg-native", "pg-promise", "postgres", "@neondatabase/serverless", "@vercel/postgres"))
OTHERS = {
    "better-sqlite3": "sqlite",
    "mariadb": "mysql",
    "mssql": "sqlserver",
    "mysql": "mysql",
    "mysql2": "mysql",
    "oracledb": "oracle",
    "sqlite3": "sqlite",
    "tedious": "sqlserver",
}
"""Packages that connect to other databases."""


def leave_other_databases(reading: Reading) -> None:
    """Leave the migrations in code whose package connects to another database alone."""
    kept = []
    for migration in reading.code_migrations:
        dialect = dialect_of_package(migration.path, reading.manifests)
        if dialect == "postgresql":
            kept.append(migration)
        else:
            source = reading.texts.pop(migration.path)
            reading.leave(source, f"a migration of another database ({dialect})")
    reading.code_migrations[:] = kept


def dialect_of_package(path: str, manifests: list[Manifest]) -> str:
    """The database of the nearest package above a file that names a driver; PostgreSQL where none does."""
    above = [manifest for manifest in manifests if path.startswith(manifest.path.removesuffix("package.json"))]
    for manifest in sorted(above, key=lambda one: len(one.path), reverse=True):
        names = {dependency.name for dependency in manifest.dependencies}
        if names & POSTGRESQL:
            return "postgresql"
        if others := sorted(OTHERS[name] for name in names & OTHERS.keys()):
            return others[0]
    return "postgresql"
