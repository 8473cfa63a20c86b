"""Files that access no data themselves, and call functions of others that do."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor import review
from tests.sources.typescript.reading import CLIENT

LOAD = CLIENT + "export async function load(id: number) { return prisma.user.findFirst({ where: { id } }); }"
ALL = "import { load } from '{module}';\nexport async function all(ids: number[]) { for (const id of ids) await load(id); }"


def places(folder: Path, files: dict[str, str]) -> list[tuple[str, int]]:
    """Where n-plus-one-query finds something in these files."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    found = review([str(folder)], select=["n-plus-one-query"]).findings
    return [(Path(finding.at.path).relative_to(folder).as_posix(), finding.at.line) for finding in found]


def test_the_loop_is_found_in_a_file_that_mentions_no_data_access(tmp_path: Path) -> None:
    assert places(tmp_path, {"src/users.ts": LOAD, "src/app.ts": ALL.replace("{module}", "./users")}) == [("src/app.ts", 2)]


def test_files_that_only_hand_a_function_on_are_followed(tmp_path: Path) -> None:
    files = {
        "src/users.ts": LOAD,
        "src/index.ts": "export * from './users';",
        "src/names.ts": "import { load } from '.';\nexport const nameOf = async (id: number) => (await load(id)).name;",
        "src/app.ts": """import { nameOf } from './names';
export const all = (ids: number[]) => Promise.all(ids.map((id) => nameOf(id)));
""",
    }
    assert places(tmp_path, files) == [("src/app.ts", 2)]


@pytest.mark.parametrize("path", ["src/app.test.ts", "tests/app.ts", "prisma/seed.ts"])
def test_tests_and_seeds_are_not_read_for_it(tmp_path: Path, path: str) -> None:
    depth = "../" if "/" in path and not path.startswith("src") else "./"
    module = f"{depth}src/users" if depth == "../" else "./users"
    assert places(tmp_path, {"src/users.ts": LOAD, path: ALL.replace("{module}", module)}) == []


def test_a_package_of_the_same_workspace_is_followed(tmp_path: Path) -> None:
    files = {
        "packages/data/package.json": '{"name": "@acme/data"}',
        "packages/data/src/index.ts": LOAD,
        "apps/web/package.json": '{"name": "web", "dependencies": {"@acme/data": "workspace:*"}}',
        "apps/web/src/app.ts": ALL.replace("{module}", "@acme/data"),
    }
    assert places(tmp_path, files) == [("apps/web/src/app.ts", 2)]
