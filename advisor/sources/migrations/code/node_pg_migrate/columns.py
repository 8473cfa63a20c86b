"""Columns and constraints of node-pg-migrate. In: their options. Out: SQL as it writes it.

Source: node-pg-migrate, `operations/tables/shared.ts` (`parseColumns`, `parseConstraints`), `utils/types.ts`.
"""

from __future__ import annotations

from collections.abc import Mapping

from advisor.sources.evaluation.conversions import is_known
from advisor.sources.evaluation.values import UNDEFINED, NotSeen, Value
from advisor.sources.migrations.code.options import flag_of, options_of, text_of, texts_of
from advisor.sources.migrations.code.quoting import Expression, columns, literal, quoted

TYPE_NAMES = {
    "bool": "boolean",
    "datetime": "timestamp",
    "double": "double precision",
    "float": "real",
    "int": "integer",
    "string": "text",
}
SHORTHANDS: dict[str, dict[str, Value]] = {"id": {"type": "serial", "primaryKey": True}}


def name_sql(value: Value) -> str:
    """A name, or `{ schema, name }`."""
    if isinstance(value, Expression):
        return value.sql
    if isinstance(value, dict):
        schema, name = value.get("schema"), quoted(text_of(value.get("name"), "the name"))
        return f"{quoted(schema)}.{name}" if isinstance(schema, str) else name
    return quoted(text_of(value, "the name"))


def bare_name(value: Value) -> str:
    """The name without its schema, which default names are made of."""
    return text_of(value.get("name") if isinstance(value, dict) else value, "the name")


def type_sql(value: Value) -> str:
    if isinstance(value, dict):
        return name_sql(value)
    given = value.sql if isinstance(value, Expression) else text_of(value, "a column's type")
    base = given.removesuffix("[]")
    return TYPE_NAMES.get(base, base) + given[len(base) :]


def column_options(value: Value) -> dict[str, Value]:
    """The options of a column; a type alone stands for them."""
    options = SHORTHANDS.get(value, {"type": value}) if isinstance(value, str) else options_of(value, "a column's options")
    kind = options.get("type")
    if isinstance(kind, str) and kind in SHORTHANDS:
        return {**SHORTHANDS[kind], **{key: own for key, own in options.items() if key != "type"}}
    return options


def default_sql(value: Value) -> str:
    if not is_known(value):
        raise NotSeen("a default is not a constant")
    if isinstance(value, list):
        return f"ARRAY[{', '.join(map(literal, value))}]"
    return literal(value)


def references_sql(options: dict[str, Value]) -> str:
    """`REFERENCES ...` with its actions; empty where nothing is referenced."""
    given = options.get("references", UNDEFINED)
    if given is UNDEFINED or given is None:
        return ""
    target = given if isinstance(given, str) and (given.startswith('"') or given.endswith(")")) else name_sql(given)
    sql = f"REFERENCES {target}"
    for key, words in (("match", "MATCH"), ("onDelete", "ON DELETE"), ("onUpdate", "ON UPDATE")):
        if options.get(key):
            sql += f" {words} {text_of(options[key], key)}"
    return sql


def deferrable_sql(options: dict[str, Value]) -> str:
    if not flag_of(options, "deferrable"):
        return ""
    return f" DEFERRABLE INITIALLY {'DEFERRED' if flag_of(options, 'deferred') else 'IMMEDIATE'}"


def column_sql(name: str, options: dict[str, Value], *, key: bool = True) -> str:
    """Name, type and constraints; `key` where a single column's primary key is written with it."""
    parts = [quoted(name), type_sql(options.get("type"))]
    parts += [f"COLLATE {text_of(options['collation'], 'the collation')}"] if options.get("collation") else []
    default = options.get("default", UNDEFINED)
    parts += [f"DEFAULT {default_sql(default)}"] if default is not UNDEFINED else []
    parts += ["UNIQUE"] if flag_of(options, "unique") else []
    parts += ["PRIMARY KEY"] if key and flag_of(options, "primaryKey") else []
    parts += ["NOT NULL"] if flag_of(options, "notNull") else []
    parts += [f"CHECK ({text_of(options['check'], 'the condition')})"] if options.get("check") else []
    references = references_sql(options)
    if references:
        named = options.get("referencesConstraintName")
        constraint = f"CONSTRAINT {quoted(named)} " if isinstance(named, str) else ""
        parts.append(constraint + references + deferrable_sql(options))
    return " ".join(parts + generated_parts(options))


def generated_parts(options: dict[str, Value]) -> list[str]:
    sequence = options.get("sequenceGenerated", options.get("identity"))
    made = []
    if isinstance(sequence, dict):
        made.append(f"GENERATED {text_of(sequence.get('precedence', 'ALWAYS'), 'the precedence')} AS IDENTITY")
    expression = options.get("expressionGenerated")
    return [*made, f"GENERATED ALWAYS AS ({text_of(expression, 'the expression')}) STORED"] if expression else made


def comments_sql(table: str, given: Mapping[str, Value]) -> list[str]:
    return [
        f"COMMENT ON COLUMN {table}.{quoted(name)} IS {literal(comment)}"
        for name, value in given.items()
        if isinstance(value, dict) and isinstance(comment := value.get("comment"), str)
    ]


def constraints_sql(table: str, options: dict[str, Value], name: str = "") -> list[str]:
    """The constraints of a table, each as `CONSTRAINT name ...`; `name` is given to the one that `addConstraint` makes."""
    made: list[str] = []

    def add(default: str, definition: str) -> None:
        made.append(f"CONSTRAINT {quoted(name or default)} {definition}")

    checks = options.get("check", UNDEFINED)
    for number, check in enumerate(checks if isinstance(checks, list) else [checks] if checks is not UNDEFINED else []):
        add(f"{table}_chck" + (f"_{number + 1}" if isinstance(checks, list) else ""), f"CHECK ({text_of(check, 'the condition')})")
    for names in key_groups(options.get("unique", UNDEFINED)):
        add(f"{table}_uniq_{'_'.join(names)}", f"UNIQUE ({columns(names)}){deferrable_sql(options)}")
    keys = options.get("foreignKeys", UNDEFINED)
    for key in keys if isinstance(keys, list) else [keys] if keys is not UNDEFINED else []:
        entries = options_of(key, "a foreign key")
        names = texts_of(entries.get("columns"), "a column")
        own = entries.get("referencesConstraintName")
        default = own if isinstance(own, str) else f"{table}_fk_{'_'.join(names)}"
        add(default, f"FOREIGN KEY ({columns(names)}) {references_sql(entries)}{deferrable_sql({**options, **entries})}")
    if options.get("primaryKey"):
        add(f"{table}_pkey", f"PRIMARY KEY ({columns(texts_of(options['primaryKey'], 'a column'))}){deferrable_sql(options)}")
    if options.get("exclude"):
        add(f"{table}_excl", f"EXCLUDE {text_of(options['exclude'], 'the exclusion')}{deferrable_sql(options)}")
    return made


def key_groups(value: Value) -> list[list[str]]:
    """`"a"`, `["a", "b"]` or `[["a"], ["b", "c"]]`: the columns of each constraint."""
    if value is UNDEFINED or value is None:
        return []
    if isinstance(value, list) and value and all(isinstance(group, list) for group in value):
        return [texts_of(group, "a column") for group in value]
    return [texts_of(value, "a column")]
