"""Drizzle schemas: what is read of the code, and that it is what drizzle-kit builds.

`fixtures/orm/drizzle/drizzle` is what `drizzle-kit generate` wrote (see `scripts/record_orm_ddl.py`).
"""

from __future__ import annotations

from advisor.model import Name, SourceText
from advisor.sources.orm.drizzle import read_drizzle
from advisor.sources.sql import read_sql
from tests.sources.orm.reading import FIXTURES, drizzle, facts, files_below, modules_of

FOLDER = FIXTURES / "drizzle"
IMPORT = "import { pgTable, text, integer, index, uniqueIndex, uuid, timestamp } from 'drizzle-orm/pg-core';\n"


def test_the_fixture_is_what_drizzle_kit_builds() -> None:
    schema, problems = read_drizzle(*modules_of(files_below(FOLDER), ["src/db/index.ts"]), "snake_case")
    migration = FOLDER / "drizzle" / "0000_first.sql"
    built = read_sql([SourceText(migration.name, migration.read_text())])
    assert problems == []
    assert list(built.problems) == []
    assert facts(schema) == facts(built.schema)
    assert {(enum.name, enum.values) for enum in schema.enums} == {(enum.name, enum.values) for enum in built.schema.enums}
    assert schema.sequences == built.schema.sequences


def test_a_table_knows_what_the_code_calls_it_and_where_it_stands() -> None:
    schema, _ = drizzle(IMPORT + "export const users = pgTable('app_users', {\n  firstName: text('first_name').notNull(),\n});\n")
    table = schema.table(Name("public", "app_users"))
    assert table is not None
    assert table.name_location is not None
    assert (table.model, table.location.line, table.name_location.column) == ("users", 2, 30)
    (column,) = table.columns
    assert (column.name, column.field, column.type, column.nullable) == ("first_name", "firstName", "text", False)
    assert (column.location.line, column.location.column) == (3, 3)


def test_a_foreign_key_stands_where_references_is_written() -> None:
    schema, _ = drizzle(
        IMPORT
        + "export const users = pgTable('users', { id: integer().primaryKey() });\n"
        + "export const posts = pgTable('posts', { author: integer().references(() => users.id, { onDelete: 'cascade' }) });\n"
    )
    (key,) = schema.tables[1].foreign_keys
    assert (key.name, key.columns, key.referenced_columns, key.on_delete) == (
        "posts_author_users_id_fk",
        ("author",),
        ("id",),
        "CASCADE",
    )
    assert (key.location.line, key.location.column, key.location.end_column) == (3, 59, 110)


def test_descending_keys_have_nulls_last_unless_it_is_said() -> None:
    schema, _ = drizzle(
        IMPORT
        + "export const t = pgTable('t', { a: integer() }, (t) => ["
        + "index('x').on(t.a.desc()), index('y').on(t.a.desc().nullsFirst())]);"
    )
    assert [(key.descending, key.nulls_first) for index in schema.tables[0].indexes for key in index.keys] == [
        (True, False),
        (True, None),
    ]


def test_a_made_up_index_name_is_marked() -> None:
    schema, _ = drizzle(
        IMPORT + "export const t = pgTable('t', { a: integer(), b: text() }, (t) => ({ i: uniqueIndex().on(t.a, t.b) }));"
    )
    (index,) = schema.tables[0].indexes
    assert (index.name, index.unique, index.name_is_default) == ("t_a_b_index", True, True)


def test_shared_columns_factories_and_barrels_are_followed_across_files() -> None:
    schema, problems = drizzle(
        "export * from './tables';",
        tables=IMPORT
        + "import { stamps as shared, owned, NAMES } from './shared.js';\n"
        + "export const posts = pgTable(NAMES.posts, { ...shared, ...owned('blog') });",
        shared="import { timestamp, text } from 'drizzle-orm/pg-core';\n"
        "export const NAMES = { posts: 'posts' } as const;\n"
        "export const stamps = { madeAt: timestamp('made_at', { withTimezone: true }).defaultNow() };\n"
        "export function owned(kind: string) { const column = `${kind}_owner`; return { owner: text(column) }; }",
    )
    assert problems == []
    assert [(column.name, column.type) for column in schema.tables[0].columns] == [
        ("made_at", "timestamp with time zone"),
        ("blog_owner", "text"),
    ]
    assert schema.tables[0].columns[0].location.path == "shared.ts"


def test_client_side_defaults_are_not_the_databases() -> None:
    schema, _ = drizzle(IMPORT + "export const t = pgTable('t', { a: text().$defaultFn(() => 'x'), b: uuid().defaultRandom() });")
    assert [str(column.default) for column in schema.tables[0].columns] == ["None", "gen_random_uuid()"]


def test_a_column_of_an_unknown_builder_is_said_and_the_table_stays() -> None:
    schema, problems = drizzle(
        IMPORT + "import { money } from 'columns-of-ours';\nexport const t = pgTable('t', { a: money(), b: text() });"
    )
    assert [column.name for column in schema.tables[0].columns] == ["b"]
    assert [(problem.reason, problem.location and problem.location.line) for problem in problems] == [
        ("the type of t.a is not known: it is not written out in code that can be followed", 3)
    ]


def test_a_spread_that_is_not_seen_is_said() -> None:
    schema, problems = drizzle(
        IMPORT + "import { shared } from 'elsewhere';\nexport const t = pgTable('t', { a: text(), ...shared });"
    )
    assert [column.name for column in schema.tables[0].columns] == ["a"]
    assert len(problems) == 1
    assert problems[0].reason.startswith("not all columns of table t are known")


def test_bad_sql_costs_only_the_default_that_holds_it() -> None:
    schema, problems = drizzle(
        IMPORT + "import { sql } from 'drizzle-orm';\nexport const t = pgTable('t', { a: text().default(sql`now(`), b: text() });"
    )
    assert [column.name for column in schema.tables[0].columns] == ["a", "b"]
    assert [problem.location and problem.location.line for problem in problems] == [3]


def test_tables_of_other_databases_are_left_alone() -> None:
    schema, problems = drizzle("import { sqliteTable } from 'drizzle-orm/sqlite-core';\nexport const t = sqliteTable('t', {});")
    assert schema.tables == ()
    assert [(problem.reason, problem.kind) for problem in problems] == [("a table of another database (SQLite)", "left alone")]


def test_a_table_that_is_not_exported_is_not_in_the_database() -> None:
    schema, _ = drizzle(IMPORT + "const hidden = pgTable('hidden', { a: text() });")
    assert schema.tables == ()


def test_relations_of_both_versions_are_read() -> None:
    tables = (
        IMPORT
        + "export const users = pgTable('users', { id: integer().primaryKey() });\n"
        + "export const posts = pgTable('posts', { authorId: integer('author_id') });\n"
    )
    old, _ = drizzle(
        tables
        + "import { relations } from 'drizzle-orm';\n"
        + "export const r = relations(posts, ({ one }) => ({\n"
        + "  author: one(users, { fields: [posts.authorId], references: [users.id] }) }));\n"
        + "export const s = relations(users, ({ many }) => ({ posts: many(posts) }));"
    )
    new, _ = drizzle(
        tables
        + "import { defineRelations } from 'drizzle-orm';\n"
        + "export const r = defineRelations({ users, posts }, (r) => ({\n"
        + "  posts: { author: r.one.users({ from: r.posts.authorId, to: r.users.id }) }, users: { posts: r.many.posts() } }));"
    )
    for schema in (old, new):
        users, posts = schema.tables
        assert [(one.field, one.target.name, one.many, one.columns, one.referenced_columns) for one in posts.relations] == [
            ("author", "users", False, ("author_id",), ("id",))
        ]
        assert [(one.field, one.target.name, one.many) for one in users.relations] == [("posts", "posts", True)]


def test_code_that_calls_itself_comes_to_an_end() -> None:
    schema, problems = drizzle(IMPORT + "const f = (n) => f(n);\nexport const t = pgTable(f('x'), { a: text() });")
    assert schema.tables == ()
    assert len(problems) == 1
