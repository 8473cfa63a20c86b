"""Literals, names and functions as values. In: a node and its variables. Out: a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from advisor.sources.migrations.code import builtins
from advisor.sources.migrations.code.values import (
    Environment,
    Function,
    Unknown,
    Value,
    WrittenText,
    truth,
    written,
    written_of,
)
from advisor.sources.typescript.syntax import content, field, string_text
from advisor.sources.typescript.values import key_text

if TYPE_CHECKING:
    from advisor.sources.migrations.code.interpreter import Interpreter


MAX_LENGTH = 1_000_000


def unknown(run: Interpreter, node: Node) -> Unknown:
    from advisor.sources.migrations.code.interpreter import short

    return Unknown(short(run.tree.text(node)))


def read_name(run: Interpreter, node: Node, scope: Environment) -> Value:
    name = run.tree.text(node)
    holder = scope.holder(name)
    if holder is not None:
        return holder.names[name]
    known = builtins.GLOBALS.get(name)
    return known(run) if known is not None else Unknown(name)


def read_string(run: Interpreter, node: Node, _scope: Environment) -> Value:
    text = string_text(run.tree, node)
    begin, end = run.tree.offset(node.start_byte) + 1, run.tree.offset(node.end_byte) - 1
    return WrittenText(text, begin) if run.tree.source.text[begin:end] == text else text


def read_template(run: Interpreter, node: Node, scope: Environment) -> Value:
    """A template. Blanks between its pieces belong to no child of the node, so the text is cut between the substitutions."""
    if node.id in run.tagged:
        return run.tagged[node.id]
    holes = [part for part in node.named_children if part.type in ("template_substitution", "escape_sequence")]
    begin, end = node.start_byte + 1, node.end_byte - 1
    if not holes:
        return WrittenText(run.tree.data[begin:end].decode(errors="replace"), run.tree.offset(begin))
    parts: list[str] = []
    for hole in holes:
        parts.append(run.tree.data[begin : hole.start_byte].decode(errors="replace"))
        begin = hole.end_byte
        if hole.type == "escape_sequence":
            parts.append(string_text(run.tree, hole))
            continue
        inside = content(hole)
        text = written_of(run.evaluate(inside[0], scope)) if inside else ""
        if text is None:
            return Unknown(unknown(run, node).text, "".join(parts))
        parts.append(text)
    made = "".join([*parts, run.tree.data[begin:end].decode(errors="replace")])
    return made if len(made) <= MAX_LENGTH else unknown(run, node)


def read_number(run: Interpreter, node: Node, _scope: Environment) -> Value:
    text = run.tree.text(node).replace("_", "").rstrip("n")
    try:
        return int(text, 0) if not any(mark in text for mark in ".eE") or text[:2] in ("0x", "0X") else float(text)
    except ValueError:
        return unknown(run, node)


def read_object(run: Interpreter, node: Node, scope: Environment) -> Value:
    entries: dict[str, Value] = {}
    for child in content(node):
        if child.type == "pair":
            key, value = field(child, "key"), field(child, "value")
            name = name_of_key(run, key, scope) if key is not None else None
            if name is None or value is None:
                return unknown(run, node)
            entries[name] = run.evaluate(value, scope)
        elif child.type == "shorthand_property_identifier":
            entries[run.tree.text(child)] = read_name(run, child, scope)
        elif child.type == "method_definition" and (key := field(child, "name")) is not None:
            entries[key_text(run.tree, key) or ""] = Function(child, scope)
        elif child.type == "spread_element":
            spread = run.evaluate(content(child)[0], scope)
            if isinstance(spread, dict):
                entries.update(spread)
            elif truth(spread) is not False:
                return unknown(run, node)
    bind_methods(entries)
    return entries


def bind_methods(entries: dict[str, Value]) -> None:
    """Methods of an object see it as `this`."""
    for name, value in entries.items():
        if isinstance(value, Function) and value.node.type in ("method_definition", "function_expression"):
            entries[name] = Function(value.node, value.scope, entries)


def name_of_key(run: Interpreter, key: Node, scope: Environment) -> str | None:
    if key.type != "computed_property_name":
        return key_text(run.tree, key)
    inside = content(key)
    return written(run.evaluate(inside[0], scope)) if inside else None


def read_array(run: Interpreter, node: Node, scope: Environment) -> Value:
    elements = read_listed(run, content(node), scope)
    return unknown(run, node) if elements is None else elements


def read_listed(run: Interpreter, nodes: list[Node], scope: Environment) -> list[Value] | None:
    """Elements or arguments, spread ones in their place; None where a spread one is not known."""
    elements: list[Value] = []
    for child in nodes:
        value = run.evaluate(content(child)[0] if child.type == "spread_element" else child, scope)
        if child.type != "spread_element":
            elements.append(value)
        elif isinstance(value, list):
            elements.extend(value)
        else:
            return None
    return elements


def read_function(_run: Interpreter, node: Node, scope: Environment) -> Value:
    return Function(node, scope, scope.this)
