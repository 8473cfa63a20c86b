"""Datasources and generators that cannot be. In: their blocks and the version of Prisma. Out: mistakes.

Source: `datasource_loader.rs`, `generator_loader.rs` and `preview_features.rs` in prisma/prisma-engines, as of 6.19, 7.10 and 8.1.
"""

from __future__ import annotations

from typing import Literal

from advisor.sources.prisma.syntax import (
    ArrayValue,
    Call,
    Config,
    Expression,
    Setting,
    StringValue,
    items_of,
)
from advisor.sources.prisma.validation.mistakes import Mistakes

Dialect = Literal[6, 7, 8]

PROVIDERS = ("postgresql", "postgres", "cockroachdb", "mysql", "sqlite", "sqlserver", "mongodb")
URLS = ("url", "directUrl", "shadowDatabaseUrl")
EXTENSION_OPTIONS = ("map", "schema", "version")
KNOWN = frozenset({"provider", "relationMode", "referentialIntegrity", "schemas", "extensions", "previewFeatures", *URLS})

PREVIEW_FEATURES = frozenset(
    """aggregateapi atomicnumberoperations clientextensions cockroachdb connectorcreate createmany dataproxy deno distinct
    driveradapters extendedindexes extendedwhereunique fieldreference filteredrelationcount filterjson fulltextindex fulltextsearch
    groupby improvedqueryraw interactivetransactions jsonprotocol microsoftsqlserver middlewares mongodb multischema
    namedconstraints napi nativedistinct nativetypes omitapi orderbyaggregategroup orderbynulls orderbyrelation postgresqlextensions
    prismaschemafolder querycompiler reactnative referentialactions referentialintegrity relationjoins schemaenginedriveradapters
    selectrelationcount shardkeys strictundefinedchecks tracing transactionapi typedsql uncheckedscalarinputs views""".split()
)
"""The features that every version takes, those that have long been a part of it included; case does not count."""
FEATURES_OF_DIALECT: dict[Dialect, frozenset[str]] = {
    6: frozenset({"metrics"}),
    7: frozenset({"partialindexes"}),
    8: frozenset({"partialindexes"}),
}
POSTGRESQL_FEATURES = frozenset({"fulltextsearchpostgres"})


def is_known_feature(name: str, dialect: Dialect | None, *, postgresql: bool) -> bool:
    folded = name.lower()
    versions = [dialect] if dialect else list(FEATURES_OF_DIALECT)
    return (
        folded in PREVIEW_FEATURES
        or (postgresql and folded in POSTGRESQL_FEATURES)
        or any(folded in FEATURES_OF_DIALECT[version] for version in versions)
    )


def values_of(block: Config, mistakes: Mistakes) -> dict[str, Setting] | None:
    """The settings by name; None (and a mistake) where one has no value, for then Prisma reads no further."""
    for setting in block.settings:
        if setting.value is None:
            mistakes.add(block, block.name, f"`{setting.name.text}` has no value")
            return None
    return {setting.name.text: setting for setting in block.settings}


def check_datasources(configs: list[Config], dialect: Dialect | None, mistakes: Mistakes) -> bool:
    """Whether Prisma comes to know the database: it could read one datasource to its end."""
    sources = [block for block in configs if block.keyword == "datasource"]
    read = [check_datasource(block, dialect, mistakes) for block in sources]
    if sum(read) > 1:
        for block in sources:
            mistakes.add(block, block.name, "a schema has one datasource")
    return sum(read) == 1


def check_datasource(block: Config, dialect: Dialect | None, mistakes: Mistakes) -> bool:
    """Whether it could be read to its end."""
    settings = values_of(block, mistakes)
    if settings is None or not check_provider(block, settings, mistakes):
        return False
    check_relation_mode(block, settings, mistakes)
    check_extensions(block, settings, mistakes)
    if not check_urls(block, settings, dialect, mistakes):
        return False
    check_schemas(block, settings, mistakes)
    postgresql = provider_of(settings) in ("postgresql", "postgres")
    for name, setting in settings.items():
        if name == "previewFeatures":
            mistakes.add(block, setting, "preview features belong into a generator block")
        elif name not in KNOWN or (name == "extensions" and not postgresql):
            mistakes.add(block, setting, f"no setting of a datasource is called `{name}`")
    return True


def provider_of(settings: dict[str, Setting]) -> str | None:
    value = settings["provider"].value if "provider" in settings else None
    return value.value if isinstance(value, StringValue) else None


def check_provider(block: Config, settings: dict[str, Setting], mistakes: Mistakes) -> bool:
    setting = settings.get("provider")
    provider = provider_of(settings)
    if setting is None:
        mistakes.add(block, block.name, "the datasource does not say its `provider`")
    elif isinstance(setting.value, Call) and setting.value.name == "env":
        mistakes.add(block, block.name, "`provider` is a string, never `env(...)`")
    elif provider is None:
        mistakes.add(block, setting, "`provider` is a string")
    elif provider not in PROVIDERS:
        mistakes.add(block, setting, f"no database is called `{provider}` ({', '.join(PROVIDERS)})")
    else:
        return True
    return False


def check_relation_mode(block: Config, settings: dict[str, Setting], mistakes: Mistakes) -> None:
    new, old = settings.get("relationMode"), settings.get("referentialIntegrity")
    setting = new or old
    if setting is None:
        return
    if new and old:
        mistakes.add(block, old, "`referentialIntegrity` is the old word for `relationMode`: one of them is enough")
    elif not isinstance(setting.value, StringValue):
        mistakes.add(block, setting, "`relationMode` is a string")
    elif setting.value.value not in ("prisma", "foreignKeys"):
        mistakes.add(block, block.name, '`relationMode` is "prisma" or "foreignKeys"')
    elif setting.value.value == "foreignKeys" and provider_of(settings) == "mongodb":
        mistakes.add(block, setting, "MongoDB has no foreign keys")


def check_urls(block: Config, settings: dict[str, Setting], dialect: Dialect | None, mistakes: Mistakes) -> bool:
    """Version 6 must have the URL here, later ones must not; a project whose version is not known may have it or not."""
    given = [settings[name] for name in URLS if name in settings]
    if dialect in (7, 8):
        for setting in given:
            reason = f"since Prisma 7 `{setting.name.text}` belongs into prisma.config.ts"
            mistakes.add(block, setting, reason)
        return True
    if dialect == 6 and "url" not in settings:
        mistakes.add(block, block.name, "the datasource does not say its `url`")
        return False
    for setting in given:
        if not is_url(setting.value):
            mistakes.add(block, setting, f'`{setting.name.text}` is a string or `env("...")`')
            if setting.name.text == "url":
                return False
    return True


def is_url(value: Expression | None) -> bool:
    if isinstance(value, Call):
        return value.name == "env" and len(value.arguments) == 1 and isinstance(value.arguments[0].value, StringValue)
    return isinstance(value, StringValue)


def check_schemas(block: Config, settings: dict[str, Setting], mistakes: Mistakes) -> None:
    setting = settings.get("schemas")
    if setting is None or setting.value is None:
        return
    items = items_of(setting.value)
    names = [item.value for item in items if isinstance(item, StringValue)]
    if len(names) < len(items):
        mistakes.add(block, setting, "`schemas` is a list of strings")
    elif not items:
        mistakes.add(block, setting, "`schemas` must not be empty")
    elif len(set(names)) < len(names):
        mistakes.add(block, setting, "`schemas` names one schema twice")


def check_extensions(block: Config, settings: dict[str, Setting], mistakes: Mistakes) -> None:
    setting = settings.get("extensions")
    if setting is None or provider_of(settings) not in ("postgresql", "postgres"):
        return
    for item in items_of(setting.value):
        name = getattr(item, "name", None)
        if name is None:
            mistakes.add(block, item, "an extension is a word, as in `[citext, vector]`")
        elif "-" in name or name[:1].isdigit():
            mistakes.add(block, item, f'`{name}` is no word: `other(map: "{name}")`')
        elif isinstance(item, Call):
            check_extension_options(block, item, mistakes)


def check_extension_options(block: Config, extension: Call, mistakes: Mistakes) -> None:
    """`uuidOssp(map: "uuid-ossp", schema: "tools", version: "1.1")`."""
    names = [option.name for option in extension.arguments]
    for option in extension.arguments:
        if option.name not in EXTENSION_OPTIONS or not isinstance(option.value, StringValue) or names.count(option.name) > 1:
            reason = f"what an extension takes is a string, once, behind each of {', '.join(EXTENSION_OPTIONS)}"
            mistakes.add(block, option.value, reason)


def check_generator(block: Config, dialect: Dialect | None, mistakes: Mistakes, *, postgresql: bool) -> None:
    settings = values_of(block, mistakes)
    if settings is None:
        return
    engine = settings.get("engineType")
    if engine is not None and not isinstance(engine.value, StringValue):
        mistakes.add(block, engine, "`engineType` is a string")
    provider = settings.get("provider")
    if provider is None:
        mistakes.add(block, block.name, "the generator does not say its `provider`")
        return
    if not is_url(provider.value):
        mistakes.add(block, provider, '`provider` is a string or `env("...")`')
        return
    check_outputs(block, settings, mistakes)
    features = settings.get("previewFeatures")
    if features is not None:
        check_features(block, features, dialect, mistakes, postgresql=postgresql)


def check_outputs(block: Config, settings: dict[str, Setting], mistakes: Mistakes) -> None:
    output, targets = settings.get("output"), settings.get("binaryTargets")
    if output is not None and not is_url(output.value):
        mistakes.add(block, output, '`output` is a string or `env("...")`')
    if targets is not None and not all(is_url(item) for item in items_of(targets.value)):
        mistakes.add(block, targets, "`binaryTargets` is a list of strings")


def check_features(block: Config, setting: Setting, dialect: Dialect | None, mistakes: Mistakes, *, postgresql: bool) -> None:
    items = items_of(setting.value)
    if not all(isinstance(item, StringValue) for item in items):
        mistakes.add(block, setting, "`previewFeatures` is a list of strings")
        return
    for item in items:
        if isinstance(item, StringValue) and not is_known_feature(item.value, dialect, postgresql=postgresql):
            add = mistakes.add_retired if is_known_feature(item.value, None, postgresql=postgresql) else mistakes.add
            add(block, item, f"no preview feature is called `{item.value}`")


def features_of(configs: list[Config]) -> frozenset[str]:
    """The preview features that any generator asks for, in lower case."""
    found = [
        item.value.lower()
        for block in configs
        if block.keyword == "generator"
        for setting in block.settings
        if setting.name.text == "previewFeatures" and isinstance(setting.value, ArrayValue | StringValue)
        for item in items_of(setting.value)
        if isinstance(item, StringValue)
    ]
    return frozenset(found)
