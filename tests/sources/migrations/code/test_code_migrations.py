"""What a migration in code says: its name and tool, the places of its SQL, what is followed and what is reported."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.model import SourceText
from advisor.sources.migrations.code import dialect_of_migration, may_be_code_migration, read_code_migration
from advisor.sources.migrations.texts import MigrationText
from advisor.sources.sql.text.statements import Statement, read_statements

KNEX = "exports.up = async (knex) => {{\n{}\n}};\nexports.down = async (knex) => {{}};\n"
SEQUELIZE = "module.exports = {{ up: async (queryInterface, Sequelize) => {{\n{}\n}} }};\n"
TYPEORM = "export class Add1700000000000 implements MigrationInterface {{ async up(queryRunner: QueryRunner) {{\n{}\n}} }}\n"


def read(text: str, path: str = "migrations/20240101_add.ts") -> MigrationText:
    migration = read_code_migration(SourceText(path, text))
    assert migration is not None
    return migration


def up(migration: MigrationText) -> list[str]:
    """The statements of `up`, in order."""
    return [
        " ".join(found.text.rstrip(";").split())
        for text in migration.up
        for found in read_statements(text)
        if isinstance(found, Statement)
    ]


def reasons(migration: MigrationText) -> list[str]:
    return [problem.reason for problem in migration.problems]


class TestRecognition:
    def test_typeorm_by_the_interface(self) -> None:
        migration = read(TYPEORM.format("await queryRunner.query('select 1');"))
        assert (migration.tool, migration.name, migration.timestamp) == ("typeorm", "Add1700000000000", 1700000000000)

    def test_typeorm_takes_the_property_for_its_name(self) -> None:
        text = "export class Any { name = 'Other1600000000001'; async up(queryRunner) { await queryRunner.query('select 1'); } }"
        assert (read(text).name, read(text).timestamp) == ("Other1600000000001", 1600000000001)

    def test_sequelize_with_umzug(self) -> None:
        text = """
        import { DataTypes } from "sequelize";
        export const up = async ({ context: queryInterface }) => { await queryInterface.addColumn("a", "b", DataTypes.TEXT); };
        """
        assert (read(text).tool, up(read(text))) == ("sequelize", ['ALTER TABLE "public"."a" ADD COLUMN "b" TEXT'])

    def test_knex_by_the_type_of_the_parameter(self) -> None:
        text = "import { Knex } from 'knex';\nexport async function up(k: Knex) { await k.schema.dropTable('a'); }"
        assert (read(text).tool, up(read(text))) == ("knex", ['drop table "a"'])

    @pytest.mark.parametrize(
        "text",
        [
            "export const up = 1; // knex",
            "export function pick(knex) { return up(knex); }",
            "class Page { up() { this.scroll(-1); } } // queryRunner",
            "module.exports = { up: function (scroll) { scroll(); } }; // knex",
            ")(]]} up knex",
            "",
        ],
    )
    def test_other_code_is_no_migration(self, text: str) -> None:
        assert read_code_migration(SourceText("a.ts", text)) is None

    def test_most_files_are_not_even_parsed(self) -> None:
        assert not may_be_code_migration(b"export async function create(db) { await db.user.create({ data: { up: 1 } }); }")

    def test_what_a_migration_says_of_its_transaction(self) -> None:
        assert read(KNEX.format("") + "exports.config = { transaction: false };").transactional is False
        assert read(TYPEORM.format("").replace("{ async up", "{ transaction = false; async up")).transactional is False
        assert read("exports.up = (pgm) => { pgm.noTransaction(); pgm.sql('vacuum'); };").transactional is False
        assert read(KNEX.format("")).transactional is None

    def test_the_database_by_folder_and_by_words(self) -> None:
        text = TYPEORM.format("await queryRunner.query('CREATE TABLE a (id integer)');")
        assert dialect_of_migration(read(text, "migrations/sqlite/1-a.ts")) == "sqlite"
        assert dialect_of_migration(read(text.replace("(id", "(`id`"))) == "mysql"
        assert dialect_of_migration(read(text)) == "postgresql"


class TestPlaces:
    def test_sql_that_stands_in_the_file_keeps_its_place(self) -> None:
        migration = read(
            KNEX.format("  await knex.raw(`\n    CREATE TABLE a (\n      id integer\n    )`);\n  await knex.raw('DROP TABLE b');")
        )
        found = [one for text in migration.up for one in read_statements(text) if isinstance(one, Statement)]
        places = [(statement.location.line, statement.location.column) for statement in found]
        assert places == [(3, 5), (6, 19)]

    def test_one_text_for_all_of_them(self) -> None:
        assert (
            len(
                read(
                    KNEX.format(
                        "await knex.raw('DROP TABLE a -- old'); await knex.raw('DROP TABLE b'); await knex.raw('DROP TABLE c');"
                    )
                ).up
            )
            == 2
        )

    def test_sql_with_escapes_is_placed_at_its_call(self) -> None:
        migration = read(TYPEORM.format('  await queryRunner.query("DROP TABLE \\"a b\\"");'))
        assert up(migration) == ['DROP TABLE "a b"']
        location = migration.up[0].location(0, 3)
        assert (location.line, location.column) == (2, 9)

    def test_sql_made_from_a_call_is_placed_there(self) -> None:
        migration = read(KNEX.format("  await knex.schema.dropTable('a');"))
        assert (migration.up[0].location(5).line, migration.up[0].location(5).column) == (2, 9)


class TestFollowing:
    def test_constants_loops_and_functions_of_the_file(self) -> None:
        text = """
        const TABLES = ["a", "b"];
        const column = (table) => `${table}_count`;
        async function add(knex, table) {
          await knex.raw(`ALTER TABLE ${table} ADD COLUMN ${column(table)} integer`);
        }
        exports.up = async (knex) => {
          for (const table of TABLES) await add(knex, table);
          await Promise.all(TABLES.map((table) => knex.schema.renameTable(table, table.toUpperCase())));
        };
        """
        assert up(read(textwrap.dedent(text))) == [
            "ALTER TABLE a ADD COLUMN a_count integer",
            "ALTER TABLE b ADD COLUMN b_count integer",
            'alter table "a" rename to "A"',
            'alter table "b" rename to "B"',
        ]

    def test_methods_and_fields_of_the_class(self) -> None:
        text = """
        export class Add1700000000000 implements MigrationInterface {
          private table = "a";
          async up(queryRunner) { await this.add(queryRunner, "x"); }
          private async add(queryRunner, column) { await queryRunner.query(`ALTER TABLE ${this.table} ADD ${column} text`); }
        }
        """
        assert up(read(text)) == ["ALTER TABLE a ADD x text"]

    def test_a_condition_on_the_database_is_followed(self) -> None:
        text = SEQUELIZE.format(
            "if (queryInterface.sequelize.getDialect() === 'postgres') await queryInterface.dropTable('a');"
            "else await queryInterface.dropTable('b');"
        )
        assert up(read(text)) == ['DROP TABLE IF EXISTS "a"']

    def test_a_raw_expression_is_no_statement(self) -> None:
        text = KNEX.format(
            "const now = knex.raw('now()'); await knex.schema.alterTable('a', (t) => { t.date('b').defaultTo(now); });"
        )
        assert up(read(text)) == ['alter table "a" add column "b" date default now()']

    def test_what_is_made_unless_it_is_there(self) -> None:
        text = KNEX.format(
            "if (!(await knex.schema.hasTable('a'))) { await knex.schema.createTable('a', (t) => { t.increments(); }); }"
        )
        assert up(read(text)) == ['create table if not exists "a" ("id" serial primary key)']

    def test_an_early_return_where_it_is_there_guards_the_rest(self) -> None:
        text = TYPEORM.format(
            "if (await queryRunner.hasColumn('a', 'b')) return;\nawait queryRunner.query('ALTER TABLE a ADD COLUMN b integer');"
        )
        assert up(read(text)) == ["ALTER TABLE a ADD COLUMN IF NOT EXISTS b integer"]

    def test_promises_in_a_chain(self) -> None:
        chain = "knex.schema.dropTable('a').then(() => knex.schema.dropTable('b')).then(() => knex.raw('drop table c'))"
        text = f"exports.up = (knex) => {chain};"
        assert up(read(text)) == ['drop table "a"', 'drop table "b"', "drop table c"]


class TestWhatIsNotExamined:
    def test_a_condition_on_data(self) -> None:
        text = KNEX.format("const rows = await knex('a').select();\nif (rows.length > 3) { await knex.schema.dropTable('b'); }")
        migration = read(text)
        assert (up(migration), reasons(migration)) == (
            [],
            ["what happens if `(rows.length > 3)` depends on more than the code: not examined"],
        )
        assert [problem.location.line for problem in migration.problems if problem.location] == [3]

    def test_changes_of_rows_are_said_once(self) -> None:
        text = SEQUELIZE.format("await queryInterface.bulkInsert('a', []); await queryInterface.bulkDelete('a', {});")
        assert reasons(read(text)) == ["changes of rows through the tool's own calls are not examined"]

    def test_functions_of_other_files(self) -> None:
        text = "import { addAudit } from './audit';\n" + KNEX.format("await addAudit(knex, 'a');")
        assert reasons(read(text)) == ["what `addAudit` does is not examined: it is defined elsewhere"]

    def test_names_from_other_files(self) -> None:
        text = "import { TABLE } from './names';\n" + KNEX.format("await knex.schema.dropTable(TABLE);")
        assert (up(read(text)), reasons(read(text))) == (
            [],
            ["`knex.schema.dropTable` is not examined: the name is not a constant"],
        )

    def test_a_default_from_the_environment_costs_the_default_alone(self) -> None:
        text = SEQUELIZE.format(
            "await queryInterface.addColumn('a', 'b', { type: Sequelize.TEXT, defaultValue: process.env.LANGUAGE });"
        )
        assert up(read(text)) == ['ALTER TABLE "public"."a" ADD COLUMN "b" TEXT']
        assert reasons(read(text)) == ["the default in `queryInterface.addColumn` is not examined: it is not a constant"]

    def test_one_of_two_ways(self) -> None:
        text = KNEX.format(
            "if (!(await knex.schema.hasColumn('a', 'b'))) { await knex.raw('ALTER TABLE a ADD b text'); return; }"
            "await knex.raw('ALTER TABLE a ALTER b TYPE text');"
        )
        assert up(read(text)) == ["ALTER TABLE a ADD b text"]
        assert len(reasons(read(text))) == 1

    def test_what_typeorm_reads_from_the_database(self) -> None:
        text = TYPEORM.format(
            "const table = await queryRunner.getTable('a');\nawait queryRunner.dropForeignKey(table, table.foreignKeys[0]);"
        )
        assert reasons(read(text)) == [
            "`queryRunner.dropForeignKey` is not examined: the name of what is dropped is not a constant"
        ]

    def test_a_loop_that_data_ends_is_looked_at_and_left(self) -> None:
        batches = (
            "while (true) {{ const rows = await queryInterface.sequelize.query('select 1 from a', {{ type: QueryTypes.SELECT }});\n"
            "if (rows.length === 0) break;\n{} }}\nawait queryInterface.sequelize.query('drop table a');"
        )
        rows_only = read(SEQUELIZE.format(batches.format("await queryInterface.sequelize.query('update a set b = 1');")))
        assert up(rows_only)[-1] == "drop table a"
        assert reasons(rows_only) == []
        changing = read(SEQUELIZE.format(batches.format("await queryInterface.sequelize.query('alter table a add b int');")))
        assert up(changing)[-1] == "drop table a"
        assert any("is decided by data: not examined" in reason for reason in reasons(changing))

    def test_a_loop_without_an_end(self) -> None:
        text = KNEX.format("let i = 0; while (true) { for (;;) { for (;;) { i = i + 1; } } }\nawait knex.schema.dropTable('a');")
        assert reasons(read(text)) == ["the rest of the migration is not examined: it runs too long, or is nested too deeply"]


PIECES = st.sampled_from(
    [
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        "`",
        "${",
        "'",
        '"',
        "await ",
        "=>",
        "...",
        "?.",
        ",",
        ";",
        "null",
        "knex",
        ".raw(",
        "for (",
        "if (",
        "é",
        "😀",
    ]
)
WHOLE = KNEX.format(
    "for (const t of ['a', 'b']) { await knex.schema.createTable(t, (x) => { x.increments(); x.string(`${t}_x`); }); }"
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE)), PIECES), min_size=1, max_size=6))
def test_no_text_makes_it_fail(edits: list[tuple[int, str]]) -> None:
    text = WHOLE
    for place, piece in edits:
        text = text[:place] + piece + text[place:]
    migration = read_code_migration(SourceText("migrations/1_a.js", text))
    for found in migration.up if migration is not None else ():
        list(read_statements(found))
