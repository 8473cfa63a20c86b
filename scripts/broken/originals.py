"""The files to break. In: folders of checkouts. Out: files by kind, one kind for each reader of the program."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from advisor.sources.read import read_project

MOST_BYTES = 120_000
MOST_OF_A_KIND = 300
PASSED_OVER = frozenset({"node_modules", ".git", "dist"})


@dataclass(frozen=True)
class Kind:
    """Files that one reader reads: what they are called, and what they hold where the name does not say it."""

    name: str
    called: re.Pattern[str]
    holds: re.Pattern[bytes] = re.compile(b"")


KINDS = (
    Kind("prisma.config.ts", re.compile(r"prisma\.config\.[cm]?[jt]s$")),
    Kind("Prisma schema", re.compile(r"\.prisma$")),
    Kind("dump", re.compile(r"\.sql$"), re.compile(rb"PostgreSQL database dump|set_config\('search_path', ''")),
    Kind("SQL migration", re.compile(r"\.sql$"), re.compile(rb"\b(?:create|alter|drop)\b", re.IGNORECASE)),
    Kind("Drizzle schema", re.compile(r"\.ts$"), re.compile(rb"\bpgTable\(|\bpgEnum\(")),
    Kind("TypeORM entity", re.compile(r"\.ts$"), re.compile(rb"@Entity\(")),
    Kind(
        "Sequelize model",
        re.compile(r"\.[jt]s$"),
        re.compile(rb"@Table\b[^$]*sequelize|sequelize\.define\(|DataTypes[^$]*\.init\("),
    ),
    Kind("migration in code", re.compile(r"\.[jt]s$"), re.compile(rb"queryRunner|queryInterface|\bknex\.|\bpgm\.|kysely")),
    Kind("queries in code", re.compile(r"\.[jt]sx?$"), re.compile(rb"prisma\.\w+\.\w+\(")),
    Kind("package.json", re.compile(r"^package\.json$")),
    Kind(
        "tool's settings", re.compile(r"^(?:migration_lock\.toml|_journal\.json|drizzle\.config\.[jt]s|\.sequelizerc|atlas\.sum)$")
    ),
    Kind("EXPLAIN", re.compile(r"\.(?:txt|json)$"), re.compile(rb"\(cost=|\(actual |\"Node Type\"")),
)


def originals(folders: Sequence[Path], chance: random.Random, only: str | None = None) -> dict[Kind, list[Path]]:
    """Files of each kind (or of one), in a random order; those that cannot be read as they are are left out."""
    found: dict[Kind, list[Path]] = {kind: [] for kind in KINDS if only in (None, kind.name)}
    candidates = sorted(path for folder in folders for path in files_below(folder) if may_be_read(path))
    chance.shuffle(candidates)
    for path in candidates:
        kind = kind_of(path)
        if kind in found and len(found[kind]) < MOST_OF_A_KIND and is_whole(path):
            found[kind].append(path)
    return {kind: paths for kind, paths in found.items() if paths}


def files_below(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in PASSED_OVER]
        yield from (Path(root, name) for name in names)


def may_be_read(path: Path) -> bool:
    return any(kind.called.search(path.name) for kind in KINDS) and path.is_file()


def kind_of(path: Path) -> Kind | None:
    """The first kind whose name and content fit."""
    if path.stat().st_size > MOST_BYTES:
        return None
    data = path.read_bytes()
    return next((kind for kind in KINDS if kind.called.search(path.name) and kind.holds.search(data)), None)


def is_whole(path: Path) -> bool:
    """Whether the program reads the file, without a failure: what is lost in a broken form is lost by what broke it."""
    project = read_project([str(path)]).project
    return bool(project.examined) and not any(lost.kind == "failed" for lost in project.skipped)
