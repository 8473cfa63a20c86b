"""The command line as a person or CI meets it: what it prints, and how it exits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from advisor.cli import main

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
