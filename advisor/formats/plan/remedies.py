"""The remedy of a finding about a plan, written out. In: a finding, its review. Out: the remedy's texts, None for none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from advisor.finding import Finding, Recommendation
from advisor.formats.digest import WrittenRemedy, written, written_recommendation

if TYPE_CHECKING:
    from advisor.engine.review import Review


def remedy_of(finding: Finding, review: Review, known: Mapping[str, Recommendation]) -> WrittenRemedy | None:
    """The remedy of the recommendation that ends a finding, which may serve others too; else its own. `known`: `digest.answers`."""
    if finding.remedy is None:
        return None
    answer = known.get(finding.fingerprint)
    return written_recommendation(answer, review.project) if answer else written(finding.remedy, review.project, finding.database)
