"""The parts of SQL statements: relations, columns looked up in a schema, comparisons, and what rules ask of them."""

from __future__ import annotations

import pytest

from advisor.model import Location, Part, Predicate, Scope, SourceText
from advisor.sources.linking import with_scopes
from advisor.sources.operand_types import cast_of_type
from advisor.sources.sql import read_query, read_sql

HERE = Location("service.ts", 3, 5, 3, 60)
SCHEMA = """
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, name text, country char(2), score numeric);
CREATE TABLE posts (id bigint PRIMARY KEY, author_id int NOT NULL, title text NOT NULL, data jsonb, created_at timestamptz);
CREATE TABLE tags (post_id bigint NOT NULL, tag text NOT NULL);
"""


def parts(text: str) -> tuple[Part, ...]:
    """The parts of a statement on the schema above."""
    query = read_query(text, HERE, Scope("application"))
    assert query is not None
    return with_scopes(query, read_sql([SourceText("schema.sql", SCHEMA)]).schema).parts


def compared(part: Part) -> list[str]:
    return [written(predicate) for predicate in part.predicates]


def written(predicate: Predicate) -> str:
    column = f"{predicate.relation}.{predicate.column}"
    shown = f"{predicate.around.text}[{column}]" if predicate.around else column
    other = f"{predicate.other.relation}.{predicate.other.column}" if predicate.other else predicate.value_text
    return f"{'not ' if predicate.negated else ''}{shown} {predicate.operator} {other}"


def test_a_join_ties_two_relations_and_both_sides_are_told() -> None:
    (part,) = parts("SELECT title FROM posts p JOIN users u ON u.id = p.author_id WHERE email = $1 AND p.created_at > now()")
    assert [(one.alias, one.kind, one.join, one.conditioned) for one in part.relations] == [
        ("p", "table", "from", False),
        ("u", "table", "inner", True),
    ]
    assert compared(part) == ["p.author_id = u.id", "u.id = p.author_id", "u.email = $1", "p.created_at > now()"]
    assert [{column.relation for column in columns} for columns in part.links] == [{"u", "p"}]
    assert [(output.name, output.column and output.column.relation) for output in part.outputs] == [("title", "p")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1 FROM posts JOIN tags ON post_id = id", ["tags.post_id = posts.id"]),
        ("SELECT 1 FROM posts, tags WHERE tag = 'x'", ["tags.tag = 'x'"]),
        ("SELECT 1 FROM posts p, LATERAL (SELECT * FROM tags t WHERE t.post_id = p.id) x WHERE x.tag = 'a'", ["x.tag = 'a'"]),
        (
            "WITH t AS (SELECT tag AS label, post_id FROM tags) SELECT 1 FROM t JOIN posts ON id = post_id WHERE label = 'x'",
            ["t.label = 'x'"],
        ),
        ("UPDATE posts SET title = u.name FROM users u WHERE u.id = author_id AND country = 'de'", ["u.country = 'de'"]),
        ("DELETE FROM posts p USING users u WHERE u.id = p.author_id AND email LIKE '%x'", ["u.email like '%x'"]),
        ("SELECT 1 FROM posts WHERE lower(title) = $1", ["lower(title)[posts.title] = $1"]),
        ("SELECT 1 FROM posts p WHERE date_trunc('day', p.created_at) = $1", ["date_trunc('day', created_at)[p.created_at] = $1"]),
        ("SELECT 1 FROM posts WHERE data ->> 'a' = 'b'", ["data ->> 'a'[posts.data] = 'b'"]),
        ("SELECT 1 FROM posts WHERE NOT (title = 'a')", ["not posts.title = 'a'"]),
    ],
)
def test_bare_columns_find_their_relation(text: str, expected: list[str]) -> None:
    assert set(expected) <= set(compared(parts(text)[0]))


def test_what_is_in_a_subquery_is_the_subquerys_and_outer_columns_are_outer() -> None:
    outer, inner = parts("SELECT 1 FROM posts p WHERE EXISTS (SELECT 1 FROM tags WHERE post_id = id AND tag = 'x')")
    assert (outer.role, inner.role, inner.around) == ("statement", "exists", 0)
    assert compared(inner)[-1] == "tags.tag = 'x'"
    (tied,) = [columns for columns in inner.links if len(columns) == 2]
    assert [(column.column, column.relation, column.part) for column in tied] == [("post_id", "tags", None), ("id", "p", 0)]


def test_branches_common_tables_and_sources_are_parts() -> None:
    found = parts(
        "WITH old AS (DELETE FROM posts WHERE id < 5 RETURNING id) SELECT id FROM old UNION ALL SELECT id FROM users ORDER BY 1"
    )
    assert [(part.role, part.kind, part.operation) for part in found] == [
        ("statement", "select", "union all"),
        ("common table", "delete", None),
        ("branch", "select", None),
        ("branch", "select", None),
    ]
    assert found[0].order_by[0].position == 1
    assert [part.role for part in parts("INSERT INTO tags SELECT id, 'x' FROM posts")] == ["statement", "source"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1 FROM posts WHERE author_id = 1.5", "numeric"),
        ("SELECT 1 FROM posts WHERE author_id = 15", None),
        ("SELECT 1 FROM posts WHERE author_id = $1", None),
        ("SELECT 1 FROM posts WHERE author_id = $1::float8", "double precision"),
        ("SELECT 1 FROM users WHERE country = $1::text", "text"),
        ("SELECT 1 FROM users WHERE country = 'de'", None),
        ("SELECT 1 FROM users WHERE email IN ('a', 'b')", None),
        ("SELECT 1 FROM posts WHERE author_id IN (1, 2)", None),
        ("SELECT 1 FROM posts WHERE author_id = ANY($1::numeric[])", "numeric"),
        ("SELECT 1 FROM posts WHERE created_at > current_date", None),
        ("SELECT 1 FROM posts p JOIN users u ON u.score = p.author_id", "numeric"),
    ],
)
def test_a_comparison_may_turn_the_column_into_another_type(text: str, expected: str | None) -> None:
    (part,) = parts(text)
    turned = [
        predicate.cast_to for predicate in part.predicates if predicate.column in ("author_id", "country", "email", "created_at")
    ]
    assert turned == [expected]


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("bigint", "integer", None),
        ("integer", "bigint", None),
        ("numeric", "integer", None),
        ("numeric", "double precision", "double precision"),
        ("character varying(20)", "text", None),
        ("character(3)", "text", "text"),
        ("date", "timestamp with time zone", None),
        ("citext", "text", "text"),
        ("real", "numeric", None),
    ],
)
def test_types_that_one_operator_takes_are_left_alone(column: str, value: str, expected: str | None) -> None:
    assert cast_of_type(column, "=", value) == expected


def test_null_comparisons_concatenations_locks_and_memberships_are_noted() -> None:
    part, inner = parts(
        "SELECT name || ' ' || coalesce(country, ''), data || '{}'::jsonb FROM users, posts "
        "WHERE author_id NOT IN (SELECT id FROM users) AND title = NULL FOR UPDATE OF posts SKIP LOCKED"
    )
    assert [([column.column for column in one.columns], one.text) for one in part.concatenations] == [
        (["name"], "name || ' ' || COALESCE(country, '')")
    ]
    assert [(one.text, one.corrected) for one in part.null_comparisons] == [("title = NULL", "title IS NULL")]
    (membership,) = part.memberships
    assert (membership.column and membership.column.column, membership.part, membership.negated) == ("author_id", 1, True)
    assert part.lock is not None
    assert (part.lock.strength, part.lock.wait) == ("update", "skip")
    assert inner.role == "in"


def test_an_or_is_told_by_its_branches() -> None:
    (part,) = parts("SELECT 1 FROM users WHERE (email = $1 OR name = $2) AND score > 5")
    (one,) = part.alternatives
    assert [[predicate.column for predicate in branch] for branch in one.branches] == [["email"], ["name"]]
    assert one.complete


@pytest.mark.parametrize(
    ("text", "conditioned"),
    [
        ("DELETE FROM posts", False),
        ("DELETE FROM posts WHERE true", False),
        ("UPDATE posts SET title = 'x' WHERE 1 = 1", False),
        ("DELETE FROM posts WHERE id = $1", True),
        ("DELETE FROM posts WHERE 1 = 0", True),
    ],
)
def test_a_where_that_is_always_true_is_none(text: str, conditioned: bool) -> None:
    assert parts(text)[0].conditioned is conditioned
