"""Which files a path, a folder or a pattern of a configuration means. In: what is written there. Out: paths of code, in order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from advisor.sources.module_paths import SUFFIXES, joined

PARTS = re.compile(r"\*\*/|\*\*|\*|\?|\{[^{}]*\}|[^*?{}]+")


def matching(patterns: Iterable[str], folder: str, paths: Iterable[str]) -> Iterator[str]:
    """The paths that are meant, each once; `folder` is where relative ones start from."""
    known = sorted(paths)
    seen: set[str] = set()
    for pattern in patterns:
        base = pattern if pattern.startswith("/") else joined(folder, pattern)
        expression = re.compile(as_expression(base))
        for path in known:
            meant = path == base or path.startswith(f"{base}/") or expression.fullmatch(path)
            if meant and path not in seen and path.endswith(SUFFIXES):
                seen.add(path)
                yield path


def as_expression(pattern: str) -> str:
    """A pattern of shells as a regular expression."""
    return "".join(part_expression(part) for part in PARTS.findall(pattern))


def part_expression(part: str) -> str:
    if part == "**/":
        return "(?:[^/]+/)*"
    if part.startswith("{") and part.endswith("}"):
        return "(?:" + "|".join(as_expression(one) for one in part[1:-1].split(",")) + ")"
    return {"**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part))
