"""Code with a bracket too few or too many: what is outside the mistake is still read, and the mistake has its place."""

from __future__ import annotations

import pytest

from advisor.model import SourceText
from advisor.sources.migrations.code import read_code_migration
from advisor.sources.typescript.mending import mended
from advisor.sources.typescript.syntax import SyntaxTree

WHOLE = """\
import { MigrationInterface, QueryRunner } from "typeorm";

export class Shelves1704445200000 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    if (true) {
      await queryRunner.query(`CREATE TABLE a (id int)`);
    }
    await queryRunner.query(`CREATE TABLE b (id int)`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE b`, [1]); // the other stays
  }
}
"""


def read(text: str) -> tuple[list[str], list[str], list[int]]:
    """The statements of `up` and `down`, and the lines of what was not understood."""
    found = read_code_migration(SourceText("1704445200000-Shelves.ts", text))
    assert found is not None
    up, down = (["".join(source.text.split("\n")).strip(" ;") for source in sources] for sources in (found.up, found.down))
    return up, down, [problem.location.line for problem in found.problems if problem.location is not None]


def test_code_that_is_right_is_not_looked_at() -> None:
    assert SyntaxTree(SourceText("a.ts", WHOLE)).mistakes() is None


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ("    }\n    await", "    await", 6),
        ("int)`);\n    }", "int)`;\n    }", 6),
        ("int)`);\n    }", "int)`);\n    }}", 7),
        ("    if (true) {", "    }\n    if (true) {", 5),
        ("[1]);", "[1);", 12),
        ("  }\n}\n", "", 13),
        ("(true) {", "(true) {{", 7),
    ],
)
def test_a_bracket_too_few_or_too_many_costs_nothing_else(right: str, wrong: str, line: int) -> None:
    assert right in WHOLE
    up, down, lines = read(WHOLE.replace(right, wrong))
    assert ("CREATE TABLE a" in up[0], "CREATE TABLE b" in up[0], "DROP TABLE b" in down[0]) == (True, True, True)
    assert "DROP" not in up[0]
    assert lines == [line]


def test_of_a_merge_the_first_side_is_read() -> None:
    merge = "<<<<<<< HEAD\n    await queryRunner.query(`CREATE TABLE c (id int)`);\n=======\n    if (x {\n>>>>>>> theirs\n"
    up, _, lines = read(WHOLE.replace("    if (true) {", merge + "    if (true) {"))
    assert ("CREATE TABLE c" in up[0], "CREATE TABLE a" in up[0], "CREATE TABLE b" in up[0]) == (True, True, True)
    assert lines == [5]


@pytest.mark.parametrize("text", ["", "(", ")", "`", "'", "{\n(\n[\n", "a;\n  }\n", "f(\n", "/*", "x\n" * 50 + "{" * 50])
def test_no_place_moves(text: str) -> None:
    data = text.encode()
    assert len(mended(data).data) >= len(data)
    assert all(0 <= place <= len(data) for place in mended(data).places)
