"""Files of code as modules: parsed once, with what they export and which files their imports mean.

In: the paths of a project's code, a way to read them, the package.json files. Out: `Module`s. A workspace's package is known by its
name. Aliases (`@/db`) are looked up by the end of the path, the nearest file first: what they stand for is said in files of many
kinds and forms, as is which file is a package's entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from advisor.model import Manifest, SourceText
from advisor.model.project import shared_depth
from advisor.sources.evaluation.exports import Export, assigned_exports, exports_of
from advisor.sources.evaluation.values import Environment
from advisor.sources.typescript.scopes import Scopes
from advisor.sources.typescript.syntax import NotCode, SyntaxTree, string_text
from advisor.sources.typescript.syntax import field as child

SUFFIXES = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
PACKAGES = ("drizzle-orm", "drizzle-kit", "sequelize", "sequelize-typescript", "typeorm", "@nestjs", "pg", "zod", "node:")
"""Packages that are never a file of the project, whatever its folders are called."""


@dataclass(eq=False)
class Module:
    """A parsed file. `scope` is where its own names are looked up: they are worked out when they are asked for."""

    path: str
    tree: SyntaxTree
    scopes: Scopes
    scope: Environment = field(default_factory=Environment)

    @cached_property
    def exports(self) -> dict[str, Export]:
        """By name, in order; what `export *` brings in is in `stars`."""
        found: dict[str, Export] = {}
        for statement in self.tree.root.named_children:
            if statement.type == "export_statement":
                found.update(exports_of(self.tree, statement))
            elif statement.type == "expression_statement":
                found.update(assigned_exports(self.tree, statement))
        return found

    @cached_property
    def stars(self) -> list[str]:
        """The modules of `export * from`."""
        return [
            string_text(self.tree, source)
            for statement in self.tree.root.named_children
            if statement.type == "export_statement"
            and any(part.type == "*" for part in statement.children)
            and (source := child(statement, "source")) is not None
        ]


class Modules:
    """The modules of a project, parsed when they are first asked for."""

    def __init__(self, paths: Iterable[str], read: Callable[[str], SourceText | None], manifests: Sequence[Manifest] = ()) -> None:
        self._read = read
        self._manifests = manifests
        self._modules: dict[str, Module | None] = {}
        self._paths = frozenset(paths)
        self._by_stem: dict[str, list[str]] = {}
        self._found: dict[tuple[str, str], str | None] = {}
        """What an import in a folder means."""
        for path in sorted(self._paths):
            self._by_stem.setdefault(stem_of(path).rpartition("/")[2], []).append(path)

    def load(self, path: str) -> Module | None:
        """The module of a path; None for a file that cannot be read as code."""
        if path not in self._modules:
            source = self._read(path) if path in self._paths else None
            self._modules[path] = parse_module(source) if source is not None else None
        return self._modules[path]

    def resolve(self, specifier: str, importer: str) -> Module | None:
        """The project's module that an import means; None for a package."""
        key = (specifier, importer.rpartition("/")[0])
        if key not in self._found:
            self._found[key] = self._find(specifier, importer)
        path = self._found[key]
        return self.load(path) if path is not None else None

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
        return next((candidate for candidate in candidates if candidate in self._paths), None)

    def _by_end(self, specifier: str, importer: str) -> str | None:
        """An alias or a workspace package, by how the path of its file ends."""
        for end in likely_ends(specifier):
            stem = end.rpartition("/")[2]
            found = [path for path in self._by_stem.get(stem, ()) if f"/{stem_of(path)}".endswith(f"/{end}")]
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
    suffix = next((suffix for suffix in SUFFIXES if path.endswith(suffix)), "")
    return path.removesuffix(suffix)


def joined(folder: str, relative: str) -> str:
    """A relative path from a folder, without `.` and `..`."""
    parts = [part for part in folder.split("/") if part] if folder else []
    for part in relative.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in ("", ".", ".."):
            parts.append(part)
    return ("/" if folder.startswith("/") else "") + "/".join(parts)


def parse_module(source: SourceText) -> Module | None:
    try:
        tree = SyntaxTree(source)
    except NotCode:
        return None
    return Module(source.path, tree, Scopes(tree))
