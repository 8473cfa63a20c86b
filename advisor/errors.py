"""The one family of errors that the program raises on purpose: a reason, and a place where there is one."""

from __future__ import annotations

from advisor.model import Location


class AdvisorError(Exception):
    """Something that the user has to know to go on. `str(error)` is one line for a person."""

    def __init__(self, reason: str, location: Location | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.location = location

    def __str__(self) -> str:
        return f"{self.location}: {self.reason}" if self.location else self.reason


class ConfigurationError(AdvisorError):
    """The configuration, or an option of the command line, does not say something that can be done."""


class InputError(AdvisorError):
    """An input that was asked for by name cannot be read."""
