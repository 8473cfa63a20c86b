"""Files of code as modules: parsed once, with what they export and which files their imports mean.

In: the paths of a project's code, a way to read them, the package.json files. Out: `Module`s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from advisor.model import Manifest, SourceText
from advisor.sources.evaluation.values import Environment
from advisor.sources.module_paths import ModulePaths
from advisor.sources.typescript.exports import Export, assigned_exports, exports_of
from advisor.sources.typescript.scopes import Scopes
from advisor.sources.typescript.syntax import NotCode, SyntaxTree, string_text
from advisor.sources.typescript.syntax import field as child


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
        self._paths = ModulePaths(paths, manifests)
        self._modules: dict[str, Module | None] = {}

    def load(self, path: str) -> Module | None:
        """The module of a path; None for a file that cannot be read as code."""
        if path not in self._modules:
            source = self._read(path) if path in self._paths.paths else None
            self._modules[path] = parse_module(source) if source is not None else None
        return self._modules[path]

    def resolve(self, specifier: str, importer: str) -> Module | None:
        """The project's module that an import means; None for a package."""
        path = self._paths.resolve(specifier, importer)
        return self.load(path) if path is not None else None


def parse_module(source: SourceText) -> Module | None:
    try:
        tree = SyntaxTree(source)
    except NotCode:
        return None
    return Module(source.path, tree, Scopes(tree))
