"""SQL that Sequelize makes of values: defaults, index fields, conditions of partial indexes. In: a value. Out: SQL, or None."""

from __future__ import annotations

from advisor.sources.evaluation.containers import ArrayValue, ObjectValue, text_entry
from advisor.sources.evaluation.conversions import as_text, to_json
from advisor.sources.evaluation.symbols import Call, External, Member
from advisor.sources.evaluation.values import Function, Undefined, Value
from advisor.sources.orm.ddl import literal, quoted

OPERATORS = {
    "eq": "=",
    "ne": "!=",
    "gt": ">",
    "gte": ">=",
    "lt": "<",
    "lte": "<=",
    "like": "LIKE",
    "iLike": "ILIKE",
    "not": "IS NOT",
    "is": "IS",
}
JSON_TYPES = ("json", "jsonb")
FLOATING = ("double precision", "real", "float")
"""Types of which Sequelize writes numbers as strings (`_stringify` of sequelize/src/data-types.js)."""


def is_of_the_client(value: Value) -> bool:
    """Whether Sequelize fills a default in itself: a function, `DataTypes.NOW`, `DataTypes.UUIDV4`."""
    if isinstance(value, (Function, External)):
        return True
    if isinstance(value, Call) and isinstance(value.callee, Member) and value.callee.name in ("UUIDV4", "UUIDV1", "NOW"):
        return True
    return isinstance(value, Member)


def method_sql(value: Value) -> str | None:
    """`literal("...")`, `fn("lower", col("email"))`, `col("a")`, `cast(x, "text")`, of whatever object."""
    if not isinstance(value, Call):
        return None
    name = value.callee.name if isinstance(value.callee, (Member, External)) else ""
    first = value.argument(0)
    match name:
        case "literal":
            return first if isinstance(first, str) else None
        case "col":
            return ".".join(quoted(part) for part in first.split(".")) if isinstance(first, str) else None
        case "fn":
            given = [method_sql(one) or constant_sql(one, "") for one in value.arguments[1:]]
            return f"{first}({', '.join(one or '' for one in given)})" if isinstance(first, str) and None not in given else None
        case "cast":
            inner = method_sql(first) or constant_sql(first, "")
            kind = value.argument(1)
            return f"CAST({inner} AS {kind.upper()})" if inner is not None and isinstance(kind, str) else None
        case _:
            return None


def constant_sql(value: Value, type_name: str) -> str | None:
    """A default as `escape` writes it for a column of that type."""
    if type_name in JSON_TYPES and (isinstance(value, (str, ArrayValue, ObjectValue)) or value is None):
        text = to_json(value)
        return literal(text) if text is not None else None
    if isinstance(value, str):
        return literal(value)
    if type_name in FLOATING and isinstance(value, (int, float)) and not isinstance(value, bool):
        return literal(as_text(value))
    if value is None or isinstance(value, (bool, int, float)):
        return as_text(value)
    if isinstance(value, ArrayValue):
        items = [constant_sql(item, "") for item in value.items]
        cast = f"::{type_name}" if type_name.endswith("[]") else ""
        return f"ARRAY[{','.join(item or '' for item in items)}]{cast}" if None not in items else None
    return method_sql(value)


def key_sql(value: Value, columns: dict[str, str]) -> str | None:
    """A field of an index: a name, an object with order and operator class, or an expression."""
    if isinstance(value, str):
        return quoted(columns.get(value, value))
    if isinstance(value, ObjectValue):
        name = text_entry(value, "name") or text_entry(value, "attribute")
        if name is None:
            return None
        text = quoted(columns.get(name, name))
        collation, operator, order = (text_entry(value, key) for key in ("collate", "operator", "order"))
        text += f" COLLATE {quoted(collation)}" if collation else ""
        text += f" {operator}" if operator else ""
        return text + (f" {order}" if order else "")
    found = method_sql(value)
    is_bare = (
        isinstance(value, Call) and isinstance(value.callee, (Member, External)) and value.callee.name in ("fn", "col", "literal")
    )
    return found if is_bare or found is None else f"({found})"


def where_sql(value: Value, columns: dict[str, str]) -> str | None:
    """The condition of a partial index: `{ status: "open", deletedAt: null, age: { [Op.gt]: 3 } }`."""
    direct = method_sql(value)
    if direct is not None:
        return direct
    if not isinstance(value, ObjectValue) or not value.complete:
        return None
    parts = [test_sql(key, wanted, columns) for key, wanted in value.entries.items()]
    return " AND ".join(part or "" for part in parts) if parts and None not in parts else None


def test_sql(key: str, wanted: Value, columns: dict[str, str]) -> str | None:
    if key in ("Op.and", "Op.or") and isinstance(wanted, (ArrayValue, ObjectValue)):
        inside = (
            [where_sql(item, columns) for item in wanted.items] if isinstance(wanted, ArrayValue) else [where_sql(wanted, columns)]
        )
        joiner = " AND " if key == "Op.and" else " OR "
        return "(" + joiner.join(f"({part})" for part in inside) + ")" if None not in inside else None
    column = quoted(columns.get(key, key))
    if isinstance(wanted, ArrayValue):
        return among(column, wanted, "IN")
    if not isinstance(wanted, ObjectValue):
        return compared(column, "=", wanted)
    tests = [operator_sql(column, operator, operand) for operator, operand in wanted.entries.items()]
    return " AND ".join(test or "" for test in tests) if tests and None not in tests else None


def operator_sql(column: str, operator: str, operand: Value) -> str | None:
    name = operator.removeprefix("Op.").removeprefix("$")
    if name in ("in", "notIn") and isinstance(operand, ArrayValue):
        return among(column, operand, "IN" if name == "in" else "NOT IN")
    if name in ("between", "notBetween") and isinstance(operand, ArrayValue) and len(operand) == 2:
        low, high = (constant_sql(item, "") for item in operand)
        word = "BETWEEN" if name == "between" else "NOT BETWEEN"
        return f"{column} {word} {low} AND {high}" if low is not None and high is not None else None
    return compared(column, OPERATORS[name], operand) if name in OPERATORS else None


def among(column: str, wanted: ArrayValue, word: str) -> str | None:
    items = [constant_sql(item, "") for item in wanted.items]
    return f"{column} {word} ({', '.join(item or '' for item in items)})" if items and None not in items else None


def compared(column: str, sign: str, wanted: Value) -> str | None:
    text = constant_sql(wanted, "") if not isinstance(wanted, Undefined) else None
    if text is None:
        return None
    if wanted is None:
        return f"{column} IS {'NOT ' if sign in ('!=', 'IS NOT') else ''}NULL"
    if sign == "IS NOT" and not isinstance(wanted, bool):
        sign = "!="
    return f"{column} {sign} {text}"
