"""What pg_dump writes, replayed, is what psql makes of it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from advisor.model import SourceText
from advisor.sandbox.server import find_binaries
from advisor.sources.postgres import read_schema
from advisor.sources.sql import read_sql
from tests.sources.sql.proving import differences
from tests.sources.sql.test_against_postgresql import SCRIPTS, new_database

NOT_RESTORED = {
    "generated": "default privileges FOR ROLE postgres are the reader's own only where that is who reads",
    "not_nulls": "psql fails on pg_dump's own output: a primary key over an inherited NOT NULL ... NO INHERIT",
}
FORMS = {
    "plain": (),
    "clean": ("--clean", "--if-exists"),
    "quoted": ("--quote-all-identifiers",),
    "inserts": ("--column-inserts", "--rows-per-insert=3", "--no-owner"),
}
DUMPED = [path for path in SCRIPTS if path.stem not in NOT_RESTORED]


def run(program: str, connection_string: str, *options: str) -> str:
    """What one of PostgreSQL's own programs writes."""
    binaries = find_binaries()
    assert binaries is not None
    if not (binaries / program).exists():
        pytest.skip(f"{program} is not among the PostgreSQL binaries")
    command = [str(binaries / program), "-d", connection_string, *options]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def restore(connection_string: str, script: Path) -> None:
    run("psql", connection_string, "--quiet", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-f", str(script))


@pytest.mark.parametrize(
    ("path", "form"), [*zip(DUMPED, [*FORMS] * len(DUMPED), strict=False)], ids=lambda part: getattr(part, "stem", part)
)
def test_a_dump_is_read_as_the_database_that_it_makes(path: Path, form: str, throwaway_postgres: str, tmp_path: Path) -> None:
    """Each script's database in one of pg_dump's forms: together they have all of both."""
    dump = tmp_path / "dump.sql"
    with new_database(throwaway_postgres, f"{path.stem}_dumped"):
        place = throwaway_postgres.replace("dbname=postgres", f"dbname={path.stem}_dumped")
        restore(place, path)
        dump.write_text(run("pg_dump", place, *FORMS[form]), encoding="utf-8")
    with new_database(throwaway_postgres, f"{path.stem}_restored") as connection:
        restore(throwaway_postgres.replace("dbname=postgres", f"dbname={path.stem}_restored"), dump)
        theirs = read_schema(connection).schema
    reading = read_sql([SourceText("dump.sql", dump.read_text(encoding="utf-8"))])
    assert reading.problems == ()
    assert differences(reading.schema, theirs) == []


def test_what_psql_would_do_with_rows_is_left_out() -> None:
    rows = "1\tCREATE TABLE b (id int);\n2\t';\n\\.\n"
    text = f"CREATE TABLE a (id int, t text);\nCOPY public.a (id, t) FROM stdin;\n{rows}CREATE TABLE c ();\n"
    reading = read_sql([SourceText("dump.sql", text)])
    assert [str(table.name) for table in reading.schema.tables] == ["a", "c"]
    assert reading.problems == ()
