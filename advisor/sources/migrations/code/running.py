"""A file of code that may be a migration, parsed and run. In: its text. Out: a `MigrationText`, or None where it is none."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tree_sitter import Node

from advisor.model import Skipped, SourceText
from advisor.sources.evaluation.classes import heritage_text, instantiate, method_named
from advisor.sources.evaluation.evaluator import Evaluator
from advisor.sources.evaluation.invocation import Invocation
from advisor.sources.evaluation.modules import Module, Modules, parse_module
from advisor.sources.evaluation.values import ClassValue, Function, Instance, NotSeen, TooMuchError, Unknown, Value
from advisor.sources.migrations.code.knex.calls import Knex
from advisor.sources.migrations.code.kysely.calls import Kysely, KyselyModule
from advisor.sources.migrations.code.node_pg_migrate.calls import MigrationBuilder
from advisor.sources.migrations.code.script import Script
from advisor.sources.migrations.code.sequelize.calls import QueryInterface
from advisor.sources.migrations.code.sequelize.types import Sequelize
from advisor.sources.migrations.code.typeorm.calls import Context, QueryRunner
from advisor.sources.migrations.code.typeorm.tables import TypeOrm
from advisor.sources.migrations.texts import MigrationText
from advisor.sources.typescript.syntax import SyntaxTree, content, field

PACKAGES: dict[str, Callable[[], Value]] = {"kysely": KyselyModule, "sequelize": Sequelize, "typeorm": TypeOrm}
SIGNS = (
    ("typeorm", re.compile(r"\bqueryRunner\b|\bQueryRunner\b")),
    ("sequelize", re.compile(r"\b(?:queryInterface|QueryInterface)\b")),
    ("knex", re.compile(r"\b[kK]nex\b")),
    ("kysely", re.compile(r"\bKysely\b")),
    ("node-pg-migrate", re.compile(r"\bpgm\b|\bMigrationBuilder\b")),
)
"""What the parameters of `up` are called, or are typed as."""

ARGUMENTS: dict[str, Callable[[], list[Value]]] = {
    "typeorm": lambda: [QueryRunner()],
    "sequelize": lambda: [QueryInterface(), Sequelize()],
    "knex": lambda: [Knex(), Unknown("Promise")],
    "kysely": lambda: [Kysely()],
    "node-pg-migrate": lambda: [MigrationBuilder(), Unknown("run")],
}
"""What each tool hands to `up` and `down`."""

NO_TRANSACTION = re.compile(r"\bpgm\.noTransaction\(")
TIMESTAMP = re.compile(r"(\d{13})$")


@dataclass(frozen=True, slots=True)
class Directions:
    """`up` and `down` of a migration, and the class that they are methods of."""

    up: Function
    down: Value
    made_of: ClassValue | None = None
    instance: Instance | None = None


NAMED_UP = """
((property_identifier) @up (#eq? @up "up"))
((identifier) @up (#eq? @up "up"))
((shorthand_property_identifier) @up (#eq? @up "up"))
((string_fragment) @up (#eq? @up "up"))
(class_declaration (class_heritage) @extends)
"""
UP_IS_DECLARED_BY = frozenset(
    (
        "export_specifier",
        "field_definition",
        "function_declaration",
        "method_definition",
        "pair",
        "public_field_definition",
        "string",
        "variable_declarator",
    )
)
MAX_STEPS = 200_000
"""Expressions and statements of one migration; more are a loop that does not end."""


def read_migration(source: SourceText, modules: Modules) -> MigrationText | None:
    module = parse_module(source)
    if module is None or not may_export_up(module):
        return None
    run = Evaluator(modules, packages=package, effects=Script(source=source), keeps_parts=False, max_steps=MAX_STEPS)
    try:
        run.run_module(module)
        with run.at(module):
            return migration_of(run, module)
    except (TooMuchError, RecursionError):
        return None


def may_export_up(module: Module) -> bool:
    """Whether a file declares something called `up`, or takes it over. Most files that mention it do neither, and are not run."""
    found = module.tree.captures(NAMED_UP)
    declares = any(one.parent is not None and is_declared(module, one, one.parent) for one in found.get("up", ()))
    inherits = any("igration" in module.tree.text(one) for one in found.get("extends", ()))
    return declares or inherits or bool(module.stars)


def is_declared(module: Module, name: Node, around: Node) -> bool:
    if around.type == "member_expression":  # `exports.up = ...`
        return module.tree.text(around) in ("exports.up", "module.exports.up")
    return around.type in UP_IS_DECLARED_BY or name.type == "shorthand_property_identifier"


def migration_of(run: Evaluator, module: Module) -> MigrationText | None:
    """What a file that has run exports as a migration."""
    found = directions_of(run)
    tool = tool_of(run, found) if found is not None else None
    if found is None or tool is None:
        return None
    problems: list[Skipped] = syntax_problems(run.tree)
    up, down = (run_direction(run, function, tool, problems) for function in (found.up, found.down))
    name = name_of(found, module.path)
    return MigrationText(
        name=name,
        path=module.path,
        up=up,
        down=down,
        transactional=transactional(run, found),
        problems=tuple(problems),
        tool=tool,
        timestamp=timestamp_of(name) if tool == "typeorm" else None,
    )


def package(name: str) -> Value | None:
    """The object that stands for a tool's package."""
    made = PACKAGES.get(name)
    return made() if made is not None else None


def directions_of(run: Evaluator) -> Directions | None:
    """`up` and `down` among the exports: functions, methods of an object, or of a class."""
    exports = run.exports
    for holder in (exports, exports.get("default")):
        if isinstance(holder, dict) and isinstance(up := holder.get("up"), Function):
            return Directions(up, holder.get("down"))
    classes = [value for value in exports.values() if isinstance(value, ClassValue)]
    for made_of in classes:
        instance = instantiate(run, made_of, [], Invocation(run, made_of.place.module, made_of.node))
        up, down = (method_named(run, made_of, name, instance) or instance.fields.get(name) for name in ("up", "down"))
        if isinstance(up, Function):
            return Directions(up, down, made_of, instance)
    return None


def tool_of(run: Evaluator, found: Directions) -> str | None:
    """Which tool runs the migration."""
    if found.made_of is not None and re.search(r"\bMigrationInterface\b", heritage_text(run, found.made_of)):
        return "typeorm"
    parameters = field(found.up.node, "parameters") or field(found.up.node, "parameter")
    written = found.up.place.module.tree.text(parameters) if parameters is not None else ""
    for tool, sign in SIGNS:
        if sign.search(written) and (tool != "typeorm" or found.made_of is not None):
            return tool
    return tool_by_use(run, found, parameters)


def tool_by_use(run: Evaluator, found: Directions, parameters: Node | None) -> str | None:
    """A parameter of any name whose calls are one tool's: `(q, Sequelize)`, `({ context })`, `(k) => k.schema.createTable`."""
    text = found.up.place.module.tree.text(found.up.node)
    whole = run.tree.source.text
    if (
        re.search(r"\bcontext\b", found.up.place.module.tree.text(parameters) if parameters is not None else "")
        and "equelize" in whole
    ):
        return "sequelize"
    if re.search(r"""from ['"]sequelize['"]|require\(['"]sequelize['"]\)|@type .*sequelize""", whole) and re.search(
        r"\.\w+\(", text
    ):
        return "sequelize"
    if re.search(r"""['"]knex['"]""", whole) and ".schema" in text:
        return "knex"
    if re.search(r"""['"]kysely['"]""", whole) and ".schema" in text:
        return "kysely"
    if re.search(r"""['"]node-pg-migrate['"]""", whole):
        return "node-pg-migrate"
    return None


def run_direction(run: Evaluator, function: Value, tool: str, problems: list[Skipped]) -> tuple[SourceText, ...]:
    if not isinstance(function, Function):
        return ()
    script = run.effects = Script(source=run.tree.source)
    run.guards, run.steps, run.calls = (), 0, 0
    call = Invocation(run, function.place.module, function.node)
    given: list[Value] = [Context()] if tool == "typeorm" and takes_context(function) else ARGUMENTS[tool]()
    try:
        run.settle(run.call_function(function, given, call), call)
    except NotSeen as reason:
        call.leave(f"the rest of the migration is not examined: {reason}")
    except (TooMuchError, RecursionError):
        call.leave("the rest of the migration is not examined: it runs too long, or is nested too deeply")
    problems.extend(script.problems)
    return script.finish()


def takes_context(function: Function) -> bool:
    """`up({ queryRunner })`: the project hands over an object of its own."""
    listed = field(function.node, "parameters")
    first = content(listed)[:1] if listed is not None else []
    pattern = (field(first[0], "pattern") or first[0]) if first else None
    return pattern is not None and pattern.type == "object_pattern"


def syntax_problems(tree: SyntaxTree) -> list[Skipped]:
    return [mistakes] if (mistakes := tree.mistakes()) is not None else []


def name_of(found: Directions, path: str) -> str:
    """TypeORM calls a migration after its class, or its property `name`; the others after the file."""
    if found.made_of is not None:
        given = own_value(found, "name")
        return given if isinstance(given, str) else found.made_of.name
    return path.rpartition("/")[2].partition(".")[0]


def timestamp_of(name: str) -> int | None:
    """The moment that the name of a TypeORM migration ends in: TypeORM runs them in that order."""
    match = TIMESTAMP.search(name)
    return int(match.group(1)) if match else None


def own_value(found: Directions, name: str) -> Value:
    """What the migration's object says of itself."""
    return found.instance.fields.get(name) if found.instance is not None else None


def transactional(run: Evaluator, found: Directions) -> bool | None:
    """What a migration says of its transaction.

    TypeORM: `transaction = false`; Knex: `exports.config = { transaction: false }`; node-pg-migrate: `pgm.noTransaction()`.
    """
    if NO_TRANSACTION.search(found.up.place.module.tree.text(found.up.node)):
        return False
    given: Value
    if found.made_of is not None:
        given = own_value(found, "transaction")
    else:
        config = run.exports.get("config")
        given = config.get("transaction") if isinstance(config, dict) else None
    return given if isinstance(given, bool) else None
