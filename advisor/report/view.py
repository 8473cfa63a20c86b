"""What the report's templates are given. In: a Review and its rules. Out: values to print, in the page's order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup
from msgspec import Struct

from advisor.finding import Finding, Recommendation
from advisor.formats.digest import (
    Summary,
    WrittenRemedy,
    answers,
    counted,
    failures,
    rules_wanting,
    severity_of,
    severity_word,
    summarize,
    written,
    written_recommendation,
)
from advisor.formats.excerpt import Excerpt, excerpt, one_line
from advisor.formats.pages import section
from advisor.model import Database, Location, Skipped, Table
from advisor.remedies.sql import index_sql
from advisor.report.diagram import Diagram, Flag, diagram_of
from advisor.report.plans import PlanView, plan_view
from advisor.report.prose import markdown, source_of, verdict
from advisor.report.subjects import findings_by_table
from advisor.rule import Rule

if TYPE_CHECKING:
    from advisor.engine.review import Review

EXCERPT_WIDTH, EXCERPT_LINES = 108, 8
FOLDED_BEYOND = 20
"""Recommendations in all, beyond which those of low impact fold away."""
EVIDENCE_SHOWN = 6
"""Pieces of evidence that a recommendation shows before the rest folds away."""
LANGUAGES = {"sql": "SQL", "prisma": "Prisma schema", "typescript": "TypeScript", "javascript": "JavaScript", "sh": "Shell"}


class Place(Struct, frozen=True):
    """A place in a file, with the source there where it is at hand."""

    text: str
    message: str
    excerpt: Excerpt | None


class Block(Struct, frozen=True):
    """A text to copy: a remedy's SQL, its Prisma spelling, its way back."""

    id: str
    label: str
    text: str


class FindingView(Struct, frozen=True):
    """A finding. `answer` is the number of the recommendation that ends it; `blocks` its own remedy where none does."""

    anchor: str
    severity: str
    rule: str
    category: str
    source: str
    confidence: str
    message: str
    place: Place
    path: str
    related: tuple[Place, ...]
    answer: RecommendationTitle | None
    remedy_title: str | None
    blocks: tuple[Block, ...]
    search: str


class RecommendationTitle(Struct, frozen=True):
    number: int
    anchor: str
    title: str


class RecommendationView(Struct, frozen=True):
    """A recommendation. `why` is from its strongest finding's rule, and given with the first recommendation of that rule only."""

    number: int
    anchor: str
    title: str
    impact: str
    effort: str
    confidence: str
    rule: str
    why: Markup
    blocks: tuple[Block, ...]
    evidence: tuple[FindingView, ...]
    more: tuple[FindingView, ...]
    tables: tuple[tuple[str, str], ...]
    where: str
    """The place of its strongest finding, in short."""


class FileView(Struct, frozen=True):
    path: str
    findings: tuple[FindingView, ...]


class TableView(Struct, frozen=True):
    """A table in words, below the diagram: what the diagram's boxes link to."""

    anchor: str
    table: Table
    place: str
    keys: Mapping[str, str]
    indexes: tuple[str, ...]
    references: tuple[str, ...]
    findings: tuple[FindingView, ...]
    summary: str


class DatabaseView(Struct, frozen=True):
    anchor: str
    folder: str
    diagram: Diagram
    tables: tuple[TableView, ...]


class RuleView(Struct, frozen=True):
    anchor: str
    name: str
    category: str
    summary: str
    page: Markup
    findings: int

    @property
    def facts(self) -> str:
        found = counted(self.findings, "finding") if self.findings else ""
        return ", ".join(part for part in (self.category, found) if part)


class ReportView(Struct, frozen=True):
    title: str
    verdict: str
    summary: Summary
    recommendations: tuple[RecommendationView, ...]
    files: tuple[FileView, ...]
    categories: tuple[str, ...]
    databases: tuple[DatabaseView, ...]
    plans: tuple[PlanView, ...]
    failures: tuple[Skipped, ...]
    left_alone: tuple[tuple[str, tuple[str, ...]], ...]
    wanting: tuple[tuple[str, tuple[str, ...]], ...]
    rules: tuple[RuleView, ...]
    finding_anchors: Mapping[str, str]
    """Ids of findings by fingerprint."""

    @property
    def rule_anchors(self) -> dict[str, str]:
        return {rule.name: rule.anchor for rule in self.rules}

    @property
    def figures(self) -> tuple[tuple[int, str], ...]:
        """The numbers below the verdict, with what they count."""
        counts = (
            (self.summary.errors, "error"),
            (self.summary.warnings, "warning"),
            (self.summary.notes, "note"),
            (self.summary.recommendations, "recommendation"),
            (sum(len(database.tables) for database in self.databases), "table"),
            (len(self.plans), "plan"),
            (self.summary.examined, "file"),
        )
        said = [(number, noun) for number, noun in counts if number or noun not in ("table", "plan")]
        return tuple((number, noun if number == 1 else f"{noun}s") for number, noun in said)

    @property
    def folded(self) -> tuple[RecommendationView, ...]:
        """Recommendations of low impact, where there are so many that they would bury the others."""
        low = tuple(each for each in self.recommendations if each.impact == "low")
        return low if FOLDED_BEYOND < len(self.recommendations) > len(low) else ()


def report_view(review: Review, rules: Mapping[str, Rule], title: str) -> ReportView:
    """Everything that the page says."""
    builder = Builder(review, rules)
    summary = summarize(review)
    plans = [plan for database in review.project.databases for plan in database.plans] or review.project.plans
    return ReportView(
        title=title,
        verdict=verdict(review, summary),
        summary=summary,
        recommendations=builder.recommendations(),
        files=builder.files(),
        categories=tuple(sorted({finding.category for finding in review.findings})),
        databases=builder.databases(),
        plans=tuple(plan_view(plan, number, review.findings) for number, plan in enumerate(plans, 1)),
        failures=tuple(failures(review)),
        left_alone=left_alone_by_reason(review.skipped),
        wanting=tuple((needs, tuple(names)) for needs, names in rules_wanting(review)),
        rules=builder.rules_that_ran(),
        finding_anchors={fingerprint: view.anchor for fingerprint, view in builder.views.items()},
    )


class Builder:
    """Turns parts of one review into views; remembers the ids that parts of the page link to each other by."""

    def __init__(self, review: Review, rules: Mapping[str, Rule]) -> None:
        self.review = review
        self.rules = rules
        self.numbers = {id(recommendation): number for number, recommendation in enumerate(review.recommendations, 1)}
        self.answers = answers(review)
        self.table_anchors = {
            (database.folder, table.name): f"table-{number}-{position}"
            for number, database in enumerate(review.project.databases, 1)
            for position, table in enumerate(database.schema.tables, 1)
        }
        self.by_table = findings_by_table(review)
        self.views = {finding.fingerprint: self.finding(finding, number) for number, finding in enumerate(review.findings, 1)}

    def title_of(self, recommendation: Recommendation) -> RecommendationTitle:
        number = self.numbers[id(recommendation)]
        return RecommendationTitle(number, f"recommendation-{number}", recommendation.title)

    def finding(self, finding: Finding, number: int) -> FindingView:
        answer = self.answers.get(finding.fingerprint)
        anchor = f"finding-{number}"
        own = written(finding.remedy, self.review.project, finding.database) if finding.remedy and not answer else None
        return FindingView(
            anchor=anchor,
            severity=severity_word(finding),
            rule=finding.rule,
            category=finding.category,
            source=source_of(finding.category),
            confidence=finding.confidence.value,
            message=finding.message,
            place=self.place(finding.at, ""),
            path=finding.at.path,
            related=tuple(self.place(related.location, related.message) for related in finding.related),
            answer=self.title_of(answer) if answer else None,
            remedy_title=own.title if own else None,
            blocks=blocks_of(own, anchor) if own else (),
            search=one_line(f"{finding.rule} {finding.category} {finding.message} {finding.subject} {finding.at}").lower(),
        )

    def place(self, at: Location, message: str) -> Place:
        source = self.review.texts(at.path)
        shown = excerpt(source, at, width=EXCERPT_WIDTH, most=EXCERPT_LINES) if source else None
        return Place(one_line(str(at)), message, shown)

    def recommendations(self) -> tuple[RecommendationView, ...]:
        explained: set[str] = set()
        return tuple(self.recommendation(each, explained) for each in self.review.recommendations)

    def recommendation(self, recommendation: Recommendation, explained: set[str]) -> RecommendationView:
        title = self.title_of(recommendation)
        # Evidence that is not among the findings was suppressed after it was joined: it is not shown.
        evidence = [self.views[finding.fingerprint] for finding in recommendation.findings if finding.fingerprint in self.views]
        rule = recommendation.findings[0].rule if recommendation.findings else ""
        why = section(self.rules[rule].page, "Why it matters") if rule in self.rules and rule not in explained else ""
        explained.add(rule)
        return RecommendationView(
            number=title.number,
            anchor=title.anchor,
            title=title.title,
            impact=recommendation.impact,
            effort=recommendation.effort,
            confidence=recommendation.confidence.value,
            rule=rule,
            why=markdown(why),
            blocks=blocks_of(written_recommendation(recommendation, self.review.project), title.anchor),
            evidence=tuple(evidence[:EVIDENCE_SHOWN]),
            more=tuple(evidence[EVIDENCE_SHOWN:]),
            tables=self.tables_of(recommendation),
            where=where(recommendation),
        )

    def tables_of(self, recommendation: Recommendation) -> tuple[tuple[str, str], ...]:
        """Ids and names of the tables that its findings are about."""
        wanted = {finding.fingerprint for finding in recommendation.findings}
        found = [key for key, members in self.by_table.items() if any(finding.fingerprint in wanted for finding, _ in members)]
        return tuple((self.table_anchors[key], str(key[1])) for key in found)

    def files(self) -> tuple[FileView, ...]:
        by_path: dict[str, list[FindingView]] = {}
        for finding in self.review.findings:
            by_path.setdefault(finding.at.path, []).append(self.views[finding.fingerprint])
        return tuple(FileView(path, tuple(found)) for path, found in by_path.items())

    def databases(self) -> tuple[DatabaseView, ...]:
        every = enumerate(self.review.project.databases, 1)
        return tuple(self.database(number, database) for number, database in every if database.schema.tables)

    def database(self, number: int, database: Database) -> DatabaseView:
        flags = {
            name: flag_of(members) for (folder, name), members in self.by_table.items() if folder == database.folder and members
        }
        anchors = {table.name: self.table_anchors[database.folder, table.name] for table in database.schema.tables}
        tables = sorted(database.schema.tables, key=lambda table: str(table.name))
        return DatabaseView(
            anchor=f"database-{number}",
            folder=database.folder,
            diagram=diagram_of(database.schema, flags, anchors),
            tables=tuple(self.table(database.folder, table) for table in tables),
        )

    def table(self, folder: str, table: Table) -> TableView:
        members = self.by_table.get((folder, table.name), [])
        views = tuple(self.views[finding.fingerprint] for finding, _ in members)
        parts = [counted(len(table.columns), "column"), *([counted(len(views), "finding")] if views else [])]
        return TableView(
            anchor=self.table_anchors[folder, table.name],
            table=table,
            place=one_line(str(table.location)),
            keys=key_marks(table),
            indexes=tuple(index_sql(index) for index in table.indexes if index.constraint is None),
            references=tuple(reference_text(table, number) for number in range(len(table.foreign_keys))),
            findings=views,
            summary=", ".join(parts),
        )

    def rules_that_ran(self) -> tuple[RuleView, ...]:
        found = Counter(finding.rule for finding in self.review.findings)
        names = sorted({*self.review.rules_run, *found}, key=lambda name: (-found[name], name))
        return tuple(self.rule(number, name, found[name]) for number, name in enumerate(names, 1))

    def rule(self, number: int, name: str, findings: int) -> RuleView:
        known = self.rules.get(name)
        page = known.page.strip().partition("\n")[2] if known else ""
        return RuleView(
            f"rule-{number}", name, known.category if known else "", known.summary if known else "", markdown(page), findings
        )


def where(recommendation: Recommendation) -> str:
    """`services/posts.ts:40`: enough to tell apart two recommendations of one title, and two migrations of one file name."""
    if not recommendation.findings:
        return ""
    at = recommendation.findings[0].at
    return one_line(f"{'/'.join(at.path.split('/')[-2:])}:{at.line}")


def blocks_of(remedy: WrittenRemedy, anchor: str) -> tuple[Block, ...]:
    """What there is to copy, in the order in which a team would use it: the Prisma line, the SQL, the way back."""
    up = LANGUAGES.get(remedy.language, remedy.language)
    texts = ((LANGUAGES["prisma"], remedy.prisma), (up, remedy.up), ("Way back", remedy.down))
    given = [(label, text.strip("\n")) for label, text in texts if text and text.strip()]
    return tuple(Block(f"{anchor}-block-{number}", label, text) for number, (label, text) in enumerate(given, 1))


def flag_of(members: Sequence[tuple[Finding, tuple[str, ...]]]) -> Flag:
    worst = max((finding for finding, _ in members), key=lambda finding: severity_of(finding).rank)
    columns = dict.fromkeys(column for _, columns in members for column in columns)
    return Flag(len(members), severity_word(worst), tuple(columns))


def key_marks(table: Table) -> dict[str, str]:
    """For each column: `primary key`, `unique`, `references users`, joined where several hold."""
    marks: dict[str, list[str]] = {}
    for index in table.indexes:
        word = {"primary key": "primary key", "unique": "unique"}.get(index.constraint or "")
        for column in index.columns if word else ():
            if column and word:
                marks.setdefault(column, []).append(word if len(index.columns) == 1 else f"{word} (part)")
    for key in table.foreign_keys:
        for column in key.columns:
            marks.setdefault(column, []).append(f"references {key.referenced_table}")
    return {column: ", ".join(dict.fromkeys(words)) for column, words in marks.items()}


def reference_text(table: Table, number: int) -> str:
    key = table.foreign_keys[number]
    target = (
        f"{key.referenced_table} ({', '.join(key.referenced_columns)})" if key.referenced_columns else str(key.referenced_table)
    )
    actions = [f"on delete {key.on_delete.lower()}"] if key.on_delete != "NO ACTION" else []
    actions += [f"on update {key.on_update.lower()}"] if key.on_update != "NO ACTION" else []
    return ", ".join([f"({', '.join(key.columns)}) references {target}", *actions])


def left_alone_by_reason(skipped: Iterable[Skipped]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Reasons with the paths that were left alone for them, the most frequent first."""
    by_reason: dict[str, list[str]] = {}
    for each in skipped:
        if each.kind == "left alone":
            by_reason.setdefault(each.reason, []).append(each.path)
    return tuple((reason, tuple(paths)) for reason, paths in sorted(by_reason.items(), key=lambda pair: (-len(pair[1]), pair[0])))
