"""Conditions around statements of a block. In: their text. Out: whether they ask for what is there already, or something else."""

from __future__ import annotations

from collections.abc import Mapping
from json import loads
from typing import Any

from msgspec import Struct
from pglast.parser import ParseError, parse_sql_json

from advisor.sources.sql.text.tree import Node, constant, fields_of, string, strings, unwrap, walk

OF_THE_SERVER = frozenset(
    """pg_roles pg_authid pg_user pg_group pg_auth_members pg_settings pg_available_extensions pg_available_extension_versions
    pg_database pg_tablespace pg_stat_activity pg_locks pg_replication_slots""".split()
)
"""System views that tell of the server, its roles and sessions, not of the database's objects."""

LOOKUPS = frozenset(
    {"to_regclass", "to_regtype", "to_regproc", "to_regprocedure", "to_regnamespace", "to_regoper", "to_regcollation"}
)


class Guard(Struct, frozen=True):
    """When a statement runs: if something is `absent`, if something is `present`, or under `unknown` conditions, as text."""

    absent: bool = False
    present: bool = False
    unknown: str = ""

    def __bool__(self) -> bool:
        return self.absent or self.present or bool(self.unknown)

    def and_also(self, other: Guard) -> Guard:
        return Guard(self.absent or other.absent, self.present or other.present, self.unknown or other.unknown)

    def negated(self) -> Guard:
        """What holds where the condition does not; of two at once that cannot be told."""
        if self.unknown:
            return Guard(unknown=f"not ({self.unknown})" if not self.unknown.startswith("not (") else self.unknown[5:-1])
        if self.absent and self.present:
            return Guard(unknown="what is asked for is not as expected")
        return Guard(absent=self.present, present=self.absent)


def guard_of(text: str, questions: Mapping[str, Node]) -> Guard:
    """What a condition asks, its variables taken for the questions whose answers they hold."""
    shown = " ".join(text.split())
    unknown = Guard(unknown=shown if len(shown) <= 100 else shown[:97] + "...")
    if "\0" in text:
        return unknown
    try:
        target = loads(parse_sql_json(f"SELECT ({text}\n)"))["stmts"][0]["stmt"]["SelectStmt"]["targetList"][0]
    except (ParseError, RecursionError, UnicodeEncodeError, KeyError):
        return unknown
    return read_condition(with_questions(fields_of(target)["val"], questions)) or unknown


def with_questions(value: Any, questions: Mapping[str, Node]) -> Any:
    """A condition with questions in the place of variables; names in subqueries may be columns."""
    if isinstance(value, list):
        return [with_questions(child, questions) for child in value]
    if not isinstance(value, dict) or "SubLink" in value:
        return value
    if "ColumnRef" in value and len(names := strings(value["ColumnRef"]["fields"])) == 1 and names[0] in questions:
        return questions[names[0]]
    return {name: with_questions(child, questions) for name, child in value.items()}


def read_condition(node: Node) -> Guard | None:
    """The guard that a condition is; None for any other."""
    kind, fields = unwrap(node)
    if kind == "BoolExpr":
        parts = [read_condition(part) for part in fields["args"]]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        if fields["boolop"] == "NOT_EXPR":
            return known[0].negated() if not (known[0].absent and known[0].present) else None
        if fields["boolop"] == "OR_EXPR" and len(set(known)) > 1:
            return None
        return Guard(any(part.absent for part in known), any(part.present for part in known))
    if kind == "SubLink" and fields["subLinkType"] == "EXISTS_SUBLINK":
        return Guard(present=True) if reads_catalogs(fields) else None
    if (
        kind == "SubLink"
        and "fromClause" not in fields["subselect"]["SelectStmt"]
        and "targetList" in fields["subselect"]["SelectStmt"]
    ):
        return read_condition(fields["subselect"]["SelectStmt"]["targetList"][0]["ResTarget"]["val"])
    if kind == "NullTest" and looks_up(fields["arg"]):
        missing = fields["nulltesttype"] == "IS_NULL"
        return Guard(absent=missing, present=not missing)
    return counted(fields) if kind == "A_Expr" else None


def counted(fields: Node) -> Guard | None:
    """`(SELECT count(*) FROM pg_class ...) = 0`, `> 0`."""
    left, right = fields.get("lexpr", {}), fields.get("rexpr", {})
    operator = string(fields["name"][-1])
    if "SubLink" not in left or not reads_catalogs(left["SubLink"]) or constant(right) not in (0, 1):
        return None
    pair = (operator, constant(right))
    if pair in (("=", 0), ("<", 1)):
        return Guard(absent=True)
    return Guard(present=True) if pair in ((">", 0), ("<>", 0), (">=", 1), ("=", 1)) else None


def looks_up(node: Node) -> bool:
    """Whether an expression is NULL where something is not in the catalogs."""
    kind, fields = unwrap(node)
    if kind == "FuncCall":
        return string(fields["funcname"][-1]) in LOOKUPS
    if kind == "TypeCast":
        return looks_up(fields["arg"])
    return kind == "SubLink" and fields["subLinkType"] == "EXPR_SUBLINK" and reads_catalogs(fields)


def reads_catalogs(fields: Node) -> bool:
    """Whether a subquery reads PostgreSQL's own catalogs and nothing else, not those of the server."""
    relations = [relation for kind, relation in walk(fields) if kind == "RangeVar"]
    return bool(relations) and all(
        relation.get("schemaname", "pg_catalog" if relation["relname"].startswith("pg_") else "")
        in ("pg_catalog", "information_schema")
        and relation["relname"] not in OF_THE_SERVER
        for relation in relations
    )
