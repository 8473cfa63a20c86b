"""drizzle.config.ts in, what it says out: where schema and migrations lie, which database it is, how names are spelled."""

from __future__ import annotations

from msgspec import Struct

from advisor.sources.evaluation.containers import ArrayValue, ObjectValue, text_entry
from advisor.sources.evaluation.evaluator import Evaluator
from advisor.sources.evaluation.modules import Module
from advisor.sources.evaluation.symbols import Call
from advisor.sources.evaluation.values import Value


class DrizzleSettings(Struct, frozen=True):
    """`schema` are paths or patterns as written, from the folder of the configuration; none where they are not told."""

    folder: str
    schema: tuple[str, ...] = ()
    out: str | None = None
    dialect: str | None = None
    casing: str | None = None


def read_settings(module: Module, evaluator: Evaluator) -> DrizzleSettings:
    """What a configuration says; what it computes in ways that are not followed is left out."""
    folder = module.path.rpartition("/")[0]
    found = options_of(evaluator.export(module, "default"))
    if found is None:
        return DrizzleSettings(folder)
    schema = found.at("schema")
    paths = schema.items if isinstance(schema, ArrayValue) else (schema,)
    return DrizzleSettings(
        folder,
        tuple(path for path in paths if isinstance(path, str)),
        text_entry(found, "out"),
        text_entry(found, "dialect") or text_entry(found, "driver"),
        text_entry(found, "casing"),
    )


def options_of(value: Value) -> ObjectValue | None:
    """The object of `defineConfig({...})` or of a plain export."""
    while isinstance(value, Call) and value.arguments:
        value = value.arguments[0]
    return value if isinstance(value, ObjectValue) else None
