"""Transactions and what a session sets. In: BEGIN, COMMIT, ROLLBACK, SAVEPOINT; SET and RESET. Out: the catalog as they leave it.

ROLLBACK brings back what was there at BEGIN. To remember that costs a copy of the catalog's tables of contents (the values in them
are shared), which is made only in files that roll something back. What SET LOCAL says ends with its transaction; where the text
begins none, whoever runs the file does, and it ends with the file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from msgspec import Struct

from advisor.model import Operation, OtherStatement
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.catalog.relations import qualified
from advisor.sources.sql.catalog.session import Session
from advisor.sources.sql.catalog.temporary import TEMPORARY
from advisor.sources.sql.text.quoting import quote_identifier
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, constant

ROLLBACK = re.compile(r"\b(?:rollback|abort)\b", re.IGNORECASE)

DEFAULT_PATH = ["$user", "public"]

NOT_CATALOG = frozenset({"session", "unexamined"})


def begin_file(catalog: Catalog, text: str) -> None:
    """Look whether a file rolls something back."""
    catalog.session.undoable = catalog.session.undoable or ROLLBACK.search(text) is not None


def state_of(catalog: Catalog) -> dict[str, Any]:
    """Everything that statements change, to be given back by `restore`."""
    return {name: copied(value) for name, value in vars(catalog).items() if name not in NOT_CATALOG}


def restore(catalog: Catalog, state: dict[str, Any]) -> None:
    for name, value in state.items():
        setattr(catalog, name, copied(value))


def copied(value: Any) -> Any:
    """The containers of a state and our own objects that hold some; what is frozen is shared."""
    if isinstance(value, Counter):
        return Counter(value)
    if isinstance(value, dict):
        return {key: copied(child) for key, child in value.items()}
    if isinstance(value, (set, list)):
        return type(value)(value)
    if isinstance(value, Struct) or not type(value).__module__.startswith("advisor.sources.sql."):
        return value
    kind: Any = type(value)
    if not is_dataclass(kind):
        made: Any = object.__new__(kind)
        for name, child in vars(value).items():
            setattr(made, name, copied(child))
        return made
    if kind.__hash__ is not None:
        # A frozen value: those that can be changed cannot be hashed.
        return value
    return kind(**{part.name: copied(getattr(value, part.name)) for part in fields(kind)})


def apply_transaction(catalog: Catalog, statement: Statement, node: Node) -> Sequence[Operation]:
    kind, session = node["kind"].removeprefix("TRANS_STMT_"), catalog.session
    if kind in ("BEGIN", "START"):
        begin(catalog)
    elif kind in ("COMMIT", "PREPARE"):
        end(catalog)
    elif kind == "ROLLBACK":
        if session.begin is not None:
            restore(catalog, session.begin)
            session.path_text = session.text_at_begin
        end(catalog)
    elif kind == "SAVEPOINT" and session.undoable:
        session.savepoints.append((node["savepoint_name"], state_of(catalog)))
    elif kind == "ROLLBACK_TO":
        roll_back_to(catalog, node["savepoint_name"])
    if node.get("chain"):
        begin(catalog)
    return [OtherStatement(statement.location, "TransactionStmt")]


def begin(catalog: Catalog) -> None:
    """A BEGIN inside of a transaction does nothing."""
    if not catalog.session.open:
        catalog.session.open = True
        catalog.session.begin = state_of(catalog) if catalog.session.undoable else None
        catalog.session.text_at_begin = catalog.session.path_text


def end(catalog: Catalog) -> None:
    session = catalog.session
    if session.path_before_local is not None:
        catalog.search_path, session.path_text = session.path_before_local
    for name in session.dropped_on_commit:
        if catalog.table(name) is not None:
            catalog.remove(name)
    catalog.session = Session(
        undoable=session.undoable,
        path_text=session.path_text,
        default_tablespace=session.default_tablespace,
        default_access_method=session.default_access_method,
    )


def roll_back_to(catalog: Catalog, name: str) -> None:
    """The savepoint stays, those after it are gone."""
    savepoints = catalog.session.savepoints
    place = next((number for number in reversed(range(len(savepoints))) if savepoints[number][0] == name), None)
    if place is not None:
        restore(catalog, savepoints[place][1])
        del savepoints[place + 1 :]


# Settings


def set_variable(catalog: Catalog, statement: Statement, node: Node) -> Sequence[Operation]:
    """Of what a session sets: where names without a schema are, who owns what is made, and how tables are kept."""
    name, kind = node.get("name"), node["kind"]
    if kind == "VAR_RESET_ALL":
        set_search_path(catalog, DEFAULT_PATH)
    elif name == "search_path":
        schemas = [str(constant(part)) for part in node["args"]] if kind == "VAR_SET_VALUE" else DEFAULT_PATH
        set_search_path(catalog, schemas, local=bool(node.get("is_local")))
    elif name in ("role", "session_authorization"):
        role = str(constant(node["args"][0])) if kind == "VAR_SET_VALUE" else "none"
        catalog.objects.privileges.role = None if role == "none" else role
    elif name in ("default_tablespace", "default_table_access_method"):
        value = str(constant(node["args"][0])) if kind == "VAR_SET_VALUE" else None
        setattr(catalog.session, name.replace("_table_", "_"), value or None)
    return [OtherStatement(statement.location, "VariableSetStmt")]


def set_config(catalog: Catalog, statement: Statement, node: Node) -> Sequence[Operation]:
    """`SELECT set_config('search_path', '', false)`, as pg_dump writes it."""
    for target in node.get("targetList", []):
        call = target["ResTarget"].get("val", {}).get("FuncCall")
        if call is None or qualified(call["funcname"])[1] != "set_config" or len(call.get("args", [])) < 2:
            continue
        setting, value, *local = map(constant, call["args"])
        if setting == "search_path" and isinstance(value, str):
            schemas = [part.strip().strip('"') for part in value.split(",")]
            set_search_path(catalog, schemas, local=bool(local and local[0]))
    return [OtherStatement(statement.location, "SelectStmt")]


def set_search_path(catalog: Catalog, schemas: Sequence[str], *, local: bool = False) -> None:
    """The schemas in order. `$user` names a schema that hardly ever exists; `''` names none."""
    if local:
        before = (catalog.search_path, catalog.session.path_text)
        catalog.session.path_before_local = catalog.session.path_before_local or before
    else:
        catalog.session.path_before_local = None
    catalog.session.path_text = ", ".join(map(quote_identifier, schemas))
    catalog.search_path = tuple(dict.fromkeys(schema for schema in schemas if schema not in ("", "$user", "pg_catalog")))


def discard(catalog: Catalog, statement: Statement, node: Node) -> Sequence[Operation]:
    """DISCARD ALL and TEMP."""
    if node["target"] in ("DISCARD_ALL", "DISCARD_TEMP"):
        for name in catalog.tables_in(TEMPORARY):
            catalog.remove(name)
    if node["target"] == "DISCARD_ALL":
        set_search_path(catalog, DEFAULT_PATH)
        catalog.objects.privileges.role = None
    return [OtherStatement(statement.location, "DiscardStmt")]
