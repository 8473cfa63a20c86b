"""Judgements of the rules of indexes and vectors that their examples do not show: habits, confidence, what remedies are for."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.finding import Confidence, Finding
from advisor.remedies import ReplaceIndex
from advisor.rule import project, sql
from tests.rules.test_schema_rules import Reviewer


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reviewer:
    return Reviewer(tmp_path, monkeypatch)


def subjects(findings: list[Finding]) -> list[str]:
    return [finding.subject for finding in findings]


def test_indexes_of_deleted_rows_throughout_are_one_finding(found: Reviewer) -> None:
    tables = "".join(
        f"CREATE TABLE t{number} (id bigint PRIMARY KEY, deleted_at timestamptz);\nCREATE INDEX ON t{number} (deleted_at);\n"
        for number in range(5)
    )
    (finding,) = found(sql(tables), "sparse-index-without-predicate")
    assert finding.subject == "indexes of deleted rows"
    assert finding.message.startswith("5 indexes have an entry for every row")


def test_the_partial_index_of_deleted_rows_knows_what_its_predicate_demands(found: Reviewer) -> None:
    text = "CREATE TABLE t (id bigint PRIMARY KEY, deleted_at timestamptz);\nCREATE INDEX t_deleted ON t (deleted_at);"
    (finding,) = found(sql(text), "sparse-index-without-predicate")
    assert isinstance(finding.remedy, ReplaceIndex)
    predicate = finding.remedy.new.predicate
    assert predicate is not None
    assert (predicate.columns, predicate.implied_not_null) == (("deleted_at",), ("deleted_at",))


def test_wide_indexes_of_one_table_are_one_finding(found: Reviewer) -> None:
    table = "CREATE TABLE t (id bigint PRIMARY KEY, a int, b int, c int, d int, e int);\n"
    orders = ("a, b, c, d, e", "b, c, d, e, a", "c, d, e, a, b", "d, e, a, b, c", "e, a, b, c, d")
    (finding,) = found(sql(table + "".join(f"CREATE INDEX ON t ({order});\n" for order in orders)), "wide-index")
    assert finding.message == "5 indexes of t have more than 4 key columns: the last ones narrow little"


def test_hstore_holds_many_values(found: Reviewer) -> None:
    text = "CREATE TABLE posts (id bigint PRIMARY KEY, data hstore, name text);\nCREATE INDEX ON posts ({});"
    assert subjects(found(sql(text.format("data")), "btree-on-container")) == ["public.posts.posts_data_idx"]
    assert found(sql(text.format("name")), "btree-on-container") == []


@pytest.mark.parametrize(
    ("column", "parent", "confidence"),
    [
        ("order_type", "(id int PRIMARY KEY, name text)", Confidence.POSSIBLE),
        ("priority_id", "(id int PRIMARY KEY, name text)", Confidence.POSSIBLE),
        ("status_uuid", "(id int PRIMARY KEY, name text)", Confidence.POSSIBLE),
        ("customer_id", "(id int PRIMARY KEY, name text)", Confidence.CERTAIN),
        ("plan_id", "(id int PRIMARY KEY, made_by int REFERENCES elsewhere)", Confidence.CERTAIN),
        ("role_id", "(id int PRIMARY KEY, name text, created_at timestamptz DEFAULT now())", Confidence.CERTAIN),
    ],
)
def test_the_key_of_a_handful_of_rows_kept_by_hand_may_go_without_an_index(
    found: Reviewer, column: str, parent: str, confidence: Confidence
) -> None:
    text = f"CREATE TABLE parents {parent};\nCREATE TABLE orders (id bigint PRIMARY KEY, {column} int REFERENCES parents);"
    told = {finding.subject: finding.confidence for finding in found(sql(text), "unindexed-foreign-key")}
    assert told[f"public.orders.{column}"] is confidence


def test_up_to_the_configured_number_of_indexes_nothing_is_said(found: Reviewer) -> None:
    text = "CREATE TABLE t (id bigint PRIMARY KEY, a int, b int);\nCREATE INDEX ON t (a);\nCREATE INDEX ON t (b);\n"
    settings = "[rules.too-many-indexes]\nindexes = {}\n"
    assert found(project({"advisor.toml": settings.format(3), "schema.sql": text}), "too-many-indexes") == []
    (finding,) = found(project({"advisor.toml": settings.format(2), "schema.sql": text}), "too-many-indexes")
    assert finding.message == "t has 3 indexes: each insert writes into all of them"
