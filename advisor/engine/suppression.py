"""Inline ignores. In: texts and findings. Out: findings that nobody waved through, and the ignores that wave nothing through.

`-- advisor: ignore[rule, other-rule] reason` in SQL, `// advisor: ignore[rule]` in Prisma and code, `# ...` in scripts: on the line
of a finding, or on a comment line above it, with nothing but more comment in between.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from advisor.finding import Finding, Severity
from advisor.model import Location, SourceText

MARK = "advisor: ignore["
COMMENT = re.compile(r"(?P<lead>--|///?|/\*|#|<!--|\{/\*)\s*advisor:\s*ignore\[(?P<rules>[^\]\n]*)\]")
LINE_COMMENTS = ("--", "//", "///", "#")
UNUSED = "unused-ignore"


class Ignore(Struct, frozen=True):
    """One inline ignore. `lines` are those that it covers."""

    location: Location
    rules: tuple[str, ...]
    lines: tuple[int, ...]

    def covers(self, finding: Finding) -> bool:
        return finding.at.line in self.lines and finding.rule in self.rules


def find_ignores(source: SourceText) -> list[Ignore]:
    """The inline ignores of a text."""
    if "advisor:" not in source.text:
        return []
    return [ignore_from(match, source) for match in COMMENT.finditer(source.text)]


def ignore_from(match: re.Match[str], source: SourceText) -> Ignore:
    location = source.location(match.start(), match.end())
    rules = tuple(name.strip() for name in match["rules"].split(",") if name.strip())
    alone = not source.line(location.line)[: location.column - 1].strip()
    return Ignore(
        location, rules, (location.line, next_code_line(location.line, source, match["lead"])) if alone else (location.line,)
    )


def next_code_line(line: int, source: SourceText, lead: str) -> int:
    """The line that a comment speaks of: the next one that is no comment of ignores, and does not go on with this comment."""
    following = line + 1
    while (text := source.line(following).strip()) and (COMMENT.match(text) or (lead in LINE_COMMENTS and text.startswith(lead))):
        following += 1
    return following


def suppress(
    findings: Sequence[Finding], texts: Mapping[str, SourceText], rules_run: Iterable[str]
) -> tuple[list[Finding], list[Finding]]:
    """The findings that stay, and one more for each ignore of a rule that ran and found nothing there."""
    ran = set(rules_run)
    ignores = {path: found for path in sorted(texts) if (found := find_ignores(texts[path]))}
    used: set[tuple[Location, str]] = set()
    kept = []
    for finding in findings:
        covering = [ignore for ignore in ignores.get(finding.at.path, ()) if ignore.covers(finding)]
        used.update((ignore.location, finding.rule) for ignore in covering)
        if not covering:
            kept.append(finding)
    unused = [
        report_unused(ignore, name)
        for found in ignores.values()
        for ignore in found
        for name in ignore.rules
        if (ignore.location, name) not in used and (name in ran or name not in known_rules())
    ]
    return kept, unused


def known_rules() -> frozenset[str]:
    from advisor.engine.registry import categories

    return frozenset(name for category in categories() for name in category.rule_names)


def report_unused(ignore: Ignore, name: str) -> Finding:
    why = "suppresses nothing here" if name in known_rules() else "names no rule"
    return Finding(
        ignore.location,
        f"ignore[{name}] {why}: remove it",
        subject=f"{ignore.location.path} ignore[{name}]",
        severity=Severity.WARNING,
        rule=UNUSED,
        category="engine",
    )
