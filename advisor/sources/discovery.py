"""Which files of a project to read. In: paths from the command line. Out: files by kind, and what was left alone and why.

A file that is named is read whatever it is called and whoever ignores it. A folder is walked in name order, so that one input gives
one output; links to folders are not followed, so that a cycle is no trap.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from msgspec import Struct

from advisor.model import Skipped
from advisor.sources.files import is_folder
from advisor.sources.ignorefiles import IgnoreRules, rules_above

Kind = Literal["prisma", "sql", "code", "manifest", "prisma config", "migration lock", "migration order", "shell", "perhaps a plan"]

KIND_OF_NAME: dict[str, Kind] = {
    "package.json": "manifest",
    "migration_lock.toml": "migration lock",
    **dict.fromkeys(("_journal.json", "snapshot.json", "atlas.sum", "sqitch.plan"), "migration order"),
    **dict.fromkeys(("metadata.toml", "Cargo.toml", "go.mod"), "migration order"),
}
KIND_OF_SUFFIX: dict[str, Kind] = {
    ".prisma": "prisma",
    ".sql": "sql",
    **dict.fromkeys((".sh", ".bash"), "shell"),
    **dict.fromkeys((".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte"), "code"),
    **dict.fromkeys((".txt", ".json", ".yaml", ".yml", ".xml", ".csv", ".plan", ".explain", ".log", ".out"), "perhaps a plan"),
}

LEFT_ALONE = {
    **dict.fromkeys(("node_modules", "bower_components", "jspm_packages", ".pnpm-store", ".yarn"), "dependencies"),
    **dict.fromkeys((".venv", "venv", "site-packages"), "dependencies"),
    **dict.fromkeys(("vendor", "third_party", "third-party"), "vendored code"),
    **dict.fromkeys((".next", ".nuxt", ".output", ".svelte-kit", ".turbo", ".vercel", ".parcel-cache", "dist"), "build output"),
    **dict.fromkeys((".git", ".hg", ".svn", "__pycache__", ".cache", "coverage", ".nyc_output"), "tool data"),
    **dict.fromkeys(("__generated__", "generated"), "generated code"),
}
"""Folders that hold nobody's own work, by name."""

BUILD_FOLDERS = frozenset({"build", "out", "target"})
"""Build output where a package is built (beside its manifest), ordinary names elsewhere."""

MANIFESTS = ("package.json", "Cargo.toml", "pom.xml", "build.gradle", "pyproject.toml")
GENERATED_NAME = re.compile(r"\.(min|bundle)\.[cm]?js$|\.d\.[cm]?ts$|\.generated\.[jt]sx?$")
MIGRATION_ORDER_NAME = re.compile(
    r"\.sql\.conf$|changelog[^/]*\.(xml|ya?ml|json)$|^\d+_\w+\.go$|^[VBR][\d_]*__\w+\.(java|kts?|groovy|scala)$", re.IGNORECASE
)
"""Flyway's settings of one script, Liquibase's list of scripts, migrations in languages that are not read."""
PRISMA_CONFIG_NAME = re.compile(r"^(?:[^/]*/)?prisma(?:[.-][\w-]+)*\.config\.[cm]?[jt]s$|^\.config/prisma\.[cm]?[jt]s$")
"""Prisma finds `prisma.config.ts` and `.config/prisma.ts`, and takes any other by `--config`. With the folder that it lies in."""


class FoundFile(Struct, frozen=True):
    """A file to read.

    `shown` is its path as the user will see it, `relative` the one from the folder under review (what a file is for depends on
    the folders of its own project, not on where the project lies). `named`: the command line asked for this very file.
    """

    path: Path
    shown: str
    relative: str
    kind: Kind | None
    named: bool = False
    data: bytes | None = None
    """The content, where it does not come from the file (standard input)."""


@dataclass(slots=True)
class Discovery:
    """What was found, in the order of the walk."""

    files: list[FoundFile] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    """The folders that were asked for, as shown."""


def discover(paths: Sequence[str]) -> Discovery:
    """Walk the paths. A path that does not exist is the caller's to refuse (see `missing`)."""
    result = Discovery()
    seen: set[Path] = set()
    for given in paths:
        path = Path(given)
        if is_folder(path):
            folder = path.resolve()
            result.folders.append(show(folder))
            found: Iterator[FoundFile] = walk(folder, rules_above(folder), result.skipped)
        else:
            found = iter([FoundFile(path, show(path), show(path), kind_of(path.name, path.absolute().parent.name), named=True)])
        for file in found:
            real = file.path.absolute()
            if real not in seen:
                seen.add(real)
                result.files.append(file)
    return result


def missing(paths: Sequence[str]) -> list[str]:
    """The paths that are not there. One that cannot be told, below a closed folder, is not among them: reading it says so."""
    return [path for path in paths if is_absent(path)]


def is_absent(path: str) -> bool:
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a name that holds NUL
        return True
    except OSError:
        return False
    return False


def kind_of(name: str, folder: str = "") -> Kind | None:
    """What a file is by its name and that of its folder; None where only its content can tell."""
    if PRISMA_CONFIG_NAME.match(f"{folder}/{name}"):
        return "prisma config"
    if MIGRATION_ORDER_NAME.search(name):
        return "migration order"
    _, dot, suffix = name.rpartition(".")
    return KIND_OF_NAME.get(name) or KIND_OF_SUFFIX.get(f"{dot}{suffix}".lower())


def show(path: Path) -> str:
    """A path as people read it: from the working directory where it lies below, with forward slashes."""
    absolute = Path(os.path.normpath(path.absolute()))
    try:
        return absolute.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return absolute.as_posix()


def below(shown: str) -> str:
    """What the paths of all that lies in a folder begin with."""
    return "" if shown == "." else f"{shown.removesuffix('/')}/"


def walk(folder: Path, inherited: IgnoreRules, skipped: list[Skipped]) -> Iterator[FoundFile]:
    """The files below a folder, sorted by path; what is left alone goes to `skipped`."""
    start = below(show(folder))
    waiting = [(folder, "", inherited)]
    while waiting:
        current, relative, outer = waiting.pop()
        rules = outer.entering(current)
        try:
            entries = sorted(os.scandir(current), key=lambda entry: entry.name)
        except OSError as error:
            skipped.append(Skipped(show(current), f"cannot be read: {error.strerror or error}"))
            continue
        names = {entry.name for entry in entries}
        subfolders: list[tuple[Path, str, IgnoreRules]] = []
        for entry in entries:
            is_folder = entry.is_dir(follow_symlinks=False)
            kind = None if is_folder else kind_of(entry.name, current.name)
            if kind is None and not is_folder:
                continue
            inside = f"{relative}{entry.name}"
            reason = reason_to_leave(entry, names, rules, is_folder=is_folder)
            if reason:
                skipped.append(Skipped(f"{start}{inside}", reason, "left alone"))
            elif kind is None:
                subfolders.append((current / entry.name, f"{inside}/", rules))
            else:
                yield FoundFile(current / entry.name, f"{start}{inside}", inside, kind)
        waiting.extend(reversed(subfolders))


def reason_to_leave(entry: os.DirEntry[str], siblings: set[str], rules: IgnoreRules, *, is_folder: bool) -> str | None:
    """Why a folder, or a file of a kind that we read, is not looked at; None where it is."""
    if is_folder:
        if entry.name in LEFT_ALONE:
            return LEFT_ALONE[entry.name]
        if entry.name in BUILD_FOLDERS and not siblings.isdisjoint(MANIFESTS):
            return "build output"
    elif GENERATED_NAME.search(entry.name):
        return "generated code"
    elif entry.is_symlink() and leads_to_folder(entry):
        return "a link to a folder"
    if rules.specs and rules.ignores(Path(entry.path), is_folder=is_folder):
        return "ignored by .gitignore"
    return None


def leads_to_folder(link: os.DirEntry[str]) -> bool:
    try:
        return link.is_dir()
    except OSError:
        return False  # a cycle of links: reading it as a file says so
