"""What holds while each operation of a migration runs: transactions and timeouts, statement by statement."""

from __future__ import annotations

import pytest

from advisor.model import Migration, Moment, SourceText
from advisor.model.migration import AddColumn
from advisor.model.migration.moments import milliseconds
from advisor.sources.sql import read_sql

ADD = "ALTER TABLE posts ADD COLUMN {} int;"
POSTS = "CREATE TABLE posts (id bigint);"


def migration(sql: str, tool: str = "sql") -> Migration:
    history = read_sql([SourceText("1_posts.sql", POSTS), SourceText("2_more.sql", sql)], migrations=tool)
    return history.migrations[1]


def additions(sql: str, tool: str = "sql") -> list[Moment]:
    return [moment for moment in migration(sql, tool).moments if isinstance(moment.operation, AddColumn)]


def timeouts(sql: str, tool: str = "sql") -> list[dict[str, float]]:
    return [dict(moment.timeouts) for moment in additions(sql, tool)]


def transactions(sql: str, tool: str = "sql") -> list[int | None]:
    return [moment.transaction for moment in additions(sql, tool)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2000", 2000.0),
        ("'2000'", 2000.0),
        ("'5s'", 5_000.0),
        ("' 5 s '", 5_000.0),
        ("500ms", 500.0),
        ("250us", 0.25),
        ("1.5min", 90_000.0),
        ("2h", 7_200_000.0),
        ("1d", 86_400_000.0),
        ("0", 0.0),
        ("-1", -1.0),
        ("5 seconds", None),
        ("soon", None),
        ("", None),
        ("s", None),
        ("1.s", None),
    ],
)
def test_durations(value: str, expected: float | None) -> None:
    assert milliseconds(value) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (ADD.format("a"), [{}]),
        (f"SET lock_timeout = '5s'; {ADD.format('a')}", [{"lock_timeout": 5000.0}]),
        (f"SET LOCK_TIMEOUT = '5s'; {ADD.format('a')}", [{"lock_timeout": 5000.0}]),
        (f"{ADD.format('a')} SET lock_timeout = 100; {ADD.format('b')}", [{}, {"lock_timeout": 100.0}]),
        (f"SET lock_timeout = 100; SET lock_timeout = 200; {ADD.format('a')}", [{"lock_timeout": 200.0}]),
        (f"SET lock_timeout = 100; RESET lock_timeout; {ADD.format('a')}", [{}]),
        (f"SET lock_timeout = 100; SET lock_timeout TO DEFAULT; {ADD.format('a')}", [{}]),
        (f"SET lock_timeout = 100; SET statement_timeout = 7; RESET ALL; {ADD.format('a')}", [{}]),
        (
            f"SET lock_timeout = 1; SET idle_in_transaction_session_timeout = 3; SET work_mem = 5; {ADD.format('a')}",
            [{"lock_timeout": 1.0, "idle_in_transaction_session_timeout": 3.0}],
        ),
        (
            f"SET statement_timeout = 2; SET transaction_timeout = 4; {ADD.format('a')}",
            [{"statement_timeout": 2.0, "transaction_timeout": 4.0}],
        ),
        (f"SET lock_timeout = 'soon'; {ADD.format('a')}", [{}]),
        (f"SET lock_timeout = 100; SET lock_timeout = 'soon'; {ADD.format('a')}", [{}]),
    ],
)
def test_a_timeout_of_the_session_holds_from_then_on(sql: str, expected: list[dict[str, float]]) -> None:
    assert timeouts(sql) == expected


def test_a_timeout_of_a_transaction_ends_with_it() -> None:
    sql = f"BEGIN; SET LOCAL lock_timeout = 100; {ADD.format('a')} COMMIT; {ADD.format('b')}"
    assert timeouts(sql) == [{"lock_timeout": 100.0}, {}]
    assert timeouts(sql.replace("COMMIT", "ROLLBACK")) == [{"lock_timeout": 100.0}, {}]


def test_a_savepoint_ends_no_transaction() -> None:
    sql = f"BEGIN; SET LOCAL lock_timeout = 100; SAVEPOINT s; {ADD.format('a')} ROLLBACK TO s; {ADD.format('b')} COMMIT;"
    assert timeouts(sql) == [{"lock_timeout": 100.0}] * 2
    assert transactions(sql) == [1, 1]


def test_local_outside_of_a_transaction_does_nothing() -> None:
    assert timeouts(f"SET LOCAL lock_timeout = 100; {ADD.format('a')}") == [{}]


def test_local_stands_over_the_session_until_the_session_is_set_anew() -> None:
    local = f"SET lock_timeout = 1; BEGIN; SET LOCAL lock_timeout = 2; {ADD.format('a')}"
    assert timeouts(f"{local} COMMIT; {ADD.format('b')}") == [{"lock_timeout": 2.0}, {"lock_timeout": 1.0}]
    assert timeouts(f"{local} SET lock_timeout = 3; {ADD.format('b')} COMMIT;") == [{"lock_timeout": 2.0}, {"lock_timeout": 3.0}]


def test_transactions_are_numbered() -> None:
    assert transactions(ADD.format("a")) == [None]
    sql = f"BEGIN; {ADD.format('a')} COMMIT; {ADD.format('b')} BEGIN; {ADD.format('c')} BEGIN; {ADD.format('d')} COMMIT;"
    assert transactions(sql) == [1, None, 2, 2]


def test_a_tool_begins_a_transaction_that_a_commit_may_end() -> None:
    assert transactions(ADD.format("a"), "dbmate") == [0]
    assert transactions(f"{ADD.format('a')} COMMIT; {ADD.format('b')}", "dbmate") == [0, None]
    assert transactions(f"BEGIN; {ADD.format('a')} COMMIT; {ADD.format('b')}", "dbmate") == [0, None]
    assert timeouts(f"SET LOCAL lock_timeout = 1; {ADD.format('a')}", "dbmate") == [{"lock_timeout": 1.0}]


def test_what_blocks_whom() -> None:
    changed = migration(
        f"CREATE TABLE new (id int); ALTER TABLE new ADD COLUMN a int; {ADD.format('a')} CREATE INDEX ON posts (a);"
    )
    made, of_new, of_old, index = changed.moments
    assert [moment.blocks for moment in (made, of_new, of_old, index)] == [False, False, True, True]
    assert [[str(effect.relation) for effect in moment.blocking] for moment in (made, of_old)] == [[], ["posts"]]


def test_what_waits_for_no_writer_blocks_none() -> None:
    (moment,) = migration("ALTER TABLE posts SET (fillfactor = 80);").moments
    assert not moment.blocks
    assert [effect.lock for effect in moment.blocking] != []
