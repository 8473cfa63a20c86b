"""Record what migration tools make of the migrations in `fixtures/migrations`: a JSON file with the SQL beside each migration.

In: a folder with the tools, named on the command line (there: `npm install knex kysely node-pg-migrate pg sequelize ts-node typeorm
typescript`).
Out: `<migration>.json`. The tools run against a throw-away PostgreSQL, so that what they look up in the database is there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from advisor.sandbox.server import find_binaries, running_postgres  # noqa: E402


def record(connection_string: str, tools: Path, migration: Path) -> None:
    tool = migration.parent.name
    database = tool.replace("-", "_")
    with psycopg.connect(connection_string, autocommit=True) as connection:
        connection.execute(f'drop database if exists "{database}"')
        connection.execute(f'create database "{database}"')
        host = connection.info.host
    place = {"PGHOST": host, "PGUSER": "postgres", "PGDATABASE": database, "NODE_PATH": str(tools / "node_modules")}
    command = ["node", str(ROOT / "scripts" / "record_code_migrations.cjs"), tool, str(migration)]
    result = subprocess.run(command, cwd=tools, env={**os.environ, **place}, check=False, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{migration}: {result.stderr}")
    migration.with_suffix(".json").write_text(result.stdout)


def main() -> None:
    tools = Path(sys.argv[1]).resolve()
    binaries = find_binaries()
    if binaries is None:
        sys.exit("no PostgreSQL binaries")
    with running_postgres(binaries) as connection_string:
        for migration in sorted((ROOT / "fixtures" / "migrations").glob("*/*.[jt]s")):
            record(connection_string, tools, migration)


if __name__ == "__main__":
    main()
