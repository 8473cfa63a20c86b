"""Migration tools: how each runs a migration, and where it says so. One record a tool.

Knex, Kysely, TypeORM, Sequelize, Drizzle, node-pg-migrate, dbmate and Sqitch were run against a server on histories whose second
statement fails or builds an index CONCURRENTLY, with and without what opts out; the others' source or documentation was read.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Runs = Literal["each in a transaction", "whole history in one", "one batch", "statement by statement"]
"""How the statements of a history reach the server.

- "each in a transaction": the tool says BEGIN and COMMIT around every migration.
- "whole history in one": all pending migrations share one transaction.
- "one batch": a file is sent in one piece, which PostgreSQL runs as one transaction unless it holds a single statement or says
  BEGIN itself (protocol-flow.html, "Multiple Statements in a Simple Query").
- "statement by statement": every statement commits by itself.
"""


class Tool(Struct, frozen=True):
    """A tool. `opt_out` is what a migration says to run outside a transaction, as one writes it; None where it cannot."""

    name: str
    title: str
    runs: Runs
    opt_out: str | None
    order: str
    """By what it orders migrations, in words."""
    has_down: bool
    source: str
    """Where that is documented or done."""
    runs_opted_out: Runs = "statement by statement"
    """How a migration runs that has opted out. Some tools still send its file in one piece: of more than one statement PostgreSQL
    makes a transaction all the same."""
    package: str = ""
    """The npm package whose version decides, where `later` says that it does."""
    later: tuple[tuple[tuple[int, int], Runs], ...] = ()
    """From which version on it runs its migrations in another way, and how; oldest first."""

    def __str__(self) -> str:
        return self.name

    def runs_in(self, version: tuple[int, ...] | None) -> Runs:
        """How one version runs its migrations; where the version is not known, as it always did."""
        if version is None:
            return self.runs
        return next((runs for since, runs in reversed(self.later) if version >= since), self.runs)


SQL = Tool(
    "sql", "SQL files", "statement by statement", None, "by the numbers in the name", False,
    "https://www.postgresql.org/docs/current/app-psql.html",
)  # fmt: skip
"""Files that no tool claims: run with psql, each statement commits by itself."""

PRISMA = Tool(
    "prisma", "Prisma Migrate", "one batch", None, "by folder name, as text", False,
    "https://github.com/prisma/prisma-engines/pull/5767 (statements are split since 7.4), "
    "https://github.com/prisma/orm/pull/30250 (one transaction since 8)",
    package="prisma",
    later=(((7, 4), "statement by statement"), ((8, 0), "whole history in one")),
)  # fmt: skip
"""Until 7.3 the schema engine sends a file as one simple query (flavour/postgres/connector/native, `apply_migration_script`); 7.4
splits it, so that CREATE INDEX CONCURRENTLY works anywhere in it, and what ran before a statement that fails stays."""

TOOLS = (
    SQL,
    PRISMA,
    Tool(
        "drizzle", "Drizzle Kit", "whole history in one", None, "by the journal, meta/_journal.json", False,
        "https://github.com/drizzle-team/drizzle-orm/blob/main/drizzle-orm/src/pg-core/dialect.ts (migrate)",
    ),
    Tool(
        "flyway", "Flyway", "each in a transaction",
        "executeInTransaction=false in a script's .conf",
        "by version, part by part; repeatable ones last, by description", True,
        "https://documentation.red-gate.com/fd/flyway-execute-in-transaction-setting-277578997.html",
    ),
    Tool(
        "liquibase", "Liquibase", "each in a transaction", "--changeset author:id runInTransaction:false",
        "by the changelog: the order in its file", True,
        "https://docs.liquibase.com/concepts/changelogs/attributes/run-in-transaction.html",
    ),
    Tool(
        "golang-migrate", "golang-migrate", "one batch", None, "by the number before the first underscore", True,
        "https://github.com/golang-migrate/migrate/blob/master/database/postgres/postgres.go (Run)",
    ),
    Tool(
        "pop", "Pop", "each in a transaction", None, "by the number before the first underscore, as text", True,
        "https://github.com/gobuffalo/pop/blob/main/migrator.go (UpTo)",
    ),
    Tool(
        "goose", "goose", "each in a transaction", "-- +goose NO TRANSACTION", "by the number before the first underscore", True,
        "https://github.com/pressly/goose/blob/main/migration_sql.go (runSQLMigration)",
    ),
    Tool(
        "dbmate", "dbmate", "each in a transaction", "-- migrate:up transaction:false", "by file name, as text", True,
        "https://github.com/amacneil/dbmate#migration-options", "one batch",
    ),
    Tool(
        "sqlx", "sqlx", "each in a transaction", "-- no-transaction", "by the number before the first underscore", True,
        "https://github.com/launchbadge/sqlx/blob/main/sqlx-postgres/src/migrate.rs (apply, execute_migration)", "one batch",
    ),
    Tool(
        "supabase", "Supabase CLI", "one batch", None, "by file name, as text", False,
        "https://github.com/supabase/cli/blob/develop/pkg/migration/file.go (ExecBatch), "
        "https://github.com/supabase/cli/pull/6276 (what cannot run in a transaction is sent alone since 2.109)",
    ),
    Tool(
        "atlas", "Atlas", "each in a transaction", "-- atlas:txmode none", "by file name, as text", False,
        "https://github.com/ariga/atlas/blob/master/cmd/atlas/internal/cmdapi/migrate.go (modeFor), sql/migrate/dir.go (Files)",
    ),
    Tool(
        "sql-migrate", "sql-migrate", "each in a transaction", "-- +migrate Up notransaction",
        "by the number that begins the name, then as text", True,
        "https://github.com/rubenv/sql-migrate/blob/master/migrate.go (ExecMax, Less)",
    ),
    Tool(
        "node-pg-migrate", "node-pg-migrate", "whole history in one", "pgm.noTransaction()",
        "by the timestamp that begins the name", True, "https://salsita.github.io/node-pg-migrate/cli (single-transaction)",
    ),
    Tool(
        "diesel", "Diesel", "each in a transaction", "run_in_transaction = false in metadata.toml", "by folder name, as text", True,
        "https://docs.rs/diesel_migrations/latest/diesel_migrations/#transactions", "one batch",
    ),
    Tool(
        "sqitch", "Sqitch", "statement by statement", None, "by sqitch.plan", True,
        "https://sqitch.org/docs/manual/sqitchtutorial/ (the scripts say BEGIN and COMMIT themselves)",
    ),
    Tool(
        "hasura", "Hasura", "each in a transaction", None, "by the number that begins the folder's name", True,
        "https://github.com/hasura/graphql-engine/issues/2939",
    ),
    Tool(
        "typeorm", "TypeORM", "whole history in one",
        "transaction = false in the class, where migrationsTransactionMode is each",
        "by the timestamp in the class name", True,
        "https://typeorm.io/docs/migrations/executing#transaction-mode",
    ),
    Tool(
        "sequelize", "Sequelize", "statement by statement", None, "by file name, as text", True,
        "https://sequelize.org/docs/v6/other-topics/migrations/",
    ),
    Tool(
        "knex", "Knex", "whole history in one", "exports.config = { transaction: false }", "by file name, as text", True,
        "https://github.com/knex/knex/blob/master/lib/migrations/migrate/Migrator.js (latest)",
    ),
    Tool(
        "kysely", "Kysely", "whole history in one", None, "by name, as text", True,
        "https://kysely.dev/docs/migrations",
    ),
    Tool("dump", "pg_dump", "statement by statement", None, "as written", False,
         "https://www.postgresql.org/docs/current/app-pgdump.html"),
)  # fmt: skip

BY_NAME = {tool.name: tool for tool in TOOLS}


def tool_named(name: str) -> Tool:
    """A tool that is not known is run as SQL files are."""
    return BY_NAME.get(name, SQL)
