"""The report as a page: what it says, what it links to, and that nothing of the input escapes into it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from advisor.finding import Finding
from advisor.formats.templates import asset, breakable, inline
from advisor.model import Plan, PlanNode
from advisor.remedies import CreateIndex
from advisor.report import render_report
from advisor.report.plans import plan_view
from advisor.report.prose import markdown
from advisor.report.subjects import findings_by_table
from tests.report import example

VOID = {"meta", "wbr", "input", "br", "hr"}
SHAPES = {"path", "rect"}


class Page(HTMLParser):
    """A page's elements, ids, links, headings and text; complains of tags that are not closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.headings: list[int] = []
        self.attributes: Counter[str] = Counter()
        self.tags: Counter[str] = Counter()
        self.words: list[str] = []
        self.feed(html)
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags[tag] += 1
        self.attributes.update(given.keys())
        self.ids.update([given["id"] or ""] if "id" in given else [])
        self.links += [given["href"] or ""] if "href" in given else []
        self.headings += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in SHAPES
        self.tags[tag] += 1
        self.attributes.update(name for name, _ in attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.words))


@pytest.fixture(scope="module")
def blog() -> Page:
    return Page(render_report(example.blog(), title="The blog"))


def test_it_opens_with_a_verdict_and_the_recommendations(blog: Page) -> None:
    assert (
        "The blog 7 rules looked at 5 files and found 1 error, 5 warnings and 1 possible finding in 3 files. They come down to 5 "
        "recommendations, 2 of them of high impact. The first, “Index posts (author_id, created_at DESC)”, is asked for by code, "
        "plan and schema alike. "
        "1 part of the input could not be examined. 3 rules did not run, for want of what they look at."
    ) in blog.text
    order = [blog.text.index(title) for title in ("What to do", "plans/feed.txt 1 finding", "3 tables; all columns", "Own time")]
    assert order == sorted(order)


def test_a_recommendation_shows_its_remedy_every_way_and_evidence_from_every_source(blog: Page) -> None:
    start = blog.text.index("1 Index posts (author_id, created_at DESC)", blog.text.index("What to do"))
    text = blog.text[blog.text.index("Prisma schema", start) : blog.text.index("2 Bind the value", start)]
    assert "@@index([authorId, createdAt(sort: Desc)])" in text
    assert "CREATE INDEX CONCURRENTLY posts_author_id_created_at_idx ON posts (author_id, created_at DESC);" in text
    assert "Way back" in text
    assert "DROP INDEX CONCURRENTLY posts_author_id_created_at_idx;" in text
    for source, place in (("Schema", "prisma/schema.prisma:22:23"), ("Code", "src/feed.ts:6:19"), ("Plan", "plans/feed.txt:5:10")):
        assert f"{source} {place}" in text


def test_every_link_leads_somewhere_in_the_page_and_every_id_is_its_own(blog: Page) -> None:
    for page in (blog, Page(render_report(example.evil())), Page(render_report(example.nothing_found()))):
        assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
        assert page.ids.most_common(1)[0][1] == 1
        assert all(link.startswith(("#", "https://")) for link in page.links)


def test_headings_are_in_order(blog: Page) -> None:
    assert blog.headings[0] == 1
    assert blog.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(blog.headings, blog.headings[1:], strict=False))


def test_nothing_of_the_input_becomes_markup() -> None:
    html = render_report(example.evil(), title=example.EVIL)
    page = Page(html)
    assert page.tags["script"] == page.tags["style"] == 1
    assert "<script>alert" not in html
    assert page.text.count("<script>alert(1)</script>") > 20
    assert "{{ 7 * 7 }}" in page.text
    assert not set("\x1b\u202e") & set(html)


def test_it_needs_nothing_but_itself_and_its_policy_says_so() -> None:
    html = render_report(example.blog())
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)
    assert policy
    assert "default-src &#39;none&#39;" in policy[1]
    for name, tag in (("report.css", "style"), ("report.js", "script")):
        inside = re.search(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        assert inside
        assert inside[1] == asset(name)
        assert base64.b64encode(hashlib.sha256(inside[1].encode()).digest()).decode() in policy[1]
    page = Page(html)
    assert not page.tags.keys() & {"img", "link", "iframe", "object", "base"}
    assert not page.attributes.keys() & {"style", "src", "onclick", "srcset"}


def test_the_same_review_gives_the_same_bytes() -> None:
    assert render_report(example.blog()) == render_report(example.blog())


def test_where_nothing_is_wrong_it_says_so() -> None:
    text = Page(render_report(example.nothing_found())).text
    assert "1 rule looked at 2 files and found nothing to object to." in text
    assert "Nothing was passed over." in text


def test_colours_are_strong_enough_to_read() -> None:
    """WCAG 2.2, success criterion 1.4.3: 4.5 to 1 for text of normal size."""
    colours = dict(re.findall(r"--(\w+): (light-dark\([^)]*\))", asset("report.css")))
    for theme in (0, 1):
        value = {name: luminance(re.findall(r"#(\w{6})", pair)[theme]) for name, pair in colours.items()}
        for text in ("ink", "soft", "accent", "error", "warning", "note"):
            for ground in ("paper", "sheet"):
                assert contrast(value[text], value[ground]) >= 4.5, (text, ground, theme)
        assert contrast(value["ink"], value["mark"]) >= 4.5


def luminance(colour: str) -> float:
    channels = [int(colour[number : number + 2], 16) / 255 for number in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def test_inline_code_and_breakable_paths_are_escaped() -> None:
    assert inline("a `<b>` & `c") == "a <code>&lt;b&gt;</code> &amp; `c"
    assert breakable("a/<b>_c") == "a/<wbr>&lt;b&gt;_<wbr>c"


def test_a_rules_page_is_set_without_its_html() -> None:
    html = markdown("## Why\nA `b` <script>x</script> [l](javascript:alert)\n\n- one\n")
    assert "<h4>Why</h4>" in html
    assert "<li>one</li>" in html
    assert "<script>" not in html
    assert 'href="javascript' not in html


def test_findings_are_told_of_at_the_table_and_columns_that_they_are_about() -> None:
    found = findings_by_table(example.blog())
    named = {name.name: [columns for _, columns in members] for (_, name), members in found.items()}
    assert named == {"posts": [(), ("author_id",), ()], "users": [("email",)], "comments": [("author_id",)]}


def test_a_subject_may_list_columns_or_leave_the_table_to_the_remedy() -> None:
    review = example.blog()
    [one, *_] = review.findings
    asked: list[Finding] = [
        replace(one, subject="posts (title, body)"),
        replace(one, subject="public.posts(title)"),
        replace(one, subject="somewhere else", remedy=CreateIndex(example.USERS, ("email",)), also=()),
        replace(one, subject="somewhere else", remedy=None, also=()),
    ]
    found = findings_by_table(replace(review, findings=tuple(asked)))
    assert {name.name: [columns for _, columns in members] for (_, name), members in found.items()} == {
        "posts": [("title", "body"), ("title",)],
        "users": [()],
    }


def test_a_plan_shows_where_its_time_goes_and_what_was_found_there() -> None:
    review = example.blog()
    view = plan_view(example.plan(), 1, review.findings)
    assert [(node.guides, node.title, node.amount) for node in view.nodes] == [
        ("", "Limit", "0.00 ms"),
        ("└ ", "Sort", "0.72 ms"),
        ("  └ ", "Seq Scan on posts", "164 ms"),
    ]
    assert view.nodes[2].details == (("Filter", "(author_id = 7)"), ("Rows Removed by Filter", "999,896"))
    assert [finding.rule for _, finding in view.nodes[2].findings] == ["slow-sequential-scan"]
    assert view.times == "Planned in 0.18 ms, executed in 165 ms"
    assert view.links == {1: "plan-1-row-1", 2: "plan-1-row-2", 3: "plan-1-row-3"}


def test_a_plan_that_was_not_run_shows_costs() -> None:
    place = example.plan().location
    scan = PlanNode({"Node Type": "Seq Scan", "Relation Name": "t", "Total Cost": 90.0, "Plan Rows": 5}, place)
    view = plan_view(Plan(PlanNode({"Node Type": "Sort", "Total Cost": 100.0, "Plan Rows": 5}, place, (scan,)), place), 1, ())
    assert view.measure == "cost"
    assert [(node.amount, node.actual) for node in view.nodes] == [("10", ""), ("90", "")]


def test_a_plan_of_any_depth_is_drawn() -> None:
    place = example.plan().location
    node = PlanNode({"Node Type": "Result", "Plan Rows": 1}, place)
    for _ in range(20_000):
        node = PlanNode({"Node Type": "Append", "Plan Rows": 1}, place, (node,))
    view = plan_view(Plan(node, place), 1, ())
    assert 200 < len(view.nodes) < 600
    assert sum("… 19,5" in each.title for each in view.nodes) == 1
    assert max(len(each.guides) for each in view.nodes) == 60


def test_rows_that_a_limit_never_asked_for_are_no_misestimate() -> None:
    place = example.plan().location
    few = {"Plan Rows": 1000, "Actual Rows": 10, "Actual Loops": 1, "Actual Total Time": 1.0}
    scan = PlanNode({"Node Type": "Seq Scan", **few}, place)
    alone = plan_view(Plan(scan, place), 1, ())
    assert alone.nodes[0].off == "100 times fewer rows than estimated"
    limit = PlanNode({"Node Type": "Limit", **few, "Plan Rows": 10}, place, (scan,))
    assert plan_view(Plan(limit, place), 1, ()).nodes[1].off == ""
