"""Plans as JSON. In: a review of EXPLAIN output. Out: each plan in PostgreSQL's own JSON form, with what is wrong with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from advisor.errors import AdvisorError
from advisor.finding import Finding
from advisor.masking import masked
from advisor.model import Plan

if TYPE_CHECKING:
    from advisor.engine.review import Review


def plans_json(review: Review) -> str:
    """`{"schema_version": "1", "plans": [{"plan": ..., "findings": [...]}]}`, whatever form the input had."""
    from advisor.formats.json import of_finding
    from advisor.sources.explain import to_json

    plans: list[dict[str, Any]] = [
        {"plan": to_json(plan), "findings": [of_finding(finding, review.project) for finding in findings_of(plan, review)]}
        for plan in review.project.plans
    ]
    try:
        return masked(json.dumps({"schema_version": "1", "plans": plans}, indent=2)) + "\n"
    except RecursionError as error:
        raise AdvisorError("the plan is nested too deeply for JSON") from error


def findings_of(plan: Plan, review: Review) -> list[Finding]:
    """The findings whose place lies inside the plan."""
    where = plan.location
    return [
        finding for finding in review.findings if finding.at.path == where.path and where.line <= finding.at.line <= where.end_line
    ]
