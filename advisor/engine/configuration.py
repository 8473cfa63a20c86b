"""The configuration file: `advisor.toml`, or `[tool.advisor]` in pyproject.toml. In: its text. Out: Settings, or one clear error.

pydantic checks it, and is imported only where there is a file to check.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from advisor.engine.locate import read_table
from advisor.engine.options import check_options
from advisor.engine.registry import known_names, unknown
from advisor.engine.settings import Settings
from advisor.errors import ConfigurationError
from advisor.finding import Severity
from advisor.sources.discovery import show
from advisor.sources.ignorefiles import is_pattern


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Assumptions(Strict):
    """What the input does not say and advice depends on."""

    rows: dict[str, int] = Field(default_factory=dict)
    growth: dict[str, float] = Field(default_factory=dict)
    replicas: int | None = None
    memory: str | None = None


class Requirements(Strict):
    """What the owner of the data demands."""

    rpo: str | None = None
    rto: str | None = None
    compliance: list[str] = Field(default_factory=list)


class Migrations(Strict):
    """How far the histories have run; see `Settings`."""

    start_after: str = Field(default="", alias="start-after")
    pending: int = Field(default=5, ge=0)
    in_transaction: bool = Field(default=False, alias="in-transaction")


class Configuration(Strict):
    """The whole file. Every key has a default; an unknown one is an error."""

    postgres_version: int = Field(default=18, ge=12, le=18)
    select: list[str] = Field(default_factory=list)
    ignore: list[str] = Field(default_factory=list)
    severity: dict[str, Literal["off", "info", "warning", "error"]] = Field(default_factory=dict)
    per_path_ignores: dict[str, list[str]] = Field(default_factory=dict, alias="per-path-ignores")
    rules: dict[str, dict[str, Any]] = Field(default_factory=dict)
    migrations: Migrations = Migrations()
    assumptions: Assumptions = Assumptions()
    requirements: Requirements = Requirements()


def load_settings(path: Path) -> Settings:
    """The settings of a file; raises ConfigurationError for anything wrong in it."""
    table = read_table(path)
    if table is None:
        raise ConfigurationError(f"{show(path)} has no [tool.advisor] table")
    try:
        configuration = Configuration.model_validate(table)
    except ValidationError as error:
        raise ConfigurationError(f"{show(path)}: {explain(error)}") from error
    check_names(configuration, path)
    return Settings(
        postgres_version=configuration.postgres_version,
        select=tuple(configuration.select),
        ignore=tuple(configuration.ignore),
        severity={name: Severity(value) for name, value in configuration.severity.items()},
        per_path_ignores={pattern: tuple(names) for pattern, names in configuration.per_path_ignores.items()},
        rule_options=configuration.rules,
        start_after=configuration.migrations.start_after,
        pending=configuration.migrations.pending,
        in_transaction=configuration.migrations.in_transaction,
        assumptions=configuration.assumptions.model_dump(),
        requirements=configuration.requirements.model_dump(),
        folder=show(path.absolute().parent),
    )


def explain(error: ValidationError) -> str:
    """The first thing wrong, in one line, with the nearest key where one is misspelt."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        *above, key = first["loc"]
        known = keys_of(Configuration if not above else Configuration.model_fields[str(above[0])].annotation)
        return unknown("key", str(key), known) + (f" (in [{'.'.join(str(part) for part in above)}])" if above else "")
    return f"{place}: {first['msg'][0].lower()}{first['msg'][1:]}"


def keys_of(model: Any) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def check_names(configuration: Configuration, path: Path) -> None:
    """Every rule and category named anywhere must exist, and every option that is set; patterns can be followed."""
    known = known_names()
    for key, name in named_in(configuration):
        if name not in known:
            raise ConfigurationError(f"{show(path)}: {key}: {unknown('rule', name, known)}")
    for pattern in configuration.per_path_ignores:
        if not is_pattern(pattern):
            raise ConfigurationError(f"{show(path)}: per-path-ignores: {pattern} is no pattern")
    for name, options in configuration.rules.items():
        try:
            check_options(name, options)
        except ConfigurationError as error:
            raise ConfigurationError(f"{show(path)}: {error}") from error


def named_in(configuration: Configuration) -> Iterator[tuple[str, str]]:
    for name in configuration.select:
        yield "select", name
    for name in configuration.ignore:
        yield "ignore", name
    for name in configuration.severity:
        yield "severity", name
    for pattern, names in configuration.per_path_ignores.items():
        for name in names:
            yield f"per-path-ignores.{pattern}", name
    for name in configuration.rules:
        yield "rules", name
