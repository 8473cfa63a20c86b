"""Types as written: what a type says of one property.

In: the text of a type (`{ page: number; sort?: "asc" | "desc" }`, `ListOptions`) and the name of a property. Out: the text of the
property's type; empty where the type does not tell.
"""

from __future__ import annotations

import re
from functools import lru_cache

from advisor.sources.typescript.syntax import SyntaxTree

OPENING, CLOSING = "{[(<", "}])>"
PROPERTY = re.compile(r"(?:readonly\s+)?(?P<name>[\w$]+)\s*\??\s*:\s*(?P<type>.+)", re.DOTALL)
MAX_TYPE = 10_000
"""Characters of a type that are looked at."""


def property_type(annotation: str, name: str) -> str:
    """The type of a property of an object type that is written out."""
    if not annotation.startswith("{"):
        return ""
    return properties_of(annotation[:MAX_TYPE]).get(name, "")


@lru_cache(maxsize=64)
def properties_of(annotation: str) -> dict[str, str]:
    """The types of all properties, by name. Remembered, since each name that a pattern takes out of an object asks for its own."""
    found = (PROPERTY.fullmatch(part.strip()) for part in members_of(annotation))
    return {match["name"]: match["type"] for match in found if match is not None}


def members_of(annotation: str) -> list[str]:
    """The members between the outermost braces: `page: number`, `sort?: Sort`."""
    parts, depth, start = list[str](), 0, 1
    for position, character in enumerate(annotation):
        depth += character in OPENING
        depth -= character in CLOSING and annotation[position - 1] != "="
        if (depth == 1 and character in ";,\n") or depth == 0:
            parts.append(annotation[start:position])
            start = position + 1
        if depth == 0:
            break
    return parts


def declared_type(tree: SyntaxTree, name: str) -> str:
    """The object type that an `interface` or a `type` of the file declares under a name, from its opening brace on."""
    if not re.fullmatch(r"[A-Za-z_$][\w$]*", name):
        return ""
    pattern = rb"\b(?:interface\s+" + re.escape(name.encode()) + rb"\b[^{;]*|type\s+" + re.escape(name.encode()) + rb"\s*=\s*)\{"
    found = re.search(pattern, tree.data)
    return tree.data[found.end() - 1 : found.end() + MAX_TYPE].decode(errors="replace") if found is not None else ""


def type_of_property(tree: SyntaxTree, annotation: str, name: str) -> str:
    """The type of a property, by an object type that is written out in place or declared in the file."""
    return property_type(annotation, name) or property_type(declared_type(tree, annotation), name)
