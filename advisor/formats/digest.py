"""A review in figures and in words. In: a Review. Out: counts, sentences and remedies written out, which all formats share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from advisor.finding import Confidence, Finding, Recommendation, Saving, Severity
from advisor.masking import masked
from advisor.model import Project, Skipped
from advisor.remedies import EditPrisma, Remedy, RewriteCode
from advisor.sources.migrations.unread import ROWS_LEFT

if TYPE_CHECKING:
    from advisor.engine.review import Review

SEVERITY_WORDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note", Severity.OFF: "note"}
"""What people read. A note is what configuration and JSON call `info`."""


class Summary(Struct, frozen=True):
    """A review in figures. `files` are those with findings; `possible` are the findings, of any severity, that fail no build."""

    errors: int
    warnings: int
    notes: int
    possible: tuple[int, int, int]
    """How many of the errors, warnings and notes are only possible."""
    files: int
    examined: int
    recommendations: int
    failed: int
    left_alone: int
    rules_run: int
    rules_not_run: int
    rules_off: int
    """Rules that are off unless they are selected by name."""

    @property
    def findings(self) -> int:
        return self.errors + self.warnings + self.notes


class WrittenRemedy(Struct, frozen=True):
    """A remedy as texts. `language` is that of `up` and `down`: `sql`, `prisma`, `typescript`, ..."""

    kind: str
    title: str
    language: str
    up: str
    down: str | None
    prisma: str | None


def severity_of(finding: Finding) -> Severity:
    """The severity, which the engine has filled in for every finding of a review."""
    if finding.severity is None:
        raise ValueError(f"{finding.at}: a finding of {finding.rule or 'no rule'} came without a severity")
    return finding.severity


def severity_word(finding: Finding) -> str:
    return SEVERITY_WORDS[severity_of(finding)]


def summarize(review: Review) -> Summary:
    words = Counter(severity_word(finding) for finding in review.findings)
    doubtful = Counter(severity_word(finding) for finding in review.findings if finding.confidence is Confidence.POSSIBLE)
    kinds = Counter(skipped.kind for skipped in review.skipped)
    return Summary(
        errors=words["error"],
        warnings=words["warning"],
        notes=words["note"],
        possible=(doubtful["error"], doubtful["warning"], doubtful["note"]),
        files=len({finding.at.path for finding in review.findings}),
        examined=len(review.project.examined),
        recommendations=len(review.recommendations),
        failed=kinds["failed"],
        left_alone=kinds["left alone"],
        rules_run=len(review.rules_run),
        rules_not_run=len({each.rule for each in review.not_run}),
        rules_off=len(review.rules_off),
    )


def counted(number: int, noun: str) -> str:
    """`1 file`, `1,204 files`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(parts: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *head, last = parts
    return f"{', '.join(head)} and {last}" if head else last


def severity_counts(summary: Summary) -> list[str]:
    """`12 errors`, `30 warnings`, `5 notes`, `4 possible findings`, without those of which there are none."""
    totals = (summary.errors, summary.warnings, summary.notes)
    sure = [total - doubtful for total, doubtful in zip(totals, summary.possible, strict=True)]
    counts = zip((*sure, sum(summary.possible)), ("error", "warning", "note", "possible finding"), strict=True)
    return [counted(number, noun) for number, noun in counts if number]


def failures(review: Review) -> list[Skipped]:
    """What should have been examined and could not be."""
    return [skipped for skipped in review.skipped if skipped.kind == "failed"]


def passed_over(review: Review) -> list[Skipped]:
    """Statements that were left alone in files that were read: dynamic SQL, a call that is not followed."""
    return [skipped for skipped in review.skipped if is_passed_over(skipped)]


def is_passed_over(skipped: Skipped) -> bool:
    """Whether it may change the schema; changes of rows do not."""
    return skipped.kind == "left alone" and skipped.location is not None and skipped.reason != ROWS_LEFT


def left_alone(review: Review) -> list[tuple[str, int]]:
    """Why files were left alone, and how many of each, most first."""
    others = (skipped for skipped in review.skipped if skipped.kind == "left alone" and not is_passed_over(skipped))
    return sorted(Counter(skipped.reason for skipped in others).items(), key=lambda pair: (-pair[1], pair[0]))


def rules_wanting(review: Review) -> list[tuple[str, list[str]]]:
    """What evidence was absent, and the rules that wait for it; the evidence that most rules want comes first."""
    waiting: dict[str, list[str]] = {}
    for each in review.not_run:
        waiting.setdefault(each.needs, []).append(each.rule)
    return sorted(((needs, sorted(rules)) for needs, rules in waiting.items()), key=lambda pair: (-len(pair[1]), pair[0]))


def written(remedy: Remedy, project: Project, database: str) -> WrittenRemedy:
    """A remedy in SQL or code and, where Prisma can say it and does not already, in Prisma. `database` is the finding's own."""
    language, down = language_of(remedy), remedy.down()
    known = [each.schema for each in project.databases if each.folder == database and each.may_be_prisma]
    spellings = (remedy.prisma(schema) for schema in known)
    prisma = None if language == "prisma" else next((text for text in spellings if text is not None), None)
    return WrittenRemedy(
        remedy.kind,
        masked(remedy.title()),
        language,
        masked(remedy.up()),
        None if down is None else masked(down),
        None if prisma is None else masked(prisma),
    )


def written_recommendation(recommendation: Recommendation, project: Project) -> WrittenRemedy:
    """A recommendation's remedy, for the database that its findings are about."""
    database = recommendation.findings[0].database if recommendation.findings else ""
    return written(recommendation.remedy, project, database)


def answers(review: Review) -> dict[str, Recommendation]:
    """The recommendation that ends each finding with a remedy, by its fingerprint: its own, or one that makes its own needless."""
    found: dict[str, Recommendation] = {}
    for recommendation in review.recommendations:
        for finding in recommendation.findings:
            if finding.remedy is not None and recommendation.remedy.serves(finding.remedy):
                found.setdefault(finding.fingerprint, recommendation)
    return found


def language_of(remedy: Remedy) -> str:
    if isinstance(remedy, RewriteCode):
        return remedy.language
    return "prisma" if isinstance(remedy, EditPrisma) else "sql"


def saving_words(saving: Saving) -> str:
    """`up to 15.7 ms (98 %), 7,276 blocks, 299,960 rows`."""
    words = []
    if saving.milliseconds is not None:
        share = f" ({saving.share:.0%})".replace("%", " %") if saving.share is not None else ""
        words.append(f"{saving.milliseconds:,.{1 if saving.milliseconds < 100 else 0}f} ms{share}")
    for number, noun in ((saving.blocks, "block"), (saving.rows, "row")):
        if number is not None:
            words.append(f"{number:,} {noun}{'s' * (number != 1)}")
    return f"up to {', '.join(words)}"
