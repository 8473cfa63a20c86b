"""Discovery: which files are read, which are left alone, and what is said of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from advisor.sources.discovery import Discovery, discover, kind_of


def tree(folder: Path, *paths: str) -> None:
    for path in paths:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x", encoding="utf-8")


def shown(result: Discovery) -> list[str]:
    return [file.shown for file in result.files]


def left(result: Discovery) -> dict[str, str]:
    return {skipped.path: skipped.reason for skipped in result.skipped}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_files_come_in_the_order_of_their_paths(project: Path) -> None:
    tree(project, "src/b.ts", "src/a.ts", "prisma/schema.prisma", "z.sql", "README.md")
    assert shown(discover(["."])) == ["z.sql", "prisma/schema.prisma", "src/a.ts", "src/b.ts"]


def test_dependencies_build_output_and_generated_code_are_left_alone_with_a_reason(project: Path) -> None:
    tree(
        project, "package.json", "node_modules/pg/index.js", "dist/a.js", "build/a.js", "src/generated/client.ts", "src/types.d.ts"
    )
    result = discover(["."])
    assert shown(result) == ["package.json"]
    assert left(result) == {
        "node_modules": "dependencies",
        "dist": "build output",
        "build": "build output",
        "src/generated": "generated code",
        "src/types.d.ts": "generated code",
    }


def test_a_folder_called_build_is_read_where_no_package_is_built(project: Path) -> None:
    tree(project, "src/build/steps.ts")
    assert shown(discover(["."])) == ["src/build/steps.ts"]


def test_gitignore_files_hold_for_their_folder_and_below_and_the_innermost_decides(project: Path) -> None:
    tree(project, ".git/HEAD", "a.sql", "logs/b.sql", "deep/c.sql", "deep/keep.sql")
    (project / ".gitignore").write_text("*.sql\n!a.sql\nlogs/\n")
    (project / "deep" / ".gitignore").write_text("!keep.sql\n")
    result = discover(["."])
    assert shown(result) == ["a.sql", "deep/keep.sql"]
    assert left(result)["logs"] == "ignored by .gitignore"


def test_a_folder_below_the_top_of_a_repository_inherits_its_gitignore(project: Path) -> None:
    tree(project, ".git/HEAD", "app/secret.sql", "app/main.sql")
    (project / ".gitignore").write_text("secret.sql\n")
    assert shown(discover(["app"])) == ["app/main.sql"]


def test_a_file_that_is_named_is_read_whoever_ignores_it(project: Path) -> None:
    tree(project, ".git/HEAD", "node_modules/a.sql")
    (project / ".gitignore").write_text("*.sql\n")
    result = discover(["node_modules/a.sql"])
    assert [(file.shown, file.named) for file in result.files] == [("node_modules/a.sql", True)]


def test_a_file_named_twice_is_read_once(project: Path) -> None:
    tree(project, "a.sql")
    assert shown(discover(["a.sql", ".", "a.sql"])) == ["a.sql"]


def test_links_to_folders_are_not_followed(project: Path) -> None:
    tree(project, "src/a.ts")
    (project / "src" / "up").symlink_to(project)
    (project / "src" / "b.ts").symlink_to(project / "src" / "b.ts")
    result = discover(["."])
    assert shown(result) == ["src/a.ts", "src/b.ts"]  # the second is a link to itself: reading it says so


def test_a_folder_that_cannot_be_read_is_said(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(project, "closed/a.sql", "open.sql")
    real = os.scandir

    def scandir(path: Path) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    result = discover(["."])
    assert shown(result) == ["open.sql"]
    assert left(result) == {"closed": "cannot be read: Permission denied"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("schema.prisma", "prisma"),
        ("A.SQL", "sql"),
        ("page.tsx", "code"),
        ("worker.mjs", "code"),
        ("package.json", "manifest"),
        ("prisma.config.ts", "prisma config"),
        ("migration_lock.toml", "migration lock"),
        ("plan.txt", "perhaps a plan"),
        ("photo.png", None),
    ],
)
def test_a_files_kind_follows_from_its_name(name: str, kind: str | None) -> None:
    assert kind_of(name) == kind
