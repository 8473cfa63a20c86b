"""Literals and functions as values. In: a node and its variables. Out: a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from advisor.sources.evaluation.containers import ArrayValue, ObjectValue
from advisor.sources.evaluation.conversions import truth, written, written_of
from advisor.sources.evaluation.invocation import short
from advisor.sources.evaluation.names import read_name
from advisor.sources.evaluation.symbols import External, Member, Template
from advisor.sources.evaluation.values import UNDEFINED, Environment, Function, Namespace, Place, Unknown, Value, WrittenText
from advisor.sources.typescript.syntax import content, field, string_text
from advisor.sources.typescript.values import key_text

if TYPE_CHECKING:
    from advisor.sources.evaluation.evaluator import Evaluator

MAX_LENGTH = 1_000_000


def unknown(run: Evaluator, node: Node, reason: str) -> Unknown:
    return Unknown(short(run.tree.text(node)), reason, Place(run.here, node))


def read_string(run: Evaluator, node: Node, _scope: Environment) -> Value:
    text = string_text(run.tree, node)
    begin, end = run.tree.offset(node.start_byte) + 1, run.tree.offset(node.end_byte) - 1
    return WrittenText(text, begin, run.here.path) if run.tree.source.text[begin:end] == text else text


def read_template(run: Evaluator, node: Node, scope: Environment) -> Value:
    """A template: a string where all that is put in is known, else its parts."""
    if node.id in run.tagged:
        return run.tagged[node.id]
    pieces, values = template_parts(run, node, scope)
    if not values:
        return pieces[0]
    written_values = [written_of(value) for value in values]
    texts: list[str] = []
    for piece, value in zip(pieces, [*written_values, ""], strict=True):
        texts.append(piece)
        if value is None:
            return Template(UNDEFINED, tuple(pieces), tuple(values), Place(run.here, node), "".join(texts))
        texts.append(value)
    made = "".join(texts)
    return made if len(made) <= MAX_LENGTH else unknown(run, node, "it is too long")


def template_parts(run: Evaluator, node: Node, scope: Environment) -> tuple[list[str], list[Value]]:
    """The texts of a template, and the values between them.

    Blanks between its pieces belong to no child of the node, so the text is cut between the substitutions.
    """
    pieces, values = [""], []
    begin, end = node.start_byte + 1, node.end_byte - 1
    holes = [part for part in node.named_children if part.type in ("template_substitution", "escape_sequence")]
    if not holes:
        return [WrittenText(cut(run, begin, end), run.tree.offset(begin), run.here.path)], []
    for hole in holes:
        pieces[-1] += cut(run, begin, hole.start_byte)
        begin = hole.end_byte
        if hole.type == "escape_sequence":
            pieces[-1] += string_text(run.tree, hole)
            continue
        inside = content(hole)
        values.append(run.evaluate(inside[0], scope) if inside else UNDEFINED)
        pieces.append("")
    pieces[-1] += cut(run, begin, end)
    return pieces, values


def cut(run: Evaluator, begin: int, end: int) -> str:
    return run.tree.data[begin:end].decode(errors="replace")


def read_number(run: Evaluator, node: Node, _scope: Environment) -> Value:
    text = run.tree.text(node).replace("_", "").lower().rstrip("n")
    try:
        return int(text, 0) if text.startswith("0x") or not any(mark in text for mark in ".e") else float(text)
    except ValueError:
        return unknown(run, node, "a number of a kind that is not read")


def read_object(run: Evaluator, node: Node, scope: Environment) -> Value:
    made = ObjectValue({}, {}, Place(run.here, node))
    for part in content(node):
        if part.type == "spread_element":
            spread_into(made, spread_value(run, content(part)[0], scope) if content(part) else UNDEFINED)
            continue
        name = entry_name(run, part, scope)
        if name is None:
            made.complete = False
        else:
            made[name], made.places[name] = entry_value(run, part, scope, made), Place(run.here, part)
    if not made.complete and not run.keeps_parts:
        return unknown(run, node, "not all of an object is seen")
    return made


def spread_value(run: Evaluator, node: Node, scope: Environment) -> Value:
    """What is spread; of a module of the project (`...require("./users")`) what it exports by name."""
    value = run.evaluate(node, scope)
    if not isinstance(value, Namespace):
        return value
    named = {name: one for name, one in run.exported(value.module) if name != "default"}
    return named or run.export(value.module, "default")


def spread_into(made: ObjectValue, spread: Value) -> None:
    if isinstance(spread, dict):
        made.update(spread)
        made.places.update(spread.places if isinstance(spread, ObjectValue) else {})
        made.complete = made.complete and (not isinstance(spread, ObjectValue) or spread.complete)
    else:
        made.complete = made.complete and truth(spread) is False


def entry_name(run: Evaluator, part: Node, scope: Environment) -> str | None:
    """The name of an entry of an object; None where it is computed from something unknown."""
    if part.type == "shorthand_property_identifier":
        return run.tree.text(part)
    key = field(part, "key") or field(part, "name")
    if key is None:
        return None
    if key.type != "computed_property_name" or not content(key):
        return key_text(run.tree, key)
    value = run.evaluate(content(key)[0], scope)
    if isinstance(value, Member) and isinstance(value.owner, External):
        return f"{value.owner.name}.{value.name}"  # `[Op.gt]`
    return written(value)


def entry_value(run: Evaluator, part: Node, scope: Environment, made: ObjectValue) -> Value:
    """The value of an entry; methods of an object see it as `this`."""
    if part.type == "shorthand_property_identifier":
        return read_name(run, part, scope)
    value = field(part, "value") if part.type == "pair" else part
    if value is None:
        return UNDEFINED
    if value.type in ("method_definition", "function_expression"):
        return Function(Place(run.here, value), scope, made)
    return run.evaluate(value, scope)


def read_array(run: Evaluator, node: Node, scope: Environment) -> Value:
    elements, complete = read_listed(run, content(node), scope)
    if not complete and not run.keeps_parts:
        return unknown(run, node, "not all of a list is seen")
    return ArrayValue(elements, Place(run.here, node), complete)


def read_listed(run: Evaluator, nodes: list[Node], scope: Environment) -> tuple[list[Value], bool]:
    """Elements or arguments, spread ones in their place; whether all of them are seen."""
    elements: list[Value] = []
    complete = True
    for node in nodes:
        if node.type != "spread_element":
            elements.append(run.evaluate(node, scope))
            continue
        value = run.evaluate(content(node)[0], scope) if content(node) else UNDEFINED
        elements.extend(value if isinstance(value, list) else ())
        complete = complete and isinstance(value, list) and (not isinstance(value, ArrayValue) or value.complete)
    return elements, complete


def read_function(run: Evaluator, node: Node, scope: Environment) -> Value:
    return Function(Place(run.here, node), scope, scope.this)
