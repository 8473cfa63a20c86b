"""Which file an import means. In: the paths of a project's code, its package.json files. Out: a path.

A workspace's package is known by its name. Aliases (`@/db`) are looked up by the end of the path, the nearest file first: what they
stand for is said in files of many kinds and forms, as is which file is a package's entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from advisor.model import Manifest
from advisor.model.project import shared_depth

SUFFIXES = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
PACKAGES = ("drizzle-orm", "drizzle-kit", "sequelize", "sequelize-typescript", "typeorm", "@nestjs", "pg", "zod", "node:")
"""Packages that are never a file of the project, whatever its folders are called."""


EXTERNAL = re.compile(
    r"^(node:|react|next(/|$|-)|zod|lodash|date-fns|dayjs|@radix-ui/|@tanstack/|vitest|jest|vue|svelte|rxjs|hono|express|fastify|"
    r"@nestjs/|@trpc/|axios|stripe|@aws-sdk/|lucide-react|framer-motion|@prisma/|drizzle-orm|typeorm|sequelize|knex|kysely|pg$|ioredis|"
    r"redis$|crypto$|fs(/|$)|path$|os$|util$|events$|stream$|class-validator|uuid|nanoid|swr$|clsx|sonner|@sentry/|openai)"
)
"""Packages that everybody uses and that are nobody's workspace."""


class ModulePaths:
    """The files of code of a project, by what imports call them."""

    def __init__(self, paths: Iterable[str], manifests: Sequence[Manifest] = ()) -> None:
        self._manifests = manifests
        self.paths = frozenset(paths)
        self._by_stem: dict[str, list[tuple[str, str]]] = {}
        """Paths without their extension, and with it, by the last part of the former."""
        self._found: dict[tuple[str, str], str | None] = {}
        """What an import in a folder means."""
        for path in sorted(self.paths):
            stem = stem_of(path)
            self._by_stem.setdefault(stem.rpartition("/")[2], []).append((f"/{stem}", path))

    def resolve(self, specifier: str, importer: str) -> str | None:
        """The project's file that an import means; None for a package."""
        key = (specifier, importer.rpartition("/")[0])
        if key not in self._found:
            self._found[key] = self._find(specifier, importer)
        return self._found[key]

    def _find(self, specifier: str, importer: str) -> str | None:
        if specifier.startswith("."):
            return self.file_at(joined(importer.rpartition("/")[0], specifier))
        if specifier.startswith(PACKAGES):
            return None
        return self._in_workspace(specifier) or self._by_end(specifier, importer)

    def _in_workspace(self, specifier: str) -> str | None:
        """A file of the package whose name the import begins with: the one that it goes on with, or the package's entry."""
        for manifest in self._manifests:
            if manifest.package and f"{specifier}/".startswith(f"{manifest.package}/"):
                folder, inside = manifest.path.rpartition("/")[0], specifier[len(manifest.package) + 1 :]
                found = (self.file_at(joined(folder, f"{source}/{inside}")) for source in ("src", "."))
                if path := next(filter(None, found), None):
                    return path
        return None

    def file_at(self, base: str) -> str | None:
        """The file that `base` without its extension, or its index, is."""
        without = base.removesuffix(".js").removesuffix(".mjs").removesuffix(".cjs")
        candidates = [base, *(without + suffix for suffix in SUFFIXES), *(f"{base}/index{suffix}" for suffix in SUFFIXES)]
        return next((candidate for candidate in candidates if candidate in self.paths), None)

    def _by_end(self, specifier: str, importer: str) -> str | None:
        """An alias or a workspace package, by how the path of its file ends."""
        for end in likely_ends(specifier):
            name = end.rpartition("/")[2]
            found = [path for stem, path in self._by_stem.get(name, ()) if stem.endswith(f"/{end}")]
            if found:
                return max(found, key=lambda path: (shared_depth(path, importer), -len(path)))
        return None


def likely_ends(specifier: str) -> Iterator[str]:
    """How the path of an aliased file may end: `@/db/schema` in `db/schema`, `@acme/db` in `db/src/index`."""
    head, _, rest = specifier.partition("/")
    if head in ("@", "~", "#", "src", "$lib") or head.startswith("~"):
        ends = [rest] if rest else []
    elif head.startswith("@"):
        package, _, inside = rest.partition("/")
        ends = [f"{head.removeprefix('@')}/{rest}"]
        ends += [f"{package}/{inside}", f"{package}/src/{inside}"] if inside else [package, f"{package}/src"]
    else:
        ends = [specifier, f"{head}/src/{rest}"] if rest else []
    for end in ends:
        stem = stem_of(end) if end.endswith(SUFFIXES) else end
        yield stem
        yield f"{stem}/index"


def stem_of(path: str) -> str:
    """The path without the extension of code."""
    stem, dot, suffix = path.rpartition(".")
    return stem if dot + suffix in SUFFIXES else path


def joined(folder: str, relative: str) -> str:
    """A relative path from a folder, without `.` and `..`."""
    parts = [part for part in folder.split("/") if part] if folder else []
    for part in relative.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in ("", ".", ".."):
            parts.append(part)
    return ("/" if folder.startswith("/") else "") + "/".join(parts)
