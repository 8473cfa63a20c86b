"""Input that no program likes: a diagnostic with its place, exit code 2 where it was named, never a traceback."""

from __future__ import annotations

import json
import os
import random
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from advisor.cli import main

NAMES = ("schema.prisma", "schema.sql", "app.ts", "app.js", "plan.txt", "plan.json", "package.json", "migration_lock.toml")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(*paths: str) -> Result:
    result = CliRunner().invoke(main, ["check", *paths, "--format", "json"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def failures(result: Result) -> list[dict[str, object]]:
    return [lost for lost in json.loads(result.stdout)["skipped"] if lost.get("kind", "failed") == "failed"]


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_file_is_said_where_it_was_named_and_harmless_where_not(name: str, folder: Path) -> None:
    (folder / name).write_bytes(b"")
    assert check(".").exit_code == 0
    named = check(name)
    assert named.exit_code == 2
    assert [lost["path"] for lost in failures(named)] == [name]


@pytest.mark.parametrize("name", NAMES)
def test_a_binary_file_is_refused(name: str, folder: Path) -> None:
    (folder / name).write_bytes(bytes(range(256)) * 40)
    named = check(name)
    assert named.exit_code == 2
    assert "binary" in str(failures(named)[0]["reason"])


@pytest.mark.parametrize("name", NAMES)
def test_five_megabytes_of_garbage_text_end_with_a_diagnostic(name: str, folder: Path) -> None:
    noise = random.Random(7)
    words = [
        "model",
        "CREATE TABLE",
        "prisma.post.findMany(",
        "{",
        "}",
        "'",
        '"',
        "$$",
        ";",
        "\n",
        "Seq Scan (cost=",
        "(",
        "--",
        "/*",
    ]
    (folder / name).write_text(" ".join(noise.choice(words) for _ in range(1_000_000)))
    named = check(name)
    assert named.exit_code == 2
    assert failures(named)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("opening", ["(", "[", "{", "SELECT (", '{"Plan":', '{"Plans":[', "a.b(() => {", "`${"])
def test_deep_nesting_ends_with_a_diagnostic_or_in_silence(name: str, opening: str, folder: Path) -> None:
    prefix = "prisma.post.findMany(" if name.startswith("app") else "model A {\n" if name.endswith("prisma") else ""
    (folder / name).write_text(prefix + opening * 20_000)
    assert check(name).exit_code in (0, 2)


def test_bom_and_crlf_change_nothing_but_the_bytes(folder: Path) -> None:
    text = "CREATE TABLE a (id int PRIMARY KEY);\nCREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a);\n"
    places = []
    for number, data in enumerate((text.encode(), b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())):
        file = folder / f"{number}" / "schema.sql"
        file.parent.mkdir()
        file.write_bytes(data)
        found = json.loads(check(str(file.relative_to(folder))).stdout)["findings"]
        places.append([(each["rule"], each["line"], each["column"], each["end_column"]) for each in found])
    assert places[0] == places[1]
    assert places[0]


def test_a_cycle_of_links_is_walked_once(folder: Path) -> None:
    (folder / "src").mkdir()
    (folder / "src" / "schema.sql").write_text("CREATE TABLE a (id int);")
    (folder / "src" / "loop").symlink_to(folder / "src")
    (folder / "self.sql").symlink_to(folder / "self.sql")
    result = check(".")
    assert [each["path"] for each in json.loads(result.stdout)["findings"]] == ["src/schema.sql"]
    assert [lost["path"] for lost in failures(result)] == ["self.sql"]
    assert check("self.sql").exit_code == 2


def test_a_link_to_nothing_is_said(folder: Path) -> None:
    (folder / "gone.sql").symlink_to(folder / "nowhere.sql")
    result = check("gone.sql")
    assert result.exit_code == 2
    assert failures(result)[0]["reason"] == "no such file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_said(folder: Path) -> None:
    (folder / "a.sql").write_text("SELECT 1;")
    (folder / "a.sql").chmod(0)
    assert "cannot be read" in str(failures(check("a.sql"))[0]["reason"])


def test_a_file_that_vanishes_between_walk_and_reading_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.sql").write_text("CREATE TABLE a (id int);")
    (folder / "b.sql").write_text("CREATE TABLE b (id int);")
    real = Path.read_bytes

    def read_bytes(self: Path) -> bytes:
        if self.name == "a.sql":
            raise FileNotFoundError(2, "No such file or directory")
        return real(self)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    result = check(".")
    assert [lost["path"] for lost in failures(result)] == ["a.sql"]
    assert {each["path"] for each in json.loads(result.stdout)["findings"]} == {"b.sql"}


def test_one_bad_statement_costs_that_statement(folder: Path) -> None:
    (folder / "a.sql").write_text("CREATE TABLE a (id int);\nCREATE TABEL b (id int);\nCREATE TABLE c (id int);\n")
    result = check("a.sql")
    assert result.exit_code == 2
    (lost,) = failures(result)
    assert lost["line"] == 2
    assert "TABEL" in str(lost["reason"])
    assert [each["line"] for each in json.loads(result.stdout)["findings"]] == [1, 3]


def test_one_bad_block_costs_that_block(folder: Path) -> None:
    (folder / "schema.prisma").write_text("model A {\n  id Int\n}\n\nmodel B { id Int @id ]\n\nmodel C {\n  id Int\n}\n")
    result = check("schema.prisma")
    assert result.exit_code == 2
    assert [lost["line"] for lost in failures(result)] == [7]  # where Prisma says it too: the next block begins inside this one


def test_a_cut_off_plan_is_said(folder: Path) -> None:
    (folder / "plan.json").write_text('[{"Plan": {"Node Type": "Seq Scan", "Relation Name": "posts", ')
    result = check("plan.json")
    assert result.exit_code == 2
    assert failures(result)


def test_a_file_of_no_known_kind_is_refused_by_name(folder: Path) -> None:
    (folder / "notes.md").write_text("# Notes\n")
    result = check("notes.md")
    assert result.exit_code == 2
    assert "not recognised" in str(failures(result)[0]["reason"])


def test_a_pipe_a_socket_and_a_device_are_refused_and_not_waited_for(folder: Path) -> None:
    (folder / "a.sql").write_text("CREATE TABLE a (id int);")
    for name in ("pipe.sql", "package.json", ".gitignore", "advisor.toml", "pyproject.toml"):
        os.mkfifo(folder / name)
    (folder / "zero.sql").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.sql")
    result = check(".")
    assert {str(lost["path"]): lost["reason"] for lost in failures(result)} == dict.fromkeys(
        ("package.json", "pipe.sql", "socket.sql", "zero.sql"), "not a regular file"
    )
    for name in ("pipe.sql", "zero.sql", "socket.sql"):
        assert check(name).exit_code == 2
        plan = CliRunner().invoke(main, ["plan", name])
        assert (plan.exit_code, plan.stderr) == (2, f"advisor: {name} cannot be read: not a regular file\n")


@pytest.mark.parametrize("content", [b"\\\n", b"[z-a]\n!\n**/\n\xff\xfe[\n", bytes(range(256)) * 8000])
def test_a_gitignore_that_cannot_be_followed_ignores_nothing(content: bytes, folder: Path) -> None:
    (folder / ".gitignore").write_bytes(content)
    (folder / "a.sql").write_text("CREATE TABLE a (id int);")
    assert [each["path"] for each in json.loads(check(".").stdout)["findings"]] == ["a.sql"]


def test_one_bad_pattern_costs_that_pattern(folder: Path) -> None:
    (folder / ".gitignore").write_text("\\\na.sql\n")
    for name in ("a.sql", "b.sql"):
        (folder / name).write_text("CREATE TABLE a (id int);")
    assert {each["path"] for each in json.loads(check(".").stdout)["findings"]} == {"b.sql"}


@pytest.fixture
def closed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that may not be looked into, even where root runs the tests."""
    (folder / "closed").mkdir()
    (folder / "closed" / "a.sql").write_text("CREATE TABLE a (id int);")
    for module, name in ((os, "stat"), (os, "lstat"), (os, "scandir")):
        monkeypatch.setattr(module, name, barred(getattr(module, name)))
    return folder


def barred(real: Callable[..., Any]) -> Callable[..., Any]:
    """A function of `os` that is refused what lies in a folder named `closed`, and its listing."""

    def call(path: Any, *arguments: Any, **options: Any) -> Any:
        inside = f"{os.sep}closed{os.sep}" in f"{os.sep}{path}"
        if inside or (real.__name__ == "scandir" and Path(path).name == "closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *arguments, **options)

    return call


@pytest.mark.parametrize("named", ["closed", "closed/a.sql"])
def test_what_lies_in_a_closed_folder_is_said_to_be_unreadable(named: str, closed: Path) -> None:
    result = check(named)
    assert result.exit_code == 2
    assert [(lost["path"], lost["reason"]) for lost in failures(result)] == [(named, "cannot be read: Permission denied")]


def test_a_closed_folder_on_the_way_costs_itself(closed: Path) -> None:
    (closed / "b.sql").write_text("CREATE TABLE b (id int);")
    result = check(".")
    assert result.exit_code == 1
    assert [lost["path"] for lost in failures(result)] == ["closed"]
    assert CliRunner().invoke(main, ["check", ".", "--config", "closed/advisor.toml"]).exit_code == 2


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_text_with_a_byte_order_mark_is_read_in_its_encoding(encoding: str, folder: Path) -> None:
    (folder / "a.sql").write_bytes("CREATE TABLE a (id int);\n".encode(encoding))
    result = check("a.sql")
    assert [each["line"] for each in json.loads(result.stdout)["findings"]] == [1]
    assert not failures(result)


def test_failures_stand_in_the_order_of_their_places(folder: Path) -> None:
    (folder / "schema.prisma").write_text("model A {\n  id Int @id\n}\n" * 30)
    lines = [lost["line"] for lost in failures(check("schema.prisma"))]
    assert lines == sorted(lines)  # type: ignore[type-var]
    assert len(lines) > 20


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            '<explain xmlns="http://www.postgresql.org/2009/explain">\n  <Query>\n    <Plan>\n',
            "the XML plan is cut off: it does not end",
        ),
        ('- Plan: \n    Node Type: "Sort"\n    Sort Key: \n', "the YAML plan is cut off"),
        ('- Plan: \n    Node Type: "Sort"\n    Total Cost: "1.0\n', 'the YAML plan is damaged: “"1.0” does not end'),
    ],
)
def test_a_plan_that_is_cut_off_is_said_in_every_form(text: str, reason: str, folder: Path) -> None:
    (folder / "plan.txt").write_text(text)
    assert [lost["reason"] for lost in failures(check("plan.txt"))] == [reason]


def test_a_plan_too_deep_for_json_is_one_line(folder: Path) -> None:
    lines = [
        " " * max(6 * level - 4, 0) + "->  " * (level > 0) + "Result  (cost=0.00..1.00 rows=1 width=4)" for level in range(3000)
    ]
    (folder / "plan.txt").write_text("\n".join(lines))
    result = CliRunner().invoke(main, ["plan", "plan.txt", "--format", "json"])
    assert (result.exit_code, result.stderr) == (2, "advisor: the plan is nested too deeply for JSON\n")
