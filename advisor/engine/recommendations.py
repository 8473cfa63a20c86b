"""Findings joined by what they ask for. In: findings. Out: recommendations, the most urgent first."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Sequence

from advisor.finding import Confidence, Finding, Recommendation, Severity
from advisor.masking import masked
from advisor.model import Project
from advisor.remedies import Remedy

IMPACTS = ("low", "medium", "high")
EFFORTS = ("low", "medium", "high")


def recommend(findings: Sequence[Finding], project: Project) -> tuple[Recommendation, ...]:
    """One recommendation for each remedy, with all findings that ask for it, or for one that it makes needless."""
    groups = group(findings)
    found = [make(remedy, database, members, project) for (database, remedy), members in groups]
    return tuple(sorted(found, key=urgency))


Key = tuple[str, Remedy]


def group(findings: Sequence[Finding]) -> list[tuple[Key, list[Finding]]]:
    """Findings by database and remedy; a remedy that another one of its family serves joins that other."""
    asked: dict[Key, list[Finding]] = {}
    for finding in findings:
        for remedy in finding.remedies:
            asked.setdefault((finding.database, remedy), []).append(finding)
    families: dict[tuple[str, Hashable], list[Remedy]] = {}
    for database, remedy in asked:
        if remedy.family() is not None:
            families.setdefault((database, remedy.family()), []).append(remedy)
    kept: dict[Key, list[Finding]] = {}
    for (database, remedy), members in asked.items():
        best = best_of(remedy, families.get((database, remedy.family()), ()))
        kept.setdefault((database, best), []).extend(members)
    return [(key, unique(members)) for key, members in kept.items()]


def best_of(remedy: Remedy, family: Sequence[Remedy]) -> Remedy:
    """The most encompassing remedy that makes this one needless, or itself."""
    better = [other for other in family if outdoes(other, remedy)]
    return max(better, key=lambda other: sum(other.serves(third) for third in family), default=remedy)


def outdoes(other: Remedy, remedy: Remedy) -> bool:
    """Whether the other one makes this needless, and is not made needless by it in turn."""
    return other.serves(remedy) and not remedy.serves(other)


def unique(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(dict.fromkeys(findings), key=strength)


def strength(finding: Finding) -> tuple[object, ...]:
    """Sorts the strongest evidence first."""
    severity = finding.severity or Severity.INFO
    return (-severity.rank, -finding.confidence.rank, finding.category, finding.at, finding.rule)


def make(remedy: Remedy, database: str, findings: Sequence[Finding], project: Project) -> Recommendation:
    schema = next((known.schema for known in project.databases if known.folder == database and known.may_be_prisma), None)
    place = findings[0].fingerprint if remedy.family() is None else ""  # the same words may be asked for in several places
    key = "\0".join([database, remedy.kind, remedy.title(), remedy.up(), place])
    return Recommendation(
        id=hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()[:12],
        title=masked(remedy.title()),
        remedy=remedy,
        findings=tuple(findings),
        impact=impact_of(findings),
        confidence=max((finding.confidence for finding in findings), key=lambda confidence: confidence.rank),
        effort=remedy.effort,
        prisma=remedy.prisma(schema) if schema else None,
    )


def impact_of(findings: Sequence[Finding]) -> str:
    """High for an error, or for a warning that evidence of two kinds supports; low for what is only a note or only possible."""
    sure = [finding for finding in findings if finding.confidence is not Confidence.POSSIBLE]
    worst = max(((finding.severity or Severity.INFO).rank for finding in sure), default=Severity.INFO.rank)
    kinds = {finding.category for finding in findings}
    if worst >= Severity.ERROR.rank or (worst >= Severity.WARNING.rank and len(kinds) > 1):
        return "high"
    return "medium" if worst >= Severity.WARNING.rank else "low"


def urgency(recommendation: Recommendation) -> tuple[object, ...]:
    """Sorts by impact, confidence and effort; then by how much evidence there is, and by place."""
    return (
        -IMPACTS.index(recommendation.impact),
        -recommendation.confidence.rank,
        EFFORTS.index(recommendation.effort),
        -len(recommendation.findings),
        recommendation.findings[0].at,
        recommendation.id,
    )
