"""What a file of code is for, from its path."""

from __future__ import annotations

import re

from advisor.model import Role

PATTERNS: tuple[tuple[Role, re.Pattern[str]], ...] = (
    (
        "test",
        re.compile(
            r"(^|/)(__tests__|__mocks__|(integration[-_])?tests?|e2e|spec|cypress|playwright|test-utils)(/|$)"
            r"|\.(test|spec|e2e|e2e-spec|cy)\.[cm]?[jt]sx?$|(^|[/_.-])tests?[_.-][^/]*\.sql$"
        ),
    ),
    (
        "migration",
        re.compile(
            r"(^|/)(migrations?|backgroundMigrations|background-migrations|backfills?)(/|$)|(^|/)[^/]*backfill[^/]*$", re.IGNORECASE
        ),
    ),
    ("seed", re.compile(r"(^|/)(seeds?|seeders?|fixtures?)(/|$)|(^|/)seed[^/]*\.[cm]?[jt]sx?$|\.seed\.[cm]?[jt]s$", re.IGNORECASE)),
    ("script", re.compile(r"(^|/)(scripts?|bin|tools?|cli)(/|$)")),
    ("example", re.compile(r"(^|/)(examples?|stories|docs?|demo|samples?)(/|$)|\.stories\.[jt]sx?$")),
)


def role_of(path: str) -> Role:
    """The role that a path's folders and name give a file; `path` is relative to the reviewed folder, with forward slashes."""
    for role, pattern in PATTERNS:
        if pattern.search(path):
            return role
    return "application"
