"""A review as GitHub's workflow commands, which become annotations on a pull request. In: a Review. Out: one command a line.

Escaping is that of GitHub's toolkit (actions/toolkit, packages/core/src/command.ts). Columns are left out where a place spans
lines: the Checks API, which the runner hands annotations to, allows them only where start and end are on one line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.finding import Finding
from advisor.formats.digest import failures, severity_word
from advisor.formats.excerpt import spelled_out
from advisor.masking import masked
from advisor.model import Location, Skipped

if TYPE_CHECKING:
    from advisor.engine.review import Review

COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def to_github(review: Review) -> str:
    """A command for each finding, and a warning for each file that could not be examined; empty where there is nothing to say."""
    return "".join(f"{line}\n" for line in [*map(of_finding, review.findings), *map(of_failure, failures(review))])


def of_finding(finding: Finding) -> str:
    remedy = f"\nRemedy: {masked(finding.remedy.title())}" if finding.remedy else ""
    return command(COMMANDS[severity_word(finding)], properties_of(finding.at, finding.rule), finding.message + remedy)


def of_failure(skipped: Skipped) -> str:
    place = skipped.location
    properties = properties_of(place, "not examined") if place else {"file": skipped.path, "title": "not examined"}
    return command("warning", properties, skipped.reason)


def properties_of(at: Location, title: str) -> dict[str, str]:
    columns = {"col": str(at.column), "endColumn": str(at.end_column)} if at.line == at.end_line else {}
    return {"file": at.path, "line": str(at.line), "endLine": str(at.end_line), **columns, "title": title}


def command(name: str, properties: dict[str, str], message: str) -> str:
    given = ",".join(f"{key}={escape_property(value)}" for key, value in properties.items())
    return f"::{name} {given}::{escape_data(message)}"


def escape_data(text: str) -> str:
    # Control characters would act on the terminal that shows the log, and lone surrogates cannot be written to it.
    return spelled_out(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def escape_property(text: str) -> str:
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")
