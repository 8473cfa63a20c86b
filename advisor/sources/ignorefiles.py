""".gitignore files: which of a folder's entries git would not track. In: folders on the way down. Out: yes or no for each entry."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from advisor.sources.files import is_file, status_of

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

MAX_BYTES = 1024 * 1024
"""A longer file is no list of patterns."""


class IgnoreRules(Struct, frozen=True):
    """The .gitignore files that hold for one folder, outermost first, each with the folder it stands in."""

    specs: tuple[tuple[Path, GitIgnoreSpec], ...] = ()

    def entering(self, folder: Path) -> IgnoreRules:
        """The rules inside a folder: these, and its own file's."""
        spec = read_ignore_file(folder / ".gitignore")
        return IgnoreRules((*self.specs, (folder, spec))) if spec else self

    def ignores(self, path: Path, *, is_folder: bool) -> bool:
        """Whether git would leave the path out. The innermost file that says anything decides, as git has it."""
        for folder, spec in reversed(self.specs):
            relative = path.relative_to(folder).as_posix() + ("/" if is_folder else "")
            verdict = spec.check_file(relative).include
            if verdict is not None:
                return verdict
        return False


def rules_above(folder: Path) -> IgnoreRules:
    """The rules that a folder inherits from the repository around it; none outside a repository."""
    parents = [folder, *folder.parents]
    top = next((index for index, parent in enumerate(parents) if status_of(parent / ".git")), None)
    rules = IgnoreRules()
    if top is not None:
        for parent in reversed(parents[1 : top + 1]):
            rules = rules.entering(parent)
    return rules


def read_ignore_file(path: Path) -> GitIgnoreSpec | None:
    """The file's patterns; None where it is absent, not ours to read, or nothing that somebody wrote (a pipe, a device)."""
    try:
        if not is_file(path) or path.stat().st_size > MAX_BYTES:
            return None
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(line for line in lines if is_pattern(line))


def is_pattern(line: str) -> bool:
    """Whether a line can be followed. One that cannot (a lone backslash) matches nothing in git."""
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except (ValueError, re.error):
        return False
    return True
