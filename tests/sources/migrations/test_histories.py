"""Which SQL files belong together, of which tool they are, and in which order they run."""

from __future__ import annotations

import pytest

from advisor.model import SourceText
from advisor.sources.migrations.histories import SqlGroup, group_sql, is_down_file
from advisor.sources.migrations.order import natural_order, order_of

CREATE = "CREATE TABLE a ();"


def texts(*paths: str) -> list[SourceText]:
    return [SourceText(path, CREATE) for path in paths]


def only_group(sources: list[SourceText], **beside: str) -> SqlGroup:
    """The one group that files make; `beside` are the files that fix an order, by path with `__` for a slash."""
    orders = {path: SourceText(path, text) for path, text in ((name.replace("__", "/"), text) for name, text in beside.items())}
    (group,) = group_sql(sources, orders=orders)
    return group


def names(group: SqlGroup) -> list[str]:
    return [migration.name for migration in group.migrations]


def test_prisma_migrations_are_one_history_in_order_of_their_folders() -> None:
    paths = ["prisma/migrations/20240202_b/migration.sql", "prisma/migrations/20240101_a/migration.sql"]
    (group,) = group_sql(texts(*paths), ["prisma/migrations"])
    assert (group.folder, group.kind, group.tool) == ("prisma/migrations", "prisma", "prisma")
    assert group.paths == (paths[1], paths[0])
    assert names(group) == ["20240101_a", "20240202_b"]


def test_numbered_files_of_a_folder_are_a_history() -> None:
    group = only_group(texts("db/10_c.sql", "db/9_b.sql"))
    assert (group.kind, group.tool) == ("history", "sql")
    assert group.paths == ("db/9_b.sql", "db/10_c.sql")


def test_other_sql_files_are_loose_by_folder() -> None:
    found = [(group.folder, group.kind, group.paths) for group in group_sql(texts("sql/indexes.sql", "docs/x.sql"))]
    assert found == [("docs", "loose", ("docs/x.sql",)), ("sql", "loose", ("sql/indexes.sql",))]


@pytest.mark.parametrize("name", ["001_users.down.sql", "001.undo.users.sql", "U2__undo.sql", "20240101_x_rollback.sql"])
def test_a_way_back_alone_is_not_run_and_said(name: str) -> None:
    assert is_down_file(f"migrations/{name}")
    (group,) = group_sql(texts(f"migrations/{name}"))
    assert group.paths == ()
    assert [problem.reason for problem in group.problems] == ["a down migration"]


def test_up_and_down_in_folders_of_their_own_are_one_migration() -> None:
    paths = ["migrations/2024_a/up.sql", "migrations/2024_a/down.sql", "migrations/2025_b/up.sql"]
    (group,) = group_sql(texts(*paths))
    assert (group.folder, group.tool, group.paths) == ("migrations", "diesel", (paths[0], paths[2]))
    assert [len(migration.down) for migration in group.migrations] == [1, 0]


def test_files_that_do_and_undo_by_their_number_are_one_migration() -> None:
    paths = ["db/migrations/001.do.users.sql", "db/migrations/001.undo.drop_users.sql", "db/migrations/002.do.posts.sql"]
    group = only_group(texts(*paths))
    assert group.paths == (paths[0], paths[2])
    assert [[source.path for source in migration.down] for migration in group.migrations] == [[paths[1]], []]


def test_folders_named_by_milliseconds_are_hasura_s() -> None:
    group = only_group(texts("hasura/migrations/default/1614000000000_a/up.sql"))
    assert (group.tool, names(group)) == ("hasura", ["1614000000000_a"])


def test_numbers_in_names_compare_as_numbers() -> None:
    assert sorted(["a10.sql", "a9.sql", "b1.sql"], key=natural_order) == ["a9.sql", "a10.sql", "b1.sql"]


def test_drizzle_runs_what_its_journal_lists_in_that_order() -> None:
    journal = '{"entries": [{"idx": 0, "tag": "0001_b"}, {"idx": 1, "tag": "0000_a"}, {"idx": 2, "tag": "0002_gone"}]}'
    sources = texts("drizzle/0000_a.sql", "drizzle/0001_b.sql", "drizzle/0003_new.sql")
    (group,) = group_sql(sources, orders={"drizzle/meta/_journal.json": SourceText("drizzle/meta/_journal.json", journal)})
    assert (group.tool, names(group)) == ("drizzle", ["0001_b.sql", "0000_a.sql"])
    assert [(problem.path, problem.reason) for problem in group.problems] == [
        ("drizzle/0003_new.sql", "not in the journal: Drizzle does not run it"),
        ("drizzle/meta/_journal.json", "the journal names 0002_gone.sql, which is not there"),
    ]


def test_a_snapshot_beside_each_migration_is_drizzle_s_newer_layout() -> None:
    sources = texts("drizzle/20240101_a/migration.sql")
    (group,) = group_sql(sources, orders={"drizzle/20240101_a/snapshot.json": SourceText("drizzle/20240101_a/snapshot.json", "")})
    assert (group.tool, group.kind) == ("drizzle", "history")


def test_flyway_orders_by_version_and_repeats_last() -> None:
    files = ["R__views.sql", "V1_10__d.sql", "V1.2__c.sql", "V1__a.sql", "V1_0_1__b.sql", "U1__a.sql", "V2__e.sql"]
    group = only_group(texts(*(f"db/{name}" for name in files)))
    assert names(group) == ["V1__a.sql", "V1_0_1__b.sql", "V1.2__c.sql", "V1_10__d.sql", "V2__e.sql", "R__views.sql"]
    assert [migration.version for migration in group.migrations] == ["1", "1.0.1", "1.2", "1.10", "2", None]
    assert [migration.repeatable for migration in group.migrations] == [False] * 5 + [True]
    assert [len(migration.down) for migration in group.migrations] == [1, 0, 0, 0, 0, 0]


def test_a_script_of_flyway_s_may_run_outside_a_transaction() -> None:
    conf = SourceText("db/V1__a.sql.conf", "executeInTransaction=false\n")
    (group,) = group_sql(texts("db/V1__a.sql"), orders={conf.path: conf})
    assert [migration.transactional for migration in group.migrations] == [False]


def test_up_and_down_files_are_paired() -> None:
    group = only_group(texts("m/2_b.up.sql", "m/10_c.up.sql", "m/2_b.down.sql", "m/1_a.up.sql"))
    assert (group.tool, names(group)) == ("golang-migrate", ["1_a.up.sql", "2_b.up.sql", "10_c.up.sql"])
    assert [len(migration.down) for migration in group.migrations] == [0, 1, 0]


@pytest.mark.parametrize(("name", "down"), [("1_add_magic.up.sql", "1_drop_magic.down.sql"), ("30_b.up.sql", "30_c.down.sql")])
def test_golang_migrate_pairs_files_by_version(name: str, down: str) -> None:
    group = only_group(texts(f"m/{name}", f"m/{down}", "m/31_x.up.sql"))
    assert (group.tool, group.problems) == ("golang-migrate", ())
    assert [[source.path for source in migration.down] for migration in group.migrations] == [[f"m/{down}"], []]


def test_files_that_sqlx_does_not_run_are_not_sqlx_s() -> None:
    cargo = SourceText("Cargo.toml", '[dependencies]\nsqlx = "0.8"\n')
    (group,) = group_sql(texts("migrations/upgrade-10.sql", "migrations/upgrade-9.sql"), orders={cargo.path: cargo})
    assert (group.tool, names(group)) == ("sql", ["upgrade-9.sql", "upgrade-10.sql"])


def test_numbered_tests_are_no_migrations() -> None:
    (group,) = group_sql(texts("supabase/tests/01_policies.sql"))
    assert group.kind == "loose"


def test_rollbacks_by_release_are_not_run() -> None:
    groups = group_sql(texts("db/init_dbs/1.2.0/1.2.0.sql", "db/rollback_dbs/1.2.0/1.2.0.sql"))
    assert [(group.paths, [problem.reason for problem in group.problems]) for group in groups] == [
        ((), ["a down migration"]),
        (("db/init_dbs/1.2.0/1.2.0.sql",), []),
    ]


def test_a_journal_that_names_none_of_the_files_orders_nothing() -> None:
    journal = SourceText("drizzle/meta/_journal.json", '{"entries": [{"tag": "0000_gone"}]}')
    (group,) = group_sql(texts("drizzle/0001_b.sql", "drizzle/0000_a.sql"), orders={journal.path: journal})
    assert group.paths == ("drizzle/0000_a.sql", "drizzle/0001_b.sql")
    assert [problem.reason for problem in group.problems] == ["the journal names none of the files: the order is that of the names"]


def test_a_rust_project_with_sqlx_has_its_migrations_run_by_sqlx() -> None:
    sources = [SourceText("migrations/1_a.sql", "-- no-transaction\nCREATE INDEX CONCURRENTLY ON a (b);")]
    cargo = SourceText("Cargo.toml", '[dependencies]\nsqlx = "0.8"\n')
    (group,) = group_sql(sources, orders={cargo.path: cargo})
    assert (group.tool, group.migrations[0].transactional) == ("sqlx", False)


@pytest.mark.parametrize("owner", ["gobuffalo", "ory"])
def test_a_go_project_with_pop_has_its_migrations_run_by_pop(owner: str) -> None:
    module = SourceText("go.mod", f"require (\n\tgithub.com/{owner}/pop/v6 v6.1.1\n)\n")
    (group,) = group_sql(texts("migrations/1_a.up.sql"), orders={module.path: module})
    assert group.tool == "pop"


@pytest.mark.parametrize(
    ("tool", "text"),
    [
        ("goose", "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE TABLE a ();\n-- +goose Down\nDROP TABLE a;\n"),
        ("dbmate", "-- migrate:up transaction:false\nCREATE TABLE a ();\n-- migrate:down\nDROP TABLE a;\n"),
        ("sql-migrate", "-- +migrate Up notransaction\nCREATE TABLE a ();\n-- +migrate Down\nDROP TABLE a;\n"),
    ],
)
def test_marks_part_the_ways_and_tell_the_tool(tool: str, text: str) -> None:
    group = only_group([SourceText("db/001_a.sql", text)])
    (migration,) = group.migrations
    assert (group.tool, migration.transactional) == (tool, False)
    assert migration.up[0].text.split() == ["CREATE", "TABLE", "a", "();"] or "DROP" not in migration.up[0].text
    assert migration.down[0].text.split()[-3:] == ["DROP", "TABLE", "a;"]
    assert [len(part.text) for part in (*migration.up, *migration.down)] == [len(text)] * 2


def test_node_pg_migrate_needs_no_mark_for_the_way_up() -> None:
    text = "CREATE TABLE a ();\n-- Down Migration\nDROP TABLE a;\n"
    (migration,) = only_group([SourceText("migrations/1700000000000_a.sql", text)]).migrations
    assert (migration.tool, migration.up[0].text.strip()) == ("node-pg-migrate", "CREATE TABLE a ();")
    assert "DROP TABLE a;" in migration.down[0].text


def test_an_up_section_after_a_down_section_is_kept() -> None:
    (migration,) = only_group(
        [SourceText("db/1.sql", "-- migrate:down\nDROP TABLE a;\n-- migrate:up\nCREATE TABLE a ();\n")]
    ).migrations
    assert "DROP" not in migration.up[0].text
    assert "CREATE TABLE a" in migration.up[0].text


LIQUIBASE = """--liquibase formatted sql

--changeset ada:1 runInTransaction:false
CREATE INDEX CONCURRENTLY i ON a (b);
--rollback DROP INDEX i;

--changeset "Grace H":two dbms:mysql
CREATE TABLE b (id int);

--changeset ada:three runOnChange:true splitStatements:false endDelimiter:/
--preconditions onFail:MARK_RAN
CREATE VIEW v AS SELECT 1
/
/* liquibase rollback
DROP VIEW v;
*/
"""


def test_changesets_of_liquibase_are_migrations() -> None:
    group = only_group([SourceText("db/001.sql", LIQUIBASE)], **{"db__changelog.xml": "<x/>"})
    first, second, third = group.migrations
    assert group.tool == "liquibase"
    assert names(group) == ["001.sql::1::ada", "001.sql::two::Grace H", "001.sql::three::ada"]
    assert (first.transactional, first.down[0].text.strip()) == (False, "DROP INDEX i;")
    assert second.up == ()
    assert [problem.reason for problem in second.problems] == ["changeset two is for mysql"]
    assert third.repeatable
    assert "SELECT 1\n;\n" in third.up[0].text
    assert third.down[0].text.strip() == "DROP VIEW v;"
    assert [problem.path for problem in group.problems] == ["db/changelog.xml"]


def test_sqitch_deploys_by_its_plan() -> None:
    plan = "%project=x\n\nusers 2024-01-01T00:00:00Z A <a@b> # users\nalpha [users] 2024-01-02T00:00:00Z A <a@b>\n"
    sources = texts("deploy/alpha.sql", "deploy/users.sql", "deploy/lost.sql", "revert/users.sql", "verify/users.sql")
    group = only_group(sources, **{"sqitch.plan": plan})
    assert (group.tool, names(group)) == ("sqitch", ["users", "alpha"])
    assert [len(migration.down) for migration in group.migrations] == [1, 0]
    assert [problem.path for problem in group.problems] == ["deploy/lost.sql"]


def test_dumps_of_several_databases_in_one_folder_are_kept_apart() -> None:
    head = "SELECT pg_catalog.set_config('search_path', '', false);\n"
    main = head + "CREATE TABLE public.users (\n);\nCREATE TABLE public.schema_migrations (\n);\n"
    sources = [
        SourceText("db/analytics_structure.sql", head + "CREATE TABLE public.schema_migrations (\n);\n"),
        SourceText("db/indexes.sql", "CREATE INDEX ON users (id);"),
        SourceText("db/structure.sql", main),
    ]
    assert [group.paths for group in group_sql(sources)] == [
        ("db/indexes.sql", "db/structure.sql"),
        ("db/analytics_structure.sql",),
    ]
    data = SourceText("db/data.sql", head + "COPY public.users FROM stdin;\n\\.\n")
    assert only_group([sources[2], data]).paths == ("db/data.sql", "db/structure.sql")


def test_atlas_and_supabase_order_by_the_name_as_text() -> None:
    atlas = only_group(texts("m/10_b.sql", "m/9_a.sql"), **{"m__atlas.sum": "h1:x\n"})
    assert (atlas.tool, names(atlas)) == ("atlas", ["10_b.sql", "9_a.sql"])
    assert only_group(texts("supabase/migrations/20240101_a.sql")).tool == "supabase"


@pytest.mark.parametrize(
    ("tool", "ordered"),
    [("goose", ["9_z.sql", "010_a.sql"]), ("dbmate", ["010_a.sql", "9_z.sql"]), ("prisma", ["010_a", "9_z"])],
)
def test_each_tool_has_its_own_order(tool: str, ordered: list[str]) -> None:
    assert sorted({*ordered}, key=order_of(tool)) == ordered
