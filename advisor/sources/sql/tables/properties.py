"""How rows and values are kept, as statements say it. In: lists of options, types. Out: the model's words for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.spelling.types import names_of_type
from advisor.sources.sql.text.quoting import quote_identifier, quote_string
from advisor.sources.sql.text.tree import Node, fields_of, string, unwrap
from advisor.sources.sql.views.builtins import built_in_type

STORAGES = {"p": "plain", "e": "external", "x": "extended", "m": "main"}


def storage_parameters(nodes: Iterable[Node]) -> tuple[str, ...]:
    """`WITH (fillfactor = 70)` as `fillfactor=70`, which is how PostgreSQL keeps it."""
    parameters = []
    for fields in map(fields_of, nodes):
        argument = fields.get("arg")
        kind, value = unwrap(argument) if argument is not None else ("Boolean", {"boolval": True})
        words = names_of_type(value)[1] if kind == "TypeName" else next(iter(value.values()), 0)
        prefix = f"{fields['defnamespace']}." if "defnamespace" in fields else ""
        parameters.append(f"{prefix}{fields['defname']}={str(words).lower() if isinstance(words, bool) else words}")
    return tuple(parameters)


def access_method_named(name: str | None) -> str | None:
    """How a table is kept; None for PostgreSQL's own way."""
    return None if name in ("heap", "") else name


def tablespace_named(name: str | None) -> str | None:
    """A tablespace; None for the one that is used where none is named."""
    return None if name == "pg_default" else name


def usual_storage(catalog: Catalog, type_name: str) -> str:
    """How values of a type are kept where nothing else is said (`pg_type.typstorage`)."""
    if type_name.endswith("[]"):
        return "extended"
    domain = catalog.types.domain_called(type_name)
    if domain is not None:
        return usual_storage(catalog, domain.type)
    found = built_in_type(type_name)
    if found is not None:
        return STORAGES[found.storage]
    return "plain" if catalog.enum_called(type_name) is not None else "extended"


def stored(catalog: Catalog, type_name: str, words: str | None) -> str | None:
    """What a column says of its storage; None for its type's own way."""
    if words is None or words.lower() in ("default", usual_storage(catalog, type_name)):
        return None
    return words.lower()


def server_options(nodes: Iterable[Node]) -> tuple[str, ...]:
    """`OPTIONS (table_name 'posts')`."""
    return with_server_options((), nodes)


def with_server_options(known: tuple[str, ...], nodes: Iterable[Node]) -> tuple[str, ...]:
    """OPTIONS (ADD a 'x', SET b 'y', DROP c)."""
    options = {option.rpartition(" '")[0]: option for option in known}
    for fields in map(fields_of, nodes):
        name = quote_identifier(fields["defname"])
        if fields.get("defaction") == "DEFELEM_DROP":
            options.pop(name, None)
        else:
            options[name] = f"{name} {quote_string(string(fields['arg']))}"
    return tuple(options.values())


def view_options(nodes: Iterable[Node], *, reset: bool = False) -> dict[str, Any]:
    """Options of a view, by the names of the model's fields."""
    found: dict[str, Any] = {}
    for parameter in storage_parameters(nodes):
        name, _, value = parameter.partition("=")
        if name == "check_option":
            found[name] = None if reset else value
        elif name in ("security_barrier", "security_invoker"):
            found[name] = not reset and value.lower() in ("true", "on", "yes", "1")
    return found
