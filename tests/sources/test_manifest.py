"""package.json: versions, and what is wrong with it."""

from __future__ import annotations

import json

import pytest

from advisor.model import Manifest, Project, Skipped, SourceText
from advisor.sources.manifest import lowest_version, read_manifest


def manifest(path: str, **packages: str) -> Manifest:
    found = read_manifest(SourceText(path, json.dumps({"dependencies": packages})))
    assert isinstance(found, Manifest)
    return found


@pytest.mark.parametrize(
    ("wanted", "version"),
    [
        ("^6.16.2", (6, 16, 2)),
        ("~5.1", (5, 1)),
        (">=4", (4,)),
        ("7", (7,)),
        ("npm:@prisma/client@6.2.0", (6, 2, 0)),
        ("workspace:*", ()),
        ("latest", ()),
    ],
)
def test_the_lowest_version_that_a_range_admits(wanted: str, version: tuple[int, ...]) -> None:
    assert lowest_version(wanted) == version


def test_a_manifest_that_is_no_json_is_a_problem_with_its_place() -> None:
    found = read_manifest(SourceText("package.json", '{\n  "name": oops\n}'))
    assert isinstance(found, Skipped)
    assert found.location is not None
    assert found.location.line == 2


@pytest.mark.parametrize("text", ["[]", "3", '"x"', "[" * 100_000])
def test_json_that_is_no_manifest_is_a_problem(text: str) -> None:
    assert isinstance(read_manifest(SourceText("package.json", text)), Skipped)


def test_dependencies_of_the_wrong_shape_are_passed_over() -> None:
    found = read_manifest(SourceText("package.json", '{"dependencies": ["pg"], "devDependencies": {"pg": 3}, "prisma": "x"}'))
    assert found == Manifest("package.json", ())


@pytest.mark.parametrize(("text", "package"), [('{"name": "@shop/db"}', "@shop/db"), ('{"name": 3}', None), ("{}", None)])
def test_a_package_has_a_name_by_which_others_import_it(text: str, package: str | None) -> None:
    assert read_manifest(SourceText("package.json", text)) == Manifest("package.json", (), package=package)


def test_the_nearest_manifest_that_names_a_package_decides_its_version() -> None:
    project = Project(manifests=(manifest("package.json", prisma="^5.0.0"), manifest("apps/web/package.json", prisma="^6.1.0")))
    assert project.version_of("prisma", near="apps/web/src/db.ts") == (6, 1, 0)
    assert project.version_of("prisma", near="packages/core/src/db.ts") == (5, 0, 0)
    assert project.version_of("pg", near="apps/web/src/db.ts") is None
