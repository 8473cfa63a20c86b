"""Any sequence of statements leaves in the replay what it leaves in PostgreSQL, and is printed as SQL that builds the same.

Three generators: scripts of templates about tables, scripts of templates about everything else, and histories in which each
statement is about what stands in the database. `fixtures/generated.md` says how many were tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.profiles import against_server
from tests.sources.sql.generated import scripts
from tests.sources.sql.generated_objects import object_scripts
from tests.sources.sql.objects_oracle import scratch_database
from tests.sources.sql.proving import Proof, proof


@pytest.fixture(scope="module")
def empty_database(throwaway_postgres: str) -> Iterator[Any]:
    with scratch_database(throwaway_postgres) as connection:
        yield connection


def assert_proven(found: Proof) -> None:
    if found.complaint is not None:
        pytest.fail(found.complaint)


@against_server(70)
@given(script=scripts)
def test_any_script_about_tables(script: list[str], empty_database: Any) -> None:
    assert_proven(proof(empty_database, lambda history: history.replay(script)))


@against_server(60)
@given(script=object_scripts)
def test_any_script_about_other_objects(script: list[str], empty_database: Any) -> None:
    assert_proven(proof(empty_database, lambda history: history.replay(script)))


@against_server(80)
@given(seed=st.integers(0, 2**64))
def test_any_history(seed: int, empty_database: Any) -> None:
    assert_proven(proof(empty_database, lambda history: history.grow(seed)))
