"""Finding the configuration file, and its TOML. In: a folder. Out: a path, and the table as it was written, unchecked."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from advisor.errors import ConfigurationError
from advisor.sources.discovery import show
from advisor.sources.files import is_file, status_of


def find_configuration(start: Path) -> Path | None:
    """The nearest configuration file at or above a folder, up to the top of its repository."""
    for folder in [start, *start.parents]:
        pyproject = folder / "pyproject.toml"
        if is_file(folder / "advisor.toml"):
            return folder / "advisor.toml"
        if is_file(pyproject) and read_table(pyproject) is not None:
            return pyproject
        if status_of(folder / ".git"):
            return None
    return None


def read_table(path: Path) -> dict[str, Any] | None:
    """The file's own table: all of advisor.toml, `[tool.advisor]` of pyproject.toml (None where it has none)."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))  # Windows editors begin it with a byte order mark
    except OSError as error:
        raise ConfigurationError(f"{show(path)} cannot be read: {error.strerror or error}") from error
    except RecursionError as error:
        raise ConfigurationError(f"{show(path)} is nested too deeply") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        if path.name == "pyproject.toml" and "advisor" not in path.read_text(encoding="utf-8", errors="replace"):
            return None
        raise ConfigurationError(f"{show(path)} is not TOML: {error}") from error
    if path.name != "pyproject.toml":
        return content
    tool = content.get("tool")
    table = tool.get("advisor") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ConfigurationError(f"{show(path)}: tool.advisor must be a table")
    return table
