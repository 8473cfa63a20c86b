"""Options of sequences. In: the nodes of CREATE SEQUENCE, ALTER SEQUENCE and IDENTITY (...). Out: their words in SQL."""

from __future__ import annotations

from collections.abc import Iterable

from advisor.model import Name
from advisor.sources.sql.quoting import quote_name
from advisor.sources.sql.tree import Node, fields_of, strings
from advisor.sources.sql.types import format_type

NUMBERS = {
    "increment": "INCREMENT BY",
    "minvalue": "MINVALUE",
    "maxvalue": "MAXVALUE",
    "start": "START WITH",
    "cache": "CACHE",
}


def sequence_options(nodes: Iterable[Node]) -> dict[str, str]:
    """Options by their first words, in the order given: `{"START": "WITH 5"}`. What only a running sequence has is left out."""
    found: dict[str, str] = {}
    for fields in map(fields_of, nodes):
        name, argument = fields["defname"], fields.get("arg")
        if name in NUMBERS and argument is not None:
            first, _, rest = f"{NUMBERS[name]} {number_text(argument)}".partition(" ")
            found[first] = rest
        elif name in ("minvalue", "maxvalue"):
            found.pop(name.upper(), None)
        elif name == "cycle":
            found.pop("CYCLE", None)
            if argument is not None and fields_of(argument).get("boolval"):
                found["CYCLE"] = ""
        elif name == "as" and argument is not None:
            found["AS"] = format_type(fields_of(argument))
        elif name == "sequence_name" and argument is not None:
            *schema, bare = strings(argument["List"]["items"])
            found["SEQUENCE"] = f"NAME {quote_name(Name(schema[-1] if schema else 'public', bare))}"
    return found


def number_text(node: Node) -> str:
    fields = fields_of(node)
    return str(fields["fval"]) if "fval" in fields else str(fields.get("ival", 0))
