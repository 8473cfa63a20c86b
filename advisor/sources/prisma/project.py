"""Where a project says that its schema lies. In: `prisma.config.ts` or package.json. Out: paths, as written there.

The configuration is a program, which is followed and not run; a path that only running it would tell is said to be unread.
Source: Prisma's documentation, "Prisma Config Reference" (`schema`, `migrations.path`, `datasource.url`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from advisor.model import Skipped, SourceText

if TYPE_CHECKING:
    from advisor.sources.evaluation.symbols import Call, Template
    from advisor.sources.evaluation.values import Value

FOLDER_NAMES = ("__dirname", "import.meta.dirname", "import.meta.url", "process.cwd()")
"""What stands for the folder of the configuration, which its paths start from anyway."""


class PrismaConfig(Struct, frozen=True):
    """What a prisma.config.ts says. `datasource` tells that the connection is named there, and not in the schema."""

    schema: str | None = None
    migrations: str | None = None
    datasource: bool = False


def read_config(source: SourceText) -> tuple[PrismaConfig, tuple[Skipped, ...]]:
    """The configuration of Prisma's command line, and the paths in it that are computed in ways that are not followed."""
    from advisor.sources.evaluation.containers import ObjectValue, entry, is_given
    from advisor.sources.evaluation.evaluator import Evaluator
    from advisor.sources.evaluation.modules import Modules
    from advisor.sources.evaluation.symbols import Call

    evaluator = Evaluator(Modules([source.path], lambda _path: source))
    module = evaluator.modules.load(source.path)
    options = evaluator.export(module, "default") if module is not None else None
    while isinstance(options, Call) and options.arguments:
        options = options.arguments[0]
    given = {"schema": (options, "schema"), "migrations": (entry(options, "migrations"), "path")}
    paths = {name: path_of(entry(owner, key)) for name, (owner, key) in given.items()}
    problems = [
        Skipped(source.path, f"`{key}` is not written out as a path, and not followed", "left alone", owner.places[key].location)
        for name, (owner, key) in given.items()
        if isinstance(owner, ObjectValue) and paths[name] is None and is_given(entry(owner, key)) and key in owner.places
    ]
    return PrismaConfig(paths["schema"], paths["migrations"], is_given(entry(options, "datasource"))), tuple(problems)


def path_of(value: Value) -> str | None:
    """A path that is written out, or put together: `path.join(__dirname, "prisma")`, `fileURLToPath(new URL("./prisma", ...))`."""
    from advisor.sources.evaluation.symbols import Call, Member, Template

    if isinstance(value, str):
        return str(value) or None
    if is_folder(value):
        return "."
    if isinstance(value, Template):
        return joined(list(pieces_of(value)))
    if isinstance(value, Member) and value.name == "pathname":
        return path_of(value.owner)
    return path_of_call(value) if isinstance(value, Call) else None


def path_of_call(call: Call) -> str | None:
    """What Node's `path` and `url` make of their arguments."""
    match getattr(call.callee, "name", None):
        case "join" | "resolve":
            return joined([path_of(part) for part in call.arguments])
        case "dirname":
            return "."
        case "fileURLToPath" | "URL" | "normalize":
            return path_of(call.argument(0))
    return None


def pieces_of(template: Template) -> Iterator[str | None]:
    """The texts and values of a template in turn; an empty text is no piece."""
    for number, text in enumerate(template.texts):
        if text:
            yield text
        if number < len(template.values):
            yield path_of(template.values[number])


def joined(parts: list[str | None]) -> str | None:
    """The parts as one path; None where one of them is not known."""
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or not known:
        return None
    kept = [part.strip("/") if number else part.rstrip("/") for number, part in enumerate(known) if part not in (".", "./")]
    return "/".join(part for part in kept if part) or "."


def is_folder(value: Value) -> bool:
    from advisor.sources.evaluation.containers import place_of
    from advisor.sources.evaluation.symbols import External

    place = place_of(value)
    written = place.module.tree.text(place.node) if place is not None else getattr(value, "name", "")
    return (place is not None or isinstance(value, External)) and written in FOLDER_NAMES


def schema_path_from_manifest(package_json: Mapping[str, object]) -> str | None:
    """The `prisma.schema` of a package.json."""
    settings = package_json.get("prisma")
    path = settings.get("schema") if isinstance(settings, Mapping) else None
    return path if isinstance(path, str) and path else None
