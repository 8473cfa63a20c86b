"""What all columns of a kind have in common is said once, even where they are few; what is unsure, where it is more than a few."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from advisor.finding import Confidence, Finding
from advisor.habits import each_or_all, is_habit, said_once
from advisor.remedies import Remedy, RunSql

UNSURE = 3
"""More findings than so many that are only possible are one note."""
NAMED = 8
"""So many names fit into a message."""


def alike_or_each(
    findings: Sequence[Finding], of: int, subject: str, message: str, remedy: Remedy | None = None
) -> Iterator[Finding]:
    """One finding where all `of` places are so, or where `each_or_all` says that it is a habit; else each of them."""
    if 1 < len(findings) == of:
        yield said_once(findings, subject, message, remedy)
    else:
        yield from each_or_all(findings, of, subject, message, remedy)


def unsure_once(
    findings: Sequence[Finding], of: int, subject: str, message: Callable[[int], str], remedy: Remedy | None = None
) -> Iterator[Finding]:
    """Each finding, or all as one where they are a habit; if not, those that are only possible as one where they are many.

    `message` says how many there are, `remedy` is for all of them.
    """
    if is_habit(len(findings), of):
        yield said_once(findings, subject, message(len(findings)), remedy)
        return
    unsure = [finding for finding in findings if finding.confidence is Confidence.POSSIBLE]
    yield from (finding for finding in findings if finding.confidence is not Confidence.POSSIBLE)
    if len(unsure) > UNSURE:
        yield said_once(unsure, subject, message(len(unsure)), remedy if len(unsure) == len(findings) else None)
    else:
        yield from unsure


def all_at_once(what: str, remedies: Sequence[Remedy | None]) -> RunSql | None:
    """The SQL of all of them in one remedy; None where none of them is SQL."""
    known = [remedy for remedy in remedies if isinstance(remedy, RunSql)]
    if not known:
        return None
    return RunSql(what, "\n".join(how.sql for how in known), "\n".join(how.back or "" for how in known))


def listed(names: Sequence[str]) -> str:
    """The names, as many as a line takes, and how many more there are."""
    rest = len(names) - NAMED
    return ", ".join([*names[:NAMED], *([f"{rest} more"] if rest > 0 else [])])
