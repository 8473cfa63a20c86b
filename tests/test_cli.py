"""The command line as a person or CI meets it: what it prints, and how it exits."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from advisor import review
from advisor.cli import main
from tests.postgres import throwaway_postgres

__all__ = ["throwaway_postgres"]

UNINDEXED = """\
CREATE TABLE authors (id bigint PRIMARY KEY);
CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint NOT NULL REFERENCES authors);
"""
INDEXED = UNINDEXED + "CREATE INDEX posts_author_id_idx ON posts (author_id);\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, given: str | None = None) -> Result:
    result = CliRunner().invoke(main, list(arguments), input=given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_findings_exit_1_and_silence_exits_0(project: Path) -> None:
    (project / "schema.sql").write_text(UNINDEXED)
    found = run("check", "schema.sql")
    assert found.exit_code == 1
    assert "unindexed-foreign-key" in found.output
    (project / "schema.sql").write_text(INDEXED)
    assert run("check", "schema.sql").exit_code == 0


def test_fail_on_decides_which_severity_fails(project: Path) -> None:
    (project / "schema.sql").write_text(UNINDEXED)
    assert run("check", "--fail-on", "error").exit_code == 0
    assert run("check", "--fail-on", "info").exit_code == 1
    assert run("check", "--fail-on", "never").exit_code == 0


def test_a_path_that_is_not_there_is_one_line_and_exit_2(project: Path) -> None:
    result = run("check", "nowhere")
    assert result.exit_code == 2
    assert result.stderr == "advisor: no such file or folder: nowhere\n"
    assert result.stdout == ""


def test_an_unknown_rule_is_one_line_that_names_the_nearest(project: Path) -> None:
    result = run("check", "--select", "unindexed-foreign-kee")
    assert result.exit_code == 2
    assert result.stderr == 'advisor: no rule or category is named "unindexed-foreign-kee"; did you mean "unindexed-foreign-key"?\n'


def test_select_and_ignore_take_rules_and_categories_between_commas(project: Path) -> None:
    (project / "schema.sql").write_text(UNINDEXED)
    assert run("check", "--select", "keys,indexes").exit_code == 1
    assert run("check", "--select", "keys").exit_code == 0
    assert run("check", "--ignore", "unindexed-foreign-key").exit_code == 0
    assert run("check", "--ignore", "indexes", "--select", "unindexed-foreign-key").exit_code == 1


def test_the_configuration_nearest_to_the_first_path_counts(project: Path) -> None:
    (project / ".git").mkdir()
    (project / "schema.sql").write_text(UNINDEXED)
    (project / "advisor.toml").write_text('severity = { unindexed-foreign-key = "info" }\n')
    assert run("check").exit_code == 0
    (project / "advisor.toml").write_text('ignroe = ["x"]\n')
    result = run("check")
    assert result.exit_code == 2
    assert result.stderr == 'advisor: advisor.toml: no key is named "ignroe"; did you mean "ignore"?\n'


def test_per_path_ignores_hold_for_their_paths_alone(project: Path) -> None:
    (project / ".git").mkdir()
    for folder in ("old", "new"):
        (project / folder).mkdir()
        (project / folder / "schema.sql").write_text(UNINDEXED)
    (project / "advisor.toml").write_text('[per-path-ignores]\n"old/**" = ["indexes"]\n')
    found = json.loads(run("check", "--format", "json").output)["findings"]
    assert [finding["path"] for finding in found if finding["category"] == "indexes"] == ["new/schema.sql"]


def test_an_inline_ignore_suppresses_and_an_unused_one_is_reported(project: Path) -> None:
    text = UNINDEXED.replace(
        "CREATE TABLE posts", "-- advisor: ignore[unindexed-foreign-key] posts are never deleted\nCREATE TABLE posts"
    )
    (project / "schema.sql").write_text(text)
    assert run("check").exit_code == 0
    (project / "schema.sql").write_text(text + "-- advisor: ignore[missing-primary-key]\n")
    result = run("check")
    assert result.exit_code == 1
    assert "unused-ignore" in result.output


def test_output_goes_to_a_file_whose_folder_is_made(project: Path) -> None:
    (project / "schema.sql").write_text(UNINDEXED)
    result = run("check", "--format", "json", "--output", "build/findings.json")
    assert result.stdout == ""
    assert json.loads((project / "build" / "findings.json").read_text())["schema_version"] == "1"


def test_output_that_cannot_be_written_is_one_line_and_exit_2(project: Path) -> None:
    (project / "file").write_text("")
    result = run("check", "--output", "file/findings.txt")
    assert result.exit_code == 2
    assert result.stderr.startswith("advisor: file/findings.txt cannot be written: ")


def test_the_same_input_gives_the_same_bytes(project: Path) -> None:
    (project / "schema.sql").write_text(UNINDEXED)
    for form in ("text", "json", "sarif", "github"):
        assert run("check", "--format", form).stdout_bytes == run("check", "--format", form).stdout_bytes


@pytest.mark.parametrize("command", ["check", "report", "plan", "schema", "rule"])
def test_every_command_has_help_with_an_example(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"advisor {command}" in result.output.split("Examples:")[1]


def test_a_rules_page_is_printed_by_name_and_the_list_without_one() -> None:
    assert "A foreign key whose columns" in run("rule", "unindexed-foreign-key").output
    listed = run("rule").output
    assert "unindexed-foreign-key" in listed
    assert "offset-pagination" in listed
    result = run("rule", "unindexed-foreign")
    assert result.exit_code == 2
    assert 'did you mean "unindexed-foreign-key"?' in result.stderr


def test_what_the_printed_schema_lacks_is_said(project: Path) -> None:
    loops = "".join(
        f"DO $$ BEGIN FOR i IN SELECT n FROM m LOOP EXECUTE 'CREATE TABLE t{n}_' || i; END LOOP; END $$;\n" for n in range(12)
    )
    (project / "schema.sql").write_text(INDEXED + loops)
    result = run("schema", "schema.sql")
    assert result.exit_code == 0
    said = result.stderr.splitlines()
    assert len(said) == 11
    assert "is not examined" in said[0]
    assert said[10].startswith("advisor: and 2 more places")


def test_the_schema_is_printed_as_sql_json_and_mermaid(project: Path) -> None:
    (project / "schema.sql").write_text(INDEXED)
    assert "CREATE INDEX posts_author_id_idx ON posts (author_id);" in run("schema").output
    database = json.loads(run("schema", "--format", "json").output)["databases"][0]
    assert [table["name"] for table in database["tables"]] == ["authors", "posts"]
    assert 'authors ||--o{ posts : "author_id"' in run("schema", "--format", "mermaid").output


def test_a_plan_is_read_from_a_file_or_from_standard_input_and_converted(project: Path) -> None:
    text = "Seq Scan on posts  (cost=0.00..35.50 rows=2550 width=4)\n"
    (project / "plan.txt").write_text(text)
    for result in (run("plan", "plan.txt", "--format", "json"), run("plan", "--format", "json", given=text)):
        assert result.exit_code == 0
        root = json.loads(result.output)["plans"][0]["plan"]["Plan"]
        assert (root["Node Type"], root["Relation Name"], root["Plan Rows"]) == ("Seq Scan", "posts", 2550)
    assert "Seq Scan on posts" in run("plan", "plan.txt").output


def test_text_that_is_no_plan_is_refused_with_exit_2() -> None:
    result = run("plan", given="hello\n")
    assert result.exit_code == 2
    assert result.stderr.startswith("advisor: standard input")


def advisor(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own, with its output piped."""
    command = [sys.executable, "-m", "advisor", *arguments]
    return subprocess.run(command, capture_output=True, env={**os.environ, **environment}, check=False)


def test_forced_colours_reach_a_pipe(project: Path) -> None:
    (project / "schema.sql").write_text(UNINDEXED)
    assert b"\x1b[" in advisor("check", FORCE_COLOR="1", NO_COLOR="").stdout
    assert b"\x1b[" not in advisor("check", FORCE_COLOR="1", NO_COLOR="1").stdout
    assert b"\x1b[" not in advisor("check", FORCE_COLOR="", NO_COLOR="").stdout


def test_what_the_output_encoding_lacks_is_spelled_out(project: Path) -> None:
    (project / "plan.txt").write_text("Seq Scan on naïve  (cost=0.00..35.50 rows=2550 width=4)\n", encoding="utf-8")
    result = advisor("plan", "plan.txt", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert result.returncode == 0
    assert b"Seq Scan on na\\xefve" in result.stdout
    converted = advisor("plan", "plan.txt", "--format", "json", PYTHONIOENCODING="ascii", LC_ALL="C").stdout
    assert json.loads(converted)["plans"][0]["plan"]["Plan"]["Relation Name"] == "naïve"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_output_that_nobody_takes_is_one_line(project: Path) -> None:
    (project / "schema.sql").write_text(UNINDEXED)
    command = f"{shlex.quote(sys.executable)} -m advisor"
    for line, message in (
        (f"{command} check > /dev/full", "advisor: standard output cannot be written: No space left on device\n"),
        (f"{command} check >&-", "advisor: standard output is closed\n"),
        (f"{command} plan <&-", "advisor: standard input is closed\n"),
    ):
        result = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
        assert (result.returncode, result.stderr) == (2, message)


def test_a_reader_that_goes_away_changes_no_exit_code(project: Path) -> None:
    (project / "schema.sql").write_text(UNINDEXED)
    reader, writer = os.pipe()
    os.close(reader)
    result = subprocess.run([sys.executable, "-m", "advisor", "check"], stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (result.returncode, result.stderr) == (1, b"")


def test_nothing_to_say_is_no_line(project: Path) -> None:
    assert run("check", "--format", "github").stdout == ""
    assert run("schema").stdout == ""


def test_control_characters_of_a_name_do_not_reach_the_terminal(project: Path) -> None:
    name = "esc\x1b[31m.sql"
    (project / name).write_text(UNINDEXED)
    for arguments in (
        ("check",),
        ("check", "--format", "github"),
        ("plan", name),
        ("check", "gone\x1b[31m"),
        ("check", "--select", "\x1b"),
    ):
        result = run(*arguments)
        assert "\x1b" not in result.stdout + result.stderr
        assert "\\u{1b}" in result.stdout + result.stderr


def test_a_folder_with_a_line_end_in_its_name_does_not_end_a_comment(project: Path) -> None:
    for folder in ("one", "two\nDROP TABLE x;"):
        (project / folder).mkdir()
        (project / folder / "schema.sql").write_text(INDEXED)
    assert "\nDROP TABLE" not in run("schema").output


def test_a_working_directory_that_is_gone_is_one_line(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "gone").mkdir()
    monkeypatch.chdir(project / "gone")
    (project / "gone").rmdir()
    for command in ("check", "schema"):
        result = run(command)
        assert (result.exit_code, result.stderr) == (2, "advisor: the working directory is not there any more\n")


def test_a_category_is_no_rule_but_its_rules_are_named(project: Path) -> None:
    assert "unindexed-foreign-key" in run("rule", "indexes").stderr
    assert run("rule", "indexes").exit_code == 2


def test_names_of_rules_may_be_given_to_the_api_one_or_several(project: Path) -> None:
    (project / "schema.sql").write_text(UNINDEXED)
    assert [found.rule for found in review("schema.sql", select="indexes").findings] == ["unindexed-foreign-key"]
    assert review(Path("schema.sql"), ignore="indexes").findings == ()
    assert review(["schema.sql", Path("schema.sql")], select=["keys", "indexes"]).findings == review(".").findings


def test_a_server_is_asked_and_what_differs_from_the_files_is_said(tmp_path: Path, throwaway_postgres: str) -> None:
    import psycopg

    with psycopg.connect(throwaway_postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE asked")
    place = throwaway_postgres.replace("dbname=postgres", "dbname=asked")
    with psycopg.connect(place, autocommit=True) as connection:
        connection.execute("CREATE TABLE posts (id bigint PRIMARY KEY, title text)")
    (tmp_path / "001_posts.sql").write_text("CREATE TABLE posts (id bigint PRIMARY KEY, title text NOT NULL);")
    printed = CliRunner().invoke(main, ["schema", "--db", place])
    assert printed.exit_code == 0
    assert "CREATE TABLE posts" in printed.output
    assert "NOT NULL" not in printed.output.partition("title text")[2].partition("\n")[0]
    checked = CliRunner().invoke(main, ["check", str(tmp_path), "--db", f"{place} password=hunter2", "--select", "schema-drift"])
    assert "posts: column title is NOT NULL as in the history, NULL on the server" in checked.output
    assert "hunter2" not in checked.output


def test_a_server_that_cannot_be_reached_is_one_line_and_exit_code_2() -> None:
    result = CliRunner().invoke(main, ["schema", "--db", "postgresql://u:hunter2@127.0.0.1:1/db"])
    assert result.exit_code == 2
    assert result.output.startswith("advisor: postgresql://127.0.0.1:1/db cannot be reached: ")
    assert result.output.count("\n") == 1
    assert "hunter2" not in result.output


def test_readings_of_code_are_kept_unless_somebody_says_no(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVISOR_CACHE_DIR", str(project / "cache"))
    (project / "code.ts").write_text("for (const id of ids) { await prisma.post.findUnique({ where: { id } }) }\n")
    fresh = run("check", "--no-cache", "--jobs", "1", "--format", "json")
    assert not (project / "cache").exists()
    assert run("check", "--format", "json").output == fresh.output
    assert (project / "cache" / "readings.sqlite3").exists()
    assert run("check", "--format", "json", "--jobs", "3").output == fresh.output


def test_the_number_of_processes_is_at_least_one() -> None:
    result = run("check", "--jobs", "0")
    assert result.exit_code == 2
    assert "jobs" in result.output
