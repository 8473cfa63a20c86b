"""Which Prisma a schema is for. In: the schema's path and the project's manifests. Out: the major version, and what it takes."""

from __future__ import annotations

from collections.abc import Iterable

from advisor.model import Manifest
from advisor.model.project import shared_depth
from advisor.sources.prisma.validation import Dialect

PACKAGES = ("prisma", "@prisma/client")
OLDEST: Dialect = 6
NEWEST: Dialect = 8


def version_near(path: str, manifests: Iterable[Manifest]) -> int | None:
    """The lowest major version that the nearest manifest asks for; None where none names one."""
    found = [
        (shared_depth(manifest.path, path), version[0])
        for manifest in manifests
        for package in PACKAGES
        if (version := manifest.version_of(package))
    ]
    nearest = max((depth for depth, _ in found), default=None)
    return min((version for depth, version in found if depth == nearest), default=None)


def dialect_of(version: int | None) -> Dialect | None:
    """The form of the language: what came before version 6 is read as version 6 is."""
    match version:
        case None:
            return None
        case 7:
            return 7
    return OLDEST if version < OLDEST else NEWEST if version >= NEWEST else 6
