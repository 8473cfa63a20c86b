"""Queries behind functions of other files, as the loops run them that call these functions."""

from __future__ import annotations

import pytest

from advisor.model import Query
from tests.sources.typescript.reading import CLIENT, linked

LOOP = "export async function all(ids: number[]) {{ for (const id of ids) await {call}; }}"
METHOD = "async all(ids: number[]) {{ for (const id of ids) await {call}; }}"
LOAD = CLIENT + "export async function load(id: number) { return prisma.user.findFirst({ where: { id } }); }"
SERVICE = CLIENT + (
    "export class Users { constructor(private readonly db: PrismaClient) {}"
    " async load(id: number) { return prisma.user.findFirst({ where: { id } }); } }"
)


def repeated(files: dict[str, str]) -> list[tuple[str, str | None]]:
    """Where queries are repeated: the file, and the text of the value that the element is."""
    return [(one.location.path, value_of(one)) for query in linked(files) for one in query.repeated]


def value_of(query: Query) -> str | None:
    return next((predicate.value_text for predicate in query.predicates if predicate.value == "element"), None)


@pytest.mark.parametrize(
    ("imported", "call"),
    [
        ("import { load } from './users';", "load(id)"),
        ("import { load as find } from './users';", "find(id)"),
        ("import * as users from './users';", "users.load(id)"),
        ("import { load } from '../src/users.js';", "load(id)"),
        ("import { load } from '@/users';", "load(id)"),
        ("const { load } = require('./users');", "load(id)"),
        ("import * as users from './users';\nconst { load: find } = users;", "find(id)"),
    ],
)
def test_a_function_is_found_by_its_import(imported: str, call: str) -> None:
    files = {"src/users.ts": LOAD, "src/app.ts": f"{imported}\n{LOOP.format(call=call)}"}
    assert repeated(files) == [("src/app.ts", "id")]


def test_a_function_is_found_through_files_that_only_hand_it_on() -> None:
    files = {
        "src/users/load.ts": LOAD,
        "src/users/index.ts": "export * from './load';",
        "src/data.ts": "export { load as loadUser } from './users';",
        "src/app.ts": "import { loadUser } from './data';\n" + LOOP.format(call="loadUser(id)"),
    }
    assert repeated(files) == [("src/app.ts", "id")]


@pytest.mark.parametrize(
    "application",
    [
        f"const users = new Users(prisma);\n{LOOP.format(call='users.load(id)')}",
        f"class App {{ constructor(private readonly users: Users) {{}} {METHOD.format(call='this.users.load(id)')} }}",
        f"class App {{ @Inject() private users: Users; {METHOD.format(call='this.users.load(id)')} }}",
        "export async function all(users: Users, ids: number[]) { for (const id of ids) await users.load(id); }",
        f"class Admins extends Users {{ {METHOD.format(call='this.load(id)')} }}",
        f"export const services = {{ users: new Users(prisma) }};\n{LOOP.format(call='services.users.load(id)')}",
        f"const create = () => new Users(prisma);\nconst users = create();\n{LOOP.format(call='users.load(id)')}",
    ],
    ids=["new", "constructor", "field", "parameter", "heir", "object of services", "made by a function"],
)
def test_a_method_is_found_by_the_class_of_its_object(application: str) -> None:
    files = {"src/users.ts": SERVICE, "src/app.ts": f"import {{ Users }} from './users';\n{application}"}
    assert repeated(files) == [("src/app.ts", "id")]


def test_an_interface_stands_for_the_class_that_implements_it() -> None:
    port = "import { UserStore } from './ports';\n"
    method = METHOD.format(call="this.store.load(id)")
    files = {
        "src/ports.ts": "export interface UserStore { load(id: number): Promise<User>; }",
        "src/users.ts": port + SERVICE.replace("class Users", "class Users implements UserStore"),
        "src/app.ts": f"{port}class App {{ constructor(private store: UserStore) {{}} {method} }}",
    }
    assert repeated(files) == [("src/app.ts", "id")]
    files["src/other.ts"] = f"{port}export class Remote implements UserStore {{ async load() {{ return null; }} }}"
    assert repeated(files) == []


def test_functions_that_call_functions_are_walked() -> None:
    files = {
        "src/users.ts": LOAD,
        "src/names.ts": """
            import { load } from './users';
            export const nameOf = async (user: { id: number }) => (await load(user.id)).name;
        """,
        "src/app.ts": """
            import { nameOf } from './names';
            export const names = (users: User[]) => Promise.all(users.map((user) => nameOf(user)));
        """,
    }
    assert [path for path, _ in repeated(files)] == ["src/app.ts"]


LOGGED = f"{CLIENT} export async function load(id: number, log: number) {{ return prisma.user.findFirst({{ where: {{ id }} }}); }}"


@pytest.mark.parametrize(
    ("users", "app"),
    [
        (LOAD, "import { load } from './others';" + LOOP.format(call="load(id)")),
        (LOAD, "import { load } from 'users';" + LOOP.format(call="load(id)")),
        (LOAD, "import { load } from './users'; export const one = (id: number) => load(id);"),
        (LOAD, "import { load } from './users'; const me = session(); " + LOOP.format(call="load(me)")),
        (LOGGED, "import { load } from './users';" + LOOP.format(call="load(1, id)")),
    ],
    ids=["another file", "a package", "no loop", "another value", "another parameter"],
)
def test_what_does_not_run_a_query_for_each_element_is_none(users: str, app: str) -> None:
    assert repeated({"src/users.ts": users, "src/app.ts": app}) == []


def test_functions_that_call_each_other_come_to_an_end() -> None:
    find = "return prisma.user.findFirst({ where: { id } });"
    files = {
        "src/a.ts": f"{CLIENT} import {{ b }} from './b'; export async function a(id: number) {{ await b(id); {find} }}",
        "src/b.ts": "import { a } from './a'; export async function b(id: number) { return a(id); }",
        "src/app.ts": "import { b } from './b';" + LOOP.format(call="b(id)"),
    }
    assert [path for path, _ in repeated(files)] == ["src/app.ts"]


def test_a_function_that_runs_itself_for_each_child_is_a_loop() -> None:
    text = CLIENT + (
        "export async function tree(id: number) {"
        " const children = await prisma.folder.findMany({ where: { parentId: id } });"
        " for (const child of children) await tree(child.id); }"
    )
    assert repeated({"src/app.ts": text}) == [("src/app.ts", "child.id")]
