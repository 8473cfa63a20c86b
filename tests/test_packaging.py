"""The wheel that users install: it holds every rule and template, and puts one package into site-packages."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names in a wheel built from a copy of the sources, so that no build folder is left behind."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "source"
    copy.mkdir()
    for name in ("advisor", "rules", "reports"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, copy / name)
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(copy)], check=True, capture_output=True, timeout=300
    )
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        return archive.namelist()


def files_on_disk(folder: str, installed_as: str) -> set[str]:
    return {
        f"{installed_as}/{path.relative_to(ROOT / folder).as_posix()}"
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_every_module_rule_template_and_schema(wheel: list[str]) -> None:
    wanted = (
        files_on_disk("advisor", "advisor") | files_on_disk("rules", "advisor/rules") | files_on_disk("reports", "advisor/reports")
    )
    assert wanted - set(wheel) == set()


def test_the_wheel_puts_only_advisor_into_site_packages(wheel: list[str]) -> None:
    tops = {name.split("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"advisor"}


def test_every_category_of_rules_is_an_entry_point() -> None:
    from advisor.engine.registry import categories

    folders = {path.name for path in (ROOT / "rules").iterdir() if (path / "__init__.py").exists()}
    assert {category.name for category in categories()} >= folders
