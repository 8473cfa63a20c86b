"""Values as JavaScript takes them elsewhere: as conditions, as text, as JSON. In: a value. Out: None where it cannot be told."""

from __future__ import annotations

import json

from advisor.sources.evaluation.containers import is_complete
from advisor.sources.evaluation.values import UNDEFINED, Existence, Opaque, Undefined, Value


def truth(value: Value) -> bool | None:
    """Whether a value counts as true; None where that is not known."""
    if isinstance(value, (Opaque, Existence)):
        return None
    if value is UNDEFINED or value is None:
        return False
    if isinstance(value, (bool, int, float, str)):
        return bool(value)
    return True


def is_known(value: Value, depth: int = 12) -> bool:
    """Whether nothing in a value is unknown."""
    if isinstance(value, (Opaque, Existence)) or depth == 0 or not is_complete(value):
        return False
    if isinstance(value, list):
        return all(is_known(element, depth - 1) for element in value)
    return not isinstance(value, dict) or all(is_known(element, depth - 1) for element in value.values())


def written(value: Value) -> str | None:
    """A value as JavaScript writes it into a template; None where that is not known."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int)):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)
    if value is None or value is UNDEFINED:
        return "null" if value is None else "undefined"
    if isinstance(value, list) and is_complete(value):
        parts = ["" if element is None or element is UNDEFINED else written(element) for element in value]
        return None if None in parts else ",".join(part or "" for part in parts)
    return None


def written_of(value: Value) -> str | None:
    """A value as a template writes it; objects of tools may say what they are there."""
    own = getattr(value, "written", None)
    return own if isinstance(own, str) else written(value)


def as_text(value: Value) -> str:
    """A plain value as JavaScript's `String(value)` writes it; empty for any other."""
    return written(value) or "" if value is None or isinstance(value, (str, int, float)) else ""


def to_json(value: Value) -> str | None:
    """`JSON.stringify`; None where something in it is not known."""
    plain = plain_of(value)
    return json.dumps(plain[0], ensure_ascii=False, separators=(",", ":")) if plain is not None else None


def plain_of(value: Value) -> tuple[object] | None:
    """A value as Python's `json` takes it, in a tuple; None where it is not plain."""
    if isinstance(value, dict):
        entries = {key: plain_of(inside) for key, inside in value.items() if not isinstance(inside, Undefined)}
        known = {key: inside[0] for key, inside in entries.items() if inside is not None}
        return (known,) if len(known) == len(entries) and is_complete(value) else None
    if isinstance(value, list):
        items = [plain_of(item) for item in value]
        listed = [item[0] for item in items if item is not None]
        return (listed,) if len(listed) == len(items) and is_complete(value) else None
    if isinstance(value, float) and value.is_integer():
        return (int(value),)
    return (value,) if value is None or isinstance(value, (str, int, float)) else None
