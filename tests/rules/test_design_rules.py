"""Judgements of the rules of design that their examples do not show: traps, habits, confidence, options, remedies on rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from advisor.finding import Confidence, Finding
from advisor.rule import Example, prisma, project, sql
from tests.rules.test_schema_rules import Reviewer


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reviewer:
    return Reviewer(tmp_path, monkeypatch)


@pytest.fixture
def server(throwaway_postgres: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(throwaway_postgres, autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS design")
        admin.execute("CREATE DATABASE design")
        with psycopg.connect(throwaway_postgres, dbname="design", autocommit=True) as connection:
            yield connection
        admin.execute("DROP DATABASE design")


def subjects(findings: list[Finding]) -> list[str]:
    return [finding.subject for finding in findings]


def run(connection: psycopg.Connection, text: str | None) -> None:
    for statement in (text or "").split(";"):
        if any(line.strip() and not line.strip().startswith("--") for line in statement.splitlines()):
            connection.execute(statement)


def tables(count: int, columns: str, start: int = 0) -> str:
    return "".join(f"CREATE TABLE things_{number} (id bigint PRIMARY KEY, {columns});\n" for number in range(start, start + count))


# reserved-word


def test_a_reserved_word_that_is_a_value_is_told_as_one(found: Reviewer) -> None:
    findings = found(sql("""CREATE TABLE "user" (id bigint PRIMARY KEY, "null" text);"""), "reserved-word")
    assert [finding.message for finding in findings] == [
        "table user is called by a reserved word: without quotes FROM user is no error but the name of the session's role",
        "column null of user is called by a reserved word: without quotes SELECT null is no error but the constant",
    ]


@pytest.mark.parametrize("text", ["user", "current_date", "session_user", "localtime"])
def test_a_word_that_is_a_value_answers_without_quotes(server: psycopg.Connection, text: str) -> None:
    server.execute(f'CREATE TABLE "{text}" (id bigint, "{text}" text)')
    assert len(server.execute(f"SELECT * FROM {text}").fetchall()) == 1
    assert server.execute(f"SELECT {text} FROM pg_class LIMIT 1").fetchone() is not None


def test_partitions_and_heirs_do_not_repeat_a_reserved_word(found: Reviewer) -> None:
    findings = found(
        sql("""
            CREATE TABLE hits ("end" date NOT NULL) PARTITION BY RANGE ("end");
            CREATE TABLE hits_1 PARTITION OF hits DEFAULT;
            CREATE TABLE special (n int) INHERITS (hits_2);
        """),
        "reserved-word",
    )
    assert subjects(findings) == ["public.hits.end"]


def test_names_with_capitals_are_no_reserved_words_and_orms_make_them_possible(found: Reviewer) -> None:
    findings = found(
        prisma("""
            model User {
              id    Int @id
              order Int
              Group Int
            }
        """),
        "reserved-word",
    )
    assert [(finding.subject, finding.confidence) for finding in findings] == [("public.User.order", Confidence.POSSIBLE)]


def test_many_reserved_words_are_one_finding(found: Reviewer) -> None:
    (finding,) = found(sql("""CREATE TABLE a (id bigint, "end" int, "order" int, "limit" int, "user" int);"""), "reserved-word")
    assert finding.subject == "reserved words throughout"
    assert "(end, limit, order, user)" in finding.message


@pytest.mark.parametrize(("migrations", "confidence"), [("knex", Confidence.POSSIBLE), (None, Confidence.LIKELY)])
def test_a_builder_that_quotes_makes_reserved_words_possible(
    found: Reviewer, migrations: str | None, confidence: Confidence
) -> None:
    built = """
        exports.up = (knex) => knex.schema.createTable('steps', (table) => { table.integer('order') })
        exports.down = (knex) => knex.schema.dropTable('steps')
    """
    written = 'CREATE TABLE steps ("order" int);'
    files = {"migrations/20240101000000_steps.js": built} if migrations else {"migrations/001.sql": written}
    (finding,) = found(project(files), "reserved-word")
    assert (finding.subject, finding.confidence) == ("public.steps.order", confidence)


# identifier-too-long


def test_long_names_of_old_migrations_are_only_possible(found: Reviewer) -> None:
    files = {f"migrations/00{number}.sql": f"CREATE TABLE {chr(96 + number) * 64} (id bigint);" for number in range(1, 8)}
    findings = found(project(files), "identifier-too-long")
    assert [finding.confidence for finding in findings] == [Confidence.POSSIBLE] * 2 + [Confidence.CERTAIN] * 5


def test_many_long_names_are_one_finding(found: Reviewer) -> None:
    text = "".join(f"CREATE TABLE {letter * 64} (id bigint);\n" for letter in "abcdefghijk")
    (finding,) = found(sql(text), "identifier-too-long")
    assert finding.message == "11 names have more than 63 bytes: PostgreSQL keeps the first 63 of each"


# wide-table


def test_a_wide_table_says_which_columns_belong_together(found: Reviewer) -> None:
    billing = ", ".join(f"billing_{letter} text" for letter in "abcdef")
    others = ", ".join(f"{letter}{letter} text" for letter in "abcd")
    settings = project({"advisor.toml": "[rules.wide-table]\nmore-than = 10\n"})
    (finding,) = found(settings + sql(f"CREATE TABLE customers (id bigint PRIMARY KEY, {billing}, {others});"), "wide-table")
    assert finding.message == "customers has 11 columns (6 of billing): a change of one writes the whole row anew"
    assert finding.confidence is Confidence.POSSIBLE


def test_the_three_most_common_first_words_are_shown(found: Reviewer) -> None:
    counts = {"billing": 8, "shipping": 7, "contact": 6, "legal": 5, "has": 9}
    columns = ", ".join(f"{word}_{chr(97 + number)} text" for word, count in counts.items() for number in range(count))
    settings = project({"advisor.toml": "[rules.wide-table]\nmore-than = 10\n"})
    (finding,) = found(settings + sql(f"CREATE TABLE customers (id bigint PRIMARY KEY, {columns});"), "wide-table")
    assert "(8 of billing, 7 of shipping, 6 of contact)" in finding.message


# Habits

UNIQUE = "".join(f"CREATE TABLE t{number} (a int CONSTRAINT once_{number} UNIQUE);" for number in range(5))
OPTIONS = project({"advisor.toml": "[rules.wide-table]\nmore_than = 2\n[rules.missing-comment]\ncolumns = true\n"})


@pytest.mark.parametrize(
    ("rule", "example", "subject", "message"),
    [
        ("wide-table", sql(tables(5, "a int, b int")), "wide tables throughout", "5 of 5 tables have more than 2 columns"),
        (
            "numbered-columns",
            sql(tables(5, "tag1 text, tag2 text, tag3 text")),
            "numbered columns throughout",
            "5 of 5 tables keep",
        ),
        ("list-in-column", sql(tables(5, "links text DEFAULT '[]'")), "lists in texts throughout", "5 texts hold lists"),
        ("required-columns", sql(tables(5, "a int")), "demanded columns", "5 of 5 tables do not have created_at and updated_at"),
        (
            "single-column-table",
            sql(tables(5, "CHECK (id > 0)")),
            "tables of one column throughout",
            "5 of 5 tables have one column",
        ),
        (
            "timestamp-suffix",
            sql(tables(5, "made date")),
            "names of dates throughout",
            "5 of 5 dates do not end in date or on or day",
        ),
        (
            "unnamed-constraint",
            sql(tables(5, "a int UNIQUE")),
            "unnamed constraints throughout",
            "5 of 5 constraints have no names",
        ),
        ("cryptic-name", sql(tables(11, "q int")), "cryptic names throughout", "11 of 33 names say nothing"),
        (
            "naming-pattern",
            sql(UNIQUE),
            "names of each unique constraint",
            "5 of 5 names do not match the unique constraint pattern",
        ),
    ],
)
def test_a_habit_is_told_once(found: Reviewer, rule: str, example: Example, subject: str, message: str) -> None:
    (finding,) = found(OPTIONS + example, rule)
    assert finding.subject == subject
    assert finding.message.startswith(message)


def test_comments_are_asked_for_once_for_tables_and_once_for_columns(found: Reviewer) -> None:
    told = {finding.subject: finding.message for finding in found(OPTIONS + sql(tables(5, "a int")), "missing-comment")}
    assert told == {
        "comments on tables": "5 of 5 tables have no comment",
        "comments on columns": "5 of 5 columns have no comment",
    }


def test_many_heirs_of_one_table_are_one_finding_with_a_few_beside_it(found: Reviewer) -> None:
    heirs = "".join(f"CREATE TABLE part_{number} (n int) INHERITS (whole);\n" for number in range(7))
    (finding,) = found(sql(f"CREATE TABLE whole (id bigint);\n{heirs}"), "table-inheritance")
    assert finding.message.startswith("part_0 and 6 more inherit from whole")
    assert len(finding.related) == 4


# entity-attribute-value

ATTRIBUTES = """
    CREATE TABLE products (id bigint PRIMARY KEY, title text);
    CREATE TABLE product_attributes (
        product_id bigint REFERENCES products, attribute text, value text, PRIMARY KEY (product_id, attribute)
    );
"""


def test_attributes_move_into_a_document_and_back(found: Reviewer, server: psycopg.Connection) -> None:
    (finding,) = found(sql(ATTRIBUTES), "entity-attribute-value")
    server.execute(ATTRIBUTES)
    server.execute("INSERT INTO products VALUES (1, 'shirt'), (2, 'bare')")
    server.execute("INSERT INTO product_attributes VALUES (1, 'color', 'red'), (1, 'size', NULL)")
    assert finding.remedy is not None
    run(server, finding.remedy.up())
    rows = server.execute("SELECT id, product_attributes FROM products ORDER BY id").fetchall()
    assert rows == [(1, {"color": "red", "size": None}), (2, {})]
    run(server, finding.remedy.down())
    assert server.execute("SELECT * FROM products WHERE id = 1").fetchone() == (1, "shirt")


def test_without_one_row_for_each_attribute_no_document_is_proposed(found: Reviewer) -> None:
    text = ATTRIBUTES.replace("PRIMARY KEY (product_id, attribute)", "CHECK (value <> '')")
    (finding,) = found(sql(text), "entity-attribute-value")
    assert finding.remedy is None


@pytest.mark.parametrize(
    ("table", "confidence"),
    [
        ("user_settings (user_id bigint, key text, value text, PRIMARY KEY (user_id, key))", Confidence.POSSIBLE),
        ("user_values (user_id bigint, key text, value_text text, value_int int)", Confidence.LIKELY),
        ("item_properties (item_id bigint, name text, value varchar(80))", Confidence.LIKELY),
        ("settings (key text PRIMARY KEY, value text)", None),
        ("user_settings (user_id int, key text, value jsonb, PRIMARY KEY (user_id, key))", None),
        ("item_properties (item_id int, name text, value jsonb)", Confidence.LIKELY),
        (
            "user_settings (user_uuid uuid, key text, value text, by_uuid uuid, note text, UNIQUE (user_uuid, key))",
            Confidence.POSSIBLE,
        ),
        (
            "item_properties (item_id int, name text, value text, a int, b int, c int, d int, e int, f int, g int)",
            Confidence.LIKELY,
        ),
        ("item_properties (item_id int, name text, value text, a int, b int, c int, d int, e int, f int, g int, h int)", None),
        ("user_labels (user_id bigint, key text, value text, PRIMARY KEY (user_id, key))", None),
        ("samples (device_id bigint, name text, value real, PRIMARY KEY (device_id, name))", None),
        ("monkeys (zoo_id bigint, monkey text, valued text, PRIMARY KEY (zoo_id, monkey))", None),
        ("documents (key text PRIMARY KEY, value jsonb, owner_id bigint)", None),
    ],
)
def test_what_counts_for_entity_attribute_value(found: Reviewer, table: str, confidence: Confidence | None) -> None:
    findings = found(sql(f"CREATE TABLE {table};"), "entity-attribute-value")
    assert [finding.confidence for finding in findings] == ([confidence] if confidence else [])


# polymorphic-association


@pytest.mark.parametrize(
    ("columns", "confidence"),
    [
        ("imageable_type text, imageable_id bigint", Confidence.LIKELY),
        ('"imageableType" text, "imageableId" uuid', Confidence.LIKELY),
        ("owner_type text, owner_id bigint", Confidence.POSSIBLE),
        ("table_type text, table_id bigint", None),
        ("principal_type text, principal_id uuid, UNIQUE (principal_type, principal_id)", Confidence.LIKELY),
        ("vendor_type text, vendor_id bigint", None),
        ("vendor_type text, vendor_id bigint, UNIQUE (vendor_type, vendor_id)", Confidence.POSSIBLE),
        ("device_type text, device_id text", None),
        ("imageable_kind text, imageable_id bigint", None),
        ("imageable_type boolean, imageable_id bigint", None),
        ("imageable_type text, imageable_id bigint REFERENCES images", None),
    ],
)
def test_what_counts_for_a_polymorphic_association(found: Reviewer, columns: str, confidence: Confidence | None) -> None:
    text = f"CREATE TABLE images (id bigint PRIMARY KEY); CREATE TABLE likes (id bigint PRIMARY KEY, {columns});"
    findings = found(sql(text), "polymorphic-association")
    assert [finding.confidence for finding in findings] == ([confidence] if confidence else [])


def test_an_index_over_the_pair_makes_a_guess_likely_but_not_in_a_log(found: Reviewer) -> None:
    findings = found(
        sql("""
            CREATE TABLE shares (id bigint PRIMARY KEY, owner_type text, owner_id bigint);
            CREATE INDEX ON shares (owner_id, owner_type);
            CREATE TABLE audit_logs (id bigint PRIMARY KEY, owner_type text, owner_id bigint);
            CREATE INDEX ON audit_logs (owner_type, owner_id);
        """),
        "polymorphic-association",
    )
    told = {finding.subject: finding.confidence for finding in findings}
    assert told == {
        "public.shares(owner_type, owner_id)": Confidence.LIKELY,
        "public.audit_logs(owner_type, owner_id)": Confidence.POSSIBLE,
    }


def test_five_polymorphic_associations_are_one_finding(found: Reviewer) -> None:
    (finding,) = found(sql(tables(5, "taggable_type text, taggable_id bigint")), "polymorphic-association")
    assert finding.message.startswith("5 keys are of whatever table")
    assert len(finding.related) == 4


SUBJECTS = """
    CREATE TABLE posts (id bigint PRIMARY KEY);
    CREATE TABLE photos (id uuid PRIMARY KEY);
    CREATE TYPE subject AS ENUM ('post', 'photo');
    CREATE TABLE likes (id bigint PRIMARY KEY, likeable_type subject NOT NULL, likeable_id text NOT NULL);
"""


def test_each_row_gets_the_foreign_key_of_its_table(found: Reviewer, server: psycopg.Connection) -> None:
    (finding,) = found(sql(SUBJECTS), "polymorphic-association")
    uuid = "00000000-0000-0000-0000-000000000007"
    server.execute(SUBJECTS)
    server.execute(f"INSERT INTO posts VALUES (7); INSERT INTO photos VALUES ('{uuid}')")
    server.execute(f"INSERT INTO likes VALUES (1, 'post', '7'), (2, 'photo', '{uuid}'), (3, 'post', '404')")
    assert finding.remedy is not None
    run(server, finding.remedy.up())
    rows = server.execute("SELECT id, posts_id, photos_id::text FROM likes ORDER BY id").fetchall()
    assert rows == [(1, 7, None), (2, None, uuid), (3, None, None)]
    run(server, finding.remedy.down())
    assert server.execute("SELECT * FROM likes WHERE id = 1").fetchone() == (1, "post", "7")


def test_an_enum_that_names_no_table_proposes_nothing(found: Reviewer) -> None:
    text = SUBJECTS.replace("'photo'", "'video'")
    (finding,) = found(sql(text), "polymorphic-association")
    assert finding.remedy is None


# transitive-dependency


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("tasks (id bigint PRIMARY KEY, user_id bigint REFERENCES users, user_name text)", True),
        ("tasks (id bigint PRIMARY KEY, user_id bigint REFERENCES users, user_name integer)", False),
        ("tasks (id bigint PRIMARY KEY, user_id bigint REFERENCES users, user_phone text)", False),
        ("tasks (id bigint PRIMARY KEY, user_id bigint REFERENCES users, name text, email text)", False),
        ("tasks (id bigint PRIMARY KEY, user_id bigint, user_name text)", False),
        ("tasks (id bigint PRIMARY KEY, user_id bigint, user_name text, user_email text)", True),
        ("orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users, user_name text)", False),
        ("task_history (id bigint PRIMARY KEY, user_id bigint REFERENCES users, user_name text)", False),
        ("tasks (user_id bigint PRIMARY KEY, user_name text, user_email text)", False),
        ("tasks (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE SET NULL, user_name text)", False),
        ("tasks (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE CASCADE, user_name text)", True),
        ("all_users_table (id bigint PRIMARY KEY, user_id bigint, user_name text, user_email text)", False),
        ("user_tasks (id bigint PRIMARY KEY, user_id bigint, user_name text, user_email text)", True),
    ],
)
def test_what_counts_for_a_copy_beside_a_key(found: Reviewer, table: str, told: bool) -> None:
    text = f"CREATE TABLE users (id bigint PRIMARY KEY, name text, email text); CREATE TABLE {table};"
    findings = found(sql(text), "transitive-dependency")
    assert [finding.confidence for finding in findings] == [Confidence.POSSIBLE] * told


# Names


def test_capitals_throughout_are_told_once_and_one_name_among_small_ones_by_itself(found: Reviewer) -> None:
    columns = ", ".join(f'"column{letter}" int' for letter in "ABCDEFGHIJK")
    (habit,) = found(sql(f"CREATE TABLE a ({columns}, id bigint);"), "identifier-case")
    assert habit.message == "11 of 13 names of tables, columns and types have capitals: SQL must quote them"
    assert (habit.subject, habit.confidence) == ("capitals throughout", Confidence.POSSIBLE)
    small = ", ".join(f"column_{letter} int" for letter in "abcdefghi")
    (half,) = found(sql(f"CREATE TABLE a ({columns}, {small}, id bigint);"), "identifier-case")
    assert (half.message[:8], half.confidence) == ("11 of 22", Confidence.LIKELY)
    (outlier,) = found(sql('CREATE TABLE orders (id bigint, "paidAt" date, total int, status text, note text);'), "identifier-case")
    assert outlier.message == "column orders.paidAt has capitals: without quotes SQL looks for paidat"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("CREATE TABLE pg_things (id bigint);", "begins with pg_"),
        ("CREATE TABLE pgp_keys (id bigint);", None),
        ('CREATE TABLE "a b" (id bigint);', "has signs"),
        ("CREATE TABLE grid (x int, y int);", None),
        ("CREATE TABLE grid (x int, title text);", "is one letter"),
        ("CREATE TABLE colours (h real, s real);", None),
        ('CREATE TABLE "_links" (id int, q text);', "is one letter"),
        ('CREATE TABLE links ("A" text, title text);', "is one letter"),
        ("CREATE TABLE maße (größe_ int);", None),
    ],
)
def test_what_counts_for_a_cryptic_name(found: Reviewer, text: str, reason: str | None) -> None:
    findings = found(sql(text), "cryptic-name")
    assert [reason in finding.message for finding in findings if reason] == [True] * bool(reason)
    assert len(findings) == bool(reason)


def test_a_pattern_knows_the_table_and_the_columns(found: Reviewer) -> None:
    settings = project({"advisor.toml": "[rules.naming-pattern]\nforeign_key = 'fk_{table}_{columns}'\ncheck = ''\n"})
    findings = found(
        settings
        + sql("""
            CREATE TABLE a (id bigint PRIMARY KEY);
            CREATE TABLE b (
                x bigint CONSTRAINT fk_b_x REFERENCES a, y bigint CONSTRAINT fk_b_x_y REFERENCES a, CONSTRAINT ok CHECK (x > 0)
            );
        """),
        "naming-pattern",
    )
    assert subjects(findings) == ["public.b.fk_b_x_y"]


def test_a_pattern_that_is_no_regular_expression_is_an_error_of_the_configuration(found: Reviewer) -> None:
    settings = project({"advisor.toml": "[rules.naming-pattern]\nindex = '('\n"})
    with pytest.raises(Exception, match=r"rules\.naming-pattern\.index: no regular expression"):
        found(settings + sql("CREATE TABLE a (id bigint);"), "naming-pattern")


def test_partitions_do_not_repeat_the_names_of_their_parents_constraints(found: Reviewer) -> None:
    findings = found(
        sql("""
            CREATE TABLE hits (at date, n int CHECK (n > 0)) PARTITION BY RANGE (at);
            CREATE TABLE hits_1 PARTITION OF hits DEFAULT;
        """),
        "unnamed-constraint",
    )
    assert subjects(findings) == ["public.hits.hits_n_check"]


def test_a_constraint_that_was_given_a_name_later_has_one(found: Reviewer) -> None:
    text = "CREATE TABLE a (id bigint PRIMARY KEY, b bigint REFERENCES a, n int UNIQUE);"
    renamed = "".join(f"ALTER TABLE a RENAME CONSTRAINT {old} TO {old}_new;" for old in ("a_b_fkey", "a_n_key"))
    assert len(found(sql(text), "unnamed-constraint")) == 2
    assert found(sql(text + renamed), "unnamed-constraint") == []


def test_an_attached_partition_keeps_its_foreign_key_whoever_named_it(found: Reviewer) -> None:
    (finding,) = found(
        sql("""
            CREATE TABLE a (id bigint PRIMARY KEY);
            CREATE TABLE b (a_id bigint REFERENCES a) PARTITION BY LIST (a_id);
            CREATE TABLE b_1 (a_id bigint CONSTRAINT own REFERENCES a);
            ALTER TABLE b ATTACH PARTITION b_1 FOR VALUES IN (1);
        """),
        "unnamed-constraint",
    )
    assert finding.subject == "public.b.b_a_id_fkey"


def test_endings_of_times_are_words_and_can_be_configured(found: Reviewer) -> None:
    text = 'CREATE TABLE a (id bigint, flat timestamptz, "readAt" timestamptz, at timestamptz, update date, run_on date);'
    assert subjects(found(sql(text), "timestamp-suffix")) == ["public.a.flat", "public.a.update"]
    settings = project({"advisor.toml": "[rules.timestamp-suffix]\ntimestamps = ['_at', 'flat']\ndates = ['update', 'on']\n"})
    assert found(settings + sql(text), "timestamp-suffix") == []


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("addresses", "plural"),
        ("address", None),
        ("bus_stops", "plural"),
        ("people", "plural"),
        ("news", None),
        ("categories_2024", "plural"),
        ("invoice", "singular"),
        ("order_status", None),
    ],
)
def test_the_number_of_a_name(found: Reviewer, name: str, number: str | None) -> None:
    wanted = "singular" if number == "plural" else "plural"
    settings = project({"advisor.toml": f"[rules.table-number]\nnumber = '{wanted}'\n"})
    findings = found(settings + sql(f"CREATE TABLE {name} (id bigint PRIMARY KEY);"), "table-number")
    assert [finding.message for finding in findings] == ([f"{name} is in the {number}, not in the {wanted}"] if number else [])


def test_a_number_that_is_neither_is_an_error_of_the_configuration(found: Reviewer) -> None:
    with pytest.raises(Exception, match="singular or plural expected, not dual"):
        found(project({"advisor.toml": "[rules.table-number]\nnumber = 'dual'\n"}) + sql("CREATE TABLE a (b int);"), "table-number")


# Columns, schemas, comments


def test_what_is_demanded_is_added_with_its_type(found: Reviewer) -> None:
    settings = project({"advisor.toml": "[rules.required-columns]\ncolumns = ['tenant_id uuid', 'created_at timestamptz(3)']\n"})
    (finding,) = found(settings + sql("CREATE TABLE a (id bigint);"), "required-columns")
    assert finding.message == "a does not have tenant_id and created_at, which the project demands"
    assert finding.remedy is not None
    assert finding.remedy.up() == "ALTER TABLE a ADD COLUMN tenant_id uuid, ADD COLUMN created_at timestamp(3) with time zone;"
    assert finding.remedy.down() == "ALTER TABLE a DROP COLUMN tenant_id, DROP COLUMN created_at;"


def test_partitions_and_tables_of_which_not_all_is_known_lack_nothing(found: Reviewer) -> None:
    findings = found(
        sql("""
            CREATE TABLE a (created_at date, updated_at date) PARTITION BY RANGE (created_at);
            CREATE TABLE a_1 PARTITION OF a DEFAULT;
            CREATE TABLE b (LIKE elsewhere);
        """),
        "required-columns",
    )
    assert findings == []


def test_a_file_names_its_tables_without_schema_once(found: Reviewer) -> None:
    files = {f"migrations/00{number}.sql": f"CREATE TABLE app.t{number} (id bigint);" for number in range(1, 6)}
    files["migrations/003.sql"] = "CREATE TABLE a (id bigint); CREATE INDEX ON a (id); ALTER TABLE b ADD COLUMN n int;"
    (finding,) = found(project(files), "unqualified-table")
    assert finding.message == "a and 1 more tables are named without a schema: search_path says which is meant"
    assert [related.message for related in finding.related] == ["b"]


def test_a_history_without_schemas_is_told_once(found: Reviewer) -> None:
    files = {f"migrations/00{number}.sql": f"CREATE TABLE t{number} (id bigint);" for number in range(1, 7)}
    (finding,) = found(project(files), "unqualified-table")
    assert finding.subject == "tables without schema throughout"
    assert finding.message == "6 of 6 files name tables (6 of them) without their schema: search_path says which"


def test_comments_of_migrations_count_for_prisma_too(found: Reviewer) -> None:
    migration = """CREATE TABLE "Post" (id int PRIMARY KEY); COMMENT ON TABLE "Post" IS 'what people write';"""
    files = {
        "prisma/migrations/migration_lock.toml": 'provider = "postgresql"\n',
        "prisma/migrations/1_a/migration.sql": migration,
        "prisma/schema.prisma": "model Post {\n  id Int @id\n}\n",
    }
    assert found(project(files), "missing-comment") == []
    files["prisma/migrations/1_a/migration.sql"] = migration.partition("COMMENT")[0]
    assert subjects(found(project(files), "missing-comment")) == ["public.Post"]


def test_a_table_that_others_refer_to_may_have_one_column(found: Reviewer) -> None:
    text = "CREATE TABLE codes (code text PRIMARY KEY); CREATE TABLE prices (id bigint, code text{});"
    assert subjects(found(sql(text.format("")), "single-column-table")) == ["public.codes"]
    assert found(sql(text.format(" REFERENCES codes")), "single-column-table") == []


# The rules that were there before


@pytest.mark.parametrize(
    ("rule", "example", "expected"),
    [
        ("numbered-columns", sql("CREATE TABLE a (phone1 text, phone2 text);"), []),
        ("numbered-columns", sql("CREATE TABLE a (phone1 text, phone2 text, phone4 text);"), []),
        ("numbered-columns", sql("CREATE TABLE a (phone1 text, phone2 text, phone3 int);"), []),
        ("numbered-columns", sql("CREATE TABLE a (phone0 text, phone1 text, phone2 text);"), ["public.a(phone0, phone1, phone2)"]),
        ("list-in-column", sql("CREATE TABLE a (guids text, grids text, kids text);"), []),
        ("list-in-column", sql('CREATE TABLE a ("tagIDs" text);'), ["public.a.tagIDs"]),
        ("unlogged-table", sql("CREATE UNLOGGED TABLE a (b int); ALTER TABLE a RENAME TO c;"), ["public.c"]),
        ("table-inheritance", sql("CREATE TABLE a (b int); CREATE TABLE c () INHERITS (a); ALTER TABLE c NO INHERIT a;"), []),
        ("constant-generated-column", sql("CREATE TABLE a (b int, c int GENERATED ALWAYS AS (b * 0) STORED);"), []),
        ("identifier-too-long", sql("SELECT 1 AS " + "a" * 63 + ";"), []),
        ("sql-ascii-database", sql("SET client_encoding = 'SQL_ASCII';"), []),
        ("sql-ascii-database", sql("CREATE DATABASE a ENCODING 'sql-ascii';"), ["database a"]),
    ],
)
def test_traps_of_the_other_rules(found: Reviewer, rule: str, example: Example, expected: list[str]) -> None:
    assert subjects(found(example, rule)) == expected
