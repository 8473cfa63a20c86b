"""What counts as drift, and what does not."""

from __future__ import annotations

import pytest

from advisor.model import Database, Orm, Schema, SourceText
from advisor.sources.comparing.drift import drift
from advisor.sources.sql import read_sql

USERS = "CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL, name text DEFAULT 'x');"


def schema_of(text: str) -> Schema:
    return read_sql([SourceText("schema.sql", text)]).schema


def told(declared: str | None = None, built: str | None = None, live: str | None = None) -> list[tuple[str | None, ...]]:
    sides = [schema_of(text) if text is not None else None for text in (declared, built, live)]
    database = Database("", sides[0] or sides[1] or Schema(), declared=sides[0], built=sides[1], live=sides[2])
    return [(found.kind, found.subject, found.attribute, found.left, found.right) for found in drift(database)]


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (
            "CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL)",
            ("column", "public.users.name", None, "text NULL", None),
        ),
        (f"{USERS} ALTER TABLE users ADD extra int", ("column", "public.users.extra", None, None, "integer NULL")),
        (f"{USERS} ALTER TABLE users ALTER id TYPE bigint", ("column", "public.users.id", "type", "integer", "bigint")),
        (f"{USERS} ALTER TABLE users ALTER email DROP NOT NULL", ("column", "public.users.email", "nullable", "NOT NULL", "NULL")),
        (f"{USERS} ALTER TABLE users ALTER name DROP DEFAULT", ("column", "public.users.name", "default", "'x'", None)),
        (f"{USERS} CREATE INDEX i ON users (email)", ("index", "public.users.i", None, None, "INDEX (email)")),
        (f"{USERS} CREATE TABLE more (id int)", ("table", "public.more", None, None, "table")),
        (f"{USERS} CREATE TYPE mood AS ENUM ('a')", ("enum", "public.mood", None, None, "a")),
    ],
)
def test_what_a_history_builds_otherwise_is_told(built: str, expected: tuple[str | None, ...]) -> None:
    assert told(declared=USERS, built=built) == [expected]


@pytest.mark.parametrize(
    "more",
    [
        "CREATE VIEW v AS SELECT id FROM users",
        "CREATE INDEX i ON users (lower(email))",
        "CREATE INDEX i ON users (email) WHERE name IS NULL",
        "ALTER TABLE users ADD CHECK (id > 0)",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER TABLE users ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE users RENAME CONSTRAINT users_pkey TO another_name",
        'CREATE TABLE "_prisma_migrations" (id text)',
        "CREATE SCHEMA jobs; CREATE TABLE jobs.queue (id int)",
        "ALTER TABLE users ALTER name SET DEFAULT 'x'::character varying",
    ],
)
def test_what_an_orm_cannot_say_is_no_drift(more: str) -> None:
    assert told(declared=USERS, built=f"{USERS} {more};") == []


def test_tables_of_the_host_are_no_drift_until_a_history_makes_them() -> None:
    declared = f"{USERS} CREATE SCHEMA auth; CREATE TABLE auth.users (id uuid); CREATE TABLE auth.sessions (id uuid);"
    assert told(declared=declared, built=USERS) == []
    history = f"{USERS} CREATE SCHEMA auth; CREATE TABLE auth.users (id uuid);"
    assert told(declared=declared, built=history) == [("table", "auth.sessions", None, "table", None)]


def test_an_enum_whose_values_are_not_known_is_not_compared() -> None:
    history = f"{USERS} CREATE TYPE mood AS ENUM ('sad', 'happy');"
    assert told(declared=f"{USERS} CREATE TYPE mood AS ENUM ();", built=history) == []


def test_a_history_that_builds_another_schema_says_nothing() -> None:
    assert told(declared=USERS, built="CREATE TABLE orders (id int)") == []
    assert told(declared=USERS, built="") == []


def test_a_server_is_held_against_the_history_where_there_is_one() -> None:
    hand_written = f"{USERS} CREATE INDEX i ON users (lower(email)); ALTER TABLE users ADD CONSTRAINT positive CHECK (id > 0);"
    assert told(declared=USERS, built=hand_written, live=USERS) == [
        ("index", "public.users.i", None, "INDEX ((lower(email)))", None),
        ("check", "public.users.positive", None, "CHECK (id > 0)", None),
    ]


def test_a_server_without_a_history_is_held_against_what_is_declared() -> None:
    assert told(declared=USERS, live=f"{USERS} CREATE INDEX i ON users (lower(email));") == []
    assert told(declared=USERS, live=f"{USERS} ALTER TABLE users DROP name;") == [
        ("column", "public.users.name", None, "text NULL", None)
    ]


def test_partitions_come_and_go_without_drift() -> None:
    whole = "CREATE TABLE hits (at date NOT NULL) PARTITION BY RANGE (at);"
    part = "CREATE TABLE hits_2020 PARTITION OF hits FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');"
    assert told(built=whole, live=whole + part) == []
    assert told(built=whole + part, live=whole) == []


def test_an_identity_and_a_serial_both_count_up() -> None:
    declared = "CREATE TABLE t (id serial PRIMARY KEY)"
    assert told(declared=declared, built="CREATE TABLE t (id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY)") == []


def test_a_second_index_like_a_declared_one_is_a_duplicate_and_no_drift() -> None:
    declared = f"{USERS} CREATE INDEX one ON users (email);"
    assert told(declared=declared, built=f"{declared} CREATE INDEX two ON users (email);") == []


def test_a_model_that_stands_for_a_view_is_not_compared_with_its_columns() -> None:
    declared = f"{USERS} CREATE TABLE stats (id integer PRIMARY KEY, total integer NOT NULL);"
    assert told(declared=declared, built=f"{USERS} CREATE VIEW stats AS SELECT id, count(*) AS total FROM users GROUP BY id;") == []


def test_of_sequelize_models_only_missing_tables_and_columns_are_told() -> None:
    declared = schema_of(
        "CREATE TABLE users (id integer PRIMARY KEY, email varchar(255), age integer); CREATE TABLE more (id int);"
    )
    built = schema_of(f"{USERS} CREATE TABLE other (id int);")
    found = drift(Database("", declared, declared=declared, built=built, orm="sequelize", declares_all=False))
    assert [(one.kind, one.subject, one.left, one.right) for one in found] == [
        ("column", "public.users.age", "integer NULL", None),
        ("table", "public.more", "table", None),
    ]


@pytest.mark.parametrize(
    ("declared", "built"),
    [
        ("at timestamptz(6)", "at timestamptz"),
        ("at time(6)", "at time"),
        ("tags text[] DEFAULT ARRAY['a', 'b''c']::text[]", "tags text[] DEFAULT '{a,b''c}'"),
        ("tags integer[] DEFAULT ARRAY[1, 2]", "tags integer[] DEFAULT '{1, 2}'"),
        ("tags text[] DEFAULT ARRAY[]::text[]", "tags text[] DEFAULT '{}'"),
        ("id integer PRIMARY KEY, CONSTRAINT again UNIQUE (id)", "id integer PRIMARY KEY"),
        ("id integer PRIMARY KEY, CONSTRAINT again UNIQUE (id)", "id integer PRIMARY KEY, CONSTRAINT twice UNIQUE (id)"),
    ],
)
def test_what_is_the_same_to_the_database_is_no_drift(declared: str, built: str) -> None:
    assert told(declared=f"CREATE TABLE t ({declared})", built=f"CREATE TABLE t ({built})") == []


def test_a_precision_that_cuts_is_drift() -> None:
    assert told(declared="CREATE TABLE t (at timestamptz(3))", built="CREATE TABLE t (at timestamptz)") == [
        ("column", "public.t.at", "type", "timestamp(3) with time zone", "timestamp with time zone")
    ]


def test_a_foreign_key_that_does_something_else_is_one_difference_whatever_its_name() -> None:
    declared = f"{USERS} CREATE TABLE posts (author integer CONSTRAINT one REFERENCES users ON DELETE CASCADE);"
    assert told(declared=declared, built=declared.replace("one REFERENCES users ON DELETE CASCADE", "two REFERENCES users")) == [
        ("foreign key", "public.posts.one", "ON DELETE", "CASCADE", "NO ACTION")
    ]


@pytest.mark.parametrize(
    ("orm", "more", "expected"),
    [
        ("typeorm", "CREATE INDEX i ON users USING gin (tags)", []),
        ("typeorm", "CREATE INDEX i ON users (email DESC)", []),
        ("typeorm", "CREATE INDEX i ON users (email)", ["public.users.i"]),
        ("typeorm", "CREATE TABLE more (id integer)", []),
        ("drizzle", "CREATE INDEX i ON users USING gin (tags)", []),
        ("drizzle", "CREATE INDEX i ON users (email DESC)", ["public.users.i"]),
        ("drizzle", "CREATE TABLE more (id integer)", ["public.more"]),
        ("prisma", "CREATE INDEX i ON users USING gin (tags)", ["public.users.i"]),
    ],
)
def test_what_only_a_history_has_counts_where_the_orm_would_drop_it(orm: Orm, more: str, expected: list[str]) -> None:
    users = "CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL, tags text[]);"
    declared, built = schema_of(users), schema_of(f"{users} {more};")
    assert [found.subject for found in drift(Database("", declared, orm=orm, declared=declared, built=built))] == expected


def test_beside_migrations_of_another_tool_only_what_is_declared_and_not_made_counts() -> None:
    declared = schema_of("CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL, seen timestamp);")
    built = schema_of("CREATE TABLE users (id bigint PRIMARY KEY, email text, name text); CREATE TABLE more (id int);")
    database = Database("", declared, orm="drizzle", declared=declared, built=built, declares_all=False)
    assert [(found.kind, found.subject, found.right) for found in drift(database)] == [("column", "public.users.seen", None)]


def test_a_declared_index_of_another_method_is_found_in_the_history() -> None:
    users = "CREATE TABLE users (id integer PRIMARY KEY, tags text[]); CREATE INDEX i ON users USING gin (tags);"
    declared = schema_of(users)
    assert drift(Database("", declared, orm="drizzle", declared=declared, built=schema_of(users))) == ()


@pytest.mark.parametrize(
    ("orm", "type_name", "drifts"), [("typeorm", "uuid", False), ("typeorm", "text", True), ("prisma", "uuid", True)]
)
def test_to_typeorm_every_function_that_makes_a_uuid_is_one(orm: Orm, type_name: str, drifts: bool) -> None:
    declared, built = (
        schema_of(f"CREATE TABLE users (id {type_name} DEFAULT {function}())")
        for function in ("uuid_generate_v4", "gen_random_uuid")
    )
    assert bool(drift(Database("", declared, orm=orm, declared=declared, built=built))) is drifts
