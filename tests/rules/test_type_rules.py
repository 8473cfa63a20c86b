"""Judgements of the rules of types that their examples do not show: traps, habits, confidence, options, remedies on rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from advisor.finding import Confidence, Finding
from advisor.model.schema import printed_type
from advisor.remedies import ChangeColumnTypes
from advisor.rule import Example, prisma, project, sql
from tests.rules.test_schema_rules import Reviewer


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reviewer:
    return Reviewer(tmp_path, monkeypatch)


@pytest.fixture
def server(throwaway_postgres: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(throwaway_postgres, autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS types")
        admin.execute("CREATE DATABASE types")
        with psycopg.connect(throwaway_postgres, dbname="types", autocommit=True) as connection:
            yield connection
        admin.execute("DROP DATABASE types")


def subjects(findings: list[Finding]) -> list[str]:
    return [finding.subject for finding in findings]


def run(connection: psycopg.Connection, text: str | None) -> None:
    for statement in (text or "").split(";\n"):
        if any(line.strip() and not line.strip().startswith("--") for line in statement.splitlines()):
            connection.execute(statement)


# timestamp-precision


def test_precision_is_left_away_without_writing_the_table_anew(found: Reviewer, server: psycopg.Connection) -> None:
    text = "CREATE TABLE a (id bigint, seen timestamptz(0) NOT NULL, opened time(0), days timestamp(0)[])"
    findings = found(sql(text), "timestamp-precision")
    server.execute(text)
    before = server.execute("SELECT pg_relation_filenode('a')").fetchone()
    for finding in findings:
        assert finding.remedy is not None
        assert "Writes the whole table anew" not in finding.remedy.up()
        run(server, finding.remedy.up())
    assert server.execute("SELECT pg_relation_filenode('a')").fetchone() == before
    assert subjects(findings) == ["public.a.seen", "public.a.opened", "public.a.days"]


def test_whole_seconds_of_ecto_are_told_once_and_possible(found: Reviewer) -> None:
    columns = ", ".join(f"at_{letter} timestamp(0)" for letter in "abcdef") + ", other timestamp, more timestamp"
    ecto = "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, inserted_at timestamp(0));"
    (finding,) = found(sql(f"CREATE TABLE a (id bigint, {columns}); {ecto}"), "timestamp-precision")
    assert (finding.message, finding.confidence) == (
        "6 of 8 times have precision 0: they are rounded to the next second, not cut off",
        Confidence.POSSIBLE,
    )
    assert isinstance(finding.remedy, ChangeColumnTypes)


def test_a_time_that_people_choose_is_only_possible(found: Reviewer) -> None:
    findings = found(sql("CREATE TABLE a (starts_at timestamptz(0), restarted_at timestamptz(0));"), "timestamp-precision")
    told = {finding.subject: finding.confidence for finding in findings}
    assert told == {"public.a.starts_at": Confidence.POSSIBLE, "public.a.restarted_at": Confidence.LIKELY}


# inconsistent-column-type


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (("user_id bigint REFERENCES users", "user_id integer"), ["public.b1.user_id"]),
        (("user_id bigint REFERENCES users", "user_id text"), ["public.b1.user_id"]),
        (("user_id bigint", "user_id integer"), []),
        (("user_id bigint", "user_id bigint", "user_id bigint", "user_id integer"), ["public.b3.user_id"]),
        (("user_id integer", "user_id integer", "user_id integer", "user_id bigint"), []),
        (("unit_price numeric(9,2)", "unit_price numeric(9,2)", "unit_price numeric", "unit_price numeric(4)"), []),
        (("status text", "status text", "status text", "status integer"), []),
        (("is_open boolean", "is_open boolean", "is_open boolean", "is_open smallint"), []),
        (("zip_code text", "zip_code text", "zip_code integer", "zip_code integer"), []),
        (("b_id text", "b_id text", "b_id text", "b1_id integer"), []),
        (("tag_names text[]", "tag_names text[]", "tag_names text[]", "tag_names text"), ["public.b3.tag_names"]),
        (("source_id text", "source_id text", "source_id text", "source_id integer"), []),
    ],
)
def test_what_counts_for_an_inconsistent_type(found: Reviewer, columns: tuple[str, ...], told: list[str]) -> None:
    text = "CREATE TABLE users (id bigint PRIMARY KEY);" + "".join(
        f"CREATE TABLE b{number} (id bigint, {column});" for number, column in enumerate(columns)
    )
    assert subjects(found(sql(text), "inconsistent-column-type")) == told


def test_the_key_decides_against_the_number_and_makes_it_likely(found: Reviewer) -> None:
    (finding,) = found(
        sql("""
            CREATE TABLE users (id uuid PRIMARY KEY);
            CREATE TABLE a (user_id uuid REFERENCES users);
            CREATE TABLE b (user_id text); CREATE TABLE c (user_id text);
        """),
        "inconsistent-column-type",
    )
    assert finding.subject == "public.b.user_id"
    assert finding.confidence is Confidence.LIKELY
    assert [related.message for related in finding.related] == ["c.user_id is text", "a.user_id is uuid"]


def test_a_time_is_never_made_a_text_to_be_like_the_others(found: Reviewer) -> None:
    tables = "".join(f"CREATE TABLE a{number} (sent_at text);" for number in range(4))
    (finding,) = found(sql(tables + "CREATE TABLE b (sent_at timestamptz);"), "inconsistent-column-type")
    assert (finding.subject, finding.remedy) == ("public.b.sent_at", None)


# boolean-as-integer


@pytest.mark.parametrize(
    ("column", "confidence"),
    [
        ("is_open integer", Confidence.LIKELY),
        ('"isOpen" smallint DEFAULT 1', Confidence.LIKELY),
        ("is_open char(1) DEFAULT 'n'", Confidence.LIKELY),
        ("is_open numeric(1)", Confidence.LIKELY),
        ("mail_enabled integer DEFAULT 0", Confidence.POSSIBLE),
        ("deleted smallint", Confidence.POSSIBLE),
        ("deleted integer", None),
        ("is_open integer DEFAULT 2", None),
        ("is_open varchar", None),
        ("is_open numeric", None),
        ("is_open text", None),
        ("is_level integer", None),
        ("issue integer", None),
        ("island_enabled_count integer", None),
        ("is_open integer GENERATED ALWAYS AS (1) STORED", None),
        ("is_open integer[]", None),
    ],
)
def test_what_counts_for_a_boolean_as_a_number(found: Reviewer, column: str, confidence: Confidence | None) -> None:
    findings = found(sql(f"CREATE TABLE a (id bigint, {column});"), "boolean-as-integer")
    assert [finding.confidence for finding in findings] == ([confidence] if confidence else [])


def test_letters_and_numbers_become_booleans_and_letters_and_numbers_again(found: Reviewer, server: psycopg.Connection) -> None:
    text = "CREATE TABLE a (is_x char(1) DEFAULT 'f', is_y bigint DEFAULT 1, is_z bit(1))"
    findings = found(sql(text), "boolean-as-integer")
    server.execute(text)
    server.execute("INSERT INTO a VALUES ('t', 0, B'1'), ('f', 2, B'0'), (NULL, NULL, NULL)")
    server.execute("INSERT INTO a DEFAULT VALUES")
    for finding in findings:
        assert finding.remedy is not None
        run(server, finding.remedy.up())
    after = [(True, False, True), (False, True, False), (None, None, None), (False, True, None)]
    assert server.execute("SELECT * FROM a").fetchall() == after
    server.execute("INSERT INTO a DEFAULT VALUES")
    for finding in findings:
        run(server, finding.remedy.down() if finding.remedy else None)
    back = [("t", 0, "1"), ("f", 1, "0"), (None, None, None), ("f", 1, None), ("f", 1, None)]
    assert server.execute("SELECT is_x, is_y, is_z::text FROM a").fetchall() == back


@pytest.mark.parametrize(
    "more",
    [
        ", CHECK (is_open IN (0, 1)));",
        "); CREATE INDEX ON a (id) WHERE is_open = 1;",
        ", b int GENERATED ALWAYS AS (is_open + 1) STORED);",
    ],
)
def test_what_compares_the_number_is_in_the_way_of_a_remedy(found: Reviewer, more: str) -> None:
    (finding,) = found(sql(f"CREATE TABLE a (id bigint, is_open integer{more}"), "boolean-as-integer")
    assert finding.remedy is None


# Off by default


def test_text_in_place_of_varchar_touches_no_file(found: Reviewer, server: psycopg.Connection) -> None:
    text = "CREATE TABLE a (b varchar(20)); CREATE TABLE c (d varchar(9)[])"
    plain, array = (finding.remedy for finding in found(sql(text), "bounded-varchar"))
    assert plain
    assert array
    server.execute(text)
    server.execute("CREATE INDEX a_b ON a (b)")
    files = "SELECT ARRAY[pg_relation_filenode('a'), pg_relation_filenode('a_b')], pg_relation_filenode('c')"
    before = server.execute(files).fetchone()
    run(server, plain.up())
    run(server, array.up())
    after = server.execute(files).fetchone()
    assert before
    assert after
    assert (after[0] == before[0], after[1] == before[1]) == (True, False)
    assert ("whole table anew" in plain.up(), "whole table anew" in array.up()) == (False, True)


def test_varchar_throughout_is_told_once_and_prisma_says_it_in_its_own_words(found: Reviewer) -> None:
    fields = "\n".join(f"field{letter} String @db.VarChar(9)" for letter in "ABCDEF")
    (finding,) = found(prisma(f"model A {{\n  id Int @id\n{fields}\n}}\n"), "bounded-varchar")
    assert finding.message == "6 of 6 texts are varchar(n): another limit is another type"
    assert finding.remedy is not None
    assert len(finding.remedy.edits(None)) == 6


def test_keys_are_not_told_as_small_integers(found: Reviewer) -> None:
    findings = found(
        sql("CREATE TABLE a (id integer PRIMARY KEY); CREATE TABLE b (id smallint, a_id integer REFERENCES a, n integer[]);"),
        "small-integer",
    )
    assert [(finding.subject, finding.message) for finding in findings] == [
        ("public.b.id", "b.id is smallint: it ends at 32,767"),
        ("public.b.n", "b.n is integer[]: it ends at 2,147,483,647"),
    ]


def test_hstore_goes_to_jsonb_and_back(found: Reviewer, server: psycopg.Connection) -> None:
    text = "CREATE EXTENSION hstore; CREATE TABLE a (id int, b hstore);"
    (finding,) = found(sql(text), "obsolete-type")
    try:
        server.execute(text)
    except psycopg.errors.Error:
        pytest.skip("the server has no hstore")
    server.execute("INSERT INTO a VALUES (1, 'x=>1, y=>NULL'), (2, ''), (3, NULL)")
    assert finding.remedy is not None
    run(server, finding.remedy.up())
    assert server.execute("SELECT b FROM a ORDER BY id").fetchall() == [({"x": "1", "y": None},), ({},), (None,)]
    run(server, finding.remedy.down())
    rows = server.execute("SELECT b -> 'x', b ? 'y', b = '' FROM a ORDER BY id").fetchall()
    assert rows[:2] == [("1", True, False), (None, False, True)]


def test_short_binary_values_are_left_alone(found: Reviewer) -> None:
    text = "CREATE TABLE a (token_hash bytea, scan bytea, hashtable bytea, picture bytea);"
    assert subjects(found(sql(text), "obsolete-type")) == ["public.a.scan", "public.a.hashtable", "public.a.picture"]


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("varchar", "character varying"),
        ("VARCHAR(20)", "character varying(20)"),
        ("varchar(20)[]", "character varying(20)[]"),
        ("timestamptz", "timestamp with time zone"),
        ("timestamptz(3)", "timestamp(3) with time zone"),
        ("timestamp (0) without time zone", "timestamp(0) without time zone"),
        ("time(0)[]", "time(0) without time zone[]"),
        ("numeric(10, 2)", "numeric(10,2)"),
        ("int4[]", "integer[]"),
        ("double  precision", "double precision"),
        ("citext", "citext"),
    ],
)
def test_types_are_spelled_as_postgresql_prints_them(written: str, printed: str) -> None:
    assert printed_type(written) == printed


@pytest.mark.parametrize("kind", ["varchar(20)", "timestamptz(3)", "int4[]", "time(0)", "float4", "decimal(10, 2)", "varbit"])
def test_the_server_prints_them_so(server: psycopg.Connection, kind: str) -> None:
    server.execute(f"CREATE TABLE a (b {kind})")
    row = server.execute("SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'a'::regclass AND attnum = 1")
    assert row.fetchone() == (printed_type(kind),)


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ("varchar", ["a", "b", "c"]),
        ("varchar[]", ["c"]),
        ("varchar(20)", ["a", "c"]),
        ("text", ["d"]),
        ("character", []),
    ],
)
def test_the_list_of_types_is_taken_at_its_word(found: Reviewer, listed: str, told: list[str]) -> None:
    settings = project({"advisor.toml": f"[rules.disallowed-type]\ntypes = ['{listed}']\n"})
    text = "CREATE TABLE t (a varchar(20), b varchar(9), c varchar(20)[], d text);"
    assert [each.rpartition(".")[2] for each in subjects(found(settings + sql(text), "disallowed-type"))] == told


def test_an_enum_says_how_many_columns_use_it(found: Reviewer) -> None:
    (finding,) = found(sql("CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE a (b mood, c mood, d mood[]);"), "enum-type")
    assert finding.message.startswith("mood is an enum of 2 values in ")


# The rules that were there before


@pytest.mark.parametrize(
    ("rule", "example", "expected"),
    [
        ("timestamp-without-time-zone", sql("CREATE TABLE a (born_local timestamp, at timestamp);"), ["public.a.at"]),
        ("timestamp-without-time-zone", sql("CREATE FOREIGN TABLE a (at timestamp) SERVER s;"), []),
        ("time-with-time-zone", sql("CREATE TABLE a (b timestamptz, c time, d timetz(3));"), ["public.a.d"]),
        ("fixed-char", sql('CREATE TABLE a (b "char", c varchar(1), d char);'), ["public.a.d"]),
        (
            "fixed-char",
            sql("CREATE TABLE a (b char(3)) PARTITION BY LIST (b); CREATE TABLE c PARTITION OF a DEFAULT;"),
            ["public.a.b"],
        ),
        ("money-type", sql("CREATE DOMAIN euro AS numeric; CREATE TABLE a (money euro, b money[]);"), ["public.a.b"]),
        ("float-for-money", sql("CREATE TABLE a (priced real, prices real, price_ratio real);"), ["public.a.prices"]),
        ("json-not-jsonb", sql("CREATE TABLE a (b jsonb, c json); ALTER TABLE a ALTER c TYPE jsonb;"), []),
        ("reg-type", sql("CREATE TABLE a (b regclass, c regproc);"), ["public.a.c"]),
        ("sequence-narrower-than-column", sql("CREATE TABLE a (b bigint GENERATED ALWAYS AS IDENTITY, c smallserial);"), []),
    ],
)
def test_traps_of_the_other_rules(found: Reviewer, rule: str, example: Example, expected: list[str]) -> None:
    assert subjects(found(example, rule)) == expected
