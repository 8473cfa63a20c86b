"""A review as JSON, for programs. In: a Review. Out: a document that `review.schema.json` beside this file describes.

The order of keys and of entries is fixed, so that the same review gives the same bytes. Lines and columns are 1-based; columns
count characters; the end is exclusive. Fields may be added without a new `schema_version`; none is taken away or given another
meaning.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from advisor.finding import Finding, Recommendation, Saving
from advisor.formats.digest import Summary, WrittenRemedy, severity_of, summarize, written, written_recommendation
from advisor.model import Location, Project, Skipped

if TYPE_CHECKING:
    from advisor.engine.review import Review

SCHEMA_VERSION = "1"


def to_json(review: Review) -> str:
    """The review as indented JSON with a line end."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "findings": [of_finding(finding, review.project) for finding in review.findings],
        "recommendations": [of_recommendation(each, review.project) for each in review.recommendations],
        "skipped": [of_skipped(skipped) for skipped in review.skipped],
        "not_run": [{"rule": each.rule, "needs": each.needs} for each in review.not_run],
        "summary": of_summary(summarize(review)),
    }
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def of_finding(finding: Finding, project: Project) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "category": finding.category,
        "severity": severity_of(finding).value,
        "confidence": finding.confidence.value,
        "message": finding.message,
        **of_location(finding.at),
        "subject": finding.subject,
        "fingerprint": finding.fingerprint,
        "remedy": of_remedy(written(finding.remedy, project, finding.database)) if finding.remedy else None,
        **({"saving": of_saving(finding.saving)} if finding.saving else {}),
        "related": [{**of_location(related.location), "message": related.message} for related in finding.related],
    }


def of_saving(saving: Saving) -> dict[str, Any]:
    """What is known of it."""
    found = {"milliseconds": saving.milliseconds, "share": saving.share, "blocks": saving.blocks, "rows": saving.rows}
    return {name: round(value, 3) for name, value in found.items() if value is not None}


def of_recommendation(recommendation: Recommendation, project: Project) -> dict[str, Any]:
    return {
        "id": recommendation.id,
        "title": recommendation.title,
        "remedy": of_remedy(written_recommendation(recommendation, project)),
        "impact": recommendation.impact,
        "confidence": recommendation.confidence.value,
        "effort": recommendation.effort,
        "findings": [finding.fingerprint for finding in recommendation.findings],
        "proof": None,
    }


def of_remedy(remedy: WrittenRemedy) -> dict[str, Any]:
    prisma = {"prisma": remedy.prisma} if remedy.prisma is not None else {}
    return {"kind": remedy.kind, "title": remedy.title, "language": remedy.language, "up": remedy.up, "down": remedy.down, **prisma}


def of_skipped(skipped: Skipped) -> dict[str, Any]:
    place = skipped.location
    at = {"line": place.line, "column": place.column} if place else {}
    return {"path": skipped.path, "reason": skipped.reason, "kind": skipped.kind, **at}


def of_location(location: Location) -> dict[str, Any]:
    return {
        "path": location.path,
        "line": location.line,
        "column": location.column,
        "end_line": location.end_line,
        "end_column": location.end_column,
    }


def of_summary(summary: Summary) -> dict[str, int]:
    return {
        "errors": summary.errors,
        "warnings": summary.warnings,
        "infos": summary.notes,
        "files_with_findings": summary.files,
        "files_examined": summary.examined,
        "recommendations": summary.recommendations,
        "failed": summary.failed,
        "left_alone": summary.left_alone,
        "rules_run": summary.rules_run,
        "rules_not_run": summary.rules_not_run,
        "rules_off": summary.rules_off,
        "possible": sum(summary.possible),
    }
