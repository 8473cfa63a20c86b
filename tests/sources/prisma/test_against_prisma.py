"""Our reading beside Prisma's own, on the fixtures and on any schemas that PRISMA_SCHEMAS names (files or folders, as in PATH)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from advisor.model import SourceText
from advisor.sources.prisma import read_prisma
from tests.sources.prisma.client import client_facts, dmmf_facts, missing_from
from tests.sources.prisma.helpers import FIXTURES
from tests.sources.prisma.oracle import ddl, ddl_facts, dmmf, in_newest_form, oracle_folder, schema_facts

NAMED = [Path(path) for path in os.environ.get("PRISMA_SCHEMAS", "").split(os.pathsep) if path]
SCHEMAS = [FIXTURES / "everything.prisma", FIXTURES / "clinic", *NAMED]

pytestmark = pytest.mark.skipif(
    oracle_folder() is None, reason="PRISMA_ORACLE names no folder where Prisma's packages are installed"
)


def files_of(schema: Path) -> list[Path]:
    return sorted(schema.rglob("*.prisma")) if schema.is_dir() else [schema]


def newest(schema: Path, folder: Path) -> list[Path]:
    """Copies of a schema's files in the form that the newest Prisma takes."""
    copies = []
    for number, path in enumerate(files_of(schema)):
        copies.append(folder / f"{number:03}.prisma")
        copies[-1].write_text(in_newest_form(path.read_text()))
    return copies


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: "/".join(schema.parts[-3:]))
def test_the_tables_are_those_of_prismas_ddl(schema: Path, tmp_path: Path) -> None:
    reading = read_prisma([SourceText(str(path), path.read_text()) for path in files_of(schema)])
    if not reading.settings.speaks_postgresql:
        pytest.skip("the schema is of another database")
    assert not reading.problems
    assert schema_facts(reading.schema) == ddl_facts(ddl(newest(schema, tmp_path)))


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: "/".join(schema.parts[-3:]))
def test_models_fields_and_indexes_are_those_of_prismas_client(schema: Path, tmp_path: Path) -> None:
    theirs = dmmf(newest(schema, tmp_path))
    assert not theirs["errors"]
    ours = client_facts(SourceText(str(path), path.read_text()) for path in files_of(schema))
    assert not missing_from(ours, dmmf_facts(theirs["datamodel"]))


@pytest.mark.parametrize("name", ["everything.prisma", "clinic"])
def test_the_recorded_ddl_is_what_prisma_makes(name: str, tmp_path: Path) -> None:
    recorded = FIXTURES / name.replace(".prisma", ".sql") if name.endswith(".prisma") else FIXTURES / name / "schema.sql"
    assert ddl(newest(FIXTURES / name, tmp_path)).strip() == recorded.read_text().strip()
