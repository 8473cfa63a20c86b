"""A rule's own options. In: what the configuration sets. Out: the rule's `Options` with it, or one clear error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from advisor.engine.facts import is_options, parameters_of
from advisor.engine.registry import find_rule, unknown
from advisor.errors import ConfigurationError
from advisor.rule import Options, Rule


def check_options(name: str, given: Mapping[str, Any]) -> None:
    """Raise ConfigurationError where the rule of that name has no such options, or they have other types."""
    rule = find_rule(name)
    kinds = [parameter.kind for parameter in parameters_of(rule)[1:] if is_options(parameter.kind)]
    if given and not kinds:
        raise ConfigurationError(f"rules.{name}: this rule has no options")
    for kind in kinds:
        options_for(rule, kind, given)


def options_for(rule: Rule, kind: type[Options], given: Mapping[str, Any]) -> Options:
    """The rule's options with what is given; types are those of the defaults."""
    defaults = kind()
    known = {option.name: getattr(defaults, option.name) for option in fields(kind)}
    chosen: dict[str, Any] = {}
    for key, value in given.items():
        name = key.replace("-", "_")
        if name not in known:
            raise ConfigurationError(f"rules.{rule.name}: {unknown('option', key, known)}")
        chosen[name] = option_value(rule, key, value, known[name])
    return kind(**chosen)


def option_value(rule: Rule, key: str, value: Any, default: Any) -> Any:
    """A configured value, as the default's type has it; TOML lists become tuples, whole numbers do for fractions."""
    if isinstance(default, tuple) and isinstance(value, list):
        return tuple(value)
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not type(default):
        raise ConfigurationError(f"rules.{rule.name}.{key}: {type(default).__name__} expected, not {type(value).__name__}")
    return value
