"""`--fix` and `--diff`: what is mechanical is made in the files, and nothing else changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from advisor.engine.fixing import fix_files, fixes_of
from advisor.engine.registry import all_rules
from advisor.engine.review import review
from advisor.rule import Example, Rule, prisma, prisma_migrations, project
from tests.rules.spoken import write_example as write

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY, a int);\n"


def fixed(example: Example, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The files that changed, after fixing until there is nothing more to fix."""
    write(example, folder)
    monkeypatch.chdir(folder)
    changed = {fix.path for fix in fix_files(lambda: review("."))}
    return {path: (folder / path).read_bytes().decode("utf-8") for path in sorted(changed)}


def test_an_index_goes_behind_the_others_and_comments_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    schema = """
        model Author {
          id    Int    @id // the key
          posts Post[]
        }

        model Post {
          id       Int    @id
          authorId Int // who wrote it
          title    String
          author   Author @relation(fields: [authorId], references: [id])

          @@index([title]) // for the list
          @@map("posts")
        }
    """
    example = prisma(schema)
    path = "prisma/schema.prisma"
    (after,) = fixed(example, tmp_path, monkeypatch).values()
    before = example.files[path].splitlines()
    place = before.index("  @@index([title]) // for the list") + 1
    assert after.splitlines() == [*before[:place], "  @@index([authorId])", *before[place:]]


def test_line_ends_and_byte_order_mark_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\ufeff-- build it\r\nCREATE INDEX posts_a ON posts (a); -- fast\r\n"
    example = Example({"migrations/001.sql": POSTS, "migrations/002.sql": ""})
    write(example, tmp_path)
    (tmp_path / "migrations/002.sql").write_bytes(text.encode("utf-8"))
    monkeypatch.chdir(tmp_path)
    assert [fix.count for fix in fix_files(lambda: review("."))] == [1]
    after = (tmp_path / "migrations/002.sql").read_bytes().decode("utf-8")
    assert after == text.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY")


def test_a_statement_with_a_comment_in_it_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    example = project({"migrations/001.sql": POSTS, "migrations/002.sql": "CREATE INDEX posts_a -- for the list\n ON posts (a);\n"})
    assert fixed(example, tmp_path, monkeypatch) == {}


def test_what_is_only_possible_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later = {f"migrations/{number:03}.sql": f"CREATE TABLE t{number} (id bigint PRIMARY KEY);\n" for number in range(3, 9)}
    example = project({"migrations/001.sql": POSTS, "migrations/002.sql": "CREATE INDEX posts_a ON posts (a);\n", **later})
    assert fixed(example, tmp_path, monkeypatch) == {}


def test_what_must_move_to_another_migration_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    example = prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN b int;\nCREATE INDEX posts_a ON posts (a);\n")
    assert fixed(example, tmp_path, monkeypatch) == {}


def test_two_remedies_of_one_line_are_made_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = """
        model Post {
          id   Int    @id
          slug String @unique
          a    Int

          @@index([slug])
          @@index([a])
          @@index([a])
        }
    """
    (after,) = fixed(prisma(text), tmp_path, monkeypatch).values()
    assert after.count("@@index") == 1


def test_the_diff_is_one_that_patch_understands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project({"migrations/001.sql": POSTS, "migrations/002.sql": "CREATE INDEX posts_a ON posts (a);"}), tmp_path)
    monkeypatch.chdir(tmp_path)
    (fix,) = fixes_of(review("."))
    assert fix.diff() == (
        "--- a/migrations/002.sql\n+++ b/migrations/002.sql\n@@ -1 +1 @@\n"
        "-CREATE INDEX posts_a ON posts (a);\n\\ No newline at end of file\n"
        "+CREATE INDEX CONCURRENTLY posts_a ON posts (a);\n\\ No newline at end of file\n"
    )
    assert (tmp_path / "migrations/002.sql").read_text() == "CREATE INDEX posts_a ON posts (a);"


def bad() -> Iterator[object]:
    for rule in all_rules():
        for number, example in enumerate(rule.bad, 1):
            if any(path.endswith((".prisma", ".sql")) for path in example.files):
                yield pytest.param(rule, example, id=f"{rule.name}-{number}")


@pytest.mark.parametrize(("rule", "example"), list(bad()))
def test_fixing_twice_changes_nothing_and_leaves_no_new_errors(
    rule: Rule, example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(example, tmp_path)
    monkeypatch.chdir(tmp_path)
    before = [lost for lost in review(".", select=[rule.name]).skipped if lost.kind == "failed"]
    rounds = list(fix_files(lambda: review(".", select=[rule.name])))
    after = review(".", select=[rule.name])
    assert fixes_of(after) == []
    assert [lost for lost in after.skipped if lost.kind == "failed"] == before
    assert len(rounds) <= 3
