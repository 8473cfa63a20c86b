"""What a session remembers beside the catalog: the open transaction, and what ends with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from advisor.model import Name

DEFAULT_PATH_TEXT = '"$user", public'


@dataclass
class Session:
    """One for each file. States are what `transactions.state_of` gives."""

    undoable: bool = False
    """Whether the file rolls something back, so that states are worth keeping."""
    open: bool = False
    begin: dict[str, Any] | None = None
    text_at_begin: str = DEFAULT_PATH_TEXT
    savepoints: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    path_text: str = DEFAULT_PATH_TEXT
    """The search path as SHOW prints it."""
    path_before_local: tuple[tuple[str, ...], str] | None = None
    """The search path that SET LOCAL hides until the transaction ends, and as SHOW prints it."""
    dropped_on_commit: list[Name] = field(default_factory=list)
    """Temporary tables made with ON COMMIT DROP."""
    default_tablespace: str | None = None
    default_access_method: str | None = None
    """What tables get that do not say it, as pg_dump has the session set it."""
