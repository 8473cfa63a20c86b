"""Plans for a comment on a pull request. In: a review of EXPLAIN output. Out: Markdown, a tree in a fence, then a list of findings.

Nothing in a plan can become markup, call for anybody or refer to anything: what stands in prose is escaped, and a fence is longer
than any run of backticks in it. Source: CommonMark 0.31, "Backslash escapes" and "Fenced code blocks"; GitHub Flavored Markdown,
"Autolinks"; GitHub documentation, "Autolinked references and URLs".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from advisor.finding import Confidence, Finding
from advisor.formats.digest import WrittenRemedy, answers, counted, saving_words, severity_word
from advisor.formats.excerpt import one_line, spelled_out
from advisor.formats.plan.comparison import changes_of, lay_out_change
from advisor.formats.plan.facts import facts_of, time_words, times_of
from advisor.formats.plan.figures import figures_of, findings_by_plan
from advisor.formats.plan.remedies import remedy_of
from advisor.formats.plan.text import lay_out_tree
from advisor.formats.text import Layout, of_failures, of_summary, plain
from advisor.model import Plan

if TYPE_CHECKING:
    from advisor.engine.review import Review

WIDTH = 80
MOST_ROWS = 60
"""Nodes that are all drawn; of a larger plan, those that matter. A comment on GitHub holds 65,536 characters."""
MOST_STATEMENT = 40
"""Lines of a statement that are repeated."""
SPECIAL = re.compile(r"[\\`*_\[\]<>#!|~&$]|^[-+=]")
NUMBERED = re.compile(r"^\d+(?=[.)])")
LINKING = re.compile(r"(?<=[@#!~$%&])(?=\w)|(?<=://)(?=\S)|(?<=www\.)(?=\w)", re.IGNORECASE)
BREAK = "&#8203;"
"""A space of no width: `@name`, `#12`, `https://` and `www.` link to nothing with it inside."""


def plans_markdown(review: Review) -> str:
    """Every plan with the findings about it, what could not be read, and one summary."""
    writer = Writer(review)
    blocks: list[str] = []
    by_plan = findings_by_plan(review)
    for view in changes_of(review):
        blocks += ["### Before and after", fenced(plain(lay_out_change(view, WIDTH)).rstrip("\n"), "text")]
    for plan, findings in by_plan:
        blocks += [*of_plan(plan, findings), *writer.findings(findings)]
    elsewhere = [finding for finding in review.findings if id(finding) not in writer.told]
    blocks += ["### Elsewhere", *writer.findings(elsewhere)] if elsewhere else []
    lost = plain(of_failures(Layout(review, None, writer.answers))).rstrip("\n")
    blocks += [fenced(lost, "text")] if lost else []
    blocks.append(prose(plain(of_summary(review)).strip()))
    return "\n\n".join(blocks) + "\n"


def of_plan(plan: Plan, findings: Sequence[Finding]) -> Iterator[str]:
    yield f"### Plan {code(f'{plan.location.path}:{plan.location.line}')}"
    times = ", ".join(f"**{prose(time_words(fact))}**" if fact.matters else prose(time_words(fact)) for fact in times_of(plan))
    facts = [f"{prose(fact.name)}: {code(fact.words)}" for fact in facts_of(plan, figures_of(plan))]
    yield "  \n".join([times[:1].upper() + times[1:], *facts])
    if plan.statement:
        lines = spelled_out(plan.statement).strip().splitlines()
        left = [f"-- and {counted(len(lines) - MOST_STATEMENT, 'more line')}"] if len(lines) > MOST_STATEMENT else []
        yield fenced("\n".join([*lines[:MOST_STATEMENT], *left]), "sql")
    yield fenced(plain(lay_out_tree(plan, WIDTH, findings, most=MOST_ROWS)).rstrip("\n"), "text")


class Writer:
    """Writes the findings of one review; remembers the remedies, so that each is written once."""

    def __init__(self, review: Review) -> None:
        self.review = review
        self.answers = answers(review)
        self.told: set[int] = set()
        self.written: set[tuple[str, str]] = set()

    def findings(self, findings: Iterable[Finding]) -> Iterator[str]:
        """One list item each; what belongs to it is indented, so that it stays in the list."""
        for finding in findings:
            self.told.add(id(finding))
            yield "- " + "\n  ".join("\n\n".join(self.parts(finding)).splitlines()).replace("\n  \n", "\n\n")

    def parts(self, finding: Finding) -> Iterator[str]:
        doubt = " (possible)" if finding.confidence is Confidence.POSSIBLE else ""
        word = severity_word(finding).capitalize()
        saving = f"  \nSaves {prose(saving_words(finding.saving))}." if finding.saving is not None else ""
        line = f"line {finding.at.line}"
        yield f"**{word}** {code(finding.rule)}{doubt}, {line}: {prose(finding.message)}{saving}"
        remedy = remedy_of(finding, self.review, self.answers)
        if remedy is not None:
            yield from self.remedy(remedy)

    def remedy(self, remedy: WrittenRemedy) -> Iterator[str]:
        repeated = (remedy.title, remedy.up) in self.written
        self.written.add((remedy.title, remedy.up))
        yield prose(remedy.title) + (" (see above)" if repeated else "")
        if not repeated:
            yield fenced(spelled_out(remedy.up.strip("\n")), remedy.language)


def prose(text: str) -> str:
    """Text on one line in which nothing is markup, but for `code` between backticks, as messages have it."""
    pieces = re.split(r"`([^`]+)`", one_line(text))
    return "".join(code(piece) if number % 2 else escaped(piece) for number, piece in enumerate(pieces))


def escaped(text: str) -> str:
    return LINKING.sub(BREAK, NUMBERED.sub(r"\g<0>\\", SPECIAL.sub(r"\\\g<0>", text)))


def code(text: str) -> str:
    """A code span, whose backticks are more than any in it."""
    text = one_line(text)
    marks = "`" * (longest_run(text) + 1)
    around = " " if text.startswith("`") or text.endswith("`") or not text.strip() else ""
    return f"{marks}{around}{text}{around}{marks}"


def fenced(text: str, language: str) -> str:
    marks = "`" * max(longest_run(text) + 1, 3)
    return f"{marks}{language}\n{text}\n{marks}"


def longest_run(text: str) -> int:
    return max(map(len, re.findall(r"`+", text)), default=0)
