"""The rules that a review speaks of. In: a Review. Out: rules by name, with their pages; only those are imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.engine.registry import categories, load_rule
from advisor.rule import Rule

if TYPE_CHECKING:
    from advisor.engine.review import Review


def rules_of(review: Review) -> dict[str, Rule]:
    """The installed rules that ran or found something. A finding that the engine itself makes has no rule here."""
    wanted = {*review.rules_run, *(finding.rule for finding in review.findings)}
    found = [load_rule(category, name) for category in categories() for name in category.rule_names if name in wanted]
    return {rule.name: rule for rule in found}


def section(page: str, heading: str) -> str:
    """The Markdown below `## heading` of a rule's page, without the heading; empty where the page has no such section."""
    lines = page.splitlines()
    starts = [number for number, line in enumerate(lines) if line.strip().lower() == f"## {heading.lower()}"]
    if not starts:
        return ""
    body = lines[starts[0] + 1 :]
    ends = [number for number, line in enumerate(body) if line.startswith("## ")]
    return "\n".join(body[: ends[0]] if ends else body).strip()
