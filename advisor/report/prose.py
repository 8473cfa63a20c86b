"""Sentences of the report. In: figures, messages and pages of rules. Out: text, and HTML that is safe to insert."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markupsafe import Markup

from advisor.finding import Recommendation
from advisor.formats.digest import Summary, counted, listed, severity_counts
from advisor.formats.excerpt import spelled_out

if TYPE_CHECKING:
    from advisor.engine.review import Review

SOURCES = {
    "indexes": "schema",
    "keys": "schema",
    "types": "schema",
    "design": "schema",
    "security": "schema",
    "prisma": "schema",
    "vectors": "schema",
    "migrations": "migration",
    "plans": "plan",
    "orm": "code",
    "queries": "code",
    "pooling": "code",
    "redis": "code",
    "backups": "code",
}


def source_of(category: str) -> str:
    """Where a category's evidence comes from: schema, migration, code or plan; a third party's category itself."""
    return SOURCES.get(category, category)


def verdict(review: Review, summary: Summary) -> str:
    """What the review comes to, in a few sentences."""
    read = f"{counted(summary.rules_run, 'rule')} looked at {counted(summary.examined, 'file')}"
    if not summary.findings:
        return " ".join([f"{read} and found nothing to object to.", *gaps(summary)])
    sentences = [f"{read} and found {listed(severity_counts(summary))} in {counted(summary.files, 'file')}."]
    if review.recommendations:
        sentences += [come_to(review), begin_with(review.recommendations[0])]
    return " ".join(sentences + gaps(summary))


def come_to(review: Review) -> str:
    number = len(review.recommendations)
    high = sum(each.impact == "high" for each in review.recommendations)
    share = {0: "none of them of high impact", number: "all of high impact"}.get(high, f"{high:,} of them of high impact")
    if number == 1:
        return f"They come down to one recommendation, of {review.recommendations[0].impact} impact."
    return f"They come down to {number:,} recommendations, {share}."


def begin_with(first: Recommendation) -> str:
    sources = sorted({source_of(finding.category) for finding in first.findings})
    if len(sources) > 1:
        return f"The first, “{first.title}”, is asked for by {listed(sources)} alike."
    return f"The first is “{first.title}”."


def gaps(summary: Summary) -> list[str]:
    """What keeps the review from being the whole picture."""
    found = []
    if summary.failed:
        found.append(f"{counted(summary.failed, 'part')} of the input could not be examined.")
    if summary.rules_not_run:
        found.append(f"{counted(summary.rules_not_run, 'rule')} did not run, for want of what they look at.")
    return found


@cache
def renderer() -> MarkdownIt:
    """CommonMark without raw HTML; links to anything but the web and mail are not made."""
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def markdown(text: str) -> Markup:
    """A page of a rule as HTML, its headings below those of the report's own sections."""
    html = renderer().render(spelled_out(text))
    lowered = re.sub(r"(</?)h([1-6])>", lambda found: f"{found[1]}h{min(int(found[2]) + 2, 6)}>", html)
    return Markup(lowered)  # noqa: S704 markdown-it escapes its input
