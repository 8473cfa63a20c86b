"""Schemas by chance, right or with a mistake: we refuse what Prisma refuses, at its lines, and make the tables of its DDL."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from advisor.model import SourceText
from advisor.sources.prisma import read_prisma
from scripts.mutate import one_mutation
from tests.profiles import against_server
from tests.sources.prisma.comparing import agree, refused
from tests.sources.prisma.engine import Engine, start
from tests.sources.prisma.generated import schema, with_mistake
from tests.sources.prisma.oracle import ddl_facts, oracle_folder, schema_facts

pytestmark = pytest.mark.skipif(
    oracle_folder() is None, reason="PRISMA_ORACLE names no folder where Prisma's packages are installed"
)
CHANCE = st.randoms(use_true_random=False)
OFTEN = against_server(150)


@pytest.fixture(scope="module")
def prisma() -> Iterator[Engine]:
    engine = start()
    yield engine
    engine.close()


def compare(text: str, prisma: Engine) -> None:
    """A schema that has lost its datasource is PostgreSQL's for us, and for Prisma no database's."""
    assume("\ndatasource " in "\n" + text)
    try:
        theirs = {("schema.prisma", line) for line, _ in prisma.mistakes(text)}
    except RuntimeError:
        assume(False)
    ours = refused([SourceText("schema.prisma", text)], 8)
    assert agree(ours, theirs), (sorted(theirs), ours)


@OFTEN
@given(CHANCE)
def test_a_schema_that_prisma_takes_is_taken(prisma: Engine, chance: Random) -> None:
    compare(schema(chance), prisma)


@OFTEN
@given(CHANCE)
def test_a_schema_with_something_more_is_judged_as_prisma_does(prisma: Engine, chance: Random) -> None:
    compare(with_mistake(schema(chance), chance), prisma)


@OFTEN
@given(CHANCE)
def test_a_schema_with_a_changed_word_or_line_is_judged_as_prisma_does(prisma: Engine, chance: Random) -> None:
    compare(one_mutation(schema(chance), chance), prisma)


@OFTEN
@given(CHANCE)
def test_a_schema_comes_to_the_tables_of_prismas_ddl(prisma: Engine, chance: Random) -> None:
    text = schema(chance)
    reading = read_prisma([SourceText("schema.prisma", text)], 8)
    assume(not reading.problems)
    names = [table.name for table in reading.schema.tables]
    assume(len(set(names)) == len(names))
    assert schema_facts(reading.schema) == ddl_facts(prisma.ddl(text))
