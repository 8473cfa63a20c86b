"""The README says what is so: its output is the program's, its rule works, its options exist."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from click.testing import CliRunner

from advisor.cli import main
from advisor.engine import registry
from advisor.engine.configuration import Configuration
from advisor.engine.review import review

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_output_shown_is_the_programs_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    shown = next(block for block in blocks("console") if block.startswith("$ advisor check fixtures"))
    real = CliRunner().invoke(main, ["check", "fixtures/railway-blog"]).output
    for piece in shown.split("...\n")[1:]:
        assert piece.strip() in real


def test_the_rule_shown_is_found_by_its_entry_point_and_passes_its_own_examples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = next(block for block in blocks("python") if "def text_primary_key" in block)
    package = tmp_path / "acme_rules"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "text_primary_key.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "entry_points", lambda group: [EntryPoint("acme", "acme_rules", group)])
    registry.categories.cache_clear()
    try:
        (rule,) = registry.all_rules()
        assert (rule.name, rule.category) == ("text-primary-key", "acme")
        for number, (example, flagged) in enumerate([*((bad, True) for bad in rule.bad), *((good, False) for good in rule.good)]):
            folder = tmp_path / str(number)
            folder.mkdir()
            for path, content in example.files.items():
                (folder / path).write_text(content)
            assert bool(review(folder).findings) is flagged
    finally:
        registry.categories.cache_clear()
        sys.modules.pop("acme_rules", None)


def test_the_configuration_shown_is_accepted() -> None:
    text = next(block for block in blocks("toml") if "postgres_version" in block)
    content = tomllib.loads(text)
    Configuration.model_validate(content)
    for name, options in content["rules"].items():
        hints = registry.find_rule(name).function.__annotations__
        known = {key for hint in hints.values() for key in getattr(hint, "__dataclass_fields__", {})}
        assert set(options) <= known


def test_every_folder_named_is_there() -> None:
    for name in re.findall(r"^\| `([a-z/]+)`", README, re.MULTILINE):
        assert (ROOT / name).is_dir(), name


def test_every_dependency_is_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    table = README.split("## Dependencies")[1]
    for dependency in project["dependencies"]:
        assert re.split(r"[><=\[]", dependency)[0] in table
