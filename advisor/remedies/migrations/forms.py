"""How each tool wants a migration written: its file, what opts it out of the transaction, and where the way back goes.

In: a tool's name and a step. Out: text to paste, with the file's name in a comment. `NEXT` stands for the number or the time that
the tool gives out.
"""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import indent

from msgspec import Struct


class Form(Struct, frozen=True):
    """Templates over `{name}`, `{up}` and `{down}`. `outside` is the one for what must not run in a transaction."""

    text: str
    outside: str | None = None
    """None where nothing has to be said: the tool runs a file of one statement without a transaction."""
    down: str = ""
    """What is added where there is a way back."""
    comment: str = "--"
    in_code: bool = False
    """The statements stand in a template literal of JavaScript."""


BY_HAND = (
    "-- {title} runs its pending migrations in one transaction, where this cannot run: run it by hand first, and let the\n"
    "-- migration say it again with IF [NOT] EXISTS.\n"
)

FORMS: Mapping[str, Form] = {
    "sql": Form("-- {name}.sql\n{up}"),
    "prisma": Form("-- prisma migrate dev --create-only --name {name}\n{up}"),
    "drizzle": Form("-- drizzle-kit generate --custom --name {name}\n{up}", BY_HAND + "{up}"),
    "flyway": Form(
        "-- VNEXT__{name}.sql\n{up}",
        "-- VNEXT__{name}.sql, and beside it VNEXT__{name}.sql.conf with the line executeInTransaction=false\n{up}",
        "\n\n-- UNEXT__{name}.sql\n{down}",
    ),
    "liquibase": Form(
        "--changeset AUTHOR:{name}\n{up}", "--changeset AUTHOR:{name} runInTransaction:false\n{up}", "\n--rollback {down}"
    ),
    "golang-migrate": Form("-- NEXT_{name}.up.sql\n{up}", down="\n\n-- NEXT_{name}.down.sql\n{down}"),
    "pop": Form(
        "-- NEXT_{name}.up.sql\n{up}", BY_HAND + "{up}", "\n\n-- NEXT_{name}.down.sql\n{down}"
    ),
    "goose": Form(
        "-- NEXT_{name}.sql\n-- +goose Up\n{up}",
        "-- NEXT_{name}.sql\n-- +goose NO TRANSACTION\n-- +goose Up\n{up}",
        "\n\n-- +goose Down\n{down}",
    ),
    "dbmate": Form(
        "-- NEXT_{name}.sql\n-- migrate:up\n{up}",
        "-- NEXT_{name}.sql\n-- migrate:up transaction:false\n{up}",
        "\n\n-- migrate:down\n{down}",
    ),
    "sqlx": Form(
        "-- NEXT_{name}.up.sql\n{up}",
        "-- NEXT_{name}.up.sql, whose first line is\n-- no-transaction\n{up}",
        "\n\n-- NEXT_{name}.down.sql\n{down}",
    ),
    "supabase": Form("-- supabase migration new {name}\n{up}"),
    "atlas": Form("-- NEXT_{name}.sql\n{up}", "-- NEXT_{name}.sql, whose first line is\n-- atlas:txmode none\n\n{up}"),
    "sql-migrate": Form(
        "-- NEXT-{name}.sql\n-- +migrate Up\n{up}",
        "-- NEXT-{name}.sql\n-- +migrate Up notransaction\n{up}",
        "\n\n-- +migrate Down\n{down}",
    ),
    "diesel": Form(
        "-- NEXT_{name}/up.sql\n{up}",
        "-- NEXT_{name}/up.sql, and beside it metadata.toml with the line run_in_transaction = false\n{up}",
        "\n\n-- NEXT_{name}/down.sql\n{down}",
    ),
    "sqitch": Form(
        "-- deploy/{name}.sql\nBEGIN;\n{up}\nCOMMIT;",
        "-- deploy/{name}.sql, without BEGIN and COMMIT\n{up}",
        "\n\n-- revert/{name}.sql\n{down}",
    ),
    "hasura": Form("-- NEXT_{name}/up.sql\n{up}", BY_HAND + "{up}", "\n\n-- NEXT_{name}/down.sql\n{down}"),
    "node-pg-migrate": Form(
        "// NEXT_{name}.js\nexports.up = (pgm) => {{\n  pgm.sql(`\n{up}\n  `);\n}};",
        "// NEXT_{name}.js\nexports.up = (pgm) => {{\n  pgm.noTransaction();\n  pgm.sql(`\n{up}\n  `);\n}};",
        "\n\nexports.down = (pgm) => {{\n  pgm.sql(`\n{down}\n  `);\n}};",
        "//", in_code=True,
    ),
    "typeorm": Form(
        "// In a class of its own, {name}:\npublic async up(queryRunner: QueryRunner): Promise<void> {{\n"
        "  await queryRunner.query(`\n{up}\n  `);\n}}",
        "// In a class of its own, {name}, where migrationsTransactionMode is each:\ntransaction = false;\n\n"
        "public async up(queryRunner: QueryRunner): Promise<void> {{\n  await queryRunner.query(`\n{up}\n  `);\n}}",
        "\n\npublic async down(queryRunner: QueryRunner): Promise<void> {{\n  await queryRunner.query(`\n{down}\n  `);\n}}",
        "//", in_code=True,
    ),
    "sequelize": Form(
        "// NEXT-{name}.js\nmodule.exports.up = async (queryInterface) => {{\n"
        "  await queryInterface.sequelize.query(`\n{up}\n  `);\n}};",
        None,
        "\n\nmodule.exports.down = async (queryInterface) => {{\n"
        "  await queryInterface.sequelize.query(`\n{down}\n  `);\n}};",
        "//", in_code=True,
    ),
    "knex": Form(
        "// NEXT_{name}.js\nexports.up = (knex) => knex.raw(`\n{up}\n`);",
        "// NEXT_{name}.js\nexports.config = {{ transaction: false }};\n\nexports.up = (knex) => knex.raw(`\n{up}\n`);",
        "\n\nexports.down = (knex) => knex.raw(`\n{down}\n`);",
        "//", in_code=True,
    ),
    "kysely": Form(
        "// NEXT_{name}.ts\nexport async function up(db: Kysely<any>) {{\n  await sql`\n{up}\n  `.execute(db);\n}}",
        "// NEXT_{name}.ts, run by a Migrator with disableTransactions: true\n"
        "export async function up(db: Kysely<any>) {{\n  await sql`\n{up}\n  `.execute(db);\n}}",
        "\n\nexport async function down(db: Kysely<any>) {{\n  await sql`\n{down}\n  `.execute(db);\n}}",
        "//", in_code=True,
    ),
}  # fmt: skip


def write(tool: str, title: str, name: str, up: str, down: str | None, *, outside: bool) -> str:
    """One migration in a tool's form; one that is not known is written as SQL files are."""
    form = FORMS.get(tool, FORMS["sql"])
    template = form.outside if outside and form.outside is not None else form.text
    if down is not None:
        template += form.down
    return template.format(name=name, title=title, up=inside(up, form), down=inside(down or "", form))


def inside(sql: str, form: Form) -> str:
    """The statements where they go; inside a template literal they are indented, and what would end it is escaped."""
    if not form.in_code:
        return sql
    escaped = sql.replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${")
    return indent(escaped, "    ")
