"""How a project wants to be reviewed: plain values with defaults, so that a run without a configuration file validates nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from advisor.finding import Severity


class Settings(Struct, frozen=True):
    """`select` empty means the default set. `rule_options` are by rule, still as the configuration file gave them."""

    postgres_version: int = 18
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    per_path_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Glob pattern (as in .gitignore, from the configuration file's folder) to rules and categories."""
    rule_options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    assumptions: Mapping[str, Any] = field(default_factory=dict)
    requirements: Mapping[str, Any] = field(default_factory=dict)
    start_after: str = ""
    """How the name of the last migration begins that is applied everywhere; nothing is said of what those up to it do."""
    pending: int = 5
    """So many of the newest migrations of a history may well be ahead of some database; what older ones do is only possible."""
    in_transaction: bool = False
    """Whether SQL files that no migration tool claims are run in a transaction each."""
    folder: str = "."
    """The folder of the configuration file, as shown in paths."""
