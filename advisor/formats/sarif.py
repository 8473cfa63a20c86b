"""A review as SARIF 2.1.0, for code scanning. In: a Review and the rules it speaks of. Out: a log of one run.

Built for what GitHub's code scanning reads (docs.github.com, "SARIF support for code scanning") and valid beyond it. Columns count
characters, so `columnKind` is `unicodeCodePoints`. The fingerprint has a name of its own: under GitHub's `primaryLocationLineHash`
the upload action expects a hash of the source line, and warns of any other.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from advisor.finding import Finding, Severity
from advisor.formats.digest import failures, severity_word
from advisor.formats.pages import section
from advisor.masking import masked
from advisor.model import Location, Skipped
from advisor.rule import Rule

if TYPE_CHECKING:
    from advisor.engine.review import Review

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note", Severity.OFF: "none"}
PRECISION = {"certain": "very-high", "likely": "high", "possible": "medium"}


def to_sarif(review: Review, rules: Mapping[str, Rule]) -> str:
    """The review as indented JSON with a line end. `rules` are by name; one that is absent is listed by name alone."""
    names = sorted({*review.rules_run, *(finding.rule for finding in review.findings)})
    run = {
        "tool": {
            "driver": {
                "name": "advisor",
                "semanticVersion": version("db-advisor"),
                "rules": [of_rule(name, rules.get(name)) for name in names],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the repository."}}},
        "invocations": [of_invocation(review, names)],
        "results": [of_finding(finding, names) for finding in review.findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def of_rule(name: str, rule: Rule | None) -> dict[str, Any]:
    if rule is None:
        return {"id": name}
    return {
        "id": name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": section(rule.page, "Why it matters") or rule.summary},
        "help": {"text": rule.page, "markdown": rule.page},
        "defaultConfiguration": {"enabled": rule.severity is not Severity.OFF, "level": LEVELS[rule.severity]},
        "properties": {"tags": [rule.category]},
    }


def of_finding(finding: Finding, names: Sequence[str]) -> dict[str, Any]:
    remedy = f"\nRemedy: {masked(finding.remedy.title())}" if finding.remedy else ""
    result = {
        "ruleId": finding.rule,
        "ruleIndex": names.index(finding.rule),
        "level": severity_word(finding),
        "message": {"text": message_text(finding.message + remedy)},
        "locations": [{"physicalLocation": physical(finding.at)}],
        "partialFingerprints": {"advisorFingerprint/v1": finding.fingerprint},
        "properties": {"confidence": finding.confidence.value, "subject": finding.subject},
    }
    related = [
        {"id": number, "physicalLocation": physical(each.location), "message": {"text": message_text(each.message)}}
        for number, each in enumerate(finding.related, 1)
    ]
    return {**result, "relatedLocations": related} if related else result


def of_invocation(review: Review, names: Sequence[str]) -> dict[str, Any]:
    """Files that failed, and rules that did not run for want of evidence, are notifications: a review is never silently partial."""
    return {
        "executionSuccessful": True,
        "toolExecutionNotifications": [of_failure(skipped) for skipped in failures(review)],
        "toolConfigurationNotifications": [
            {"level": "note", "message": {"text": message_text(f"{each.rule} did not run: it needs {each.needs}")}}
            for each in review.not_run
            if each.rule not in names
        ],
    }


def of_failure(skipped: Skipped) -> dict[str, Any]:
    place = physical(skipped.location) if skipped.location else {"artifactLocation": artifact(skipped.path)}
    text = message_text(f"not examined: {skipped.reason}")
    return {"level": "warning", "message": {"text": text}, "locations": [{"physicalLocation": place}]}


def physical(at: Location) -> dict[str, Any]:
    region = {"startLine": at.line, "startColumn": at.column, "endLine": at.end_line, "endColumn": at.end_column}
    return {"artifactLocation": artifact(at.path), "region": region}


def artifact(path: str) -> dict[str, str]:
    """A file as a relative URI reference; as a whole URI where it lies outside of the working directory.

    A colon is encoded, so that no first folder reads as a URI's scheme.
    """
    if PurePath(path).is_absolute():
        return {"uri": PurePath(path).as_uri()}
    return {"uri": quote(os.fsencode(path), safe="/"), "uriBaseId": "%SRCROOT%"}


def message_text(text: str) -> str:
    """Braces doubled, as a message must have them where they are no placeholders (SARIF 2.1.0, section 3.11.5)."""
    return text.replace("{", "{{").replace("}", "}}")
