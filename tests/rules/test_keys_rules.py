"""Judgements of the rules on keys that their examples do not show: confidence, severity, what is said once, remedies."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from advisor.engine.registry import all_rules
from advisor.finding import Confidence, Finding, Severity
from advisor.rule import Example, prisma, prisma_migrations, project, sql
from advisor.sources.read import read_project
from tests.rules.test_schema_rules import Reviewer, found

__all__ = ["found"]


def subjects(findings: list[Finding]) -> list[str]:
    return [finding.subject for finding in findings]


def up(finding: Finding) -> str:
    assert finding.remedy is not None
    return finding.remedy.up()


def down(finding: Finding) -> str:
    assert finding.remedy is not None
    back = finding.remedy.down()
    assert back is not None
    return back


@pytest.fixture
def server(throwaway_postgres: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(throwaway_postgres, autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS keys")
        admin.execute("CREATE DATABASE keys")
        with psycopg.connect(throwaway_postgres, dbname="keys", autocommit=True) as connection:
            yield connection
        admin.execute("DROP DATABASE keys")


def run(server: psycopg.Connection, text: str) -> None:
    for statement in text.split(";"):
        if any(line.strip() and not line.strip().startswith("--") for line in statement.splitlines()):
            server.execute(statement)


# missing-primary-key


def test_tables_without_a_key_are_told_once_where_they_are_many_and_named(found: Reviewer) -> None:
    bare = "\n".join(f"CREATE TABLE t{number} (x int);" for number in range(11))
    almost = "\n".join(f"CREATE TABLE u{number} (x int NOT NULL UNIQUE);" for number in range(11))
    with_key = "\n".join(f"CREATE TABLE k{number} (x int PRIMARY KEY);" for number in range(40))
    without, unique = found(sql(f"{bare}\n{almost}\n{with_key}"), "missing-primary-key")
    assert without.message.startswith("11 of 62 tables have no primary key (t0, t1, t2, t3, t4, t5, t6, t7, 3 more)")
    assert (without.severity, without.remedy) == (Severity.WARNING, None)
    assert unique.message.startswith("11 of 62 tables have a unique key and no primary key")
    assert unique.severity is Severity.INFO
    assert unique.subject == "unique keys that are not the primary key"
    assert up(unique).count("ADD CONSTRAINT") == down(unique).count("ADD CONSTRAINT") == 11
    (few,) = found(sql("".join(f"CREATE TABLE t{number} (x int);" for number in range(8))), "missing-primary-key")
    assert few.message.startswith("8 of 8 tables have no primary key (t0, t1, t2, t3, t4, t5, t6, t7): ")


def test_a_table_of_references_alone_gets_its_natural_key_and_back(found: Reviewer, server: psycopg.Connection) -> None:
    schema = "CREATE TABLE tags (post_id int, tag_id int);"
    (finding,) = found(sql(schema), "missing-primary-key")
    server.execute(schema)
    run(server, up(finding))
    with pytest.raises(psycopg.errors.NotNullViolation):
        server.execute("INSERT INTO tags VALUES (1, NULL)")
    run(server, down(finding))
    server.execute("INSERT INTO tags VALUES (1, NULL)")


def test_a_unique_key_that_others_refer_to_stays_beside_the_primary_key(found: Reviewer, server: psycopg.Connection) -> None:
    schema = """
        CREATE TABLE users (name text NOT NULL UNIQUE);
        CREATE TABLE posts (id int PRIMARY KEY, author text REFERENCES users (name));
    """
    (finding,) = found(sql(schema), "missing-primary-key")
    server.execute(schema)
    run(server, up(finding))
    run(server, down(finding))


# short-primary-key


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (500, []),
        (50_000_000, [(Confidence.LIKELY, Severity.WARNING)]),
        (1_500_000_000, [(Confidence.CERTAIN, Severity.ERROR)]),
    ],
)
def test_the_rows_that_are_expected_decide_on_a_short_key(
    found: Reviewer, rows: int, expected: list[tuple[Confidence, Severity]]
) -> None:
    example = project(
        {
            "advisor.toml": f"[assumptions.rows]\nevents = {rows}\n",
            "schema.sql": "CREATE TABLE events (id serial PRIMARY KEY, at timestamptz);",
        }
    )
    assert [(finding.confidence, finding.severity) for finding in found(example, "short-primary-key")] == expected


def test_a_short_key_that_nothing_counts_up_is_a_possible_note(found: Reviewer) -> None:
    (finding,) = found(sql("CREATE TABLE posts (id integer PRIMARY KEY, at timestamptz);"), "short-primary-key")
    assert (finding.confidence, finding.severity) == (Confidence.POSSIBLE, Severity.INFO)


def test_short_keys_throughout_are_told_once_and_a_single_one_by_its_name(found: Reviewer) -> None:
    alike = "\n".join(f"CREATE TABLE t{number} (id serial PRIMARY KEY, at timestamptz);" for number in range(3))
    (finding,) = found(sql(alike), "short-primary-key")
    assert finding.message.startswith("3 of 3 keys")
    assert up(finding).count("TYPE bigint") == up(finding).count("AS bigint") == 3
    outlier = alike.replace("serial", "bigserial", 2)
    assert subjects(found(sql(outlier), "short-primary-key")) == ["public.t2.id"]


def test_an_identity_key_is_widened_without_its_sequence_and_with_what_refers_to_it(
    found: Reviewer, server: psycopg.Connection
) -> None:
    schema = """
        CREATE TABLE posts (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at date);
        CREATE TABLE notes (id bigserial PRIMARY KEY, post_id int NOT NULL REFERENCES posts, a bigint REFERENCES posts);
    """
    (finding,) = found(sql(schema), "short-primary-key")
    assert "SEQUENCE" not in up(finding)
    assert up(finding).count("ALTER TABLE") == 2
    server.execute(schema)
    run(server, up(finding))
    (kind,) = server.execute("SELECT data_type::text FROM pg_sequences WHERE sequencename = 'posts_id_seq'").fetchone() or ("",)
    assert kind == "bigint"


def test_a_key_that_fills_up_is_told_beside_what_a_prisma_schema_does_throughout(found: Reviewer) -> None:
    models = "".join(f"model {name} {{\n  id Int @id @default(autoincrement())\n  at DateTime\n}}\n" for name in "ABCDEF")
    example = prisma(models) + project({"advisor.toml": "[assumptions.rows]\nC = 1_500_000_000\n"})
    note, full = sorted(found(example, "short-primary-key"), key=lambda finding: finding.at)
    assert (full.subject, full.severity) == ("public.C.id", Severity.ERROR)
    assert note.message.startswith("5 of 6 keys")
    assert (note.subject, note.severity) == ("integer keys throughout", Severity.INFO)


# serial-column


def test_an_identity_goes_on_where_the_serial_stood_and_back(found: Reviewer, server: psycopg.Connection) -> None:
    schema = "CREATE TABLE posts (id serial PRIMARY KEY, title text);"
    (finding,) = found(sql(schema), "serial-column")
    server.execute(schema)
    insert = "INSERT INTO posts (title) VALUES ('a') RETURNING id"
    drawn = []
    for step in ("", up(finding), down(finding)):
        run(server, step)
        drawn.append(server.execute(insert).fetchone())
    assert drawn == [(1,), (2,), (3,)]


def test_serial_columns_throughout_are_told_once_and_a_late_one_by_its_name(found: Reviewer) -> None:
    both = "CREATE TABLE a (id serial PRIMARY KEY);\nCREATE TABLE b (id serial PRIMARY KEY);\n"
    (once,) = found(sql(both), "serial-column")
    assert once.subject == "serial throughout"
    assert up(once).count("ADD GENERATED") == down(once).count("DROP IDENTITY") == 2
    mixed = both.replace("b (id serial", "b (id int GENERATED ALWAYS AS IDENTITY")
    assert subjects(found(sql(mixed), "serial-column")) == ["public.a.id"]


def test_what_prisma_made_serial_is_left_and_what_sql_added_is_told(found: Reviewer) -> None:
    tables = 'CREATE TABLE "Post" (id SERIAL PRIMARY KEY); CREATE TABLE jobs (no SERIAL PRIMARY KEY);'
    example = prisma("model Post {\n  id Int @id @default(autoincrement())\n}\n") + prisma_migrations(tables)
    assert subjects(found(example, "serial-column")) == ["public.jobs.no"]


# random-uuid-key


def test_a_table_that_gets_large_makes_a_random_key_likely(found: Reviewer) -> None:
    example = project(
        {
            "advisor.toml": "[assumptions.rows]\nevents = 5_000_000\n",
            "schema.sql": "CREATE TABLE events (id uuid PRIMARY KEY DEFAULT gen_random_uuid());",
        }
    )
    assert [finding.confidence for finding in found(example, "random-uuid-key")] == [Confidence.LIKELY]


def test_what_is_sure_of_random_keys_is_told_beside_the_note_that_counts_the_others(found: Reviewer) -> None:
    names = "abcde"
    example = project(
        {
            "advisor.toml": "[assumptions.rows]\na = 5_000_000\n",
            "schema.sql": "\n".join(
                [
                    *(f"CREATE TABLE {name} (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), at date);" for name in names),
                    *(f"CREATE TABLE n{number} (id int PRIMARY KEY);" for number in range(10)),
                ]
            ),
        }
    )
    likely, note = found(example, "random-uuid-key")
    assert (likely.subject, likely.confidence) == ("public.a.id", Confidence.LIKELY)
    assert note.message.startswith("4 of 15 primary keys are random")
    assert (note.confidence, note.remedy) == (Confidence.POSSIBLE, None)


def test_before_version_18_the_database_draws_no_ordered_uuids(found: Reviewer) -> None:
    schema = {"schema.sql": "CREATE TABLE events (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), at date);"}
    (new,) = found(project(schema), "random-uuid-key")
    assert "uuidv7()" in up(new)
    (old,) = found(project({**schema, "advisor.toml": "postgres_version = 16\n"}), "random-uuid-key")
    assert old.remedy is None


@pytest.mark.parametrize(("version", "edited"), [("^5.17.0", False), ("^5.18.0", True), ("^6.2.0", True)])
def test_prisma_draws_ordered_uuids_from_5_18_on(found: Reviewer, version: str, edited: bool) -> None:
    example = prisma("model Event {\n  id String @id @default(uuid())\n  at DateTime\n}\n") + project(
        {"package.json": f'{{"devDependencies": {{"prisma": "{version}"}}}}'}
    )
    (finding,) = found(example, "random-uuid-key")
    assert (finding.remedy is not None) == edited


# foreign-key-type-mismatch


@pytest.mark.parametrize(
    ("key", "reference", "expected"),
    [
        ("bigint", "smallint", "warning"),
        ("integer", "bigint", "info"),
        ("numeric", "integer", "warning"),
        ("text", "char(8)", "warning"),
        ("char(8)", "varchar(8)", "warning"),
        ("timestamptz", "date", "info"),
        ("varchar(40)", "varchar(36)", "info"),
        ("varchar(36)", "varchar(40)", None),
        ("varchar(36)", "text", None),
        ("integer", "int4", None),
        ("integer", "numeric", "error"),
        ("bigint", "text", "error"),
        ("uuid", "varchar(36)", "error"),
        ("citext", "text", "error"),
        ("date", "text", "error"),
        ("integer", "boolean", "error"),
        ("double precision", "real", "info"),
        ("double precision", "text", "error"),
        ("text", "citext", "warning"),
        ("timestamptz", "timestamp", "info"),
        ("double precision", "integer", "warning"),
        ("numeric", "double precision", "error"),
    ],
)
def test_what_comes_of_two_types(
    found: Reviewer, server: psycopg.Connection, key: str, reference: str, expected: str | None
) -> None:
    server.execute("CREATE EXTENSION IF NOT EXISTS citext")
    schema = f"CREATE TABLE a (id {key} PRIMARY KEY); CREATE TABLE b (x {reference} REFERENCES a);"
    findings = found(sql(f"CREATE EXTENSION citext; {schema}"), "foreign-key-type-mismatch")
    assert [finding.severity.value for finding in findings if finding.severity] == ([expected] if expected else [])
    try:
        server.execute(schema)
        refused = False
    except psycopg.errors.DatatypeMismatch:
        refused = True
    assert refused == (expected == "error")


def test_an_enum_fits_no_other_type(found: Reviewer) -> None:
    schema = """
        CREATE TYPE mood AS ENUM ('a');
        CREATE TABLE m (id mood PRIMARY KEY);
        CREATE TABLE u (m text REFERENCES m, n mood REFERENCES m);
    """
    assert subjects(found(sql(schema), "foreign-key-type-mismatch")) == ["public.u.m"]


# duplicate-foreign-key


def test_of_two_foreign_keys_that_disagree_none_is_proposed_to_go(found: Reviewer) -> None:
    (finding,) = found(
        sql("""
            CREATE TABLE a (id int PRIMARY KEY);
            CREATE TABLE b (x int REFERENCES a ON DELETE CASCADE, CONSTRAINT again FOREIGN KEY (x) REFERENCES a ON DELETE RESTRICT);
        """),
        "duplicate-foreign-key",
    )
    assert "ON DELETE CASCADE and ON DELETE RESTRICT" in finding.message
    assert finding.remedy is None


def test_the_order_of_columns_makes_no_other_foreign_key(found: Reviewer) -> None:
    tables = "CREATE TABLE a (p int, q int, PRIMARY KEY (p, q));\nCREATE TABLE b (x int, y int, "
    same = "FOREIGN KEY (x, y) REFERENCES a (p, q), FOREIGN KEY (y, x) REFERENCES a (q, p));"
    crossed = "FOREIGN KEY (x, y) REFERENCES a (p, q), FOREIGN KEY (y, x) REFERENCES a (p, q));"
    assert len(found(sql(tables + same), "duplicate-foreign-key")) == 1
    assert found(sql(tables + crossed), "duplicate-foreign-key") == []


# missing-foreign-key


def test_a_name_that_has_the_foreign_key_elsewhere_makes_it_likely(found: Reviewer) -> None:
    findings = found(
        sql("""
            CREATE TABLE users (id bigint PRIMARY KEY);
            CREATE TABLE teams (id bigint PRIMARY KEY, user_id bigint REFERENCES users);
            CREATE TABLE rooms (id bigint PRIMARY KEY);
            CREATE TABLE likes (id bigint PRIMARY KEY, user_id bigint, team_id bigint, room_id bigint REFERENCES rooms);
        """),
        "missing-foreign-key",
    )
    assert [(finding.subject, finding.confidence) for finding in findings] == [
        ("public.likes.user_id", Confidence.LIKELY),
        ("public.likes.team_id", Confidence.POSSIBLE),
    ]


def test_a_schema_without_foreign_keys_is_told_once(found: Reviewer) -> None:
    tables = "".join(f"CREATE TABLE t{n} (id bigint PRIMARY KEY, user_id bigint NOT NULL);\n" for n in range(6))
    (finding,) = found(sql(f"CREATE TABLE users (id bigint PRIMARY KEY);\n{tables}"), "missing-foreign-key")
    assert finding.message.startswith("6 of 6")
    assert finding.confidence is Confidence.POSSIBLE


@pytest.mark.parametrize("name", ["audit_entries", "page_views", "EventLog", "jobs"])
def test_records_of_what_was_need_no_foreign_key(found: Reviewer, name: str) -> None:
    example = f'CREATE TABLE users (id bigint PRIMARY KEY);\nCREATE TABLE "{name}" (id bigint PRIMARY KEY, user_id bigint);'
    assert found(sql(example), "missing-foreign-key") == []
    assert len(found(sql(example.replace(name, "viewpoints")), "missing-foreign-key")) == 1


def test_the_prisma_schema_gets_both_sides_of_the_relation(found: Reviewer) -> None:
    (finding,) = found(
        prisma("model Team {\n  id Int @id\n}\nmodel Member {\n  id Int @id\n  teamId Int?\n}\n"), "missing-foreign-key"
    )
    assert finding.remedy is not None
    (database,) = read_project(["."]).project.databases
    assert finding.remedy.prisma(database.schema) == (
        "team Team? @relation(fields: [teamId], references: [id])\n// and in Team:\nmembers Member[]"
    )


def test_a_second_relation_of_two_models_gets_a_name_and_fields_that_are_free(found: Reviewer) -> None:
    (finding,) = found(
        prisma("""
            model Team {
              id      Int      @id
              members Member[]
            }
            model Member {
              id      Int    @id
              team    String
              mainId  Int
              main    Team   @relation(fields: [mainId], references: [id])
              team_id Int
            }
        """),
        "missing-foreign-key",
    )
    assert finding.remedy is not None
    (database,) = read_project(["."]).project.databases
    assert finding.remedy.prisma(database.schema) == (
        'teamRecord Team @relation("Member_teamRecord", fields: [team_id], references: [id])\n'
        '// and in Team:\nmembersRecord Member[] @relation("Member_teamRecord")'
    )


def test_a_table_without_any_foreign_key_where_several_are_due_has_decided_so(found: Reviewer) -> None:
    tables = """
        CREATE TABLE users (id bigint PRIMARY KEY);
        CREATE TABLE teams (id bigint PRIMARY KEY, user_id bigint REFERENCES users);
        CREATE TABLE rooms (id bigint PRIMARY KEY, team_id bigint REFERENCES teams);
        CREATE TABLE likes (id bigint PRIMARY KEY, user_id bigint, team_id bigint);
    """
    assert [finding.confidence for finding in found(sql(tables), "missing-foreign-key")] == [Confidence.POSSIBLE] * 2
    keyed = tables.replace("likes (id bigint PRIMARY KEY,", "likes (id bigint PRIMARY KEY, room_id bigint REFERENCES rooms,")
    assert [finding.confidence for finding in found(sql(keyed), "missing-foreign-key")] == [Confidence.LIKELY] * 2


def test_what_is_only_possible_is_one_note_where_it_is_more_than_a_few(found: Reviewer) -> None:
    names = [f"q{letter}" for letter in "abcdefghij"]
    tables = "".join(f"CREATE TABLE {name}s (id bigint PRIMARY KEY, {names[n - 1]}_id bigint);\n" for n, name in enumerate(names))
    guarded = tables.replace("bigint);", "bigint REFERENCES xs);", 6)
    findings = found(sql(f"CREATE TABLE xs (id bigint PRIMARY KEY);\n{guarded}"), "missing-foreign-key")
    assert [finding.subject for finding in findings] == ["references without a foreign key"]
    assert findings[0].message.startswith("4 of 10 columns")


# circular-foreign-keys


def test_two_circles_are_two_findings_and_what_leads_to_them_is_none(found: Reviewer) -> None:
    def pair(one: str, other: str) -> str:
        return (
            f"CREATE TABLE {one} (id int PRIMARY KEY, x int NOT NULL);\n"
            f"CREATE TABLE {other} (id int PRIMARY KEY, x int NOT NULL REFERENCES {one});\n"
            f"ALTER TABLE {one} ADD FOREIGN KEY (x) REFERENCES {other};\n"
        )

    bridge = "CREATE TABLE e (id int PRIMARY KEY, a int NOT NULL REFERENCES a, c int NOT NULL REFERENCES c);\n"
    findings = found(sql(pair("a", "b") + pair("c", "d") + bridge), "circular-foreign-keys")
    assert subjects(findings) == ["public.a(x)", "public.c(x)"]


def test_the_deferred_key_lets_the_pair_in(found: Reviewer, server: psycopg.Connection) -> None:
    schema = """
        CREATE TABLE a (id int PRIMARY KEY, b_id int NOT NULL);
        CREATE TABLE b (id int PRIMARY KEY, a_id int NOT NULL REFERENCES a);
        ALTER TABLE a ADD FOREIGN KEY (b_id) REFERENCES b;
    """
    (finding,) = found(sql(schema), "circular-foreign-keys")
    server.execute(schema)
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        server.execute("INSERT INTO a VALUES (1, 1); INSERT INTO b VALUES (1, 1)")
    run(server, up(finding))
    server.execute("BEGIN; INSERT INTO a VALUES (1, 1); INSERT INTO b VALUES (1, 1); COMMIT")
    run(server, down(finding))


# nullable-unique


def test_the_index_in_its_place_holds_where_the_old_one_did_not(found: Reviewer, server: psycopg.Connection) -> None:
    schema = """
        CREATE TABLE folders (id int PRIMARY KEY);
        CREATE TABLE files (id int, folder_id int REFERENCES folders, name text NOT NULL, UNIQUE (folder_id, name));
    """
    (finding,) = found(sql(schema), "nullable-unique")
    server.execute(schema)
    run(server, up(finding))
    server.execute("INSERT INTO files VALUES (1, NULL, 'a')")
    with pytest.raises(psycopg.errors.UniqueViolation):
        server.execute("INSERT INTO files VALUES (2, NULL, 'a')")
    run(server, down(finding))
    server.execute("INSERT INTO files VALUES (2, NULL, 'a')")


def test_before_version_15_a_second_index_covers_the_rows_with_null(found: Reviewer, server: psycopg.Connection) -> None:
    schema = "CREATE TABLE prices (sku text NOT NULL, currency text, UNIQUE (sku, currency));"
    (finding,) = found(project({"schema.sql": schema, "advisor.toml": "postgres_version = 14\n"}), "nullable-unique")
    assert "WHERE currency IS NULL" in up(finding)
    server.execute(schema)
    run(server, up(finding))
    run(server, down(finding))


def test_a_mark_of_deletion_is_a_warning(found: Reviewer) -> None:
    (finding,) = found(
        prisma("""
            model User {
              id        Int       @id
              email     String
              deletedAt DateTime?

              @@unique([email, deletedAt])
            }
        """),
        "nullable-unique",
    )
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.LIKELY)
    assert '"deletedAt" IS NULL' in up(finding)


# nullable-boolean


def test_a_default_makes_a_nullable_boolean_certain_and_a_name_excuses_one_without(found: Reviewer) -> None:
    findings = found(
        sql("CREATE TABLE t (id int PRIMARY KEY, a bool DEFAULT false, b bool, approved bool, passed bool DEFAULT false);"),
        "nullable-boolean",
    )
    assert [(finding.subject, finding.confidence) for finding in findings] == [
        ("public.t.a", Confidence.CERTAIN),
        ("public.t.b", Confidence.POSSIBLE),
        ("public.t.passed", Confidence.CERTAIN),
    ]


def test_of_a_table_that_the_input_never_creates_nothing_is_known_of_null(found: Reviewer) -> None:
    example = project({"migrations/002.sql": "ALTER TABLE users ADD COLUMN active boolean DEFAULT true;"})
    assert found(example, "nullable-boolean") == []


# cascade-over-large-table, wide-primary-key


def test_what_hangs_on_one_table_directly_is_not_deep(found: Reviewer) -> None:
    tables = """
        CREATE TABLE orgs (id int PRIMARY KEY);
        CREATE TABLE a (id int PRIMARY KEY, o int REFERENCES orgs ON DELETE CASCADE);
        CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a ON DELETE CASCADE, o int REFERENCES orgs ON DELETE CASCADE);
        CREATE TABLE c (id int PRIMARY KEY, b int REFERENCES b ON DELETE CASCADE);
    """
    assert found(sql(tables), "cascade-over-large-table") == []
    deeper = tables.replace(", o int REFERENCES orgs ON DELETE CASCADE);\n        CREATE TABLE c", ");\n        CREATE TABLE c")
    assert len(found(sql(deeper), "cascade-over-large-table")) == 1


def levels(number: int) -> Example:
    tables = ["CREATE TABLE t0 (id int PRIMARY KEY);"]
    tables += [
        f"CREATE TABLE t{n} (id int PRIMARY KEY, up int REFERENCES t{n - 1} ON DELETE CASCADE);" for n in range(1, number + 1)
    ]
    return sql("\n".join(tables)) + project({"advisor.toml": "[rules.cascade-over-large-table]\nlevels = 4\n"})


def test_how_deep_is_too_deep_can_be_set(found: Reviewer) -> None:
    assert found(levels(3), "cascade-over-large-table") == []
    assert len(found(levels(4), "cascade-over-large-table")) == 1


def test_the_columns_that_partitioning_demands_do_not_make_a_key_wide(found: Reviewer) -> None:
    table = "CREATE TABLE r (a int, b int, c int, d int, at date, PRIMARY KEY (a, b, c, d, at))"
    assert found(sql(f"{table} PARTITION BY RANGE (at);"), "wide-primary-key") == []
    assert subjects(found(sql(f"{table};"), "wide-primary-key")) == ["public.r"]


def test_wide_keys_throughout_are_told_once(found: Reviewer) -> None:
    tables = "\n".join(f"CREATE TABLE t{n} (a int, b int, c int, d int, e int, PRIMARY KEY (a, b, c, d, e));" for n in range(6))
    (finding,) = found(sql(tables), "wide-primary-key")
    assert (finding.subject, finding.message) == ("wide primary keys throughout", "6 primary keys have more than 4 columns")


# the rules that are off


@pytest.mark.parametrize(
    "rule", ["natural-primary-key", "identity-by-default", "key-not-first", "foreign-key-across-schemas", "nullable-foreign-key"]
)
def test_rules_of_taste_are_silent_unless_asked(rule: str) -> None:
    (asked,) = [each for each in all_rules() if each.name == rule]
    assert asked.severity is Severity.OFF


@pytest.mark.parametrize(
    ("rule", "table", "subject", "message"),
    [
        (
            "key-not-first",
            "CREATE TABLE t{} (name text, id int PRIMARY KEY);",
            "keys that do not stand first",
            "the primary keys of 6 of 6 tables do not stand first",
        ),
        (
            "natural-primary-key",
            "CREATE TABLE t{} (name text PRIMARY KEY);",
            "natural keys throughout",
            "6 primary keys are texts that mean something, and may change",
        ),
        (
            "identity-by-default",
            "CREATE TABLE t{} (id int GENERATED BY DEFAULT AS IDENTITY);",
            "identity by default throughout",
            "6 of 6 identity columns take any number they are given",
        ),
        (
            "foreign-key-across-schemas",
            "CREATE TABLE t{} (user_id int REFERENCES other.users);",
            "foreign keys across schemas",
            "6 of 6 foreign keys leave their schema",
        ),
        (
            "nullable-foreign-key",
            "CREATE TABLE t{} (user_id int REFERENCES users);",
            "nullable foreign keys",
            "6 of 6 foreign keys may be NULL",
        ),
        (
            "nullable-unique",
            "CREATE TABLE t{} (sku text NOT NULL, per text, UNIQUE (sku, per));",
            "unique keys with NULL",
            "6 of 6 unique keys have a column that may be NULL: with NULL, rows may repeat",
        ),
    ],
)
def test_what_a_schema_does_throughout_is_told_once_by_these_too(
    found: Reviewer, rule: str, table: str, subject: str, message: str
) -> None:
    (finding,) = found(sql("\n".join(table.format(n) for n in range(6))), rule)
    assert (finding.subject, finding.message) == (subject, message)
    assert (finding.remedy is not None) == (rule == "identity-by-default")
    if finding.remedy:
        assert up(finding).count("SET GENERATED ALWAYS") == down(finding).count("SET GENERATED BY DEFAULT") == 6
