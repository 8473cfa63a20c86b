"""Liquibase's changelogs, as far as they list files of SQL.

In: changelogs (XML, YAML, JSON) and the SQL files that there are. Out: which of these run, in which order.

A changelog includes files and folders, other changelogs among them; `sqlFile` names SQL that is not formatted. What a changelog
changes itself (`createTable`) is not read.

Sources: https://docs.liquibase.com/change-types/include.html, https://docs.liquibase.com/change-types/includeall.html
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from advisor.model import Skipped, SourceText

ROLLBACK = re.compile(r"<rollback\b.*?</rollback>", re.DOTALL)
ENTRY = re.compile(
    r"<(?:\w+:)?(?:include|includeAll|sqlFile)\b[^>]*?\b(?:file|path)\s*=\s*[\"'](?P<xml>[^\"']+)"
    r"|\b(?:include|includeAll|sqlFile)[\"']?\s*:\s*\{?[^{}]*?\b(?:file|path)[\"']?\s*:\s*[\"']?(?P<yaml>[^\s\"',}]+)",
    re.DOTALL,
)
OWN_CHANGE = re.compile(
    r"<(?:create|add|drop|rename|modify|sql\b(?!File))|\b(?:create|add|drop|rename|modify)[A-Z]\w+[\"']?\s*:|\bsql[\"']?\s*:"
)
IS_CHANGELOG = re.compile(r"changelog[^/]*\.(?:xml|ya?ml|json)$", re.IGNORECASE)


class Listed(Struct, frozen=True):
    """A SQL file that a changelog lists: the folder of the outermost changelog, and its number in the order."""

    folder: str
    number: int


def listed_files(others: Mapping[str, SourceText], sql: frozenset[str]) -> dict[str, Listed]:
    """The SQL files that changelogs list, by path."""
    changelogs = {path: source for path, source in others.items() if IS_CHANGELOG.search(path)}
    known = sql | changelogs.keys()
    entries = {path: tuple(entries_of(source, known)) for path, source in changelogs.items()}
    included = {entry for found in entries.values() for entry in found}
    listed: dict[str, Listed] = {}
    for root in (path for path in changelogs if path not in included):
        for number, path in enumerate(files_below(root, entries, frozenset())):
            listed.setdefault(path, Listed(root.rpartition("/")[0], number))
    return listed


def files_below(path: str, entries: Mapping[str, tuple[str, ...]], above: frozenset[str]) -> Iterator[str]:
    """The SQL files of a changelog in order, those of included ones in their place."""
    for entry in entries.get(path, ()):
        if entry not in entries:
            yield entry
        elif entry not in above:
            yield from files_below(entry, entries, above | {path})


def entries_of(changelog: SourceText, known: frozenset[str]) -> Iterator[str]:
    """What a changelog lists, as paths that are known; a folder as its files in order of name."""
    for match in ENTRY.finditer(ROLLBACK.sub("", changelog.text)):
        written = (match["xml"] or match["yaml"]).removeprefix("classpath:").strip("/")
        here = posixpath.normpath(posixpath.join(changelog.path.rpartition("/")[0], written))
        if here in known:
            yield here
        elif found := sorted(path for path in known if path.startswith(here + "/")):
            yield from found
        else:
            yield from elsewhere(written, changelog.path, known)


def elsewhere(written: str, changelog: str, known: frozenset[str]) -> list[str]:
    """Files by a path from a root that is not known (the class path): the nearest to the changelog, or those of a folder."""
    whole = [path for path in known if path.endswith(f"/{written}") or path == written]
    if whole:
        return [max(whole, key=lambda path: (len(posixpath.commonprefix([path, changelog])), path))]
    return sorted(path for path in known - {changelog} if f"/{written}/" in f"/{path}")


def changes_of_their_own(others: Mapping[str, SourceText], listed: Mapping[str, Listed]) -> Iterator[Skipped]:
    """What is said of changelogs that list SQL and change something besides."""
    folders = {one.folder for one in listed.values()}
    for path, source in others.items():
        inside = any(path.rpartition("/")[0] == folder or path.startswith(f"{folder}/") for folder in folders)
        if inside and IS_CHANGELOG.search(path) and OWN_CHANGE.search(source.text):
            yield Skipped(path, "what this changelog changes itself is not read, only the SQL files that it lists", "left alone")
