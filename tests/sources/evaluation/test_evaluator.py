"""Values of expressions across files, and that no code keeps the evaluator for ever."""

from __future__ import annotations

from collections.abc import Mapping

from advisor.model import SourceText
from advisor.sources.evaluation.containers import ArrayValue, ObjectValue
from advisor.sources.evaluation.evaluator import TOO_MUCH, Evaluator
from advisor.sources.evaluation.modules import Modules
from advisor.sources.evaluation.symbols import Call, External, Member, Template
from advisor.sources.evaluation.values import Unknown, Value


def value(code: str, others: Mapping[str, str] | None = None, name: str = "x") -> Value:
    """What `a.ts` exports as `x`; `others` are further files."""
    files = {"a.ts": code, **(others or {})}
    modules = Modules(files, lambda path: SourceText(path, files[path]))
    module = modules.load("a.ts")
    assert module is not None
    return Evaluator(modules).export(module, name)


def reason(found: Value) -> str:
    assert isinstance(found, Unknown)
    return found.reason


def test_names_come_from_other_files() -> None:
    others = {"b.ts": "export * from './c';", "c.ts": "const T = 'posts'; export { T as TABLE };"}
    assert value("import { TABLE } from './b'; export const x = `${TABLE}_idx`;", others) == "posts_idx"


def test_what_a_file_assigns_to_its_exports_is_imported_by_name() -> None:
    others = {"b.js": "const names = { a: 'posts' }; module.exports = names;"}
    assert value("const { a } = require('./b'); export const x = a;", others) == "posts"


def test_modules_are_spread_into_what_another_exports() -> None:
    others = {
        "all/index.js": "module.exports = { ...require('./a.model'), ...require('./b.model') };",
        "all/a.model.js": "const a = 'posts'; module.exports = { a };",
        "all/b.model.js": "exports.b = 'likes';",
    }
    assert value("const all = require('./all'); export const x = [all.a, all.b];", others) == ["posts", "likes"]


def test_an_alias_of_a_folder_is_that_folder() -> None:
    others = {"types.ts": "export const A = 'here';", "shared/types.ts": "export const A = 'shared';"}
    assert value("import { A } from '@shared/types'; export const x = A;", others) == "shared"


def test_imports_in_a_circle_end() -> None:
    others = {"b.ts": "export { x } from './a'; export * from './a';"}
    assert reason(value("export { x } from './b';", others)) == "x is exported around in a circle"
    others = {"b.ts": "import { x } from './a'; export const y = x;"}
    assert reason(value("import { y } from './b'; export const x = y;", others)) == "x is exported around in a circle"


def test_a_name_that_is_made_of_itself_is_unknown() -> None:
    assert reason(value("export const x = x + 1;")) == "`+` of something unknown"


def test_functions_that_call_themselves_end() -> None:
    assert isinstance(value("const f = (n) => f(n + 1) + f(n + 2); export const x = f(0);"), Unknown)
    assert reason(value("function f() { while (true) { } } export const x = f();")) == TOO_MUCH


def test_what_follows_a_function_without_an_end_is_known() -> None:
    endless = "const even = (n) => odd(n + 1) || odd(n + 2); const odd = (n) => even(n) + even(n);"
    assert value(f"{endless} function f() {{ even(0); return 'a'; }} export const x = f();") == "a"


def test_functions_that_call_themselves_are_followed_to_their_end() -> None:
    assert value("const f = (n) => n === 0 ? [] : [...f(n - 1), n]; export const x = f(20);") == list(range(1, 21))


def test_loops_and_conditions_on_known_values_are_followed() -> None:
    code = "function f(n) { const all = []; for (const i of [1, 2, 3]) { if (i !== n) all.push(`c${i}`); } return all; }"
    assert value(f"{code} export const x = f(2);") == ["c1", "c3"]


def test_a_function_that_may_have_returned_before_is_not_believed() -> None:
    code = "import { isOn } from 'flags'; function f() { if (isOn()) return 'a'; return 'b'; } export const x = f();"
    assert reason(value(code)) == "it depends on a condition"


def test_what_a_branch_may_have_changed_is_not_known() -> None:
    code = "import { isOn } from 'flags'; function f() { const all = ['a']; if (isOn()) { all.push('b'); } return all; }"
    assert reason(value(f"{code} export const x = f();")) == "all depends on a condition"


def test_calls_of_packages_are_written_down() -> None:
    found = value("import { text } from 'orm'; export const x = text('a').notNull();")
    assert isinstance(found, Call)
    assert isinstance(found.callee, Member)
    assert found.callee.name == "notNull"
    assert isinstance(found.callee.owner, Call)
    assert found.callee.owner.callee == External("orm", "text")


def test_a_template_keeps_what_is_put_in() -> None:
    found = value("import { now } from 'orm'; export const x = `a ${now} b`;")
    assert isinstance(found, Template)
    assert (found.texts, found.begins) == (("a ", " b"), "a ")


def test_an_object_with_something_unknown_in_it_is_not_complete() -> None:
    found = value("import { more } from 'orm'; export const x = { a: 1, ...more };")
    assert isinstance(found, ObjectValue)
    assert (found.complete, dict(found)) == (False, {"a": 1})


def test_the_rest_of_objects_and_lists() -> None:
    found = value("const { a, ...rest } = { a: 1, b: 2 }; const f = ({ a, ...o }) => o; export const x = f({ a: 1, c: 3 });")
    assert isinstance(found, ObjectValue)
    assert dict(found) == {"c": 3}
    listed = value("const f = (first, ...others) => others; export const x = f(1, 2, 3);")
    assert isinstance(listed, ArrayValue)
    assert listed == [2, 3]


def test_methods_and_fields_of_classes_above() -> None:
    others = {
        "base.ts": "export class Base { table = 'a'; constructor(private end: string) {} name() { return this.table + this.end; } }"
    }
    code = "import { Base } from './base'; class B extends Base { name() { return `_${super.name()}`; } }"
    assert value(f"{code} export const x = new B('s').name();", others) == "_as"


def test_static_fields_of_classes() -> None:
    assert value("class A { static readonly TABLE = 'a'; } class B extends A {} export const x = B.TABLE;") == "a"


def test_static_getters_of_classes() -> None:
    assert value("class A { static get kinds() { return ['a', 'b']; } } export const x = A.kinds;") == ["a", "b"]


def test_enums_count_up() -> None:
    found = value("enum E { A = 'a', B = 3, C } export const x = E;")
    assert isinstance(found, ObjectValue)
    assert dict(found) == {"A": "a", "B": 3, "C": 4}
