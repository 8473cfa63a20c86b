"""Inline ignores."""

from __future__ import annotations

from advisor.engine.suppression import suppress
from advisor.finding import Finding, Severity
from advisor.model import Location, SourceText


def finding(line: int, rule: str = "duplicate-index") -> Finding:
    return Finding(Location("a.sql", line, 1, line, 5), "m", "s", severity=Severity.WARNING, rule=rule)


def after(text: str, *findings: Finding, ran: tuple[str, ...] = ("duplicate-index",)) -> tuple[list[int], list[str]]:
    kept, unused = suppress(findings, {"a.sql": SourceText("a.sql", text)}, ran)
    return [each.at.line for each in kept], [each.message for each in unused]


def test_an_ignore_on_the_line_or_the_line_above_suppresses() -> None:
    assert after("x; -- advisor: ignore[duplicate-index] both are needed", finding(1)) == ([], [])
    assert after("-- advisor: ignore[duplicate-index]\nx;", finding(2)) == ([], [])


def test_an_ignore_at_the_end_of_a_line_does_not_reach_the_next() -> None:
    kept, unused = after("y; -- advisor: ignore[duplicate-index]\nx;", finding(2))
    assert kept == [2]
    assert len(unused) == 1


def test_ignores_may_stand_above_one_another() -> None:
    text = "// advisor: ignore[duplicate-index]\n// advisor: ignore[redundant-index]\nx"
    assert after(text, finding(3), finding(3, "redundant-index"), ran=("duplicate-index", "redundant-index")) == ([], [])


def test_one_comment_may_name_several_rules() -> None:
    text = "# advisor: ignore[duplicate-index, redundant-index]\nx"
    assert after(text, finding(2), finding(2, "redundant-index"), ran=("duplicate-index", "redundant-index")) == ([], [])


def test_an_ignore_of_another_rule_does_not_suppress() -> None:
    kept, unused = after("x; -- advisor: ignore[redundant-index]", finding(1), ran=("duplicate-index", "redundant-index"))
    assert kept == [1]
    assert unused == ["ignore[redundant-index] suppresses nothing here: remove it"]


def test_an_ignore_of_a_rule_that_did_not_run_is_not_called_unused() -> None:
    assert after("-- advisor: ignore[redundant-index]\nx;") == ([], [])


def test_an_ignore_of_no_rule_is_reported() -> None:
    assert after("-- advisor: ignore[duplicat-index]\nx;") == ([], ["ignore[duplicat-index] names no rule: remove it"])


def test_the_words_in_a_string_are_no_ignore() -> None:
    assert after("SELECT 'advisor: ignore[duplicate-index]';", finding(1))[0] == [1]


def test_an_ignore_may_go_on_over_several_lines_of_comment() -> None:
    text = "-- advisor: ignore[duplicate-index] one is for the report,\n-- the other for the export\nx;"
    assert after(text, finding(3)) == ([], [])


def test_an_ignore_does_not_reach_over_an_empty_line() -> None:
    assert after("-- advisor: ignore[duplicate-index]\n\nx;", finding(3))[0] == [3]


def test_a_documentation_comment_may_hold_an_ignore() -> None:
    assert after("/// advisor: ignore[duplicate-index]\nx", finding(2)) == ([], [])
