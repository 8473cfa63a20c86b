"""The two proofs of `scripts/corpus` on a small project: what the server takes is followed, what it refuses is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.corpus.proofs import Proof, prove
from tests.postgres import throwaway_postgres

__all__ = ["throwaway_postgres"]

STEPS = {
    "1_make.sql": "SET search_path = shop, public;\nCREATE TABLE goods (id serial PRIMARY KEY, price numeric CHECK (price > 0));\n",
    "2_index.sql": "CREATE INDEX goods_price ON shop.goods (price);\nCREATE INDEX nowhere ON shop.missing (id);\n",
    "3_grant.sql": "GRANT SELECT ON shop.goods TO shop_keeper;\nGRANT CONNECT ON DATABASE postgres TO shop_keeper;\n",
}


@pytest.fixture
def server(throwaway_postgres: str) -> str:
    return throwaway_postgres


def proof_of(folder: Path, server: str, texts: dict[str, str]) -> Proof:
    project = folder / "shop"
    (project / "migrations").mkdir(parents=True)
    for name, text in texts.items():
        (project / "migrations" / name).write_text(text, encoding="utf-8")
    (proof,) = prove(project, server, folder)
    return proof


def test_a_project_is_proved_with_its_refused_statements_left_out(tmp_path: Path, server: str) -> None:
    proof = proof_of(tmp_path, server, STEPS)
    assert (proof.place, proof.files, proof.session.statements, proof.tables, proof.indexes) == ("migrations", 3, 6, 1, 2)
    assert proof.session.schemas == ["shop"]
    assert [reason.partition(": ")[2] for reason in proof.session.refused] == ['relation "shop.missing" does not exist']
    assert (proof.said, proof.differences, proof.printed) == ((), (), ())


def test_what_the_replay_cannot_follow_is_said_and_differs(tmp_path: Path, server: str) -> None:
    unseen = "DO $$ BEGIN IF random() < 2 THEN ALTER TABLE shop.goods ADD COLUMN name text; END IF; END $$;\n"
    proof = proof_of(tmp_path, server, {**STEPS, "4_unseen.sql": unseen})
    assert [reason.partition(": ")[0] for reason in proof.said] == ["4_unseen.sql:1"]
    assert {(found.kind, found.subject) for found in proof.differences} == {("column", "shop.goods.name"), ("table", "shop.goods")}
    assert len(proof.printed) > 0
