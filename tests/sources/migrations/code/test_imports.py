"""Migrations that use constants, functions and classes of other files of the project."""

from __future__ import annotations

from collections.abc import Mapping

from advisor.model import SourceText
from advisor.sources.evaluation.modules import Modules
from advisor.sources.migrations.code import read_code_migration
from advisor.sources.migrations.texts import MigrationText
from tests.sources.migrations.code.test_code_migrations import KNEX, reasons, up

PATH = "src/migrations/20240101_add.ts"


def read(text: str, others: Mapping[str, str]) -> MigrationText:
    files = {PATH: text, **others}
    modules = Modules(files, lambda path: SourceText(path, files[path]))
    migration = read_code_migration(SourceText(PATH, text), lambda: modules)
    assert migration is not None
    return migration


def test_a_name_from_another_file() -> None:
    text = "import { TABLE } from '../names';\n" + KNEX.format("await knex.schema.dropTable(TABLE);")
    migration = read(text, {"src/names.ts": "export const TABLE = 'posts';"})
    assert (up(migration), reasons(migration)) == (['drop table "posts"'], [])


def test_a_function_from_another_file_is_placed_at_its_call() -> None:
    text = "import { addAudit } from './audit';\n" + KNEX.format("  await addAudit(knex, 'posts');")
    body = "await knex.raw('DROP TABLE x');\n  await knex.schema.dropTable(table);"
    audit = f"export async function addAudit(knex, table) {{\n\n\n\n  {body}\n}}"
    migration = read(text, {"src/migrations/audit.ts": audit})
    assert (up(migration), reasons(migration)) == (["DROP TABLE x", 'drop table "posts"'], [])
    places = [text.location(0) for text in migration.up]
    assert [(place.path, place.line, place.column) for place in places] == [(PATH, 3, 9), (PATH, 3, 9)]


def test_what_a_function_of_another_file_leaves_is_placed_at_its_call() -> None:
    text = "import { addAudit } from './audit';\n" + KNEX.format("  await addAudit(knex);")
    migration = read(
        text, {"src/migrations/audit.ts": "\n\n\n\n\n\nexport const addAudit = (knex) => knex.schema.dropTable(process.argv[2]);"}
    )
    (problem,) = migration.problems
    assert problem.location is not None
    assert (problem.path, problem.location.path, problem.location.line) == (PATH, PATH, 3)


def test_a_class_above_in_another_file() -> None:
    text = """
    import { Base } from './base';
    export class Add1700000000000 extends Base {
      async up(queryRunner) { await super.up(queryRunner); await this.add(queryRunner, 'b'); }
    }
    """
    base = """
    import { MigrationInterface } from 'typeorm';
    export abstract class Base implements MigrationInterface {
      table = 'posts';
      async up(queryRunner) { await this.add(queryRunner, 'a'); }
      async down(queryRunner) { await queryRunner.query(`ALTER TABLE ${this.table} DROP a`); }
      protected add(queryRunner, column) { return queryRunner.query(`ALTER TABLE ${this.table} ADD ${column} text`); }
    }
    """
    migration = read(text, {"src/migrations/base.ts": base})
    assert (migration.tool, up(migration), reasons(migration)) == (
        "typeorm",
        ["ALTER TABLE posts ADD a text", "ALTER TABLE posts ADD b text"],
        [],
    )
    assert len(migration.down) == 1


def test_a_list_that_changes_in_another_file_is_not_believed() -> None:
    text = "import { TABLES } from '../names';\n" + KNEX.format(
        "for (const table of TABLES) { await knex.schema.dropTable(table); }"
    )
    migration = read(text, {"src/names.ts": "export const TABLES = ['a'];\nTABLES.push('b');"})
    assert (up(migration), len(reasons(migration))) == ([], 1)


def test_an_object_of_another_file_that_is_handed_the_tool_is_reported() -> None:
    text = "import { Builder } from 'builder';\n" + KNEX.format("const builder = new Builder(knex);\nawait builder.run();")
    assert reasons(read(text, {})) == ["what `Builder` does is not examined: it is defined elsewhere"]


def test_files_that_import_each_other() -> None:
    text = "import { a } from '../a';\n" + KNEX.format("await knex.schema.dropTable(a());")
    others = {
        "src/a.ts": "import { b } from './b'; export const NAME = 'posts'; export const a = () => b();",
        "src/b.ts": "import { NAME } from './a'; export const b = () => NAME;",
    }
    assert up(read(text, others)) == ['drop table "posts"']
