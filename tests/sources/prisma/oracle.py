"""Prisma's own reading of a schema, for comparison. In: schema texts. Out: its errors, its DMMF, and the facts of its DDL.

The two npm packages (WebAssembly, no database, no download at run time) lie in a folder with `ddl.mjs` and `dmmf.mjs`, named by
PRISMA_ORACLE; without it the tests that need it skip.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pglast.parser import parse_sql_json

from advisor.model import Index, Schema, Table

SHARED = Path(__file__).parents[3] / ".." / "shared" / "oracles" / "prisma"

RETIRED_SETTING = re.compile(r"^([ \t]*)((?:url|directUrl|shadowDatabaseUrl|referentialIntegrity)\s*=)", re.MULTILINE)
FEATURES = re.compile(r"(previewFeatures\s*=\s*\[)([^\]]*)(\])")
KNOWN_FEATURES = ("partialIndexes", "postgresqlExtensions", "views", "relationJoins", "nativeDistinct", "typedSql")

TYPES = {
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "bool": "boolean",
    "varchar": "character varying{}",
    "bpchar": "character{}",
    "numeric": "numeric{}",
    "timestamp": "timestamp{} without time zone",
    "timestamptz": "timestamp{} with time zone",
    "time": "time{} without time zone",
    "timetz": "time{} with time zone",
    "varbit": "bit varying{}",
    "bit": "bit{}",
    "serial": "integer",
    "string": "text",
    "bigserial": "bigint",
    "smallserial": "smallint",
}
DEFAULT_CLASSES = {("gin", "array_ops"), ("gin", "jsonb_ops"), ("spgist", "text_ops"), ("spgist", "inet_ops")}
"""Operator classes that Prisma writes although the type has them anyway; the model leaves them out."""

ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


def oracle_folder() -> Path | None:
    """Where the oracle is installed, or None."""
    for folder in (os.environ.get("PRISMA_ORACLE"), SHARED):
        if folder and (Path(folder) / "node_modules").is_dir() and shutil.which("node"):
            return Path(folder)
    return None


def in_newest_form(text: str) -> str:
    """The text without what the newest version refuses, every line in its place."""
    text = RETIRED_SETTING.sub(r"\1// \2", text)
    return FEATURES.sub(lambda match: match[1] + ", ".join(kept(match[2])) + match[3], text)


def kept(features: str) -> list[str]:
    return [feature for feature in re.findall(r'"[^"]*"', features) if feature.strip('"') in KNOWN_FEATURES]


def run(script: str, paths: Iterable[Path]) -> str:
    folder = oracle_folder()
    assert folder is not None
    command = ["node", str(folder / script), *map(str, paths)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def dmmf(paths: Iterable[Path]) -> dict[str, Any]:
    """`{errors, warnings, datamodel}`."""
    found: dict[str, Any] = json.loads(run("dmmf.mjs", paths))
    return found


@dataclass
class Facts:
    """What a schema comes to, as plain values that compare."""

    columns: dict[str, list[tuple[str, str, bool, str | None]]] = field(default_factory=dict)
    primary_keys: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    indexes: set[tuple[Any, ...]] = field(default_factory=set)
    foreign_keys: set[tuple[Any, ...]] = field(default_factory=set)
    enums: dict[str, tuple[str, ...]] = field(default_factory=dict)
    extensions: set[str] = field(default_factory=set)


def ddl(paths: Iterable[Path]) -> str:
    """The DDL that Prisma makes."""
    return run("ddl.mjs", paths)


def ddl_facts(sql: str) -> Facts:
    """The facts of DDL that Prisma made."""
    facts = Facts()
    for statement in json.loads(parse_sql_json(sql))["stmts"]:
        kind, node = next(iter(statement["stmt"].items()))
        match kind:
            case "CreateStmt":
                take_table(node, facts)
            case "IndexStmt":
                facts.indexes.add(index_facts(node))
            case "AlterTableStmt":
                facts.foreign_keys.add(foreign_key_facts(node))
            case "CreateEnumStmt":
                facts.enums[qualified(node["typeName"])] = tuple(value["String"]["sval"] for value in node["vals"])
            case "CreateExtensionStmt":
                facts.extensions.add(node["extname"])
            case "CreateSchemaStmt":
                pass
            case _:
                raise AssertionError(f"a statement that the comparison does not know: {kind}")
    return facts


def qualified(parts: list[dict[str, Any]]) -> str:
    names = [part["String"]["sval"] for part in parts]
    return ".".join(names) if len(names) > 1 else "public." + names[0]


def relation(node: dict[str, Any]) -> str:
    return f"{node.get('schemaname', 'public')}.{node['relname']}"


def take_table(node: dict[str, Any], facts: Facts) -> None:
    table = relation(node["relation"])
    facts.columns[table] = []
    for element in node["tableElts"]:
        if "ColumnDef" in element:
            facts.columns[table].append(column_facts(element["ColumnDef"]))
        else:
            constraint = element["Constraint"]
            assert constraint["contype"] == "CONSTR_PRIMARY"
            facts.primary_keys[table] = (constraint["conname"], tuple(key["String"]["sval"] for key in constraint["keys"]))


def column_facts(node: dict[str, Any]) -> tuple[str, str, bool, str | None]:
    constraints = {part["Constraint"]["contype"]: part["Constraint"] for part in node.get("constraints", [])}
    default = constraints.get("CONSTR_DEFAULT")
    serial = "serial" in node["typeName"]["names"][-1]["String"]["sval"]
    text = "nextval" if serial else value(default["raw_expr"]) if default else None
    return (node["colname"], type_name(node["typeName"]), "CONSTR_NOTNULL" not in constraints, text)


def type_name(node: dict[str, Any]) -> str:
    names = [part["String"]["sval"] for part in node["names"]]
    modifiers = ",".join(str(value(modifier)) for modifier in node.get("typmods", []))
    plain = names[-1] if names[0] in ("pg_catalog", "public") or len(names) == 1 else f"{names[0]}.{quoted(names[-1])}"
    pattern = TYPES.get(plain, (plain if "." in plain else quoted(plain)) + "{}")
    return pattern.format(f"({modifiers})" if modifiers else "") + ("[]" if "arrayBounds" in node else "")


def quoted(name: str) -> str:
    return name if re.fullmatch("[a-z_][a-z0-9_]*", name) else f'"{name}"'


def value(node: dict[str, Any]) -> str:
    """An expression as text that compares; the words of a type's modifier too."""
    kind, fields = next(iter(node.items()))
    match kind:
        case "A_Const":
            return constant(fields)
        case "TypeCast":
            return f"{value(fields['arg'])}::{type_name(fields['typeName'])}"
        case "A_ArrayExpr":
            return f"[{', '.join(value(item) for item in fields.get('elements', []))}]"
        case "FuncCall":
            names = ".".join(part["String"]["sval"] for part in fields["funcname"])
            return f"{names}({', '.join(value(item) for item in fields.get('args', []))})"
        case "ColumnRef":
            return ".".join(part["String"]["sval"] for part in fields["fields"])
        case "SQLValueFunction":
            return str(fields["op"])
    return condition(kind, fields)


def constant(fields: dict[str, Any]) -> str:
    for name, empty in (("ival", 0), ("fval", ""), ("boolval", False), ("sval", "")):
        if name in fields:
            given = fields[name].get(name, empty)
            return repr(given) if name == "sval" else str(given).lower()
    return "null"


def condition(kind: str, fields: dict[str, Any]) -> str:
    match kind:
        case "A_Expr":
            operator = fields["name"][-1]["String"]["sval"]
            return f"({value(fields['lexpr']) if 'lexpr' in fields else ''} {operator} {value(fields['rexpr'])})"
        case "NullTest":
            return f"({value(fields['arg'])} {fields['nulltesttype']})"
        case "BoolExpr":
            return f"({fields['boolop']} {', '.join(value(item) for item in fields['args'])})"
    raise AssertionError(f"an expression that the comparison does not know: {kind}")


def text_value(text: str) -> str:
    """SQL text as `value` writes its tree."""
    target = json.loads(parse_sql_json(f"SELECT {text}"))["stmts"][0]["stmt"]["SelectStmt"]["targetList"][0]
    return value(target["ResTarget"]["val"])


def index_facts(node: dict[str, Any]) -> tuple[Any, ...]:
    keys = []
    for part in node["indexParams"]:
        element = part["IndexElem"]
        opclass = ".".join(name["String"]["sval"] for name in element.get("opclass", []))
        needless = (node["accessMethod"], opclass) in DEFAULT_CLASSES or opclass.endswith(("_minmax_ops", "_inclusion_ops"))
        keys.append((element["name"], "" if needless else opclass, element.get("ordering") == "SORTBY_DESC"))
    where = value(node["whereClause"]) if "whereClause" in node else None
    return (relation(node["relation"]), node["idxname"], node.get("unique", False), node["accessMethod"], tuple(keys), where)


def foreign_key_facts(node: dict[str, Any]) -> tuple[Any, ...]:
    constraint = node["cmds"][0]["AlterTableCmd"]["def"]["Constraint"]
    return (
        relation(node["relation"]),
        constraint["conname"],
        tuple(name["String"]["sval"] for name in constraint["fk_attrs"]),
        relation(constraint["pktable"]),
        tuple(name["String"]["sval"] for name in constraint["pk_attrs"]),
        ACTIONS[constraint["fk_del_action"]],
        ACTIONS[constraint["fk_upd_action"]],
    )


def schema_facts(schema: Schema) -> Facts:
    """The facts of a schema that we read. Views are left out: Prisma makes none."""
    facts = Facts(
        enums={enum.name.qualified: enum.values for enum in schema.enums},
        extensions=set(schema.extensions),
    )
    for table in schema.tables:
        if table.kind == "table":
            take_model_table(table, facts)
    return facts


def take_model_table(table: Table, facts: Facts) -> None:
    name = table.name.qualified
    facts.columns[name] = [
        (column.name, folded(column.type), column.nullable, default_facts(column.default.text) if column.default else None)
        for column in table.columns
    ]
    key = table.primary_key
    if key is not None:
        facts.primary_keys[name] = (str(key.name), tuple(str(column) for column in key.columns))
    facts.indexes |= {model_index_facts(index) for index in table.indexes if index.constraint is None}
    facts.foreign_keys |= {
        (
            key.table.qualified,
            key.name,
            key.columns,
            key.referenced_table.qualified,
            key.referenced_columns,
            key.on_delete,
            key.on_update,
        )
        for key in table.foreign_keys
    }


def folded(column_type: str) -> str:
    """A type whose modifiers are written as the parser folds them: `geometry(Point,4326)`."""
    return re.sub(r"\([^\"]*?\)", lambda match: match[0].lower(), column_type)


def default_facts(text: str) -> str:
    return "nextval" if text.startswith("nextval(") else text_value(text)


def model_index_facts(index: Index) -> tuple[Any, ...]:
    keys = tuple((key.column, key.opclass or "", key.descending) for key in index.keys)
    where = text_value(index.predicate.text) if index.predicate else None
    return (index.table.qualified, index.name, index.unique, index.method, keys, where)
