"""Which version of its tool runs a migration. In: migrations, the project's manifests. Out: the migrations that know it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from advisor.model import Manifest, tool_named
from advisor.model.project import shared_depth
from advisor.sources.migrations.texts import MigrationText


def with_tool_versions(migrations: Sequence[MigrationText], manifests: Sequence[Manifest]) -> Sequence[MigrationText]:
    """A history is run by one version of one tool: that which the nearest manifest asks for."""
    package = next((tool_named(migration.tool).package for migration in migrations), "")
    version = version_installed(package, migrations[0].path, manifests) if package else None
    return migrations if version is None else [replace(migration, tool_version=version) for migration in migrations]


def version_installed(package: str, path: str, manifests: Sequence[Manifest]) -> tuple[int, ...] | None:
    found = [(one.path, dependency) for one in manifests for dependency in one.dependencies if dependency.name == package]
    nearest = max(found, key=lambda pair: shared_depth(pair[0], path), default=None)
    return nearest[1].newest or None if nearest is not None else None
