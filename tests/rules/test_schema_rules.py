"""Judgements of the rules on schemas and migrations that their examples do not show: remedies, confidence, options."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.engine.review import review
from advisor.finding import Confidence, Finding, Severity
from advisor.remedies import CreateIndex, DropIndex, ReplaceIndex
from advisor.rule import Example, prisma, prisma_migrations, project, sql, typescript
from tests.rules.spoken import write_example as write


class Reviewer:
    """Reviews an example in a folder of its own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        monkeypatch.chdir(folder)

    def __call__(self, example: Example, rule: str) -> list[Finding]:
        write(example, self.folder)
        result = review(".", select=[rule])
        assert [lost for lost in result.skipped if lost.kind == "failed"] == []
        return [finding for finding in result.findings if finding.rule == rule]


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reviewer:
    return Reviewer(tmp_path, monkeypatch)


def test_two_foreign_keys_on_one_column_are_one_finding(found: Reviewer) -> None:
    findings = found(
        sql("""
            CREATE TABLE a (id bigint PRIMARY KEY);
            CREATE TABLE b (id bigint PRIMARY KEY);
            CREATE TABLE c (id bigint PRIMARY KEY, x bigint REFERENCES a REFERENCES b);
        """),
        "unindexed-foreign-key",
    )
    assert [finding.subject for finding in findings] == ["public.c.x"]


def test_a_partitioned_table_is_told_once_and_indexed_partition_by_partition(found: Reviewer) -> None:
    findings = found(
        sql("""
            CREATE TABLE devices (id bigint PRIMARY KEY);
            CREATE TABLE readings (device_id bigint REFERENCES devices, at date NOT NULL) PARTITION BY RANGE (at);
            CREATE TABLE readings_2026 PARTITION OF readings FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
        """),
        "unindexed-foreign-key",
    )
    (finding,) = findings
    assert finding.remedy is not None
    assert finding.remedy.up().splitlines() == [
        "CREATE INDEX readings_device_id_idx ON ONLY readings (device_id);",
        "CREATE INDEX CONCURRENTLY readings_2026_device_id_idx ON readings_2026 (device_id);",
        "ALTER INDEX readings_device_id_idx ATTACH PARTITION readings_2026_device_id_idx;",
    ]


def test_an_index_under_another_collation_is_none_for_the_foreign_key(found: Reviewer) -> None:
    findings = found(
        sql("""
            CREATE TABLE a (id text PRIMARY KEY);
            CREATE TABLE b (id bigint PRIMARY KEY, a_id text REFERENCES a);
            CREATE INDEX ON b (a_id COLLATE "C");
        """),
        "unindexed-foreign-key",
    )
    assert isinstance(findings[0].remedy, CreateIndex)
    assert findings[0].remedy.up() == "CREATE INDEX CONCURRENTLY b_a_id_idx1 ON b (a_id);"


def test_a_part_of_a_composite_key_that_may_find_many_rows_makes_the_finding_possible(found: Reviewer) -> None:
    findings = found(
        sql("""
            CREATE TABLE orders (tenant_id bigint, number bigint, PRIMARY KEY (tenant_id, number));
            CREATE TABLE lines (tenant_id bigint, number bigint, FOREIGN KEY (tenant_id, number) REFERENCES orders);
            CREATE INDEX lines_tenant ON lines (tenant_id);
        """),
        "unindexed-foreign-key",
    )
    assert [finding.confidence for finding in findings] == [Confidence.POSSIBLE]
    assert "lines_tenant" in findings[0].message


HASH = prisma("""
    model Post {
      id    Int    @id
      title String

      @@index([title], type: Hash)
    }
""")


def code(call: str) -> Example:
    return HASH + typescript(f"""
        import {{ PrismaClient }} from '@prisma/client';
        const prisma = new PrismaClient();
        export const run = (text: string) => {call};
    """)


@pytest.mark.parametrize(
    ("call", "confidence", "index"),
    [
        ("prisma.post.findMany({ orderBy: { title: 'asc' } })", Confidence.CERTAIN, 'ON "Post" (title);'),
        ("prisma.post.findMany({ where: { title: { gte: text } } })", Confidence.CERTAIN, 'ON "Post" (title);'),
        ("prisma.post.findMany({ where: { title: { startsWith: text } } })", Confidence.CERTAIN, "(title text_pattern_ops);"),
        ("prisma.post.findMany({ where: { title: { contains: text } } })", Confidence.LIKELY, "USING gin (title gin_trgm_ops);"),
        ("prisma.post.findMany({ where: { title: text }, orderBy: { title: 'asc' } })", Confidence.CERTAIN, 'ON "Post" (title);'),
        ("prisma.post.findMany()", Confidence.POSSIBLE, 'ON "Post" (title);'),
    ],
)
def test_what_the_code_asks_of_a_hash_index_decides(found: Reviewer, call: str, confidence: Confidence, index: str) -> None:
    (finding,) = found(code(call), "hash-index-misuse")
    assert finding.confidence is confidence
    assert isinstance(finding.remedy, ReplaceIndex)
    assert index in finding.remedy.up()
    assert len(finding.related) == (0 if confidence is Confidence.POSSIBLE else 1)


@pytest.mark.parametrize(
    "call",
    [
        "prisma.post.findMany({ where: { title: text } })",
        "prisma.post.findMany({ where: { title: { in: [text, 'b'] } } })",
        "[prisma.post.findMany({ where: { title: text } }), prisma.post.findMany({ where: { title: { contains: text } } })]",
    ],
)
def test_a_hash_index_whose_text_is_looked_up_by_equality_alone_is_left_alone(found: Reviewer, call: str) -> None:
    assert found(code(call), "hash-index-misuse") == []


def test_a_hash_index_beside_a_btree_is_dropped_not_replaced(found: Reviewer) -> None:
    findings = found(
        sql("""
            CREATE TABLE users (id bigint PRIMARY KEY, email text);
            CREATE INDEX users_email ON users (email, id);
            CREATE INDEX users_email_hash ON users USING hash (email);
        """),
        "hash-index-misuse",
    )
    assert isinstance(findings[0].remedy, DropIndex)
    assert findings[0].confidence is Confidence.LIKELY


def test_a_hash_index_of_two_columns_is_an_error_since_the_migration_will_fail(found: Reviewer) -> None:
    (finding,) = found(
        prisma("""
            model Visit {
              id   Int    @id
              host String
              path String

              @@index([host, path], type: Hash)
            }
        """),
        "hash-index-misuse",
    )
    assert finding.severity is Severity.ERROR


def test_the_remedy_of_a_text_search_index_wraps_the_nullable_column_alone(found: Reviewer) -> None:
    (finding,) = found(
        sql("""
            CREATE TABLE posts (id bigint PRIMARY KEY, title text NOT NULL, content text);
            CREATE INDEX posts_search ON posts USING gin (to_tsvector('english', title || ' ' || content));
        """),
        "text-search-on-nullable",
    )
    assert finding.remedy is not None
    assert "coalesce(content, '')" in finding.remedy.up()
    assert "coalesce(title" not in finding.remedy.up()


HISTORY = ["CREATE TABLE posts (id bigint PRIMARY KEY, a int, b int);", "CREATE INDEX posts_a ON posts (a);"]


def test_a_prisma_migration_of_one_statement_is_changed_in_place(found: Reviewer) -> None:
    (finding,) = found(prisma_migrations(*HISTORY), "create-index-not-concurrent")
    assert finding.remedy is not None
    assert finding.remedy.up() == "CREATE INDEX CONCURRENTLY posts_a ON posts (a);"
    assert finding.remedy.edits(None)


def test_a_statement_beside_others_must_move_and_is_not_changed_in_place(found: Reviewer) -> None:
    (finding,) = found(
        prisma_migrations(HISTORY[0], "ALTER TABLE posts ADD COLUMN c int;\nCREATE INDEX posts_a ON posts (a);"),
        "create-index-not-concurrent",
    )
    assert finding.remedy is not None
    assert finding.remedy.up().startswith("-- prisma migrate dev --create-only --name build_posts_a\nCREATE INDEX CONCURRENTLY")
    assert finding.remedy.edits(None) == ()


def test_what_many_old_migrations_do_is_told_once_at_the_newest_of_them(found: Reviewer) -> None:
    indexes = [f"CREATE INDEX posts_{column} ON posts ({column});" for column in ("a", "b", "id")]
    history = prisma_migrations(HISTORY[0], *indexes, *(f"CREATE TABLE t{number} (id bigint PRIMARY KEY);" for number in range(5)))
    (finding,) = found(history, "create-index-not-concurrent")
    assert finding.message.startswith("index posts_id is built")
    assert finding.message.endswith("; 2 older migrations do the same")
    assert [related.message.split()[1] for related in finding.related] == ["posts_b", "posts_a"]


def test_what_two_old_migrations_do_is_told_of_each(found: Reviewer) -> None:
    history = prisma_migrations(*HISTORY, "CREATE INDEX posts_b ON posts (b);", *(f"CREATE TABLE t{n} (id int);" for n in range(5)))
    assert len(found(history, "create-index-not-concurrent")) == 2


def test_what_an_old_migration_of_a_history_does_is_only_possible(found: Reviewer) -> None:
    history = prisma_migrations(*HISTORY, *(f"CREATE TABLE t{number} (id bigint PRIMARY KEY);" for number in range(5)))
    assert [each.confidence for each in found(history, "create-index-not-concurrent")] == [Confidence.POSSIBLE]
    asked = history + project({"advisor.toml": "[migrations]\npending = 6\n"})
    assert [each.confidence for each in found(asked, "create-index-not-concurrent")] == [Confidence.CERTAIN]


def test_what_is_applied_everywhere_is_named_in_the_configuration(found: Reviewer) -> None:
    applied = project({"advisor.toml": '[migrations]\nstart-after = "0002"\n'})
    assert found(prisma_migrations(*HISTORY) + applied, "create-index-not-concurrent") == []


def test_an_index_on_a_materialized_view_in_use_blocks_its_refresh(found: Reviewer) -> None:
    (finding,) = found(
        project(
            {
                "migrations/001.sql": "CREATE TABLE a (id int PRIMARY KEY); CREATE MATERIALIZED VIEW m AS SELECT id FROM a;",
                "migrations/002.sql": "CREATE INDEX m_id ON m (id);",
            }
        ),
        "create-index-not-concurrent",
    )
    assert "refreshes of m wait" in finding.message


@pytest.mark.parametrize(
    ("table", "up"),
    [
        (
            "CREATE TABLE t (a int NOT NULL);",
            "ALTER TABLE t ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;",
        ),
        (
            "CREATE TABLE t (id bigint NOT NULL, a int);",
            (
                "-- Fails where rows repeat or hold NULL: mend them first.\n"
                "CREATE UNIQUE INDEX CONCURRENTLY t_pkey ON t (id);\n"
                "ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY USING INDEX t_pkey;"
            ),
        ),
        (
            "CREATE TABLE t (a int NOT NULL); CREATE UNIQUE INDEX t_a ON t (a);",
            "ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY USING INDEX t_a;",
        ),
        (
            "CREATE TABLE t (a int NOT NULL UNIQUE);",
            (
                "CREATE UNIQUE INDEX CONCURRENTLY t_pkey ON t (a);\n"
                "ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY USING INDEX t_pkey, DROP CONSTRAINT t_a_key;"
            ),
        ),
    ],
)
def test_a_primary_key_is_made_of_what_is_there(found: Reviewer, table: str, up: str) -> None:
    (finding,) = found(sql(table), "missing-primary-key")
    assert finding.remedy is not None
    assert finding.remedy.up() == up


def test_a_preview_feature_is_judged_by_the_version_that_is_installed(found: Reviewer) -> None:
    schema = """
        generator client {
          provider        = "prisma-client-js"
          previewFeatures = ["metrics", "views", "fullTextSearch", "fullTextSearchPostgres"]
        }
    """
    files = {"package.json": '{"devDependencies": {"prisma": "7.2.0"}}', "prisma/schema.prisma": schema}
    metrics, search = found(project(files), "preview-feature-retired")
    assert metrics.severity is Severity.ERROR
    assert search.severity is Severity.WARNING
    assert metrics.remedy == search.remedy
    assert metrics.remedy is not None
    assert metrics.remedy.up() == 'previewFeatures = ["views", "fullTextSearchPostgres"]'


PARTITIONED = """
    CREATE TABLE hits (id int, at date NOT NULL, title text, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
    CREATE TABLE hits_2025 PARTITION OF hits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    CREATE TABLE hits_rest PARTITION OF hits DEFAULT;
"""


@pytest.mark.parametrize(
    ("rule", "statements"),
    [
        ("duplicate-index", "CREATE INDEX a ON hits (at); CREATE INDEX b ON hits (at);"),
        ("index-duplicates-constraint", "CREATE INDEX a ON hits (id, at);"),
        ("redundant-index", "CREATE INDEX a ON hits (id);"),
        ("hash-index-misuse", "CREATE INDEX a ON hits USING hash (at);"),
        ("text-search-on-nullable", "CREATE INDEX a ON hits USING gin (to_tsvector('english', title || note));"),
    ],
)
def test_an_index_of_a_partitioned_table_is_spoken_of_once_not_for_each_partition(
    found: Reviewer, rule: str, statements: str
) -> None:
    (finding,) = found(sql(PARTITIONED + statements), rule)
    assert finding.subject.startswith("public.hits.")


def test_a_partitions_own_index_is_spoken_of(found: Reviewer) -> None:
    text = PARTITIONED + "CREATE INDEX a ON hits (at); CREATE INDEX b ON hits_rest (at);"
    (finding,) = found(sql(text), "duplicate-index")
    assert finding.subject == "public.hits_rest.b"


def test_an_inherited_generated_column_is_spoken_of_where_it_is_declared(found: Reviewer) -> None:
    text = """
        CREATE TABLE a (id int PRIMARY KEY, x text, y text,
                        s tsvector GENERATED ALWAYS AS (to_tsvector('english', x || y)) STORED);
        CREATE TABLE b (PRIMARY KEY (id)) INHERITS (a);
    """
    (finding,) = found(sql(text), "text-search-on-nullable")
    assert finding.subject == "public.a.s"


def test_a_search_within_a_text_is_given_the_extension_that_serves_it(found: Reviewer) -> None:
    (finding,) = found(code("prisma.post.findMany({ where: { title: { contains: text } } })"), "hash-index-misuse")
    assert finding.remedy
    assert finding.remedy.up().startswith("CREATE EXTENSION IF NOT EXISTS pg_trgm;\n")
    assert finding.remedy.prisma(review(".").project.databases[0].schema) == '@@index([title(ops: raw("gin_trgm_ops"))], type: Gin)'


def test_the_remedy_for_a_partitioned_table_takes_what_its_partitions_have(found: Reviewer) -> None:
    (finding,) = found(
        sql("""
            CREATE TABLE d (id int PRIMARY KEY);
            CREATE TABLE r (d int REFERENCES d, at date, PRIMARY KEY (at, d)) PARTITION BY LIST (at);
            CREATE TABLE r_a PARTITION OF r FOR VALUES IN ('2025-01-01');
            CREATE INDEX ON r_a (d);
            CREATE TABLE r_b PARTITION OF r DEFAULT PARTITION BY HASH (d);
            CREATE TABLE r_b_1 PARTITION OF r_b FOR VALUES WITH (modulus 1, remainder 0);
        """),
        "unindexed-foreign-key",
    )
    assert finding.remedy
    assert finding.remedy.up().splitlines() == [
        "CREATE INDEX r_d_idx ON ONLY r (d);",
        "ALTER INDEX r_d_idx ATTACH PARTITION r_a_d_idx;",
        "CREATE INDEX r_b_d_idx ON ONLY r_b (d);",
        "CREATE INDEX CONCURRENTLY r_b_1_d_idx ON r_b_1 (d);",
        "ALTER INDEX r_b_d_idx ATTACH PARTITION r_b_1_d_idx;",
        "ALTER INDEX r_d_idx ATTACH PARTITION r_b_d_idx;",
    ]
    assert finding.remedy.down() == "DROP INDEX r_d_idx;\nCREATE INDEX CONCURRENTLY r_a_d_idx ON r_a (d);"
