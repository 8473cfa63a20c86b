"""Each mistake that Prisma refuses, beside what is right: the lines are Prisma's own, recorded in fixtures/prisma/mistakes.toml."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from advisor.model import Skipped, SourceText
from advisor.sources.prisma import read_prisma
from tests.sources.prisma.helpers import FIXTURES

MISTAKES: list[dict[str, Any]] = tomllib.loads((FIXTURES / "mistakes.toml").read_text())["mistake"]
CASES = [(mistake, version) for mistake in MISTAKES for version in mistake["versions"]]
TOLD_BY_A_RULE = ("generator: a preview feature that is gone", "generator: a preview feature that is to come")

URL = '  url      = env("DATABASE_URL")'
NO_URL = "  // the connection is named in prisma.config.ts"


def with_datasource(text: str, version: int) -> str:
    block = "\n".join(["datasource db {", '  provider = "postgresql"', URL if version == 6 else NO_URL, "}"])
    return text.replace("DATASOURCE", block, 1)


def problems(text: str, version: int) -> list[Skipped]:
    """What was refused; that another database's tables are left alone is no refusal."""
    found = read_prisma([SourceText("schema.prisma", with_datasource(text, version))], version).problems
    return [problem for problem in found if problem.kind == "failed"]


def covered(found: list[Skipped]) -> set[int]:
    """The lines that problems stand for: one problem may span several bad lines."""
    places = [problem.location for problem in found if problem.location]
    return {line for place in places for line in range(place.line, place.end_line + 1)}


@pytest.mark.parametrize(("mistake", "version"), CASES, ids=[f"{mistake['about']} ({version})" for mistake, version in CASES])
def test_a_mistake_is_told_at_the_line_that_prisma_names(mistake: dict[str, Any], version: int) -> None:
    found = problems(mistake["wrong"], version)
    if mistake["about"] in TOLD_BY_A_RULE:
        assert not found
        return
    assert covered(found) == set(mistake["lines"])
    assert mistake["reason"] in [problem.reason for problem in found]


@pytest.mark.parametrize(("mistake", "version"), CASES, ids=[f"{mistake['about']} ({version})" for mistake, version in CASES])
def test_what_is_right_is_not_refused(mistake: dict[str, Any], version: int) -> None:
    assert problems(mistake["right"], version) == []


@pytest.mark.parametrize("url", [URL, NO_URL])
def test_where_the_version_is_not_known_both_forms_of_the_datasource_are_right(url: str) -> None:
    text = "\n".join(["datasource db {", '  provider = "postgresql"', url, "}", ""])
    assert not read_prisma([SourceText("schema.prisma", text)]).problems


def test_version_6_wants_no_url_where_the_configuration_names_the_connection() -> None:
    source = SourceText("schema.prisma", 'datasource db {\n  provider = "postgresql"\n}\n')
    assert not read_prisma([source], 6, url_elsewhere=True).problems
    assert [problem.reason for problem in read_prisma([source], 6).problems] == ["the datasource does not say its `url`"]


@pytest.mark.parametrize("provider", ["mysql", "sqlite", "sqlserver", "mongodb"])
def test_another_databases_types_are_no_mistakes(provider: str) -> None:
    native = {"mysql": "MediumText", "sqlite": "Text", "sqlserver": "NVarChar(Max)", "mongodb": "ObjectId"}[provider]
    text = f'datasource db {{\n  provider = "{provider}"\n}}\nmodel A {{\n  id String @id @db.{native}\n}}\n'
    found = read_prisma([SourceText("schema.prisma", text)], 8).problems
    assert [(problem.kind, problem.reason) for problem in found] == [
        ("left alone", f"its tables are not PostgreSQL's, so that no PostgreSQL rule applies to it: the provider is {provider}")
    ]


@pytest.mark.parametrize(
    ("version", "name", "constraint"),
    [(5, "_AToB_AB_unique", None), (6, "_AToB_AB_pkey", "primary key"), (None, "_AToB_AB_pkey", "primary key")],
)
def test_before_version_6_a_join_table_had_no_key(version: int | None, name: str, constraint: str | None) -> None:
    text = "model A {\n  id Int @id\n  bs B[]\n}\nmodel B {\n  id Int @id\n  as A[]\n}\n"
    between = read_prisma([SourceText("schema.prisma", text)], version).schema.table_named("_AToB")
    assert between is not None
    first = between.indexes[0]
    assert (first.name, first.constraint, first.unique) == (name, constraint, True)
