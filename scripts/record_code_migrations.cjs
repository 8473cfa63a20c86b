// The SQL that Knex, Kysely, Sequelize, TypeORM and node-pg-migrate run for the migrations in fixtures/migrations.
//
// In: a PostgreSQL server (PGHOST, PGUSER, PGDATABASE: an empty database for each file), a tool, a migration.
// Out: JSON on stdout, { "up": [statements], "down": [statements] }, what the tool asks the catalogs left out.
// Run by record_code_migrations.py.
const path = require("path");

const [tool, file] = process.argv.slice(2);
const recorded = [];
const isQuestion = (sql) => /^\s*(select|show|start transaction|commit|begin|rollback|set (session|transaction|client)|with)\b/i.test(sql);
const record = (sql) => {
  if (!isQuestion(sql)) recorded.push(sql);
};

const runners = {
  async knex(migration, direction) {
    const knex = require("knex")({ client: "pg", connection: { host: process.env.PGHOST, user: process.env.PGUSER, database: process.env.PGDATABASE } });
    knex.on("query", (query) => record(query.sql));
    await migration[direction](knex);
    await knex.destroy();
  },
  async sequelize(migration, direction) {
    const Sequelize = require("sequelize");
    const sequelize = new Sequelize(process.env.PGDATABASE, process.env.PGUSER, "", {
      host: process.env.PGHOST,
      dialect: "postgres",
      logging: (line) => record(line.replace(/^Executing \([^)]*\): /, "")),
    });
    await migration[direction](sequelize.getQueryInterface(), Sequelize);
    await sequelize.close();
  },
  async typeorm(migration, direction) {
    const { DataSource } = require("typeorm");
    const nothing = () => {};
    const logger = { logQuery: record, logQueryError: nothing, logQuerySlow: nothing, logSchemaBuild: nothing, logMigration: nothing, log: nothing };
    const source = new DataSource({ type: "postgres", host: process.env.PGHOST, username: process.env.PGUSER, database: process.env.PGDATABASE, logger, logging: "all" });
    await source.initialize();
    recorded.length = 0;
    const Migration = Object.values(migration)[0];
    await new Migration()[direction](source.createQueryRunner());
    await source.destroy();
  },
  async kysely(migration, direction) {
    const { Kysely, PostgresDialect } = require("kysely");
    const { Pool } = require("pg");
    const pool = new Pool({ host: process.env.PGHOST, user: process.env.PGUSER, database: process.env.PGDATABASE });
    const db = new Kysely({ dialect: new PostgresDialect({ pool }), log: (event) => record(event.query.sql) });
    await migration[direction](db);
    await db.destroy();
  },
  async "node-pg-migrate"(migration, direction) {
    const { Client } = require("pg");
    const client = new Client({ host: process.env.PGHOST, user: process.env.PGUSER, database: process.env.PGDATABASE });
    await client.connect();
    const { MigrationBuilder } = require("node-pg-migrate");
    const builder = new MigrationBuilder({ query: client.query.bind(client), select: client.query.bind(client) }, undefined, false, console);
    await migration[direction](builder);
    for (const sql of builder.getSqlSteps()) {
      record(sql);
      await client.query(sql);
    }
    await client.end();
  },
};

(async () => {
  if (file.endsWith(".ts")) require("ts-node").register({ transpileOnly: true, compilerOptions: { module: "commonjs", target: "es2020" } });
  const migration = require(path.resolve(file));
  const result = {};
  for (const direction of ["up", "down"]) {
    recorded.length = 0;
    await runners[tool](migration, direction);
    result[direction] = [...recorded];
  }
  console.log(JSON.stringify(result, null, 2));
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
