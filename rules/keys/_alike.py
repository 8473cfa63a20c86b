"""What all columns of a kind have in common is said once, even where they are few."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from advisor.finding import Finding
from advisor.habits import each_or_all, said_once
from advisor.remedies import Remedy


def alike_or_each(
    findings: Sequence[Finding], of: int, subject: str, message: str, remedy: Remedy | None = None
) -> Iterator[Finding]:
    """One finding where all `of` places are so, or where `each_or_all` says that it is a habit; else each of them."""
    if 1 < len(findings) == of:
        yield said_once(findings, subject, message, remedy)
    else:
        yield from each_or_all(findings, of, subject, message, remedy)
