"""What a schema says beside its models. In: the `datasource` and `generator` blocks. Out: the model's `PrismaSchema`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from advisor.model import Datasource, Generator, Location, PreviewFeature, PrismaSchema, SourceText
from advisor.sources.prisma.syntax import (
    Call,
    Config,
    Constant,
    Expression,
    StringValue,
    items_of,
    place,
    place_of_block,
    string_argument,
)


def settings_of(configs: Iterable[Config], sources: Sequence[SourceText]) -> PrismaSchema:
    """The settings of a schema; where it has several datasources (Prisma takes one) the first."""
    blocks = list(configs)
    datasource = next((datasource_of(block) for block in blocks if block.keyword == "datasource"), None)
    start = sources[0].location(0) if sources else Location("", 1, 1, 1, 1)
    return PrismaSchema(
        location=datasource.location if datasource else start,
        paths=tuple(source.path for source in sources),
        datasource=datasource,
        generators=tuple(generator_of(block) for block in blocks if block.keyword == "generator"),
    )


def datasource_of(block: Config) -> Datasource:
    url = setting(block, "url")
    return Datasource(
        name=block.name.text,
        provider=string_setting(block, "provider") or "",
        location=place_of_block(block),
        # Before version 4.5 it was called `referentialIntegrity`.
        relation_mode=string_setting(block, "relationMode") or string_setting(block, "referentialIntegrity") or "foreignKeys",
        url_variable=string_argument(url, "name", default=True) if isinstance(url, Call) and url.name == "env" else None,
    )


def generator_of(block: Config) -> Generator:
    features = (item for item in items_of(setting(block, "previewFeatures")) if isinstance(item, StringValue))
    return Generator(
        name=block.name.text,
        provider=string_setting(block, "provider") or "",
        location=place_of_block(block),
        preview_features=tuple(PreviewFeature(item.value, place(block, item)) for item in features),
        output=string_setting(block, "output"),
    )


def extensions_of(configs: Iterable[Config]) -> tuple[str, ...]:
    """The extensions that a datasource lists: `[citext, uuidOssp(map: "uuid-ossp")]`."""
    names = []
    for block in configs:
        if block.keyword == "datasource":
            for item in items_of(setting(block, "extensions")):
                if isinstance(item, Constant):
                    names.append(item.name)
                elif isinstance(item, Call):
                    names.append(string_argument(item, "map") or item.name)
    return tuple(dict.fromkeys(names))


def setting(block: Config, name: str) -> Expression | None:
    return next((found.value for found in block.settings if found.name.text == name), None)


def string_setting(block: Config, name: str) -> str | None:
    value = setting(block, name)
    return value.value if isinstance(value, StringValue) else None
