"""drizzle.config.ts in, what it says out: where schema and migrations lie, which database it is, how names are spelled."""

from __future__ import annotations

from dataclasses import dataclass

from advisor.sources.orm.evaluation import Evaluator
from advisor.sources.orm.modules import Module
from advisor.sources.orm.values import ArrayValue, Call, ObjectValue, Value, text_entry


@dataclass(frozen=True, slots=True)
class DrizzleSettings:
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
    schema = found.get("schema")
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
