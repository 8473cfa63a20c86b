"""How well the tests guard the rules and the table of effects: one change at a time, and whether any test notices.

    python scripts/mutation.py                       every mutant of every rule: hours
    python scripts/mutation.py --sample 12           twelve of each file, drawn with --seed
    python scripts/mutation.py rules/keys --output build/mutation.md

The mutants are mutmut's (`pip install mutmut`), of whole modules: mutmut itself leaves decorated functions alone, which rules
are, and tables, which the effects are. Docstrings, examples, imports and annotations are not changed, nor the sources that rows
of the table name. A mutant is tried in a child of this process, in which everything is imported: first by the rule's own
examples, word for word (tests/rules/spoken), then by other tools' cases, then by the tests that name the rule.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import os
import random
import signal
import sys
import tempfile
import time
import types
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import libcst as cst
from mutmut.mutation.mutators import mutation_operators

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
EXAMPLE_WORDS = ("CREATE ", "ALTER ", "DROP ", "model ", "datasource", "SELECT ", "INSERT ", "UPDATE ", "SET ", "REFRESH ")
TABLE = ("effect_rows", "effects", "type_changes", "moments")
READ_FROM = {"effect_rows": ("effects",)}
"""Which of them makes tables of its own from another's."""
SOURCE_OF_ROW = 3
"""Which argument of a row of the table says where its fact is documented."""
BY_SERVER = ("are_what_the_server_does", "time_zone_is_not", "cannot_run_in", "costs_on_a_server")
"""The tests that ask a server, in whose place the traces stand."""
SECONDS = 60
"""What a mutant may take before it counts as noticed: an endless loop is."""


@dataclass(frozen=True)
class Mutant:
    path: Path
    line: int
    was: str
    now: str
    code: str


# What is changed


class Changes(cst.CSTVisitor):
    """Every node that an operator can change, with the operators that can."""

    METADATA_DEPENDENCIES = (cst.metadata.PositionProvider,)

    def __init__(self) -> None:
        self.found: list[tuple[cst.CSTNode, cst.CSTNode, int]] = []
        self.sources: list[cst.CSTNode] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if is_left_alone(node) or any(node is source for source in self.sources):
            return False
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == "Row":
            self.sources = [node.args[SOURCE_OF_ROW]]
        line = self.get_metadata(cst.metadata.PositionProvider, node).start.line
        for kind, operator in mutation_operators:
            if isinstance(node, kind):
                self.found += [(node, changed, line) for changed in operator(node)]  # type: ignore[arg-type]
        if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name) and node.value.value == "Lock":
            other = "SHARE" if node.attr.value != "SHARE" else "ROW_EXCLUSIVE"
            self.found.append((node, node.with_changes(attr=cst.Name(other)), line))
        return True


def is_left_alone(node: cst.CSTNode) -> bool:
    """What is no behaviour: text for people, examples, names of other modules, types."""
    if isinstance(node, cst.Import | cst.ImportFrom | cst.Annotation | cst.Decorator):
        return True
    if isinstance(node, cst.Expr) and isinstance(node.value, cst.SimpleString | cst.ConcatenatedString):
        return True
    if isinstance(node, cst.Arg) and node.keyword is not None and node.keyword.value == "source":
        return True
    if isinstance(node, cst.AugAssign):
        return isinstance(node.target, cst.Name) and node.target.value.isupper()
    if isinstance(node, cst.Assign):
        target = node.targets[0].target
        return isinstance(target, cst.Name) and (target.value in ("BAD", "GOOD") or is_text_of_examples(target.value, node))
    return False


def is_text_of_examples(name: str, node: cst.Assign) -> bool:
    """`POSTS = "CREATE TABLE ..."`: SQL or Prisma that only examples use, or the address of a source."""
    text = cst.Module(body=[]).code_for_node(node.value)
    is_source = isinstance(node.value, cst.SimpleString) and ("https://" in text or ".c, " in text)
    return name.isupper() and (is_source or any(word in text for word in EXAMPLE_WORDS))


def mutants_of(path: Path) -> Iterator[Mutant]:
    wrapper = cst.metadata.MetadataWrapper(cst.parse_module(path.read_text(encoding="utf-8")))
    changes = Changes()
    wrapper.visit(changes)
    module, seen = wrapper.module, set()
    for node, changed, line in changes.found:
        code = (
            module.with_deep_changes(node, **vars_of(changed))
            if type(node) is type(changed)
            else module.deep_replace(node, changed)
        )
        text = code.code if isinstance(code, cst.Module) else ""
        if text and text not in seen and text != module.code and compiles(text):
            seen.add(text)
            yield Mutant(path, line, module.code_for_node(node).strip(), module.code_for_node(changed).strip(), text)


def vars_of(node: cst.CSTNode) -> dict[str, Any]:
    return {name: getattr(node, name) for name in node.__dataclass_fields__ if not name.startswith("__")}


def compiles(text: str) -> bool:
    try:
        compile(text, "mutant", "exec")
    except (SyntaxError, ValueError):
        return False
    return True


# Who notices


def notices_rule(mutant: Mutant, world: World) -> str | None:
    """Which test notices a change of a rule, or of what its category shares; None where none does."""
    category = mutant.path.parent.name
    module = import_module(f"advisor.rules.{category}.{mutant.path.stem}")
    try:
        put_in(module, mutant)
        touched = world.rules_of(mutant.path)
        for name in touched:
            if name != mutant.path.stem.replace("_", "-"):
                again(import_module(f"advisor.rules.{category}.{name.replace('-', '_')}"))
        world.replace_rules(touched)
    except Exception as error:
        return f"import: {type(error).__name__}"
    for name in touched:
        for check in (world.examples_change, world.cases_change, world.tests_fail):
            if check(name):
                return check.__name__
    return None


def notices_table(mutant: Mutant, world: World) -> str | None:
    try:
        for name in (mutant.path.stem, *READ_FROM.get(mutant.path.stem, ())):
            module = import_module(f"advisor.model.migration.{name}")
            before = dict(vars(module))
            if name == mutant.path.stem:
                put_in(module, mutant)
            else:
                again(module)
            spread(before, module)
    except Exception as error:
        return f"import: {type(error).__name__}"
    if world.effects_change():
        return "traces"
    return "tests" if world.tests_of_effects_fail() else None


def put_in(module: types.ModuleType, mutant: Mutant) -> None:
    exec(compile(mutant.code, str(mutant.path), "exec"), module.__dict__)


def again(module: types.ModuleType) -> None:
    """A module that imports from the changed one, imported again."""
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    exec(compile(source, str(module.__file__), "exec"), module.__dict__)


def spread(before: dict[str, Any], module: types.ModuleType) -> None:
    """The changed functions and tables in every module that has imported the old ones by name."""
    for other in list(sys.modules.values()):
        if other is None or other is module or not getattr(other, "__name__", "").startswith(("advisor", "tests")):
            continue
        for name, value in before.items():
            if not name.startswith("__") and vars(other).get(name) is value:
                setattr(other, name, getattr(module, name, value))


class World:
    """What is prepared once, before any child: examples read, cases judged, traces taken, tests found."""

    def __init__(self) -> None:
        from advisor.engine import registry, run
        from advisor.engine.review import judge, settings_for
        from advisor.sources.read import read_project
        from tests.peers import test_cases
        from tests.rules import spoken

        self.registry, self.run, self.judge, self.settings, self.spoken = registry, run, judge, settings_for, spoken
        self.rules = {rule.name: rule for rule in registry.all_rules()}
        self.peers = test_cases
        self.examples: dict[str, list[tuple[Any, bool, str, Path]]] = defaultdict(list)
        self.folder = Path(tempfile.mkdtemp(prefix="mutation-"))
        for rule in self.rules.values():
            for wanted, given in ((True, rule.bad), (False, rule.good)):
                for number, example in enumerate(given, 1):
                    place = self.folder / rule.name / f"{wanted}-{number}"
                    spoken.write_example(example, place)
                    os.chdir(place)
                    words = spoken.said(rule, number) if wanted else ""
                    self.examples[rule.name].append((read_project(["."]), wanted, words, place))
        os.chdir(ROOT)
        self.cases = [case for case in test_cases.cases() if set(case["rules"]) <= self.rules.keys()]
        self.tests = tests_by_rule(self.rules)
        self.traces: dict[str, Any] = {}
        self.type_changes: list[Any] = []

    def rules_of(self, path: Path) -> list[str]:
        """The rule of a file; of a shared file, the rules that import it."""
        if not path.stem.startswith("_"):
            return [path.stem.replace("_", "-")]
        users = [
            other for other in path.parent.glob("[!_]*.py") if f"from .{path.stem} import" in other.read_text(encoding="utf-8")
        ]
        return [user.stem.replace("_", "-") for user in users]

    def replace_rules(self, names: Sequence[str]) -> None:
        load = self.registry.load
        changed = {category.name: load(category) for category in self.registry.categories()}
        for category in self.registry.categories():
            changed[category.name] = tuple(
                self.registry.load_rule(category, rule.name) if rule.name in names else rule for rule in changed[category.name]
            )
        self.run.load = lambda category: changed[category.name]  # type: ignore[assignment]
        self.rules.update({rule.name: rule for found in changed.values() for rule in found})

    def examples_change(self, name: str) -> bool:
        for read, wanted, words, place in self.examples[name]:
            os.chdir(place)
            result = self.judge(read, self.settings(["."], None, (name,), ()))
            findings = [finding for finding in result.findings if finding.rule == name]
            if result.skipped and any("failed" in lost.reason for lost in result.skipped):
                return True
            if (self.spoken.told(self.rules[name], result) != words) if wanted else bool(findings):
                return True
        return False

    def cases_change(self, name: str) -> bool:
        for case in self.cases:
            if name in case["rules"]:
                with tempfile.TemporaryDirectory() as folder:
                    right = self.peers.is_flagged(case, Path(folder)) == (case["expect"] == "flag")
                if right == (case["id"] in self.peers.DISAGREEMENTS):
                    return True
        return False

    def tests_fail(self, name: str) -> bool:
        return bool(self.tests.get(name)) and run_pytest(self.tests[name])

    def take_traces(self) -> None:
        """What a server does at each statement of the test, recorded once."""
        import psycopg

        from advisor.sandbox.server import find_binaries, running_postgres
        from tests.model.migration import test_effects, test_type_changes

        with running_postgres(find_binaries()) as server, psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {test_effects.DATABASE}")
            string = server.replace("dbname=postgres", f"dbname={test_effects.DATABASE}")
            with psycopg.connect(string, autocommit=True) as session, psycopg.connect(string, autocommit=True) as monitor:
                session.execute("SET allow_in_place_tablespaces = on")
                session.execute("CREATE TABLESPACE elsewhere LOCATION ''")
                session.execute(test_effects.SETUP)
                self.type_changes = test_type_changes.traced(session)
                self.traces = {sql: test_effects.trace(session, monitor, sql) for sql in test_effects.STATEMENTS}

    def effects_change(self) -> bool:
        """Whether a statement's prediction no longer fits what the server did."""
        from advisor.sources.sql.read import read_sql
        from tests.model.migration import test_effects, test_type_changes

        if test_type_changes.differences(self.type_changes):
            return True
        schema = read_sql([test_effects.SourceText("setup.sql", test_effects.SETUP)]).schema
        test_effects.trace = lambda *given: self.traces[given[2]]  # type: ignore[assignment]
        try:
            for sql in self.traces:
                test_effects.compare_with_server(sql, (None, None), schema)
        except Exception:
            return True
        return False

    def tests_of_effects_fail(self) -> bool:
        """By the tests without a server, imported anew since they keep rows of the table."""
        sys.modules.pop("tests.model.migration.test_effects", None)
        return run_pytest(["tests/model/migration", "-k", f"not ({' or '.join(BY_SERVER)})"])


def tests_by_rule(rules: dict[str, Any]) -> dict[str, list[str]]:
    """The tests whose text names a rule, as pytest names them; those that look at every rule's examples have been asked before."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if path.name in ("test_examples.py", "test_cases.py", "test_catalogue.py"):
            continue
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                body = ast.get_source_segment(text, node) or ""
                body += "".join(ast.get_source_segment(text, each) or "" for each in node.decorator_list)
                for name in rules:
                    if f'"{name}"' in body:
                        found[name].append(f"{path.relative_to(ROOT)}::{node.name}")
    return found


def run_pytest(arguments: Sequence[str]) -> bool:
    """Whether some test fails."""
    import pytest

    os.chdir(ROOT)
    return pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *arguments]) == pytest.ExitCode.TESTS_FAILED


# One after the other


def try_one(mutant: Mutant, notices: Callable[[Mutant, World], str | None], world: World) -> str | None:
    """In a child process: who noticed, `timeout`, or None."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            signal.alarm(SECONDS)
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
            try:
                answer = notices(mutant, world) or "-"
            except BaseException as error:
                answer = f"raises {type(error).__name__}"
            os.write(writing, answer.encode()[:200])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answers:
        answer = answers.read().decode()
    os.waitpid(child, 0)
    return None if answer == "-" else answer or "timeout"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path, default=[Path("rules"), Path("advisor/model/migration")])
    parser.add_argument("--sample", type=int, default=0, help="mutants of each file (default: all)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, help="where the table goes; the survivors go beside it, with the suffix .txt")
    given = parser.parse_args()
    os.chdir(ROOT)
    files = sorted({file for path in given.paths for file in files_in(ROOT / path)})
    started, world = time.time(), World()
    if any(file.parent.name == "migration" for file in files):
        world.take_traces()
    results: dict[str, Counter[str]] = defaultdict(Counter)
    survivors: list[str] = []
    for file in files:
        mutants = list(mutants_of(file))
        if given.sample and len(mutants) > given.sample:
            mutants = random.Random(f"{given.seed}{file.name}").sample(mutants, given.sample)
        notices = notices_table if file.parent.name == "migration" else notices_rule
        unchanged = Mutant(file, 0, "", "", file.read_text(encoding="utf-8"))
        if (noticed := try_one(unchanged, notices, world)) is not None:
            sys.exit(f"{file.relative_to(ROOT)}: the tests fail without a change ({noticed})")
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            answers = list(pool.map(lambda mutant, ask=notices: try_one(mutant, ask, world), mutants))
        group = "the table of effects" if file.parent.name == "migration" else file.parent.name
        for mutant, answer in zip(mutants, answers, strict=True):
            results[group]["killed" if answer else "survived"] += 1
            if answer is None:
                survivors.append(f"{file.relative_to(ROOT)}:{mutant.line}: {mutant.was!r} -> {mutant.now!r}")
        print(f"{file.relative_to(ROOT)}: {sum(map(bool, answers))} of {len(answers)}", flush=True)
    table = table_of(results)
    print(table)
    if given.output:
        command = f"python scripts/mutation.py {' '.join(sys.argv[1:])}".strip()
        minutes = (time.time() - started) / 60
        given.output.write_text(f"# Mutants\n\n`{command}`, {minutes:.0f} minutes\n\n{table}\n", encoding="utf-8")
        given.output.with_suffix(".txt").write_text("\n".join(survivors) + "\n", encoding="utf-8")


def files_in(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.name == "migration":
        yield from (path / f"{name}.py" for name in TABLE)
    else:
        yield from (file for file in path.rglob("*.py") if file.name != "__init__.py")


def table_of(results: dict[str, Counter[str]]) -> str:
    lines = ["| what | mutants | killed | share |", "| --- | --- | --- | --- |"]
    total: Counter[str] = Counter()
    for group, counts in sorted(results.items()):
        total += counts
        lines.append(row_of(group, counts))
    return "\n".join([*lines, row_of("all", total)])


def row_of(group: str, counts: Counter[str]) -> str:
    number = counts["killed"] + counts["survived"]
    return f"| {group} | {number:,} | {counts['killed']:,} | {counts['killed'] / max(number, 1):.1%} |"


if __name__ == "__main__":
    main()
