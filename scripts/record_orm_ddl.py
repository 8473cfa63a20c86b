"""Records what the ORMs themselves build of the schemas in fixtures/orm, for the tests of advisor/sources/orm.

    python scripts/record_orm_ddl.py FOLDER

FOLDER has a node_modules with drizzle-kit, drizzle-orm, sequelize, sequelize-typescript, typeorm, typeorm-naming-strategies,
reflect-metadata, pg and typescript 5. Drizzle's SQL is its migration; the others run against a throw-away PostgreSQL, and the DDL
that they send is kept in `expected.sql`. Sequelize wraps enums in `DO '...'`: the CREATE TYPE inside is what is kept.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from advisor.sandbox.server import find_binaries, running_postgres

FIXTURES = Path(__file__).parents[1] / "fixtures" / "orm"
COMPILE = (
    "--experimentalDecorators --emitDecoratorMetadata --target es2020 --module commonjs --skipLibCheck --esModuleInterop".split()
)
ENUM = re.compile(r"^DO 'BEGIN (CREATE TYPE .*?;) EXCEPTION WHEN duplicate_object THEN null; END';$", re.MULTILINE)

SYNC = """
require("reflect-metadata");
const { sequelize } = require(process.argv[2]);
const lines = [];
sequelize.options.logging = (sql) => lines.push(sql.replace(/^Executing \\(\\w+\\): /, "").replace(/;?$/, ";"));
sequelize.sync().then(() => {
  console.log(lines.filter((line) => /^(CREATE|ALTER|COMMENT|DO)/.test(line)).join("\\n"));
  return sequelize.close();
});
"""
LOG = """
require("reflect-metadata");
const { dataSource } = require(process.argv[2]);
dataSource.initialize().then(async () => {
  await dataSource.query("CREATE SCHEMA IF NOT EXISTS media");
  const log = await dataSource.driver.createSchemaBuilder().log();
  console.log(log.upQueries.map((one) => one.query + ";").filter((line) => !line.startsWith("INSERT")).join("\\n"));
  await dataSource.destroy();
});
"""


def record_drizzle(work: Path) -> None:
    folder = work / "drizzle"
    shutil.rmtree(folder / "drizzle")
    subprocess.run(["npx", "drizzle-kit", "generate", "--name", "first"], cwd=folder, check=True)
    written = folder / "drizzle" / "0000_first.sql"
    shutil.copy(written, FIXTURES / "drizzle" / "drizzle" / written.name)


def record(work: Path, name: str, module: str, program: str, environment: dict[str, str]) -> None:
    """Run a program that prints the DDL of one fixture, and keep that."""
    folder = work / name
    typescript = [str(path) for path in folder.rglob("*.ts")]
    if typescript:
        subprocess.run(["npx", "tsc", *COMPILE, *typescript], cwd=folder, check=False)
    script = work / "record.js"
    script.write_text(program)
    command = ["node", str(script), str(folder / module)]
    found = subprocess.run(command, cwd=work, check=True, capture_output=True, text=True, env=environment)
    ddl = ENUM.sub(lambda match: match[1].replace("''", "'"), found.stdout)
    (FIXTURES / name / "expected.sql").write_text(ddl)


def main(modules: Path) -> None:
    binaries = find_binaries()
    if binaries is None:
        raise SystemExit("no PostgreSQL binaries")
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        shutil.copytree(FIXTURES, work, dirs_exist_ok=True)
        (work / "node_modules").symlink_to(modules.resolve() / "node_modules")
        record_drizzle(work)
        for name, module, program in (
            ("sequelize", "models/index.js", SYNC),
            ("sequelize-typescript", "models.js", SYNC),
            ("typeorm", "database.js", LOG),
        ):
            with running_postgres(binaries) as connection:
                host = dict(part.split("=", 1) for part in connection.split())["host"]
                url = f"postgres://postgres@localhost/postgres?host={host}"
                environment = {**os.environ, "DATABASE_URL": url, "PGHOST": host, "PGUSER": "postgres", "PGDATABASE": "postgres"}
                record(work, name, module, program, environment)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
