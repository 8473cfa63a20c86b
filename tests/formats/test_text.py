"""What a person reads in a terminal and in a log."""

from __future__ import annotations

import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from msgspec.structs import replace

from advisor.formats.excerpt import ExcerptLine
from advisor.formats.text import to_stream, to_text, underlined, wants_colour
from advisor.model import Location, Skipped
from tests.report import example


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_finding_names_its_place_severity_and_rule_then_shows_source_remedy_and_related_places() -> None:
    assert """\
prisma/schema.prisma:12:3  warning  hash-index-misuse
  `users_email_idx` repeats the unique key `users_email_key`, and as a hash index it serves less
  12 |   @@index([email], type: Hash)
     |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  remedy: Remove the hash index on users (email)
    // remove: @@index([email], type: Hash)
  see: prisma/schema.prisma:8:22  the unique key that serves already
""" in to_text(example.blog())


def test_a_finding_shows_the_remedy_that_answers_all_who_ask_for_the_like() -> None:
    text = to_text(example.blog())
    finding = text[text.index("schema.prisma:22:23") : text.index("schema.prisma:34:18")]
    assert "remedy: Index posts (author_id, created_at DESC)" in finding
    assert "@@index([authorId, createdAt(sort: Desc)])" in finding


def test_the_end_lists_recommendations_what_was_not_examined_and_the_figures() -> None:
    end = to_text(example.blog()).partition("\nRecommendations\n")[2]
    assert end.startswith("   1. Index posts (author_id, created_at DESC)\n      high impact, low effort, 3 findings\n")
    assert "Not examined\n  prisma/broken.prisma:12:3  expected a field name, found `}`\n" in end
    assert "Left alone: 3 paths (2 build output, 1 a folder of dependencies)\n" in end
    assert "Not run: 3 rules (2 need Redis commands in code, 1 needs migrations)\n" in end
    assert end.endswith("\n1 error, 5 warnings, 1 possible finding in 3 files · 5 recommendations · 1 part could not be examined\n")


def test_statements_that_were_passed_over_have_their_place_and_one_file_does_not_hide_the_others() -> None:
    blog = example.blog()
    skips = [skip("a.sql", line) for line in range(1, 6)] + [skip("b.sql", 7)]
    text = to_text(replace(blog, skipped=(*blog.skipped, *skips)))
    assert (
        """\
Not followed
  a.sql:1:1  EXECUTE what is not examined: it runs in a loop
  a.sql:2:1  EXECUTE what is not examined: it runs in a loop
  a.sql:3:1  EXECUTE what is not examined: it runs in a loop
  a.sql  and 2 more
  b.sql:7:1  EXECUTE what is not examined: it runs in a loop
"""
        in text
    )
    assert "Left alone: 3 paths (2 build output, 1 a folder of dependencies)\n" in text


def skip(path: str, line: int) -> Skipped:
    reason = "EXECUTE what is not examined: it runs in a loop"
    return Skipped(path, reason, "left alone", Location(path, line, 1, line, 2))


def test_where_nothing_is_wrong_it_is_one_line() -> None:
    assert to_text(example.nothing_found()) == "No problems found in 2 files.\n"


def test_no_byte_of_the_input_can_drive_the_terminal() -> None:
    text = to_text(example.evil())
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "a second line" in text.splitlines()[1]


def test_a_terminal_gets_colour_and_lines_that_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert "\x1b[1;33mwarning" in to_stream(example.blog(), Terminal(), {})
    lines = to_stream(example.blog(), Terminal(), {"NO_COLOR": "1"}).splitlines()
    whole = [line for line in lines if line.startswith("    ") or re.search(r"\w:\d+:\d+  ", line)]
    assert all(len(line) <= 60 for line in lines[:-1] if line not in whole), "only places, remedies and the last line are never cut"


@pytest.mark.parametrize(
    ("terminal", "environment", "coloured"),
    [
        (True, {}, True),
        (True, {"NO_COLOR": ""}, True),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
        (True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        (False, {}, False),
        (False, {"FORCE_COLOR": "1"}, True),
        (False, {"FORCE_COLOR": "0"}, False),
    ],
)
def test_colour_follows_the_stream_and_the_two_variables(terminal: bool, environment: dict[str, str], coloured: bool) -> None:
    stream = Terminal() if terminal else StringIO()
    assert wants_colour(stream, environment) is coloured
    assert ("\x1b[" in to_stream(example.blog(), stream, environment)) is coloured


def test_colour_changes_nothing_but_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    coloured = to_stream(example.blog(), StringIO(), {"FORCE_COLOR": "1"})
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == to_text(example.blog())


def test_plain_text_does_not_import_rich() -> None:
    program = (
        "import sys\nfrom tests.report.example import blog\nfrom advisor.formats import render\n"
        "render(blog(), 'text', colour=True)\nsys.exit('rich' in sys.modules)"
    )
    environment = {"PATH": "/usr/bin:/bin"}
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, env=environment, stdout=subprocess.PIPE, check=False)
    assert done.returncode == 0


def test_the_underline_stands_below_wide_characters() -> None:
    lines = list(underlined(ExcerptLine(1, "'日本' ", "値", ";"), 1, "error"))
    assert lines[1][1][1] == " " * 7
    assert lines[1][2][1] == "^^"


def test_what_the_default_set_leaves_out_is_counted() -> None:
    review = replace(example.blog(), rules_off=("bounded-varchar", "drop-not-null"))
    assert "\nOff by default: 2 rules (`advisor rule --all` lists them)\n" in to_text(review)
    assert "Off by default" not in to_text(example.blog())
