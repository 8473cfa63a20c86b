"""Nested values side by side. In: two of them. Out: where they differ, one line each."""

from __future__ import annotations

from typing import Any


def differences(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Where two nested values differ, one line each."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [
            line
            for key in sorted({*ours, *theirs}, key=str)
            for line in differences(ours.get(key), theirs.get(key), f"{path}/{key}")
        ]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return [
            line for number, pair in enumerate(zip(ours, theirs, strict=True)) for line in differences(*pair, f"{path}/{number}")
        ]
    return [] if ours == theirs else [f"{path}: we have {ours!r}, PostgreSQL has {theirs!r}"]
