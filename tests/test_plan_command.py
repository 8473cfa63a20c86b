"""`advisor plan` on the command line: one plan and several, the schema beside it, what it exits with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.sources.explain.plans import RECORDED, TIMED
from tests.test_cli import run

SLOW, MENDED = TIMED / "slow-scan.txt", TIMED / "slow-scan-mended.txt"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def scan(folder: Path) -> Path:
    """A sequential scan that an index on posts (author_id) would spare."""
    path = folder / "scan.txt"
    path.write_text("""\
 Seq Scan on posts  (cost=0.00..11062.01 rows=60 width=151) (actual time=0.218..15.622 rows=60.00 loops=1)
   Filter: (author_id = 4242)
   Rows Removed by Filter: 299940
 Planning Time: 0.135 ms
 Execution Time: 15.654 ms
""")
    return path


def rules(*arguments: str) -> list[str]:
    document = json.loads(run("plan", *arguments, "--format", "json").stdout)
    return [finding["rule"] for plan in document["plans"] for finding in plan["findings"]]


def test_several_files_are_read_in_their_order(scan: Path) -> None:
    document = json.loads(run("plan", str(scan), str(SLOW), str(MENDED), "--format", "json").stdout)
    assert [plan["plan"]["Plan"]["Node Type"] for plan in document["plans"]] == ["Seq Scan", "Limit", "Limit"]


def test_a_schema_says_what_is_there_already(scan: Path) -> None:
    table = "CREATE TABLE posts (id int PRIMARY KEY, author_id int NOT NULL, body text);\n"
    Path("bare.sql").write_text(table)
    Path("indexed.sql").write_text(f"{table}CREATE INDEX posts_author ON posts (author_id);\n")
    bare = run("plan", str(scan), "--schema", "bare.sql").stdout
    assert "CREATE INDEX CONCURRENTLY posts_author_id_idx ON posts (author_id);" in bare
    indexed = run("plan", str(scan), "--schema", "indexed.sql").stdout
    assert "posts_author could serve it" in indexed
    assert "CREATE INDEX" not in indexed


def test_the_schema_itself_is_not_judged(scan: Path) -> None:
    Path("schema.sql").write_text("CREATE TABLE posts (id int, author_id int REFERENCES users);\nCREATE TABLE log (at time);\n")
    assert rules(str(scan), "--schema", "schema.sql") == ["slow-sequential-scan"]


def test_a_schema_that_is_not_there_is_one_line_and_exit_2(scan: Path) -> None:
    result = run("plan", str(scan), "--schema", "nowhere.prisma")
    assert (result.exit_code, result.stderr) == (2, "advisor: no such file or folder: nowhere.prisma\n")


def test_a_look_at_a_plan_exits_0_unless_it_is_asked_to_fail(scan: Path) -> None:
    assert run("plan", str(scan)).exit_code == 0
    assert run("plan", str(scan), "--fail-on", "warning").exit_code == 1
    assert run("plan", str(scan), "--fail-on", "error").exit_code == 0
    assert run("plan", str(scan), "--fail-on", "warning", "--ignore", "slow-sequential-scan").exit_code == 0
    assert run("plan", str(RECORDED / "posts-by-author.txt"), "--select", "row-misestimate", "--fail-on", "info").exit_code == 0


def test_the_configuration_s_thresholds_count(scan: Path) -> None:
    assert rules(str(scan)) == ["slow-sequential-scan"]
    Path("advisor.toml").write_text("[rules.slow-sequential-scan]\nmin_time = 100\n")
    assert rules(str(scan)) == []


@pytest.mark.parametrize("format_", ["text", "json", "html", "svg", "markdown"])
def test_every_format_is_written_to_a_file(scan: Path, format_: str) -> None:
    result = run("plan", str(scan), "--format", format_, "--output", "out/plan")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "posts" in Path("out/plan").read_text(encoding="utf-8")


def test_every_plan_of_a_file_that_is_cut_off_is_still_shown(scan: Path) -> None:
    text = scan.read_text()
    scan.write_text(f"{text}\n{text}\n Hash Join  (cost=1.00..2.00 rows=1 width=4)\n   Hash Cond: (a.id = b.id)\n")
    result = run("plan", str(scan))
    assert result.exit_code == 2
    assert result.stdout.count("Seq Scan on posts") >= 2
    assert "Hash Join has 0 of its 2 inputs" in result.stderr
