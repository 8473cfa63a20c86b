"""Plans as a page. In: a review of EXPLAIN output. Out: one HTML file that needs nothing else.

For every plan: what it took, the statement, the picture, what is wrong with remedy and saving, the tree, and the plan's own text.
A content security policy in the page allows its own style sheet and script, by their hashes, and nothing from anywhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup
from msgspec import Struct

from advisor import __version__
from advisor.finding import Finding
from advisor.formats.digest import (
    WrittenRemedy,
    answers,
    counted,
    failures,
    saving_words,
    severity_counts,
    severity_word,
    summarize,
)
from advisor.formats.plan.comparison import ChangeView, changes_of
from advisor.formats.plan.figures import findings_by_plan
from advisor.formats.plan.remedies import remedy_of
from advisor.formats.plan.view import PlanView, plan_view
from advisor.formats.templates import asset, environment, policy_for
from advisor.model import Plan, Skipped

if TYPE_CHECKING:
    from advisor.engine.review import Review

LANGUAGES = {"sql": "SQL", "prisma": "Prisma schema"}
MOST_SOURCE = 200_000
"""Characters of a plan's own text that the page repeats; the rest of it is in the file."""


class Block(Struct, frozen=True):
    """A text to copy: a remedy's SQL, its Prisma spelling, its way back."""

    id: str
    label: str
    text: str


class Advice(Struct, frozen=True):
    """A finding with its remedy. `place` is the row of its node in the tree; `repeated`: the remedy stands above already."""

    anchor: str
    severity: str
    rule: str
    confidence: str
    message: str
    place: str
    saving: str
    related: tuple[tuple[str, str], ...]
    remedy: str
    repeated: bool
    blocks: tuple[Block, ...]


class Source(Struct, frozen=True):
    """The text that a plan was read from, and how much of it is left out."""

    text: str
    left_out: int


class Section(Struct, frozen=True):
    plan: PlanView
    advice: tuple[Advice, ...]
    source: Source | None


class Page(Struct, frozen=True):
    """`elsewhere` are findings that lie in no plan; `anchors` the ids of all findings by their fingerprints."""

    title: str
    verdict: str
    changes: tuple[ChangeView, ...]
    sections: tuple[Section, ...]
    elsewhere: tuple[Advice, ...]
    failures: tuple[Skipped, ...]
    anchors: Mapping[str, str]


def plans_html(review: Review) -> str:
    """The whole page. The same review gives the same bytes."""
    style, script = asset("report.css"), asset("report.js")
    template = environment().get_template("plans.html.jinja")
    return template.render(
        page=page_of(review),
        style=Markup(style),  # noqa: S704 our own files
        script=Markup(script),  # noqa: S704
        policy=policy_for(style, script),
        version=__version__,
    )


def page_of(review: Review) -> Page:
    writer = Writer(review)
    sections = []
    for number, (plan, findings) in enumerate(findings_by_plan(review), 1):
        view = plan_view(plan, number, findings)
        places = {id(finding): row.anchor for row in view.nodes for _, finding in row.findings}
        advice = tuple(writer.advice(finding, places.get(id(finding), "")) for finding in findings)
        sections.append(Section(view, advice, source_of(plan, review)))
    elsewhere = tuple(writer.advice(finding, "") for finding in review.findings if id(finding) not in writer.told)
    return Page(
        title=title_of(review.project.plans),
        verdict=verdict(review),
        changes=tuple(changes_of(review)),
        sections=tuple(sections),
        elsewhere=elsewhere,
        failures=tuple(failures(review)),
        anchors=writer.anchors,
    )


class Writer:
    """Writes the findings of one review; remembers which remedies it has written, so that each stands on the page once."""

    def __init__(self, review: Review) -> None:
        self.review = review
        self.answers = answers(review)
        self.anchors = {finding.fingerprint: f"finding-{number}" for number, finding in enumerate(review.findings, 1)}
        self.told: set[int] = set()
        self.written: set[tuple[str, str]] = set()

    def advice(self, finding: Finding, place: str) -> Advice:
        self.told.add(id(finding))
        anchor = self.anchors[finding.fingerprint]
        remedy = remedy_of(finding, self.review, self.answers)
        repeated = remedy is not None and (remedy.title, remedy.up) in self.written
        if remedy is not None:
            self.written.add((remedy.title, remedy.up))
        return Advice(
            anchor=anchor,
            severity=severity_word(finding),
            rule=finding.rule,
            confidence=finding.confidence.value,
            message=finding.message,
            place=place,
            saving=saving_words(finding.saving) if finding.saving is not None else "",
            related=tuple((str(related.location), related.message) for related in finding.related),
            remedy=remedy.title if remedy else "",
            repeated=repeated,
            blocks=blocks_of(remedy, anchor) if remedy and not repeated else (),
        )


def blocks_of(remedy: WrittenRemedy, anchor: str) -> tuple[Block, ...]:
    texts = (
        (LANGUAGES["prisma"], remedy.prisma),
        (LANGUAGES.get(remedy.language, remedy.language), remedy.up),
        ("Way back", remedy.down),
    )
    given = [(label, text.strip("\n")) for label, text in texts if text and text.strip()]
    return tuple(Block(f"{anchor}-block-{number}", label, text) for number, (label, text) in enumerate(given, 1))


def source_of(plan: Plan, review: Review) -> Source | None:
    source = review.texts(plan.location.path)
    if source is None:
        return None
    text = "\n".join(source.line(number).rstrip("\r\n") for number in range(plan.location.line, plan.location.end_line + 1))
    return Source(text[:MOST_SOURCE], max(len(text) - MOST_SOURCE, 0))


def title_of(plans: Sequence[Plan]) -> str:
    if len(plans) == 1:
        return f"Plan {plans[0].location.path}"
    return counted(len(plans), "plan") if plans else "No plan"


def verdict(review: Review) -> str:
    summary = summarize(review)
    found = ", ".join(severity_counts(summary)) if summary.findings else "Nothing to object to"
    lost = f" {counted(summary.failed, 'part')} of the input could not be examined." if summary.failed else ""
    return f"{found}.{lost}"
