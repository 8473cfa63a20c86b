"""What reading a statement needs of the world around it: how nodes become places, and what stands behind a placeholder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from advisor.model import Location
from advisor.sources.sql.spelling.printing import print_expression
from advisor.sources.sql.text.tree import Node, unwrap


@dataclass
class Reader:
    """One statement while it is read."""

    locate: Callable[[Node], Location]
    parameters: Mapping[int, str] = field(default_factory=dict)
    between: Callable[[Node, Node, int], Location | None] = lambda _first, _last, _length: None
    """The stretch from one node to another, which is `length` characters long; None where the text is not that of a file."""

    def text_of(self, node: Node) -> str:
        """The source of a value: what stands behind a placeholder, or the SQL."""
        kind, fields = unwrap(node)
        if kind == "ParamRef":
            return self.parameters.get(fields.get("number", 0), f"${fields.get('number', 0)}")
        if kind == "List":
            return f"({', '.join(self.text_of(item) for item in fields['items'])})"
        return print_expression(node)
