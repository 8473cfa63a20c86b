"""What one statement has changed so far, to be taken back where it is refused half-way. In: notes of changes. Out: them.

Only statements of several commands need it (ALTER TABLE); a copy of the whole catalog for each of them would cost too much.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from advisor.model import Name, Table


@dataclass
class Undo:
    """The first that was known of everything that the statement changed; None for what it made."""

    tables: dict[Name, Table | None] = field(default_factory=dict)
    made_sequences: list[Name] = field(default_factory=list)
    dropped_sequences: dict[Name, Any] = field(default_factory=dict)
    inherited: dict[Name, set[Any]] = field(default_factory=dict)
