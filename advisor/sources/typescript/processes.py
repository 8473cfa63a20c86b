"""Calls that start a child process in, `ShellCommand` facts out: node's child_process, execa, zx, shelljs."""

from __future__ import annotations

import re

from tree_sitter import Node

from advisor.model import Interpolation, ShellCommand
from advisor.sources.typescript.clients import package_of
from advisor.sources.typescript.context import CodeContext
from advisor.sources.typescript.sql_text import BuiltText, TextReader
from advisor.sources.typescript.syntax import arguments_of, callee_of, content, field, member_of, string_text, unwrap

SHELL_APIS = frozenset(("exec", "execSync", "execaCommand", "execaCommandSync"))
LIST_APIS = frozenset(("spawn", "spawnSync", "execFile", "execFileSync", "execa", "execaSync"))
APIS = SHELL_APIS | LIST_APIS | {"$"}
PACKAGES = re.compile(r"^(child_process|execa|zx|shelljs|cross-spawn)$")
MODULES = re.compile(rb"""['"](node:child_process|child_process|execa|zx|zx/globals|shelljs|cross-spawn)['"]""")
DEFAULT_NAMES = {"cross-spawn": "spawn", "execa": "execa", "zx": "$"}
SHELLS = frozenset(("sh", "bash", "zsh", "dash", "/bin/sh", "/bin/bash", "cmd", "cmd.exe"))
MAX_STEPS = 5


def may_start_processes(data: bytes) -> bool:
    """Whether a file names a module that starts processes; its functions may go by any name (`promisify(exec)`)."""
    return MODULES.search(data) is not None


def read_process(context: CodeContext, reader: TextReader, call: Node) -> ShellCommand | None:
    """The command line that a call runs; None where it runs none."""
    called = callee_of(call)
    found = process_api(context, called) if called is not None else None
    if found is None:
        return None
    api, package = found
    template = field(call, "arguments")
    if template is not None and template.type == "template_string":
        return read_template(context, reader, call, api, package, template)
    given = arguments_of(call)
    if not given:
        return None
    built = BuiltText()
    reader.append(built, given[0], 8)
    through_shell = api in SHELL_APIS and not api.startswith("execaCommand")
    if api in LIST_APIS:
        through_shell = add_arguments(context, reader, built, given)
    if api not in SHELL_APIS and not built.seen:
        return None
    return fact(context, call, api, built, through_shell=through_shell)


def process_api(context: CodeContext, called: Node) -> tuple[str, str] | None:
    """The function's own name and its package, through imports, aliases and `promisify(exec)`."""
    node = called
    for _ in range(MAX_STEPS):
        member = member_of(context.tree, node)
        binding = context.scopes.resolve(member[0] if member is not None else node)
        if binding is None:
            return ("$", "zx") if context.text(node) == "$" and "zx/globals" in context.tree.source.text else None
        if binding.kind == "import":
            package = package_of(binding.module)
            if not PACKAGES.match(package):
                return None
            name = member[1] if member is not None else binding.imported
            name = DEFAULT_NAMES.get(package, name) if name in ("default", "*") else name
            return (name, package) if name in APIS else None
        promised = promisified(context, binding.value) if member is None and binding.value is not None else None
        if promised is None:
            return None
        node = promised
    return None


def promisified(context: CodeContext, value: Node) -> Node | None:
    """`exec` of `promisify(exec)`, or of a plain alias."""
    value = unwrap(value)
    if value.type in ("identifier", "member_expression"):
        return value
    called = callee_of(value) if value.type == "call_expression" else None
    given = arguments_of(value) if called is not None else []
    return unwrap(given[0]) if called is not None and given and context.text(called).endswith("promisify") else None


def add_arguments(context: CodeContext, reader: TextReader, built: BuiltText, given: list[Node]) -> bool:
    """Add the list of arguments to a command line; whether a shell reads the whole (`shell: true`, or `sh -c`)."""
    program = built.text
    array = context.values.array(given[1]) if len(given) > 1 else None
    for element in array.elements if array is not None else ():
        built.write(" ")
        reader.append(built, element, 8)
    if len(given) > 1 and array is None and not context.values.object(given[1]).entries:
        built.text += f" ${{{context.text(given[1])}}}"
        built.interpolations.append(Interpolation(context.text(given[1]), context.location(given[1])))
    shell = next((entry for option in given[1:] if (entry := context.values.object(option).get("shell")) is not None), None)
    return program in SHELLS or (
        shell is not None and context.text(context.values.follow(shell.value)) not in ("false", "undefined")
    )


def read_template(
    context: CodeContext, reader: TextReader, call: Node, api: str, package: str, template: Node
) -> ShellCommand | None:
    """``$`pg_dump ${url}` ``: zx runs a shell and quotes each value for it; execa splits the line itself and runs none."""
    built = BuiltText()
    for piece in template.named_children:
        if piece.type != "template_substitution":
            built.write(string_text(context.tree, piece))
        elif inside := content(piece):
            text = context.text(inside[0])
            built.text += f"${{{text}}}"
            constant = reader.safety.of(inside[0]) in ("constant", "number")
            built.interpolations.append(Interpolation(text, context.location(inside[0]), "constant" if constant else "identifier"))
    return fact(context, call, api, built, through_shell=package == "zx") if built.seen else None


def fact(context: CodeContext, call: Node, api: str, built: BuiltText, *, through_shell: bool) -> ShellCommand:
    return ShellCommand(
        location=context.location(call),
        scope=context.scope(call),
        api=api,
        text=built.text,
        through_shell=through_shell,
        interpolations=tuple(built.interpolations),
    )
