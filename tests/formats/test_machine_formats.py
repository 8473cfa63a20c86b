"""What programs read: JSON, SARIF, and GitHub's workflow commands."""

from __future__ import annotations

import json
import os
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from advisor.errors import ConfigurationError
from advisor.finding import Related, Severity
from advisor.formats import FORMATS, render
from advisor.formats.github import to_github
from advisor.formats.json import to_json
from advisor.formats.pages import rules_of, section
from advisor.formats.sarif import to_sarif
from advisor.model import Location
from advisor.report import render_report
from advisor.rule import Rule
from tests.report import example

SCHEMA = json.loads(files("advisor.formats").joinpath("review.schema.json").read_text())


@pytest.mark.parametrize("name", ["blog", "evil", "nothing_found"])
def test_json_is_what_its_schema_says(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    document = json.loads(to_json(getattr(example, name)()))
    jsonschema.validate(document, SCHEMA)
    assert set(document["summary"]) == set(SCHEMA["$defs"]["summary"]["required"])


def test_json_gives_places_remedies_and_which_findings_a_recommendation_joins() -> None:
    document = json.loads(to_json(example.blog()))
    key = next(finding for finding in document["findings"] if finding["line"] == 22)
    assert (key["path"], key["column"], key["end_line"], key["end_column"]) == ("prisma/schema.prisma", 23, 22, 89)
    assert key["remedy"] == {
        "kind": "create-index",
        "title": "Index posts (author_id)",
        "language": "sql",
        "up": "CREATE INDEX CONCURRENTLY posts_author_id_idx ON posts (author_id);",
        "down": "DROP INDEX CONCURRENTLY posts_author_id_idx;",
        "prisma": "@@index([authorId])",
    }
    assert document["recommendations"][0]["findings"] == [f"{number:016x}" for number in (3, 5, 1)]
    assert document["recommendations"][0]["proof"] is None
    assert document["skipped"][3] == {
        "path": "prisma/broken.prisma",
        "reason": "expected a field name, found `}`",
        "kind": "failed",
        "line": 12,
        "column": 3,
    }


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_review_gives_the_same_bytes(name: str) -> None:
    assert render(example.blog(), name) == render(example.blog(), name)
    assert render(example.blog(), name).endswith("\n")


def test_an_unknown_format_is_an_error_that_lists_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match="text, json, sarif, github"):
        render(example.blog(), "xml")


def test_a_workflow_command_gives_the_place_and_the_remedy() -> None:
    lines = to_github(example.blog()).splitlines()
    assert lines[1] == (
        "::warning file=prisma/schema.prisma,line=12,endLine=12,col=3,endColumn=31,title=hash-index-misuse::"
        "`users_email_idx` repeats the unique key `users_email_key`, and as a hash index it serves less"
        "%0ARemedy: Remove the hash index on users (email)"
    )
    assert [line.split(" ")[0] for line in lines] == ["::warning"] * 5 + ["::error", "::notice", "::warning"]
    assert "title=not examined::expected a field name" in lines[-1]


def test_workflow_commands_escape_what_would_end_them() -> None:
    [finding, _] = to_github(example.evil()).splitlines()
    assert finding.startswith("::error file=src/<script>alert(1)</script>&\"'.sql,line=1,")
    assert "%0Aand\\u{1b}[2J a second line%0ARemedy" in finding  # a control character is spelled out
    from advisor.formats.github import command

    assert command("error", {"file": "a:b,c%d\n"}, "50% of a,b:c\r\n") == "::error file=a%3Ab%2Cc%25d%0A::50%25 of a,b:c%0D%0A"


def test_columns_are_left_out_where_a_place_spans_lines() -> None:
    from advisor.formats.github import properties_of

    assert properties_of(Location("a", 1, 5, 3, 2), "t") == {"file": "a", "line": "1", "endLine": "3", "title": "t"}


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=40), st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20))
def test_any_text_in_a_finding_can_be_written_in_every_format(words: str, path: str) -> None:
    review = example.evil()
    at = Location(path + os.fsdecode(b"\xff"), 1, 1, 2, 1)
    [finding] = review.findings
    found = replace(finding, at=at, message=words + "\ud800", subject=words, remedy=None, related=(Related(at, words),))
    changed = replace(review, findings=(found,), recommendations=())
    for name in FORMATS:
        assert render(changed, name).encode()
    assert render_report(changed, title=words).encode()


PAGE = "A key without an index.\n\n## Why it matters\nDeletes scan.\n\n## What to do\nIndex it.\n"
RULE = Rule("unindexed-foreign-key", Severity.WARNING, lambda *_: iter(()), PAGE, category="indexes")


def sarif(name: str = "blog") -> Any:
    document = json.loads(to_sarif(getattr(example, name)(), {RULE.name: RULE}))
    [run] = document["runs"]
    assert document["version"] == "2.1.0"
    return run


def test_sarif_describes_each_rule_from_its_page() -> None:
    rules = sarif()["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted(rule["id"] for rule in rules)
    [rule] = [rule for rule in rules if "help" in rule]
    assert rule == {
        "id": "unindexed-foreign-key",
        "shortDescription": {"text": "A key without an index."},
        "fullDescription": {"text": "Deletes scan."},
        "help": {"text": PAGE, "markdown": PAGE},
        "defaultConfiguration": {"enabled": True, "level": "warning"},
        "properties": {"tags": ["indexes"]},
    }


def test_a_sarif_result_points_at_its_rule_and_its_place() -> None:
    run = sarif()
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
    hashed = run["results"][1]
    assert hashed["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "prisma/schema.prisma", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 12, "startColumn": 3, "endLine": 12, "endColumn": 31},
            }
        }
    ]
    assert hashed["partialFingerprints"] == {"advisorFingerprint/v1": f"{2:016x}"}
    assert hashed["relatedLocations"][0]["message"] == {"text": "the unique key that serves already"}
    assert run["columnKind"] == "unicodeCodePoints"


def test_sarif_tells_of_failed_files_and_of_rules_that_did_not_run() -> None:
    [invocation] = sarif()["invocations"]
    [failure] = invocation["toolExecutionNotifications"]
    assert failure["message"]["text"] == "not examined: expected a field name, found `}}`"
    assert failure["locations"][0]["physicalLocation"]["region"]["startLine"] == 12
    assert len(invocation["toolConfigurationNotifications"]) == 3


def test_sarif_encodes_paths_and_doubles_braces() -> None:
    result = sarif("evil")["results"][0]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "src/%3Cscript%3Ealert%281%29%3C/script%3E%26%22%27.sql"
    from advisor.formats.sarif import artifact, message_text

    assert message_text("take: { 0 }") == "take: {{ 0 }}"
    assert artifact("a:b/c d/é.sql")["uri"] == "a%3Ab/c%20d/%C3%A9.sql"


def test_sarif_gives_a_file_outside_of_the_working_directory_as_a_whole_uri() -> None:
    from advisor.formats.sarif import artifact

    assert artifact("/srv/a b/schema.sql") == {"uri": "file:///srv/a%20b/schema.sql"}


def test_only_rules_that_a_review_speaks_of_are_loaded() -> None:
    assert set(rules_of(example.nothing_found())) <= {"missing-primary-key"}


def test_a_section_of_a_page_is_found_by_its_heading() -> None:
    assert section(PAGE, "Why it matters") == "Deletes scan."
    assert section(PAGE, "what to do") == "Index it."
    assert section(PAGE, "Sources") == ""
