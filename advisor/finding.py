"""What rules find, and what follows from it: findings, and the recommendations they join into."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from advisor.model import Location
from advisor.remedies.remedy import Remedy


class Severity(Enum):
    """How bad it is if the finding is right. OFF rules run only where a project asks for them."""

    OFF = "off"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


class Confidence(Enum):
    """How sure it is that the finding is right. POSSIBLE ones are shown but fail no build."""

    POSSIBLE = "possible"
    LIKELY = "likely"
    CERTAIN = "certain"

    @property
    def rank(self) -> int:
        return list(Confidence).index(self)


class Related(Struct, frozen=True):
    """Another place that a reader should see, and why."""

    location: Location
    message: str


class Saving(Struct, frozen=True):
    """What one execution of a statement would be spared at most, as far as its plan tells; None where it does not.

    `milliseconds` of the wall clock, and the `share` (0 to 1) of the statement that they are; `blocks` of 8 kB, and `rows`, that
    would not be read.
    """

    milliseconds: float | None = None
    share: float | None = None
    blocks: int | None = None
    rows: int | None = None


class Finding(Struct, frozen=True):
    """A problem at a place.

    A rule gives the first fields; the engine fills in the rest, from `rule` on. `subject` names the object in full
    (`public.posts.author_id`) and stays the same when lines move. `remedy` ends the problem; `also` are further remedies that this
    is evidence for (a loop of queries on an unindexed column speaks for the index too). `severity` differs from the rule's own only
    where a rule says so.
    """

    at: Location
    message: str
    subject: str
    remedy: Remedy | None = None
    also: tuple[Remedy, ...] = ()
    confidence: Confidence = Confidence.CERTAIN
    related: tuple[Related, ...] = ()
    saving: Saving | None = None
    severity: Severity | None = None
    rule: str = ""
    category: str = ""
    fingerprint: str = ""
    database: str = ""
    """The folder of the database that it is about: equal remedies of two databases stay two."""

    @property
    def remedies(self) -> tuple[Remedy, ...]:
        return ((self.remedy,) if self.remedy else ()) + self.also


class Recommendation(Struct, frozen=True):
    """A remedy, and every finding that asks for it, strongest first.

    `impact` is what not doing it costs (high, medium, low), `effort` what doing it costs (low, medium, high).
    """

    id: str
    title: str
    remedy: Remedy
    findings: tuple[Finding, ...]
    impact: str
    confidence: Confidence
    effort: str
    prisma: str | None = None
