"""What a whole schema does alike is said once. In: a rule's findings, of one kind. Out: each of them, or one that counts them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from advisor.finding import Finding, Related
from advisor.remedies.remedy import Remedy

A_FEW = 5
"""So many places are a habit where they are most of those that could have it."""
MANY = 10
"""More than so many nobody reads one by one, whatever the rest does."""
SHOWN = 4
"""How many places stand beside a finding that speaks of all."""


def is_habit(found: int, of: int) -> bool:
    """Whether `found` of `of` places are how a schema does it, rather than what stands out of it."""
    return found > MANY or (found >= A_FEW and 2 * found > of)


def each_or_all(
    findings: Sequence[Finding], of: int, subject: str, message: str, remedy: Remedy | None = None
) -> Iterator[Finding]:
    """The findings, or where they are a habit one with this subject, message and remedy at the first place.

    `of` is the number of places that could have been found.
    """
    if not is_habit(len(findings), of):
        yield from findings
        return
    yield said_once(findings, subject, message, remedy)


def said_once(findings: Sequence[Finding], subject: str, message: str, remedy: Remedy | None = None) -> Finding:
    """One finding for all of them, at the first place, with a few others beside it."""
    first, *others = sorted(findings, key=lambda finding: finding.at)
    beside = tuple(Related(other.at, other.subject) for other in others[:SHOWN])
    sure = max((finding.confidence for finding in findings), key=lambda confidence: confidence.rank)
    return replace(first, subject=subject, message=message, remedy=remedy, confidence=sure, related=beside)
