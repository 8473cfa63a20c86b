"""Plans as Markdown: what stands in a pull request's comment is what was meant, whatever a plan holds."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from advisor.formats.plan.markdown import code, escaped, fenced
from advisor.formats.text import cells
from tests.formats.plan.plans import HOSTILE, TEXTS, large, text_of, written


def html(text: str) -> str:
    return str(MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text))


def test_a_plan_has_a_heading_its_times_a_tree_and_its_findings() -> None:
    text = written("markdown", text_of("timed/misestimate.txt"))
    assert text.startswith("### Plan `plan-1.txt:1`\n\nPlanned in 0.18 ms, executed in 21.7 ms\n\n```text\n")
    assert "\n- **Warning** `slow-sequential-scan`, line 5: sequential scan of posts reads" in text
    assert "\n  ```sql\n  CREATE INDEX CONCURRENTLY posts_views_idx ON posts (views);\n  ```" in text
    assert html(text).count("<li>") == 2


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_the_tree_fits_eighty_columns(path: str) -> None:
    text = written("markdown", text_of(str(path)))
    tree = text.partition("```text\n")[2].partition("\n```")[0]
    assert max(map(cells, tree.splitlines())) <= 80


def test_nothing_in_a_plan_becomes_markup() -> None:
    shown = html(written("markdown", HOSTILE))
    assert "<script" not in shown.replace("&lt;script", "")
    assert "<img" not in shown
    assert "<a " not in shown
    assert shown.count("<pre>") == 1


@pytest.mark.parametrize(
    "text",
    [
        "<b>",
        "[a](b)",
        "**a**",
        "a_b_c",
        "# a",
        "- a",
        "1. a",
        "> a",
        "![a](b)",
        "~~a~~",
        "a\\*b",
        "&amp;",
        "| a |",
        "--- a",
        "= a",
        "12) a",
    ],
)
def test_prose_is_shown_as_it_is(text: str) -> None:
    assert MarkdownIt("gfm-like", {"linkify": False}).parseInline(escaped(text))[0].content
    plain = html(escaped(text)).removeprefix("<p>").removesuffix("</p>\n")
    expected = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert plain.replace("\u200b", "") == expected


@pytest.mark.parametrize("text", ["@everyone", "#12", "https://evil.example", "www.evil.example", "a@b.example", "!7", "~bug"])
def test_nobody_is_called_and_nothing_is_referred_to(text: str) -> None:
    assert "&#8203;" in escaped(text)


def test_a_fence_is_longer_than_any_run_of_backticks_in_it() -> None:
    assert fenced("a ```` b", "text").startswith("`````text\n")
    assert html(code("a `b` ``c``")) == "<p><code>a `b` ``c``</code></p>\n"


def test_a_comment_on_a_large_plan_stays_short() -> None:
    assert len(written("markdown", large(9_000))) < 20_000


def test_several_plans_have_one_summary() -> None:
    text = written("markdown", text_of("timed/misestimate.txt"), text_of("timed/filter-mended.txt"))
    assert text.count("### Plan ") == 2
    assert text.rstrip().endswith("2 warnings in 1 file · 2 recommendations")
