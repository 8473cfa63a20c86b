"""Plans as JSON. In: a review of EXPLAIN output. Out: each plan in PostgreSQL's own JSON form, with what is wrong with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from advisor.errors import AdvisorError
from advisor.formats.plan.figures import figures_of, findings_by_plan
from advisor.masking import masked
from advisor.model import Plan

if TYPE_CHECKING:
    from advisor.engine.review import Review


def plans_json(review: Review) -> str:
    """`{"schema_version": "1", "plans": [{"plan": ..., "own": ..., "findings": [...]}]}`, whatever form the input had."""
    from advisor.formats.json import of_finding
    from advisor.sources.explain import to_json

    plans: list[dict[str, Any]] = [
        {"plan": to_json(plan), "own": own(plan), "findings": [of_finding(finding, review.project) for finding in findings]}
        for plan, findings in findings_by_plan(review)
    ]
    try:
        return masked(json.dumps({"schema_version": "1", "plans": plans, **comparisons(review)}, indent=2)) + "\n"
    except RecursionError as error:
        raise AdvisorError("the plan is nested too deeply for JSON") from error


def comparisons(review: Review) -> dict[str, Any]:
    """`{"comparisons": [...]}` where plans of before and after were given; else nothing."""
    if not review.project.plan_changes:
        return {}
    from advisor.formats.plan.comparison import change_json

    return {"comparisons": [change_json(change) for change in review.project.plan_changes]}


def own(plan: Plan) -> dict[str, Any]:
    """What each node took itself: `measure` is time (milliseconds), cost or null, `nodes` a number each, parents first."""
    figures = figures_of(plan)
    nodes = [round(figures.own[node], 6) for node in plan.walk()] if figures.measure else []
    return {"measure": figures.measure or None, "total": round(figures.total, 6), "nodes": nodes}
