"""Whether a file holds EXPLAIN output, by its content."""

from __future__ import annotations

import re

from advisor.model import SourceText
from advisor.sources.explain.paste import split_lines
from advisor.sources.explain.wrappings import unwrapped
from advisor.sources.explain.wrappings.quoted import NODE

COSTS = r"\(cost=\d+\.\d+\.\.\d+\.\d+ rows=\d+ width=\d+\)"
ACTUAL = r"\((?:actual (?:time=[\d.]+ )?rows=[\d.]+ loops=\d+|never executed)\)"
NODE_LINE = re.compile(
    rf"^[ \t]*(?:->[ \t]*)?[A-Z][^\n]{{0,300}}?(?:(?<=\S)  \(cost=\d+\.\d+\.\.\d|(?:{COSTS}(?: {ACTUAL})?|{ACTUAL})[ \t]*\r?$)",
    re.MULTILINE,
)
"""A node with two blanks before its costs, as EXPLAIN prints it, or with nothing behind its figures, where blanks were lost."""
PSQL_HEADER = re.compile(
    rf"^[ \t]*QUERY PLAN[ \t]*\r?\n-{{3,}}[ \t]*\r?\n[ \t]*(?:[\[{{<]|-? ?Plan:|{NODE}|[A-Z]\S* on )", re.MULTILINE
)
JSON_PLAN = re.compile(r'"Plan"\s*:\s*\{[^{}]{0,2000}"Node Type"\s*:\s*"')
XML_PLAN = re.compile(r"<explain\s+xmlns=[\"']http://www\.postgresql\.org/\d+/explain[\"']")
YAML_PLAN = re.compile(r"^[ \t|│]*(?:-[ \t]+)?Plan:[ \t+|│]*\r?\n[ \t|│]+Node Type: \"", re.MULTILINE)
WORDS = ("cost=", "actual", "never executed", "Node", "QUERY", "<explain", " ms  plan:")
MARK = re.compile(
    r"cost=\d+\.\d+\.\.\d|\bactual(?:\s|&nbsp;)(?:time|rows)=\d|\(never(?:\s|&nbsp;)executed\)"
    r"|\bNode[ -]Type\b|\bQUERY(?:\s|&nbsp;|_)PLAN\b"
)
"""Something of this is in every plan with figures, whatever it is wrapped in, and in every one with a header."""
LOG_ENTRY = re.compile(r"duration: \d+\.\d+ ms  plan:(?:\\n|\s|#011|$)")


def looks_like_plan(text: str) -> bool:
    """Whether reading the text as a plan is worth a try; cheap, and linear in the text."""
    if not any(word in text for word in WORDS):
        return False
    if holds_plain_plan(text) or (" ms  plan:" in text and LOG_ENTRY.search(text)):
        return True
    return MARK.search(text) is not None and holds_plain_plan(unwrapped(split_lines(SourceText("", text))).source.text)


def holds_plain_plan(text: str) -> bool:
    """Whether there is a plan in the text as EXPLAIN prints it."""
    if '"Plan"' in text and JSON_PLAN.search(text):
        return True
    if ("(cost=" in text or "(actual " in text or "(never executed)" in text) and NODE_LINE.search(text):
        return True
    if ("Plan:" in text and YAML_PLAN.search(text)) or ("<explain" in text and XML_PLAN.search(text)):
        return True
    return "QUERY PLAN" in text and PSQL_HEADER.search(text) is not None
