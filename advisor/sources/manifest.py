"""package.json: which versions of which libraries a project asks for, and where Prisma's schema lies."""

from __future__ import annotations

import json
import re

from advisor.model import Dependency, Manifest, Skipped, SourceText
from advisor.sources.prisma.project import schema_path_from_manifest

SECTIONS = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
LOWEST_VERSION = re.compile(r"^[\^~>=v\s]*(\d+)(?:\.(\d+))?(?:\.(\d+))?")


def read_manifest(source: SourceText) -> Manifest | Skipped:
    """The manifest, or why it is none."""
    try:
        content = json.loads(source.text)
    except json.JSONDecodeError as error:
        return Skipped(source.path, f"not JSON: {error.msg}", location=source.location(error.pos))
    except RecursionError:
        return Skipped(source.path, "not a manifest: nested too deeply")
    if not isinstance(content, dict):
        return Skipped(source.path, "not a manifest: no JSON object")
    name = content.get("name")
    dependencies = tuple(_dependencies(source, content))
    return Manifest(source.path, dependencies, schema_path_from_manifest(content), name if isinstance(name, str) else None)


def _dependencies(source: SourceText, content: dict[str, object]) -> list[Dependency]:
    found = []
    for section in SECTIONS:
        packages = content.get(section)
        for name, wanted in packages.items() if isinstance(packages, dict) else ():
            if isinstance(wanted, str):
                start = max(source.text.find(json.dumps(name, ensure_ascii=False)), 0)
                found.append(Dependency(name, wanted, lowest_version(wanted), source.location(start, start + len(name) + 2)))
    return found


def lowest_version(wanted: str) -> tuple[int, ...]:
    """`^6.16.2` is (6, 16, 2); empty for what names no number (`latest`, `workspace:*`, a URL)."""
    match = LOWEST_VERSION.match(wanted.removeprefix("npm:").rpartition("@")[2] if wanted.startswith("npm:") else wanted)
    return tuple(int(part) for part in match.groups() if part is not None) if match else ()
