"""Whether a file holds EXPLAIN output, by its content."""

from __future__ import annotations

import re

NODE_LINE = re.compile(
    r"^[ \t]*(?:->[ \t]+)?[A-Z][^\n]{0,300}?\((?:cost=\d+\.\d+\.\.\d|actual (?:time|rows)=\d|never executed\))", re.MULTILINE
)
PSQL_HEADER = re.compile(r"^[ \t]*QUERY PLAN[ \t]*\r?\n-{3,}", re.MULTILINE)
JSON_PLAN = re.compile(r'"Plan"\s*:\s*\{[^{}]{0,2000}"Node Type"\s*:\s*"')
XML_PLAN = re.compile(r"<explain\s+xmlns=[\"']http://www\.postgresql\.org/\d+/explain[\"']")
YAML_PLAN = re.compile(r"^[ \t|│]*(?:-[ \t]+)?Plan:[ \t+|│]*\r?\n[ \t|│]+Node Type: \"", re.MULTILINE)


def looks_like_plan(text: str) -> bool:
    """Whether reading the text as a plan is worth a try; cheap, and linear in the text."""
    if '"Plan"' in text and JSON_PLAN.search(text):
        return True
    if ("(cost=" in text or "(actual " in text or "(never executed)" in text) and NODE_LINE.search(text):
        return True
    if ("Plan:" in text and YAML_PLAN.search(text)) or ("<explain" in text and XML_PLAN.search(text)):
        return True
    return "QUERY PLAN" in text and PSQL_HEADER.search(text) is not None
