"""Which rules exist. In: the entry-point group `advisor.rules`. Out: categories that list their rules and load them when asked.

An entry point names a category and a package whose modules hold one rule each, named after it; the built-in ones are found exactly
as a third party's. Listing imports the package alone, so that a category whose facts are absent costs nothing.
"""

from __future__ import annotations

import difflib
import pkgutil
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any

from msgspec import Struct

from advisor.errors import ConfigurationError
from advisor.rule import Rule

GROUP = "advisor.rules"


class Category(Struct, frozen=True):
    """A category of rules, before any of them is imported.

    `looks_at` are the kinds of fact that its rules start from, as its package declares them in `LOOKS_AT`; empty where it declares
    none, and then it is always loaded.
    """

    name: str
    package: str
    rule_names: tuple[str, ...]
    looks_at: tuple[type[Any], ...]


@cache
def categories() -> tuple[Category, ...]:
    """All installed categories, by name."""
    found = {(point.name, point.value) for point in entry_points(group=GROUP)}
    return tuple(describe(name, package) for name, package in sorted(found))


def describe(name: str, package: str) -> Category:
    module = import_module(package)
    names = tuple(sorted(found.name.replace("_", "-") for found in pkgutil.iter_modules(module.__path__) if found.name[0] != "_"))
    return Category(name, package, names, tuple(getattr(module, "LOOKS_AT", ())))


@cache
def load(category: Category) -> tuple[Rule, ...]:
    """Import a category's rules."""
    return tuple(load_rule(category, name) for name in category.rule_names)


def load_rule(category: Category, name: str) -> Rule:
    module = import_module(f"{category.package}.{name.replace('-', '_')}")
    return replace(rule_in(module, name), category=category.name)


def rule_in(module: ModuleType, name: str) -> Rule:
    found = getattr(module, name.replace("-", "_"), None)
    if not isinstance(found, Rule):
        raise ConfigurationError(f"{module.__name__} holds no rule named {name}: a rule's function is named after its file")
    return found


def all_rules() -> tuple[Rule, ...]:
    """Every rule, imported."""
    return tuple(rule for category in categories() for rule in load(category))


def find_rule(name: str) -> Rule:
    """The rule of that name; an error that names the nearest where there is none."""
    for category in categories():
        if name in category.rule_names:
            return load_rule(category, name)
        if name == category.name:
            raise ConfigurationError(f'"{name}" is a category; its rules are {", ".join(category.rule_names)}')
    raise ConfigurationError(unknown("rule", name, (rule for category in categories() for rule in category.rule_names)))


def known_names() -> tuple[str, ...]:
    """Everything that `select` and `ignore` may name: categories and rules."""
    return tuple(name for category in categories() for name in (category.name, *category.rule_names))


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """`no rule is named "x"; did you mean "y"?`"""
    nearest = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    return f'no {what} is named "{name}"' + (f'; did you mean "{nearest[0]}"?' if nearest else "")
