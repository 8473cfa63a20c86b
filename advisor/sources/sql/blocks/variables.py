"""The variables of a block while it is read. In: declarations, assignments, INTO. Out: which hold what is known.

A variable holds a value, or the answer to a question that conditions ask (`SELECT EXISTS (...) INTO there`); FOUND is one of these.
Source: PostgreSQL documentation, sections 41.3 "Declarations" and 41.5 "Basic Statements".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from json import loads
from typing import TypeVar

from pglast.parser import ParseError, parse_sql_json

from advisor.sources.sql.blocks.constant_text import Value, array_of, parsed_expression, value_of
from advisor.sources.sql.text.tree import Node, unwrap

DECLARED = re.compile(r"\s*(?P<name>\w+)\s+(?:constant\s+)?(?P<type>.*?)(?P<gives>:=|=|\bdefault\b|$)", re.IGNORECASE | re.DOTALL)
ASSIGNED = re.compile(r"(?P<name>\w+)\s*(?P<part>[.\[][^:=]*)?:?=")
INTO = re.compile(r"\binto\s+(?:strict\s+)?(?P<names>\w+(?:\s*,\s*\w+)*)", re.IGNORECASE)
DIAGNOSED = re.compile(r"(\w+)\s*:?=")
ROWS = re.compile(r"record\b|.*%\s*rowtype\b", re.IGNORECASE | re.DOTALL)

Known = TypeVar("Known")

SETS_FOUND = frozenset({"perform", "select", "insert", "update", "delete", "merge", "fetch", "move"})
"""First words of the statements that set FOUND (documentation, "Obtaining the Result Status")."""


@dataclass
class Variables:
    """What is known of each variable, by its name in lower case; of one that is not here, nothing."""

    values: dict[str, Value] = field(default_factory=dict)
    questions: dict[str, Node] = field(default_factory=dict)

    def copy(self) -> Variables:
        return Variables(dict(self.values), dict(self.questions))

    def forget(self, names: Iterable[str]) -> None:
        """A variable that holds rows still does."""
        for name in names:
            self.questions.pop(name, None)
            if isinstance(self.values.get(name), dict):
                self.values[name] = {}
            else:
                self.values.pop(name, None)

    def changed_since(self, before: Variables) -> set[str]:
        names = self.values.keys() | before.values.keys() | self.questions.keys() | before.questions.keys()
        return {
            name
            for name in names
            if self.values.get(name) != before.values.get(name) or self.questions.get(name) != before.questions.get(name)
        }

    def end_block(self, declared: Iterable[str], before: Variables) -> None:
        """Variables of an inner block hide those around it, until it ends."""
        for name in declared:
            put_back(self.values, before.values, name)
            put_back(self.questions, before.questions, name)

    def assign(self, name: str, text: str) -> None:
        node = parsed_expression(text)
        value = value_of(node, self.values) if node is not None else None
        self.forget([name])
        if value is not None:
            self.values[name] = value
        elif node is not None:
            self.questions[name] = node

    def declare(self, plain: str, text: str) -> str | None:
        """One declaration, with quotes filled and as it is written. Gives the name."""
        found = DECLARED.match(plain)
        if found is None:
            return None
        name = found["name"].lower()
        self.values.pop(name, None)
        self.questions.pop(name, None)
        if found["gives"]:
            self.assign(name, text[found.end() :])
        value = self.values.get(name)
        if ROWS.match(found["type"]):
            self.values[name] = {}
        elif "[" in found["type"] and isinstance(value, str) and (elements := array_of(value)) is not None:
            self.values[name] = elements
        return name

    def run(self, word: str, plain: str, text: str) -> None:
        """A statement, with quotes filled and as it is written."""
        assigned = ASSIGNED.match(plain)
        if assigned is not None and assigned["part"]:
            self.forget([word])
        elif assigned is not None:
            self.assign(word, text[assigned.end() :])
            return
        self.forget(set_by(word, plain))
        query = query_of(word, text) if word in ("perform", "select") else None
        if query is not None:
            self.questions["found"] = {"SubLink": {"subLinkType": "EXISTS_SUBLINK", "subselect": {"SelectStmt": query}}}
            into = query.get("intoClause")
            if into is not None and word == "select" and len(query.get("targetList", [])) == 1:
                asked = {name: value for name, value in query.items() if name != "intoClause"}
                self.questions[into["rel"]["relname"]] = {
                    "SubLink": {"subLinkType": "EXPR_SUBLINK", "subselect": {"SelectStmt": asked}}
                }


def put_back(known: dict[str, Known], before: dict[str, Known], name: str) -> None:
    known.pop(name, None)
    if name in before:
        known[name] = before[name]


def set_by(word: str, plain: str) -> set[str]:
    """The variables that a statement sets."""
    names = {assigned["name"].lower()} if (assigned := ASSIGNED.match(plain)) is not None else set()
    for match in INTO.finditer(plain):
        names.update(name.strip().lower() for name in match["names"].split(","))
    if word == "get":
        names.update(name.lower() for name in DIAGNOSED.findall(plain))
    return names | {"found"} if word in SETS_FOUND else names


def query_of(word: str, text: str) -> Node | None:
    """The query of PERFORM or SELECT."""
    sql = f"SELECT {text[len('perform') :]}" if word == "perform" else text
    if "\0" in sql:
        return None
    try:
        kind, fields = unwrap(loads(parse_sql_json(sql))["stmts"][0]["stmt"])
    except (ParseError, RecursionError, UnicodeEncodeError, IndexError):
        return None
    return fields if kind == "SelectStmt" else None
